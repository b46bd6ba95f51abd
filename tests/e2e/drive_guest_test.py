"""mediactl writes a drive that fails, drops or changes writes in one place: it is found, and the drive is no medium. A
sound one is a medium, also after Linux has used it.

drive_guest_test.py --kernel=FILE --initrd=FILE --medium=IMAGE
"""

import argparse
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import disk_inspection
import partition_table
import virtual_machine

_PATIENCE = 600
_DISK_SIZE = 128 << 20
# Of drive-guest-init.
_FIRST = 20000 * 512
_END = _FIRST + 8 * 512

_OPTIONS = argparse.Namespace()


class DriveGuestTest(unittest.TestCase):

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory(dir=os.environ["TEST_TMPDIR"]) as folder:
            disk = os.path.join(folder, "disk.img")
            with open(disk, "wb") as file:
                file.truncate(_DISK_SIZE)
            arguments = [
                "-drive", f"if=virtio,format=raw,readonly=on,file={_OPTIONS.medium}",
                "-drive", f"if=virtio,format=raw,cache=unsafe,file={disk}",
                "-kernel", _OPTIONS.kernel, "-initrd", _OPTIONS.initrd, "-append", "quiet console=tty0 panic=-1"]  # yapf: disable
            with virtual_machine.Machine(folder, "bios", arguments) as machine:
                machine.wait_for_power_off(_PATIENCE)
                cls.lines = machine.said().split("\n")

    def said(self, name):
        """What a program said, and its exit code."""
        section = self.lines[self.lines.index("BEGIN " + name) + 1:self.lines.index("END " + name)]
        return "\n".join(section[:-1]), section[-1]

    def assert_refused(self, name):
        text, code = self.said(name)
        self.assertEqual(code, "exit code 1", text)
        self.assertIn("/dev/dm-0", text)
        verdict, code = self.said("verify after " + name)
        self.assertEqual(code, "exit code 1", verdict)
        return text

    def assert_found(self, name):
        text = self.assert_refused(name)
        offsets = [int(digits.replace(",", "")) for digits in re.findall(r"offset ([0-9,]+)", text)]
        self.assertTrue(offsets, text)
        # Drives are written in larger pieces; the piece that is named has the place that fails.
        self.assertTrue(any(offset < _END and offset > _FIRST - (8 << 20) for offset in offsets), text)

    def test_failing_writes(self):
        # The kernel hands flushes to "flakey" as well, and it fails them as writes: they have no offset.
        self.assert_refused("failing writes")

    def test_bad_sectors(self):
        self.assert_found("bad sectors")

    def test_lost_writes(self):
        self.assert_found("lost writes")

    def test_changed_writes(self):
        self.assert_found("changed writes")

    def test_reads_that_fail_during_an_update(self):
        text, code = self.said("failing reads")
        self.assertEqual(code, "exit code 1", text)
        self.assertIn("/dev/dm-0", text)

    def test_a_sound_drive_is_a_medium(self):
        for name in ["sound", "sound again"]:
            text, code = self.said(name)
            self.assertEqual(code, "exit code 0", text)
            text, code = self.said("verify after " + name)
            self.assertEqual(code, "exit code 0", text)
            self.assertIn("/dev/vdb: intact: stand-alone media", text)

    def test_linux_reads_the_files_that_mtools_read(self):
        text, code = self.said("files")
        self.assertEqual(code, "exit code 0", text)
        found = dict(reversed(line.split("  ./")) for line in text.splitlines())
        with tempfile.TemporaryDirectory(dir=os.environ["TEST_TMPDIR"]) as folder:
            with open(_OPTIONS.medium, "rb") as file:
                partition = partition_table.read(file, partition_table.sector_size(_OPTIONS.medium)).partitions[1]
            image = os.path.join(folder, "fat.img")
            disk_inspection.copy_sparse(_OPTIONS.medium, partition.offset, partition.size, image)
            files = os.path.join(folder, "files")
            os.mkdir(files)
            subprocess.run(["mcopy", "-s", "-n", "-i", image, "::/*", files], check=True)
            expected = {}
            for path in pathlib.Path(files).rglob("*"):
                if path.is_file():
                    expected[str(path.relative_to(files))] = hashlib.sha256(path.read_bytes()).hexdigest()
        self.assertGreater(len(expected), 10)
        self.assertEqual(found, expected)

    def test_linux_use_changes_only_bookkeeping(self):
        text, code = self.said("verify after use")
        self.assertEqual(code, "exit code 1", text)
        text, code = self.said("verify --drive after use")
        self.assertEqual(code, "exit code 0", text)
        self.assertIn("foreign file /notes.txt", text)
        text, code = self.said("verify --drive with a file below /boot")
        self.assertEqual(code, "exit code 1", text)
        self.assertIn("/boot/grub/extra.cfg", text)


def main():
    parser = argparse.ArgumentParser()
    for name in ["kernel", "initrd", "medium"]:
        parser.add_argument("--" + name, required=True)
    _, rest = parser.parse_known_args(namespace=_OPTIONS)
    unittest.main(argv=[sys.argv[0]] + rest, verbosity=2)


if __name__ == "__main__":
    main()
