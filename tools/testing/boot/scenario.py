"""Plays one start of a machine: types what it is asked for, changes its discs, and waits for what it has to say.

The parts of a scenario are dictionaries as rules/private/media_boot_test.bzl writes them.
"""

import os
import re
import time

_POLL_SECONDS = 0.3
# The agent stops showing what is typed right after it has asked for a password.
_PAUSE_BEFORE_TYPING = 1.0
_LAST_LINES = 40

# What no start that goes well says. One that a scenario expects, or asks for, is no failure in it.
_SIGNS_OF_FAILURE = [
    "---- Task sequence error ----",
    "This deployment cannot begin",
    "The prestart command failed",
    "Verdict: refused",
    "You are in emergency mode",
    "Kernel panic",
]
# The rest of an error page comes after its title.
_READING_SECONDS = 3

# What a step's line in a trace begins with: its number and at least one blank (tools/engine/trace.h).
_TRACE_LINE = re.compile(r"^(\d+(\.\d+)*) {2,}\S")


class Failure(Exception):
    """The machine did not do what is expected of it; the message is one sentence."""


def text_of_key(entry):
    """What an entry of `type` that is typed types, with Enter."""
    text = entry["text"]
    if entry["password_file"]:
        # The first line is a comment: a file of `mediactl key new`.
        with open(entry["password_file"], encoding="utf-8") as file:
            text = file.read().splitlines()[1]
    return text + ("\n" if entry["enter"] else "")


def last_lines(text):
    return "\n".join(text.strip("\n").split("\n")[-_LAST_LINES:])


def trace_errors(expected, said):
    """Why the step trace in `said` is not the one in `expected` (both texts); "" if it is.

    All lines of `expected` have to be there in their order. Other lines may stand between them (the kernel's, progress),
    but no other line of a step.
    """
    wanted = [line.rstrip() for line in expected.splitlines() if line.strip()]
    lines = iter(line.rstrip() for line in said.splitlines())
    for want in wanted:
        for line in lines:
            if line == want:
                break
            if _TRACE_LINE.match(line):
                return "it says \"%s\" where \"%s\" is expected" % (line, want)
        else:
            return "it never says \"%s\"" % want
    for line in lines:
        if _TRACE_LINE.match(line):
            return "it says \"%s\" after the end of what is expected" % line
    return ""


class Start:
    """One start of a machine.

    Args:
      machine: a virtual_machine.Machine.
      drive: name of the drive whose discs are changed.
      types: entries of `type`.
      expect: entries of `expect` that are about a start.
      nonce: what {nonce} in a text stands for.
      deadline: time.monotonic() at which patience ends.
      report: called with a line for each thing that happens.
      photograph: called before a machine is left to power itself off.
    """

    def __init__(self, machine, drive, types, expect, nonce, deadline, report, photograph, sleep=time.sleep, now=time.monotonic):
        self._machine = machine
        self._drive = drive
        self._types = list(types)
        self._report = report
        self._photograph = photograph
        self._sleep = sleep
        self._now = now
        self._deadline = deadline
        self._nonce = nonce
        self._waits = [entry for entry in expect if entry["what"] in ("says", "matches", "shows")]
        self._never = [entry for entry in expect if entry["what"] == "never_says"]
        self._traces = [entry for entry in expect if entry["what"] == "trace"]
        self._powers_off = any(entry["what"] == "powers_off" for entry in expect)
        self._keeps_running = max([entry["seconds"] for entry in expect if entry["what"] == "keeps_running"], default=0)
        texts = [entry["text"] for entry in self._waits] + [entry["prompt"] for entry in self._types]
        self._signs = [sign for sign in _SIGNS_OF_FAILURE if not any(sign in text or text in sign for text in texts)]
        self._typed_at = 0  # how far the console was read for prompts
        self._met_at = 0  # and for expectations

    def play(self):
        """Returns when all is as expected; a Failure otherwise."""
        while self._types or self._waits:
            alive = self._machine.running()  # before reading: what it said last counts
            said = self._machine.said()
            progress = self._type_next(said) or self._meet_next(said)
            self._check_signs(said)
            if progress:
                continue
            if not alive:
                raise Failure("The machine powered itself off, but %s." % self._missing())
            if self._now() > self._deadline:
                raise Failure("The machine never did what is expected: %s." % self._missing())
            self._sleep(_POLL_SECONDS)
        self._end()
        said = self._machine.said()
        for entry in self._never:
            if self._text(entry) in said:
                raise Failure("The machine says \"%s\", which it never should." % entry["text"])
        for entry in self._traces:
            with open(entry["file"], encoding="utf-8") as file:
                if error := trace_errors(file.read(), said):
                    raise Failure("The steps differ from %s: %s." % (entry["file"], error))

    def _text(self, entry):
        return entry["text"].replace("{nonce}", self._nonce)

    def _missing(self):
        if self._types:
            return "it did not ask \"%s\"" % self._types[0]["prompt"]
        entry = self._waits[0]
        verb = "show on its screen" if entry["what"] == "shows" else "say"
        return "it did not %s \"%s\"" % (verb, self._text(entry))

    def _type_next(self, said):
        if not self._types:
            return False
        entry = self._types[0]
        at = said.find(entry["prompt"], self._typed_at)
        if at < 0:
            return False
        self._report("asks \"%s\"" % entry["prompt"])
        self._typed_at = at + len(entry["prompt"])
        self._types.pop(0)
        self._sleep(_PAUSE_BEFORE_TYPING)
        if entry["kind"] == "inserted":
            self._insert(entry)
            return True
        text = text_of_key(entry)
        if entry["on"] == "serial":
            self._machine.type_on_serial(text)
        else:
            self._machine.type_on_keyboard(text)
        return True

    def _insert(self, entry):
        while not self._machine.change_disc(self._drive, entry["image"]):
            if self._now() > self._deadline:
                raise Failure("The machine says \"%s\", but never lets go of the disc in its drive." % entry["prompt"])
            self._sleep(_POLL_SECONDS)
        self._report("its drive has %s" % os.path.basename(entry["image"]))

    def _meet_next(self, said):
        if not self._waits:
            return False
        entry = self._waits[0]
        text = self._text(entry)
        if entry["what"] == "shows":
            # Lines that fill the screen's width go on in the next.
            lines = [line if line == line.rstrip() else line.rstrip() + "\n" for line in self._machine.screen_lines()]
            if text not in "".join(lines):
                return False
        elif entry["what"] == "says":
            at = said.find(text, self._met_at)
            if at < 0:
                return False
            self._met_at = at + len(text)
        else:
            match = re.compile(text, re.MULTILINE).search(said, self._met_at)
            if not match:
                return False
            self._met_at = match.end()
        self._report("%s \"%s\"" % (entry["what"], text))
        self._waits.pop(0)
        return True

    def _check_signs(self, said):
        for sign in self._signs:
            if sign in said:
                self._sleep(_READING_SECONDS)
                raise Failure("The machine says \"%s\"." % sign)

    def _end(self):
        if self._powers_off:
            self._photograph()
            while self._machine.running():
                self._check_signs(self._machine.said())
                if self._now() > self._deadline:
                    raise Failure("The machine does not power itself off.")
                self._sleep(_POLL_SECONDS)
            self._machine.wait_for_power_off(0)
            self._report("powers itself off")
        until = self._now() + self._keeps_running
        while self._now() < until:
            self._check_signs(self._machine.said())
            if not self._machine.running():
                raise Failure("The machine powered itself off %d s too early." % (until - self._now()))
            self._sleep(min(_POLL_SECONDS, max(until - self._now(), 0)))


def _passwords(types):
    """{password: file that it is from}."""
    return {text_of_key(entry).rstrip("\n"): entry["password_file"] for entry in types if entry.get("password_file")}


def mask(types, said):
    """What was said, without passwords that were typed."""
    for password in _passwords(types):
        said = said.replace(password, "***")
    return said


def check_secrets(types, said):
    """No password that was typed may be seen."""
    for password, file in _passwords(types).items():
        if password in said:
            raise Failure("The console shows the password of %s." % os.path.basename(file))
