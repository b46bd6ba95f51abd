"""Tests of media_boot_test.py with boot sectors in the place of operating systems: a test that cannot fail is none.

media_boot_test_test.py PROGRAM E2FSPROGS...
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest

_OPTIONS = []

_BOOTING = "Booting from Hard Disk"

# Stops.
_STOP = "eb fe"
# Writes itself to the second sector, then the letter W (int 0x13, ah = 3; int 0x10, ah = 0x0e).
_WRITE = "31 c0 8e c0 bb 00 7c b8 01 03 b9 02 00 ba 80 00 cd 13 b8 57 0e cd 10" + _STOP
# Writes what is typed (int 0x16, ah = 0).
_ECHO = "b4 00 cd 16 b4 0e cd 10 eb f6"

_FACTS = {
    "clock": "2026-07-01T12:00:00Z", "keyboard": "ps2", "keyboard_layout": "us", "memory_mb": 64, "screen": True,
    "serial_port": False,
}


def says(text):
    return {"kind": "expect", "what": "says", "text": text}


def typed(text, password_file=None, prompt=_BOOTING):
    return {"kind": "typed", "prompt": prompt, "text": text, "password_file": password_file, "on": "keyboard", "enter": False}


def inserted(prompt, volume=1, image=None):
    return {"kind": "inserted", "prompt": prompt, "volume": volume, "image": image}


class MediaBootTestTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory(dir=os.environ["TEST_TMPDIR"])
        self.addCleanup(folder.cleanup)
        self._folder = folder.name
        self._medium = self.disc("empty.iso", b"\0")

    def path(self, name):
        return os.path.join(self._folder, name)

    def disc(self, name, content):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "wb") as file:
            file.write(content)
            file.truncate(1 << 20)
        return self.path(name)

    def play(self, code, expect, types=(), facts=None, medium=None, medium_bus="cdrom"):
        """Starts a machine whose disk begins with `code`; returns exit code and output."""
        with open(self.path("sector"), "wb") as file:
            file.write(bytes.fromhex(code).ljust(510, b"\0") + b"\x55\xaa")
        disk = {"bus": "virtio", "size": 1 << 20, "sector_size": 512, "serial": "", "model": "", "image": self.path("sector")}
        scenario = {
            "accel": "tcg", "attach": [], "disks": [disk], "expect": expect, "facts": {**_FACTS, **(facts or {})},
            "firmware": "bios", "type": list(types), "medium": medium or self._medium, "medium_bus": medium_bus, "e2fsprogs": _OPTIONS[1:],
        }
        with open(self.path("scenario.json"), "w", encoding="utf-8") as file:
            json.dump(scenario, file)
        # The program keeps 45 s of a test's time for what comes at the end.
        environment = {**os.environ, "TEST_TIMEOUT": "60", "TEST_UNDECLARED_OUTPUTS_DIR": self._folder}
        result = subprocess.run([_OPTIONS[0], self.path("scenario.json")], stdout=subprocess.PIPE, env=environment, check=False)
        return result.returncode, result.stdout.decode()

    def assert_passes(self, *arguments, **options):
        code, output = self.play(*arguments, **options)
        self.assertEqual(code, 0, output)
        return output

    def assert_fails(self, reason, *arguments, **options):
        code, output = self.play(*arguments, **options)
        self.assertEqual(code, 1, output)
        self.assertIn("FAILED: " + reason, output)
        self.assertIn("Console logs and screenshots are in " + self._folder, output)
        return output

    def test_a_text_that_comes(self):
        self.assert_passes(_STOP, [says(_BOOTING), {"kind": "expect", "what": "unchanged", "disk": 0}])
        with open(self.path("start1-console.log"), encoding="utf-8") as file:
            self.assertIn(_BOOTING, file.read())
        with open(self.path("start1-screen.png"), "rb") as file:
            self.assertEqual(file.read(4), b"\x89PNG")

    def test_a_text_that_never_comes(self):
        output = self.assert_fails("The machine never did what is expected: it did not say \"Hello\".", _STOP, [says("Hello")])
        self.assertIn("SeaBIOS", output)  # the console's last lines

    def test_a_text_that_should_not_come(self):
        self.assert_fails("The machine says \"SeaBIOS\", which it never should.", _STOP,
                          [says(_BOOTING), {"kind": "expect", "what": "never_says", "text": "SeaBIOS"}])

    def test_a_disk_that_is_written_to(self):
        self.assert_fails("The disks are not as expected: disk 0: it was written to.", _WRITE,
                          [says("W"), {"kind": "expect", "what": "unchanged", "disk": 0}])

    def test_a_disk_without_what_is_expected(self):
        self.assert_fails("The disks are not as expected: disk 0: its partition table is MBR, not GPT.", _STOP, [
            says(_BOOTING), {"kind": "expect", "what": "partition_table", "style": "GPT", "partitions": 0, "disk": 0}])

    def test_a_medium_that_is_a_drive(self):
        sector = bytes.fromhex(_STOP).ljust(510, b"\0") + b"\x55\xaa"
        for bus in ["usb", "virtio", "nvme"]:
            self.assert_passes(_WRITE, [
                says(_BOOTING), {"kind": "expect", "what": "never_says", "text": "W"},
                {"kind": "expect", "what": "medium_unchanged"}], medium=self.disc("drive.img", sector), medium_bus=bus)

    def test_a_medium_that_is_written_to(self):
        sector = bytes.fromhex(_WRITE).ljust(510, b"\0") + b"\x55\xaa"
        medium = self.disc("drive.img", sector)
        self.assert_fails("The medium was written to.", _STOP, [says("W"), {"kind": "expect", "what": "medium_unchanged"}],
                          medium=medium, medium_bus="usb")
        with open(medium, "rb") as file:
            self.assertEqual(file.read().rstrip(b"\0"), sector)

    def test_discs_are_changed(self):
        self.disc("set.volumes/X_1of2.iso", b"A")
        self.disc("set.volumes/X_2of2.iso", b"B")
        foreign = self.disc("foreign.iso", b"C")
        output = self.assert_passes(
            _ECHO, [says("ab")],
            [inserted(_BOOTING, volume=2), typed("a", prompt="."), inserted("a", image=foreign), typed("b", prompt="")],
            medium=self.path("set.volumes"))
        self.assertRegex(output, r"(?s)its drive has X_2of2\.iso.*its drive has foreign\.iso")
        self.assert_fails("set.volumes has no volume 3.", _STOP, [says(_BOOTING)], [inserted(_BOOTING, volume=3)],
                          medium=self.path("set.volumes"))

    def test_keyboards(self):
        for keyboard in ["ps2", "usb"]:
            self.assert_passes(_ECHO, [says("aZ7-_;:\"?|")], [typed("aZ7-_;:\"?|")], {"keyboard": keyboard})

    def test_a_password_on_the_console(self):
        with open(self.path("password"), "w", encoding="utf-8") as file:
            file.write("comment\nsecret\n")
        output = self.assert_fails("The console shows the password of password.", _ECHO, [says("cret")],
                                   [typed("", self.path("password"))])
        self.assertNotIn("secret", output)
        with open(self.path("start1-console.log"), encoding="utf-8") as file:
            self.assertIn("***", file.read())


if __name__ == "__main__":
    _OPTIONS[:] = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    unittest.main(argv=sys.argv[:1])
