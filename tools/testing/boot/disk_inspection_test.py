"""Tests of disk_inspection.py, on disks that sgdisk and mkfs.fat make."""

import os
import subprocess
import sys
import tempfile
import unittest

import disk_inspection

_MEGABYTE = 1 << 20
_E2FSPROGS = []


class DiskInspectionTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self._folder = folder.name
        self._image = self.path("disk.img")
        disk_inspection.make_image(self._image, 64 * _MEGABYTE, None)

    def path(self, name):
        return os.path.join(self._folder, name)

    def disk(self):
        tools = self.path("e2fsprogs")
        os.makedirs(tools, exist_ok=True)
        disk_inspection.gather(_E2FSPROGS, tools)
        return disk_inspection.Disk(self._image, 512, tools, self._folder)

    def make_fat_disk(self):
        """A GPT with a FAT partition that holds /docs/readme.txt."""
        subprocess.run(["/usr/sbin/sgdisk", "--new=1:2048:0", self._image], check=True, capture_output=True)
        partition = self.disk().partition(1)
        fat = self.path("fat.img")
        disk_inspection.make_image(fat, partition.size, None)
        subprocess.run(["/usr/sbin/mkfs.fat", "-n", "LABEL", fat], check=True, capture_output=True)
        with open(self.path("readme.txt"), "w", encoding="utf-8") as file:
            file.write("Hello")
        subprocess.run(["mmd", "-i", fat, "::/docs"], check=True)
        subprocess.run(["mcopy", "-i", fat, self.path("readme.txt"), "::/docs/readme.txt"], check=True)
        with open(fat, "rb") as source, open(self._image, "r+b") as target:
            target.seek(partition.offset)
            target.write(source.read())

    def test_fat(self):
        self.make_fat_disk()
        disk = self.disk()
        found = disk.file_system(1)
        self.assertEqual((found["TYPE"], found["LABEL"]), ("vfat", "LABEL"))
        self.assertEqual(disk.read_file(1, "/docs/readme.txt"), b"Hello")
        with self.assertRaisesRegex(disk_inspection.NotFound, "no file /docs/other.txt"):
            disk.read_file(1, "/docs/other.txt")
        self.assertEqual(disk.complaints(), "")

    def test_damage_is_complained_of(self):
        self.make_fat_disk()
        with open(self._image, "r+b") as file:
            file.seek(self.disk().partition(1).offset + 4 * 512)  # in the first file allocation table
            file.write(b"\x11" * 64)
        self.assertIn("partition 1: ", self.disk().complaints())

    def test_a_partition_that_is_not_there(self):
        self.make_fat_disk()
        with self.assertRaisesRegex(disk_inspection.NotFound, "no partition 2"):
            self.disk().partition(2)

    def test_no_file_system(self):
        subprocess.run(["/usr/sbin/sgdisk", "--new=1:2048:0", self._image], check=True, capture_output=True)
        self.assertEqual(self.disk().file_system(1), {})
        with self.assertRaisesRegex(disk_inspection.NotFound, "no file system that can be read"):
            self.disk().read_file(1, "/x")

    def test_copies_are_sparse_and_equal(self):
        with open(self._image, "r+b") as file:
            for number in range(40):
                file.seek(3 * _MEGABYTE + number * 300001)
                file.write(os.urandom(9000))
        copy = self.path("copy.img")
        disk_inspection.copy_sparse(self._image, 3 * _MEGABYTE, 20 * _MEGABYTE, copy)
        with open(self._image, "rb") as source, open(copy, "rb") as target:
            source.seek(3 * _MEGABYTE)
            self.assertEqual(target.read(), source.read(20 * _MEGABYTE))
        self.assertLess(os.stat(copy).st_blocks * 512, 2 * _MEGABYTE)

    def test_an_image_that_is_larger_than_the_disk(self):
        with self.assertRaisesRegex(ValueError, "larger than the disk"):
            disk_inspection.make_image(self.path("small.img"), _MEGABYTE, self._image)


if __name__ == "__main__":
    _E2FSPROGS[:] = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    unittest.main(argv=sys.argv[:1])
