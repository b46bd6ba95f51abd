"""Virtual machines for end-to-end tests: start, talk to, and always end one.

Everything comes from the build root: /usr/bin/qemu-system-x86_64 with the
firmware of the packages seabios and ovmf. A missing file is an error, never a
skipped test. KVM is not used: it does not work in every place where tests run,
and results must not depend on it.
"""

import ctypes
import json
import os
import shutil
import signal
import subprocess
import time

_QEMU = "/usr/bin/qemu-system-x86_64"
_OVMF = "/usr/share/OVMF/"
_PR_SET_PDEATHSIG = 1  # linux/prctl.h

# Inside the validity of every sample medium, and long before any build of them.
CLOCK = "2026-07-01T12:00:00"


def _die_with_parent():
    """Ends QEMU when the test is killed (a timeout, Ctrl-C), however that happens."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Machine:
    """A virtual machine; use it as a context manager.

    Args:
      folder: an existing, private folder for its files.
      firmware: "bios", "uefi" or "secure_boot".
      arguments: further arguments of QEMU.
      nonce: what the guest finds in fw_cfg (see tools/agent/agent.h), or None.
      serial: whether it has a serial port; its output is read with serial().
      clock: what its real-time clock says at the start.
      memory: MiB.
    """

    def __init__(self, folder, firmware, arguments, nonce=None, serial=True, clock=CLOCK, memory=1024):
        self._folder = folder
        self._serial_path = os.path.join(folder, "serial.log")
        self._log_path = os.path.join(folder, "qemu.log")
        self._process = None
        self._monitor_ready = False
        self._command = [
            _QEMU, "-nodefaults", "-accel", "tcg", "-smp", "1", "-m", str(memory), "-vga", "std", "-display", "none",
            "-no-reboot", "-rtc", "base=" + clock,
            # Not a socket: the names of folders of tests are too long for one.
            "-qmp", "stdio",
        ]
        self._command += ["-serial", "file:" + self._serial_path if serial else "none"]
        if nonce is not None:
            self._command += ["-fw_cfg", "name=opt/org.rules-tsmedia/nonce,string=" + nonce]
        self._command += self._firmware(firmware) + arguments

    def _firmware(self, firmware):
        if firmware == "bios":
            return ["-machine", "pc"]
        code, variables, machine = {
            "uefi": ("OVMF_CODE_4M.fd", "OVMF_VARS_4M.fd", ["-machine", "q35"]),
            "secure_boot": ("OVMF_CODE_4M.ms.fd", "OVMF_VARS_4M.ms.fd",
                            ["-machine", "q35,smm=on", "-global", "driver=cfi.pflash01,property=secure,value=on"]),
        }[firmware]
        own = os.path.join(self._folder, "vars.fd")
        shutil.copyfile(_OVMF + variables, own)
        return machine + [
            "-drive", "if=pflash,format=raw,readonly=on,file=" + _OVMF + code,
            "-drive", "if=pflash,format=raw,file=" + own,
        ]

    def __enter__(self):
        with open(self._log_path, "wb") as log:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, preexec_fn=_die_with_parent)
        return self

    def __exit__(self, *_):
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()

    def serial(self):
        """What the guest has written to its serial port so far."""
        try:
            with open(self._serial_path, "rb") as file:
                return file.read().decode("utf-8", "replace").replace("\r\n", "\n")
        except FileNotFoundError:
            return ""

    def wait_for_power_off(self, seconds):
        """Waits until the guest has powered itself off; an AssertionError with its last words otherwise."""
        try:
            status = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError("the machine is still running after %d s; %s" % (seconds, self._last_words())) from None
        if status != 0:
            raise AssertionError("QEMU ended with %d; %s" % (status, self._last_words()))

    def _last_words(self):
        with open(self._log_path, "rb") as log:
            return "QEMU says:\n%s\nthe serial port's last lines:\n%s" % (
                log.read().decode("utf-8", "replace"), self.serial()[-3000:])

    def text_screen(self):
        """The 25 lines of the VGA text screen (only while the guest uses that: Linux started by BIOS)."""
        path = os.path.join(self._folder, "screen")
        self._execute("pmemsave", {"val": 0xB8000, "size": 80 * 25 * 2, "filename": path})
        with open(path, "rb") as file:
            characters = file.read()[::2].decode("cp437")
        return [characters[i:i + 80].rstrip() for i in range(0, len(characters), 80)]

    def type_line(self, line):
        """Types lower-case letters and blanks on the keyboard, then Enter."""
        for character in line + "\n":
            code = {" ": "spc", "\n": "ret"}.get(character, character)
            self._execute("send-key", {"keys": [{"type": "qcode", "data": code}], "hold-time": 20})
            time.sleep(0.06)  # the keyboard's controller takes one key after the other

    def running(self):
        return self._process.poll() is None

    def _execute(self, command, arguments=None):
        """Runs a command of the QEMU Machine Protocol and returns its result."""
        if not self._monitor_ready:
            self._monitor_ready = True
            self._reply()  # the greeting
            self._execute("qmp_capabilities")
        self._process.stdin.write(json.dumps({"execute": command, "arguments": arguments or {}}).encode() + b"\n")
        self._process.stdin.flush()
        while True:
            reply = self._reply()
            if "error" in reply:
                raise AssertionError("QMP %s: %s" % (command, reply["error"]))
            if "return" in reply:
                return reply["return"]

    def _reply(self):
        line = self._process.stdout.readline()
        if not line:
            raise AssertionError("QEMU closed the monitor; " + self._last_words())
        return json.loads(line)


def _boot_index(index):
    return "" if index is None else ",bootindex=%d" % index


def optical_drive(iso, boot_index=0):
    """Arguments for `iso` in the optical drive. `boot_index`: its place in the firmware's boot order, or None."""
    return ["-drive", "if=none,id=disc,media=cdrom,readonly=on,format=raw,file=" + iso,
            "-device", "ide-cd,drive=disc" + _boot_index(boot_index)]


def usb_stick(image, name="stick", boot_index=None):
    """Arguments for `image` as a USB drive. `boot_index`: its place in the firmware's boot order, or None."""
    return ["-drive", "if=none,id=%s,format=raw,readonly=on,file=%s" % (name, image),
            "-device", "usb-storage,bus=usb.0,drive=" + name + _boot_index(boot_index)]


def usb_controller():
    return ["-device", "qemu-xhci,id=usb"]
