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


def typed(text, password_file=None):
    return {"prompt": _BOOTING, "text": text, "password_file": password_file, "on": "keyboard", "enter": False}


class MediaBootTestTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory(dir=os.environ["TEST_TMPDIR"])
        self.addCleanup(folder.cleanup)
        self._folder = folder.name
        self._medium = self.path("empty.iso")
        with open(self._medium, "wb") as file:
            file.truncate(1 << 20)

    def path(self, name):
        return os.path.join(self._folder, name)

    def play(self, code, expect, types=(), facts=None):
        """Starts a machine whose disk begins with `code`; returns exit code and output."""
        with open(self.path("sector"), "wb") as file:
            file.write(bytes.fromhex(code).ljust(510, b"\0") + b"\x55\xaa")
        disk = {"bus": "virtio", "size": 1 << 20, "sector_size": 512, "serial": "", "model": "", "image": self.path("sector")}
        scenario = {
            "accel": "tcg", "attach": [], "disks": [disk], "expect": expect, "facts": {**_FACTS, **(facts or {})},
            "firmware": "bios", "type": list(types), "medium": self._medium, "e2fsprogs": _OPTIONS[1:],
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
