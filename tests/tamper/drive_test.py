"""mediactl write, update and verify --drive as people run them, on files that stand for drives."""

import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from tests.interop.terminal import at_terminal

MEDIACTL = "tools/mediactl/mediactl"
IMAGE = "tests/tamper/medium.iso"
OTHER = "tests/tamper/other_medium.iso"
PROTECTED = "tests/tamper/protected.iso"
STICK = "tests/tamper/stick_1.img"
NEXT_STICK = "tests/tamper/stick_2.img"  # with another version of a package
NEXT_PACKAGE_SIZE = 12040000
KEY = "--public_key=testdata/keys/test_release.pub"
PLAN = ["--plan=tests/tamper/medium.write.plan", "--inputs=tests/tamper/medium.write.inputs"]
TEST = "--allow-test-key"
MIB = 1 << 20
PROMPT = b"Type yes to go on: "
KILLS = 25


def run(*args, expect=0, command=()):
    """Runs mediactl and returns what it wrote to standard output and standard error."""
    result = subprocess.run([*command, MEDIACTL, *map(str, args)], capture_output=True, text=True, check=False,
                            stdin=subprocess.DEVNULL)
    if result.returncode != expect:
        raise AssertionError(f"mediactl {args}: exit code {result.returncode}, expected {expect}\n"
                             f"{result.stdout}{result.stderr}")
    return result.stdout, result.stderr


def is_accepted(device):
    return subprocess.run([MEDIACTL, "show", KEY, device], capture_output=True, check=False).returncode == 0


class DriveTest(unittest.TestCase):

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(dir=os.environ["TEST_TMPDIR"]))
        self.device = self.dir / "device"

    def make_device(self, size, content=b""):
        """A file of `size` bytes that begins with `content` and goes on with ones."""
        with open(self.device, "wb") as file:
            file.write(content + b"\xff" * (size - len(content)))

    def image(self, path=IMAGE):
        return pathlib.Path(path).read_bytes()

    def written(self, line):
        return [int(number) for number in re.search(r"\((\d+) of (\d+) bytes\)", line).groups()]

    def test_a_new_file_is_the_image(self):
        out, err = run("write", KEY, TEST, "--yes", IMAGE, self.device)
        self.assertEqual(self.device.read_bytes(), self.image())
        self.assertEqual(err, "")
        self.assertEqual(self.written(out), [len(self.image())] * 2)
        self.assertIn('written: stand-alone media "TAMPER"', out)
        self.assertIn("TEST-ONLY", out)
        # Zeros are written as well.
        self.assertGreaterEqual(os.stat(self.device).st_blocks * 512, len(self.image()))
        run("verify", KEY, self.device)

    def test_straight_from_the_plan(self):
        out, _ = run("write", KEY, TEST, "--yes", *PLAN, self.device)
        self.assertEqual(self.device.read_bytes(), self.image())
        self.assertEqual(self.written(out), [len(self.image())] * 2)
        out, _ = run("update", KEY, TEST, "--yes", *PLAN, self.device)
        self.assertIn("nothing to write", out)

    def test_a_larger_drive(self):
        size = len(self.image()) + 5 * MIB
        self.make_device(size)
        run("write", KEY, TEST, "--yes", IMAGE, self.device)
        self.assertEqual(os.path.getsize(self.device), size)
        # What lies between the medium and where a backup GPT may be stays what it was.
        self.assertTrue(self.device.read_bytes()[len(self.image()):size - 20 * 1024] == b"\xff" * (5 * MIB - 20 * 1024))
        checked = subprocess.run(["/usr/sbin/sgdisk", "-v", self.device], capture_output=True, text=True, check=True)
        self.assertIn("No problems found", checked.stdout)
        out, err = run("verify", "--drive", KEY, self.device)
        self.assertIn("intact", out)
        self.assertEqual(err, "")
        _, err = run("verify", KEY, self.device, expect=1)
        self.assertIn(f"{5 * MIB} bytes follow the end of the image", err)

    def test_damage_of_a_larger_drive_is_named(self):
        size = len(self.image()) + 5 * MIB
        self.make_device(size)
        run("write", KEY, TEST, "--yes", IMAGE, self.device)
        intact = self.device.read_bytes()
        for offset, region in ((100, "protective MBR"), (460, "protective MBR"), (512 + 80, "primary GPT"),
                               (2048, "primary GPT"), (size - 40, "backup GPT"), (size - 33 * 512, "backup GPT"),
                               (20 * 1024, "zero padding"), (16 * 2048 + 100, "ISO 9660 primary volume descriptor")):
            with self.subTest(offset=offset):
                self.device.write_bytes(intact[:offset] + bytes([intact[offset] ^ 1]) + intact[offset + 1:])
                _, err = run("verify", "--drive", KEY, self.device, expect=1)
                self.assertIn(region, err)

    def test_an_image_that_was_copied_with_dd(self):
        self.make_device(len(self.image()) + 5 * MIB, self.image())
        run("verify", "--drive", KEY, self.device)
        out, _ = run("update", KEY, TEST, "--yes", IMAGE, self.device)
        # Only the partition table is another one.
        self.assertLess(self.written(out)[0], 256 * 1024)
        run("verify", "--drive", KEY, self.device)

    def test_update_writes_what_differs(self):
        self.make_device(len(self.image()), self.image())
        out, _ = run("update", KEY, TEST, "--yes", OTHER, self.device)
        self.assertEqual(self.device.read_bytes(), self.image(OTHER))
        written, size = self.written(out)
        self.assertEqual(size, len(self.image(OTHER)))
        self.assertLess(written, 512 * 1024)
        out, _ = run("update", KEY, TEST, "--yes", OTHER, self.device)
        self.assertIn("nothing to write: it holds exactly", out)

    def test_update_repairs(self):
        image = self.image()
        self.make_device(len(image), image[:20 * MIB] + b"damaged" + image[20 * MIB + 7:])
        run("update", KEY, TEST, "--yes", IMAGE, self.device)
        self.assertEqual(self.device.read_bytes(), image)

    def esp(self):
        """The EFI system partition of the device, as mtools name it."""
        table = subprocess.run(["/usr/sbin/sgdisk", "-p", self.device], capture_output=True, text=True, check=True).stdout
        first = re.search(r"^ +\d+ +(\d+) .* EF00 ", table, re.MULTILINE).group(1)
        return f"{self.device}@@{int(first) * 512}"

    def mtools(self, program, *args):
        subprocess.run([program, "-i", self.esp(), *args], check=True, env={**os.environ, "MTOOLS_SKIP_CHECK": "1"})

    def test_a_drive_with_fat(self):
        size = os.path.getsize(STICK) + 3 * MIB
        self.make_device(size)
        run("write", KEY, TEST, "--yes", STICK, self.device)
        checked = subprocess.run(["/usr/sbin/sgdisk", "-v", self.device], capture_output=True, text=True, check=True)
        self.assertIn("No problems found", checked.stdout)
        run("verify", "--drive", KEY, self.device)
        for offset, region in ((100, "protective MBR"), (512 + 80, "primary GPT"), (size - 40, "backup GPT"),
                               (MIB + 1000, "BIOS boot image")):
            self.flip(offset)
            _, err = run("verify", "--drive", KEY, self.device, expect=1)
            self.assertIn(region, err)
            self.flip(offset)
        run("verify", "--drive", KEY, self.device)

    def flip(self, offset):
        with open(self.device, "r+b") as file:
            file.seek(offset)
            byte = file.read(1)[0]
            file.seek(offset)
            file.write(bytes([byte ^ 1]))

    def test_a_drive_that_was_used(self):
        self.make_device(os.path.getsize(STICK) + 3 * MIB)
        run("write", KEY, TEST, "--yes", STICK, self.device)
        # What Windows and Linux leave behind: directories and files of their own, and other times.
        (self.dir / "guid").write_text("{1B4E28BA-2FA1-11D2-883F-0016D3CCA427}")
        self.mtools("mmd", "::/System Volume Information", "::/.Trash-1000")
        self.mtools("mcopy", self.dir / "guid", "::/System Volume Information/IndexerVolumeGuid")
        self.mtools("mattrib", "+h", "::/MediaLabel.txt")
        out, err = run("verify", "--drive", KEY, self.device)
        self.assertIn("intact", out)
        self.assertEqual(err, "note: foreign file /System Volume Information/IndexerVolumeGuid\n")
        for path in ("EFI/BOOT/evil.efi", "boot/grub/custom.cfg", "tsmedia/more"):
            self.mtools("mcopy", self.dir / "guid", f"::/{path}")
            _, err = run("verify", "--drive", KEY, self.device, expect=1)
            self.assertIn(f"file /{path}: the manifest does not list it", err)
            self.mtools("mdel", f"::/{path}")
        self.mtools("mdel", "::/MediaLabel.txt")
        _, err = run("verify", "--drive", KEY, self.device, expect=1)
        self.assertIn("file /MediaLabel.txt: missing", err)
        # An update brings it back to what it was.
        out, _ = run("update", KEY, TEST, "--yes", STICK, self.device)
        self.assertLess(self.written(out)[0], MIB)
        out, err = run("verify", "--drive", KEY, self.device)
        self.assertEqual(err, "")

    def test_update_of_one_package(self):
        self.make_device(os.path.getsize(NEXT_STICK) + 3 * MIB)
        run("write", KEY, TEST, "--yes", STICK, self.device)
        out, _ = run("update", KEY, TEST, "--yes", NEXT_STICK, self.device)
        self.assertLessEqual(self.written(out)[0], 1.2 * NEXT_PACKAGE_SIZE)
        run("verify", "--drive", KEY, self.device)

    def test_an_iso_becomes_a_drive_with_fat_and_back(self):
        self.make_device(os.path.getsize(STICK) + 3 * MIB, self.image())
        run("update", KEY, TEST, "--yes", STICK, self.device)
        run("verify", "--drive", KEY, self.device)
        run("write", KEY, TEST, "--yes", OTHER, self.device)
        out, _ = run("verify", "--drive", KEY, self.device)
        shown = run("show", KEY, OTHER)[0]
        self.assertIn(re.search(r"media ID ([0-9a-f]{32})", out).group(1), shown)

    def test_refusals_leave_the_device_alone(self):
        size = len(self.image())
        damaged = self.dir / "damaged.iso"
        image = self.image()
        damaged.write_bytes(image[:20 * MIB] + b"damaged" + image[20 * MIB + 7:])
        self.make_device(size)
        before = self.device.read_bytes()
        for arguments, words in (([KEY, "--yes", IMAGE], "TEST-ONLY"),
                                 ([KEY, "--yes", PROTECTED], "TEST-ONLY"),
                                 ([KEY, "--yes", *PLAN], "--allow-test-key"),
                                 (["--public_key=testdata/keys/test_other.pub", TEST, "--yes", IMAGE], "signature is not valid"),
                                 ([KEY, TEST, "--yes", damaged], "nothing was written"),
                                 ([KEY, TEST, "--yes", self.dir], "not the file of an image"),
                                 ([KEY, TEST, "--yes", self.dir / "missing"], "not the file of an image")):  # yapf: disable
            for command in ("write", "update"):
                with self.subTest(command=command, arguments=arguments):
                    _, err = run(command, *arguments, self.device, expect=1)
                    self.assertIn(words, err)
                    self.assertEqual(len(err.splitlines()), 1, err)
                    self.assertEqual(self.device.read_bytes(), before)

    def test_devices_that_do_not_fit(self):
        self.make_device(len(self.image()) - 1)
        _, err = run("write", KEY, TEST, "--yes", IMAGE, self.device, expect=1)
        self.assertIn("too small", err)
        for device, words in ((self.dir, "cannot open for writing"), ("/dev/no-such-device", "there is no such device"),
                              ("/dev/null", "neither a block device nor a regular file")):
            _, err = run("write", KEY, TEST, "--yes", IMAGE, device, expect=1)
            self.assertIn(f"{device}: {words}", err)
        _, err = run("update", KEY, TEST, "--yes", IMAGE, self.dir / "new", expect=1)
        self.assertIn("there is no such device", err)
        self.assertFalse((self.dir / "new").exists())

    def test_usage(self):
        copy = self.dir / "copy.iso"
        shutil.copyfile(IMAGE, copy)
        for command in ("write", "update"):
            for arguments in ([KEY, TEST, IMAGE, self.device],
                              [KEY, "--yes", IMAGE],
                              ["--yes", IMAGE, self.device],
                              [KEY, "--yes", PLAN[0], self.device],
                              [KEY, "--yes", *PLAN, IMAGE, self.device],
                              [KEY, "--yes", *PLAN, "--volume=one", self.device],
                              [KEY, TEST, "--yes", copy, copy]):  # yapf: disable
                run(command, *arguments, expect=2)
            self.assertIn(f"usage: mediactl {command}", run(command, "--help")[0])
        self.assertFalse(self.device.exists())
        self.assertEqual(copy.read_bytes(), self.image())

    def test_the_question(self):
        self.make_device(len(self.image()))
        before = self.device.read_bytes()
        command = [MEDIACTL, "write", KEY, TEST, IMAGE, self.device]
        for answer in (b"no", b"y", b""):
            code, said = at_terminal(command, [answer], prompt=PROMPT)
            self.assertEqual(code, 1, said)
            self.assertIn("not confirmed: nothing was written", said)
            self.assertEqual(self.device.read_bytes(), before)
        code, said = at_terminal(command, [b"yes"], prompt=PROMPT)
        self.assertEqual(code, 0, said)
        self.assertIn("Everything on this device will be lost", said)
        self.assertIn("device: a file, 28.9 MiB", said)
        self.assertIn('It becomes stand-alone media "TAMPER"', said)
        self.assertEqual(self.device.read_bytes(), self.image())

    def test_without_the_rights(self):
        self.make_device(len(self.image()))
        self.device.chmod(0o400)
        # Who is root here may be told to be an ordinary owner of files.
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
        _, err = run("write", KEY, TEST, "--yes", IMAGE, self.device, expect=1, command=command)
        self.assertIn(f"{self.device}: you may not write to it (owner ", err)
        self.assertIn("mode 0400", err)
        program = os.path.realpath(MEDIACTL)
        key = os.path.abspath("testdata/keys/test_release.pub")
        self.assertIn(f"sudo {program} write --public_key={key} --yes --allow-test-key {os.path.abspath(IMAGE)} {self.device}\n",
                      err)

    def killed(self, command, image, seconds):
        process = subprocess.Popen([MEDIACTL, command, KEY, TEST, "--yes", image, self.device], stdout=subprocess.DEVNULL)
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        return process.wait()

    def test_killed_at_any_moment(self):
        random.seed(5)
        size = len(self.image())
        images = {IMAGE: self.image(), OTHER: self.image(OTHER)}
        for command in ("write", "update"):
            begin = time.monotonic()
            run(command, KEY, TEST, "--yes", IMAGE, self.device) if self.device.exists() else self.make_device(size)
            run("write", KEY, TEST, "--yes", OTHER, self.device)
            longest = time.monotonic() - begin
            ended = set()
            for _ in range(KILLS):
                self.make_device(size, images[OTHER])
                ended.add(self.killed(command, IMAGE, random.uniform(0, longest)))
                held = self.device.read_bytes()
                if held not in (images[IMAGE], images[OTHER]):
                    self.assertFalse(is_accepted(self.device), f"{command}: a mixture is accepted")
            # Some were killed; which of them in the midst of writing, chance decides.
            self.assertIn(-signal.SIGKILL, ended)
            run(command, KEY, TEST, "--yes", IMAGE, self.device)
            self.assertEqual(self.device.read_bytes(), images[IMAGE])


if __name__ == "__main__":
    unittest.main()
