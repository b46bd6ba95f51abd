"""Virtual machines for tests: start, talk to, and always end one.

Everything comes from the build root: /usr/bin/qemu-system-x86_64 with the firmware of the packages seabios and ovmf. A
missing file is an error, never a skipped test.
"""

import ctypes
import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import threading
import time

import keyboard
import screen

_QEMU = "/usr/bin/qemu-system-x86_64"
_OVMF = "/usr/share/OVMF/"
_VGA_BIOS = "/usr/share/seabios/vgabios-stdvga.bin"
_PR_SET_PDEATHSIG = 1  # linux/prctl.h

# Inside the validity of every sample medium, and long before any build of them.
CLOCK = "2026-07-01T12:00:00"

# What the agent prints if it finds it; see tools/agent/agent.h.
_NONCE = "opt/org.rules-tsmedia/nonce"

_REPLY_SECONDS = 60
_ENDED = {}  # in the place of a reply
_LOCKED = "is locked"
_EMPTY_DRIVE_SECONDS = 1.0
_KEY_SECONDS = 0.16  # the controller keeps a few keys, and a busy host is slow to take them
_TEXT_SCREEN = 0xB8000
_TEXT_SCREEN_SIZE = (720, 400)


class MachineError(Exception):
    """QEMU does not do what it should."""


class MachineRefuses(MachineError):
    """QEMU does not run a command; the message is its reason."""


class MachineEnded(MachineError):
    """The machine powered itself off, or QEMU failed, while it was asked for something."""


def _die_with_parent():
    """Ends QEMU when the test is killed (a timeout, Ctrl-C), however that happens."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def can_use_kvm():
    """Whether this process may use the processor's virtualization."""
    return os.access("/dev/kvm", os.R_OK | os.W_OK)


def fresh_firmware_variables(firmware, path):
    """Writes what a UEFI firmware remembers when it has never been started."""
    name = {"uefi": "OVMF_VARS_4M.fd", "secureboot": "OVMF_VARS_4M.ms.fd"}[firmware]
    shutil.copyfile(_OVMF + name, path)


def _firmware(firmware, variables):
    if firmware == "bios":
        return ["-machine", "pc"]
    code, machine = {
        "uefi": ("OVMF_CODE_4M.fd", ["-machine", "q35"]),
        "secureboot": ("OVMF_CODE_4M.ms.fd",
                       ["-machine", "q35,smm=on", "-global", "driver=cfi.pflash01,property=secure,value=on"]),
    }[firmware]
    return machine + [
        "-drive", "if=pflash,format=raw,readonly=on,file=" + _OVMF + code,
        "-drive", "if=pflash,format=raw,file=" + variables,
    ]


class _Port:
    """One end of a pair of sockets whose other end QEMU has; a thread reads it.

    Not a named socket: the names of folders of tests are too long for one.
    """

    def __init__(self, take):
        self._own, self.qemus = socket.socketpair()
        self._thread = threading.Thread(target=self._read, args=(take,), daemon=True)

    def start(self):
        self.qemus.close()
        self._thread.start()

    def _read(self, take):
        data = b"?"
        while data:
            try:
                data = self._own.recv(65536)
            except ConnectionResetError:  # QEMU ended with something unread
                data = b""
            take(data)

    def send(self, data):
        self._own.sendall(data)

    def drain(self):
        """To be called when QEMU has ended: returns when all that it wrote is read."""
        self._thread.join()

    def close(self):
        self.drain()
        self._own.close()


class Machine:
    """A virtual machine; use it as a context manager.

    Args:
      folder: an existing, private folder for its files: console.log, qemu.log.
      firmware: "bios", "uefi" or "secureboot".
      arguments: further arguments of QEMU.
      variables: file of what UEFI firmware remembers; by default fresh and in `folder`.
      nonce: what the guest finds in fw_cfg (see tools/agent/agent.h), or None.
      serial: whether it has a serial port. Else said() is what its screen shows.
      video: whether it has a screen.
      clock: what its real-time clock says at the start.
      memory_mb: size of its memory.
      layout: layout of its keyboard.
      accel: "tcg" or "kvm".
    """

    def __init__(self, folder, firmware, arguments, variables=None, nonce=None, serial=True, video=True, clock=CLOCK,
                 memory_mb=1024, layout="us", accel="tcg"):
        self._folder = folder
        self._layout = layout
        self._process = None
        self._serial = _Port(self._take_serial) if serial else None
        self._monitor = _Port(self._take_monitor)
        self._said = bytearray()
        self._console_log = None
        self._monitor_input = b""
        self._greeted = False
        self._stopped = False  # by QEMU, after an error of its own
        self._replies = queue.Queue()
        self._screens = screen.ScreenTranscript()
        self._font = None
        if firmware != "bios" and variables is None:
            variables = self._path("vars.fd")
            fresh_firmware_variables(firmware, variables)
        self._command = [
            _QEMU, "-nodefaults", "-accel", accel, *(["-cpu", "host"] if accel == "kvm" else []), "-smp", "1", "-m", str(memory_mb), "-vga", "std" if video else "none",
            "-display", "none",
            "-rtc", "base=" + clock.removesuffix("Z"),
            "-chardev", "socket,id=monitor,fd=%d" % self._monitor.qemus.fileno(), "-qmp", "chardev:monitor",
        ]
        if serial:
            self._command += ["-chardev", "socket,id=serial,fd=%d" % self._serial.qemus.fileno(), "-serial", "chardev:serial"]
        if nonce is not None:
            self._command += ["-fw_cfg", "name=%s,string=%s" % (_NONCE, nonce)]
        self._command += _firmware(firmware, variables) + arguments

    def _path(self, name):
        return os.path.join(self._folder, name)

    def __enter__(self):
        ports = [port for port in [self._serial, self._monitor] if port]
        self._console_log = open(self._path("console.log"), "wb", buffering=0)
        with open(self._path("qemu.log"), "wb") as log:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=_die_with_parent,
                pass_fds=[port.qemus.fileno() for port in ports])
        for port in ports:
            port.start()
        return self

    def __exit__(self, *_):
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for port in [self._serial, self._monitor]:
            if port:
                port.close()
        self._console_log.close()

    def _take_serial(self, data):
        self._said += data
        self._console_log.write(data)

    def _take_monitor(self, data):
        if not data:
            self._replies.put(_ENDED)
        *lines, self._monitor_input = (self._monitor_input + data).split(b"\n")
        for line in lines:
            message = json.loads(line)
            if "return" in message or "error" in message or "QMP" in message:
                self._replies.put(message)
            elif message["event"] == "STOP":
                self._stopped = True

    def said(self):
        """What the guest has written to its serial port so far; without one, what its screen has shown."""
        if self._serial:
            if not self.running():
                self._serial.drain()
            return bytes(self._said).decode("utf-8", "replace").replace("\r\n", "\n")
        try:
            self._screens.add(self.screen_lines())
        except MachineEnded:
            pass
        text = self._screens.text()
        self._console_log.seek(0)
        self._console_log.write(text.encode())
        return text

    def running(self):
        if self._stopped:
            raise MachineError("QEMU stopped the machine: " + self.complaints())
        return self._process.poll() is None

    def wait_for_power_off(self, seconds):
        """Waits until the guest has powered itself off; a MachineError otherwise."""
        try:
            status = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise MachineError("the machine is still running after %d s" % seconds) from None
        if status != 0:
            raise MachineError("QEMU ended with %d: %s" % (status, self.complaints()))

    def complaints(self):
        """What QEMU itself said."""
        with open(self._path("qemu.log"), "rb") as log:
            return log.read().decode("utf-8", "replace").strip()

    def screenshot(self, path, picture_format="png"):
        """Writes a picture of the screen."""
        self._execute("screendump", {"filename": path, "format": picture_format})

    def screen_lines(self):
        """The lines that the screen shows, of its full width: in VGA's text mode, or Linux's console on a frame buffer."""
        picture = self._path("screen.ppm")
        self.screenshot(picture, "ppm")
        with open(picture, "rb") as file:
            width, height, pixels = screen.read_ppm(file.read())
        if (width, height) == _TEXT_SCREEN_SIZE:
            memory = self._path("screen.bin")
            size = screen.TEXT_COLUMNS * screen.TEXT_ROWS * 2
            self._execute("pmemsave", {"val": _TEXT_SCREEN, "size": size, "filename": memory})
            with open(memory, "rb") as file:
                return screen.text_mode_lines(file.read())
        if self._font is None:
            with open(_VGA_BIOS, "rb") as file:
                self._font = screen.load_font(file.read())
        return screen.frame_buffer_lines(width, height, pixels, self._font)

    def type_on_keyboard(self, text):
        for keys in keyboard.keys_for(text, self._layout):
            self._execute("send-key", {"keys": [{"type": "qcode", "data": key} for key in keys], "hold-time": 40})
            time.sleep(_KEY_SECONDS)

    def type_on_serial(self, text):
        self._serial.send(text.replace("\n", "\r").encode())

    def change_disc(self, drive, image):
        """Does what somebody does who presses the button of a drive (the `name` of optical_drive) and puts another disc into it.

        Returns:
          whether the drive opened: the guest may have locked it.
        """
        try:
            self._execute("eject", {"id": drive, "force": False})
        except MachineRefuses as refusal:
            if _LOCKED in str(refusal):
                return False
            raise
        time.sleep(_EMPTY_DRIVE_SECONDS)
        self._execute("blockdev-change-medium", {
            "id": drive, "filename": os.path.abspath(image), "format": "raw", "read-only-mode": "read-only"})
        return True

    def _execute(self, command, arguments=None):
        """Runs a command of the QEMU Machine Protocol and returns its result."""
        if not self._greeted:
            self._greeted = True
            self._reply("QMP")
            self._execute("qmp_capabilities")
        try:
            self._monitor.send(json.dumps({"execute": command, "arguments": arguments or {}}).encode() + b"\n")
        except OSError:
            raise MachineEnded() from None
        return self._reply("return")

    def _reply(self, kind):
        try:
            reply = self._replies.get(timeout=_REPLY_SECONDS)
        except queue.Empty:
            raise MachineError("QEMU does not answer: %s" % self.complaints()) from None
        if reply == _ENDED:
            raise MachineEnded()
        if "error" in reply:
            raise MachineRefuses("QEMU answers: %s" % reply["error"]["desc"])
        if kind not in reply:
            raise MachineError("QEMU answers: %s" % reply)
        return reply[kind]


def optical_drive(image, name="disc", boot_index=None):
    """Arguments for `image` in an optical drive. `boot_index`: its place in the firmware's boot order, or None."""
    return ["-drive", "if=none,id=%s,media=cdrom,readonly=on,format=raw,file=%s" % (name, _escape(image)),
            "-device", "ide-cd,id=%s,drive=%s%s" % (name, name, _boot_index(boot_index))]


def usb_controller():
    return ["-device", "qemu-xhci,id=usb"]


def usb_stick(image, name, boot_index=None, sector_size=512):
    """Arguments for `image` as a USB drive that cannot be written to."""
    return ["-drive", "if=none,id=%s,format=raw,readonly=on,file=%s" % (name, _escape(image)),
            "-device", "usb-storage,bus=usb.0,drive=" + name + _sectors(sector_size) + _boot_index(boot_index)]


def sata_controller():
    return ["-device", "ich9-ahci,id=ahci"]


def disk(image, name, bus, serial="", model="", sector_size=512, boot_index=None):
    """Arguments for a disk that can be written to. `bus`: "virtio", "sata" (port 0 to 5 of the controller), "nvme" or
    "usb"; controllers for SATA and USB have to be there."""
    device = {"virtio": "virtio-blk-pci", "sata": "ide-hd,bus=ahci." + name[-1], "nvme": "nvme", "usb": "usb-storage,bus=usb.0"}[bus]
    device += ",drive=" + name + _boot_index(boot_index)
    # NVMe disks cannot be without one.
    serial = serial or (name if bus == "nvme" else "")
    device += ",serial=" + serial if serial else ""
    device += ",model=" + model if model else ""
    device += _sectors(sector_size)
    return ["-drive", "if=none,id=%s,format=raw,cache=unsafe,file=%s" % (name, _escape(image)), "-device", device]


def _sectors(size):
    return "" if size == 512 else ",logical_block_size=%d,physical_block_size=%d" % (size, size)


def _boot_index(index):
    return "" if index is None else ",bootindex=%d" % index


def _escape(path):
    """QEMU reads options up to a comma."""
    return path.replace(",", ",,")
