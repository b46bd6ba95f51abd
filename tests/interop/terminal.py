"""Runs programs that ask for passwords at a terminal."""

import os
import pty
import select
import signal
import termios
import time


def waits(terminal, output, prompt):
    """Whether the program at the terminal waits for an answer."""
    if prompt is not None:
        return output.endswith(prompt)
    return not termios.tcgetattr(terminal)[3] & termios.ECHO


def at_terminal(command, answers, stdout=None, prompt=None):
    """Runs `command` at a terminal of its own and types each answer when a prompt waits without echo: before, a program
    may throw away what was typed. With `prompt` an answer is typed when the output ends with that. Returns (exit code,
    output)."""
    parent, child = pty.openpty()
    pid = os.fork()
    if pid == 0:
        os.login_tty(child)
        if stdout is not None:
            os.dup2(os.open(stdout, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), 1)
        os.execvp(str(command[0]), [str(word) for word in command])
    os.close(child)
    output, pending, deadline = b"", list(answers), time.monotonic() + 300
    while time.monotonic() < deadline:
        ready = select.select([parent], [], [], 0.3)[0]
        if ready:
            try:
                part = os.read(parent, 65536)
            except OSError:
                break
            if not part:
                break
            output += part
        elif pending and output and not output.endswith(b"|") and waits(parent, output, prompt):
            os.write(parent, pending.pop(0) + b"\n")
            output += b"|"  # a later prompt has to come before the next answer
    else:
        os.kill(pid, signal.SIGKILL)
    os.close(parent)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), output.decode()
