"""Drives beyond 32 GB and 2 TiB, in the hands of sgdisk, dosfstools and mtools. A missing program is an error of the test."""

import os
import re
import subprocess
import tempfile
import unittest

import disk_inspection
import partition_table

LARGE_DRIVE = "tests/interop/drive/large_drive"

# Debian has these for the administrator only; they are not on the PATH.
FSCK_FAT = "/usr/sbin/fsck.fat"
SGDISK = "/usr/sbin/sgdisk"

GIB = 1 << 30
TIB = 1 << 40

# Bytes of content, free space, and a sector; whether the packages have a partition of their own; more than that.
DRIVES = [
    (40 * GIB, 0, 512, False, 40 * GIB),
    (40 * GIB, 100 * GIB, 512, True, 140 * GIB),
    (5 * GIB, TIB + 900 * GIB, 512, True, TIB + 900 * GIB),
    (40 * GIB, 3 * TIB, 4096, True, 3 * TIB),
    (3 * GIB, 2 * TIB, 4096, False, 2 * TIB),
]


def run(*command):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if result.returncode != 0:
        raise AssertionError(f"{command}: exit code {result.returncode}\n{result.stdout[-4000:]}")
    return result.stdout


class LargeDriveTest(unittest.TestCase):

    def check_partition_table(self, image, sector_size):
        if sector_size == 512:  # sgdisk takes every file for a drive with such sectors
            said = run(SGDISK, "--verify", image)
            self.assertIn("No problems found", said)
            self.assertNotRegex(said, "(?i)caution|warning|problem:")
        self.assertEqual(partition_table.sector_size(image), sector_size)
        with open(image, "rb") as file:
            return partition_table.read(file, sector_size).partitions

    def check_file_system(self, image, partition, sector_size):
        """The sizes of the package's files."""
        path = f"{image}.{partition.number}"
        disk_inspection.copy_sparse(image, partition.offset, partition.size, path)
        checked = run(FSCK_FAT, "-n", "-v", path)
        self.assertNotRegex(checked, r"(?i)differen|dirty|wrong|invalid|bad |reclaim")
        self.assertRegex(checked, rf"\b{sector_size} bytes per logical sector\n")
        listed = run("mdir", "-/", "-a", "-i", path, "::")
        os.unlink(path)
        return [int(size) for size in re.findall(r" (\d+) 1980-01-01 .* payload\.\d{5}$", listed, re.M)]

    def test_drives(self):
        for content, free_space, sector_size, data_partition, more_than in DRIVES:
            with self.subTest(content=content, free_space=free_space, sector_size=sector_size), tempfile.TemporaryDirectory(
                    dir=os.environ["TEST_TMPDIR"]) as folder:
                image = os.path.join(folder, "drive.img")
                run(LARGE_DRIVE, f"--content={content}", f"--free_space={free_space}", f"--sector_size={sector_size}",
                    "--data_partition=" + ("true" if data_partition else "false"), "--out=" + image)
                self.assertGreater(os.path.getsize(image), more_than)
                partitions = self.check_partition_table(image, sector_size)
                self.assertEqual(len(partitions), 1 + data_partition)
                sizes = [size for partition in partitions for size in self.check_file_system(image, partition, sector_size)]
                self.assertEqual(sum(sizes), content)


if __name__ == "__main__":
    unittest.main()
