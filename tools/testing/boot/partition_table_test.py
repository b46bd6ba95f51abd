"""Tests of partition_table.py: against tables that sgdisk makes."""

import os
import subprocess
import tempfile
import unittest

import partition_table

_SIZE = 64 << 20


class PartitionTableTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self._path = os.path.join(folder.name, "disk")
        with open(self._path, "wb") as file:
            file.truncate(_SIZE)

    def read(self):
        with open(self._path, "rb") as file:
            return partition_table.read(file)

    def write(self, offset, data):
        with open(self._path, "r+b") as file:
            file.seek(offset)
            file.write(data)

    def sgdisk(self, *arguments):
        subprocess.run(["/usr/sbin/sgdisk", *arguments, self._path], check=True, capture_output=True)

    def make_gpt(self):
        self.sgdisk("--new=1:2048:+16M", "--typecode=1:EF00", "--change-name=1:Größe", "--new=3:0:+1M", "--typecode=3:8300")

    def test_gpt(self):
        self.make_gpt()
        table = self.read()
        self.assertEqual(table.style, "GPT")
        self.assertEqual([partition.number for partition in table.partitions], [1, 3])
        first = table.partitions[0]
        self.assertEqual((first.type, first.name), (partition_table.TYPES["EFI"], "Größe"))
        self.assertEqual((first.offset, first.size), (1 << 20, 16 << 20))
        self.assertEqual(table.partitions[1].type, partition_table.TYPES["LINUX"])

    def test_mbr(self):
        entry = bytes([0x80, 0, 0, 0, 0x83, 0, 0, 0]) + (2048).to_bytes(4, "little") + (4096).to_bytes(4, "little")
        self.write(446 + 16, entry)
        self.write(510, b"\x55\xaa")
        table = self.read()
        self.assertEqual(table.style, "MBR")
        self.assertEqual(table.partitions, [partition_table.Partition(2, "83", "", 2048 * 512, 4096 * 512, True)])

    def test_no_table(self):
        with self.assertRaisesRegex(partition_table.BadPartitionTable, "no partition table"):
            self.read()

    def assert_broken(self, offset, message):
        self.make_gpt()
        with open(self._path, "rb") as file:
            file.seek(offset)
            byte = file.read(1)[0]
        self.write(offset, bytes([byte ^ 1]))
        with self.assertRaisesRegex(partition_table.BadPartitionTable, message):
            self.read()

    def test_damaged_header(self):
        self.assert_broken(512 + 40, "header in sector 1 has a wrong checksum")

    def test_damaged_signature(self):
        self.assert_broken(512, "sector 1 holds no GPT header")

    def test_damaged_entries(self):
        self.assert_broken(1024 + 60, "entries of the header in sector 1 have a wrong checksum")

    def test_damaged_copy(self):
        self.assert_broken(_SIZE - 512 + 40, "wrong checksum")

    def test_copy_is_not_at_the_end(self):
        self.make_gpt()
        with open(self._path, "ab") as file:
            file.truncate(_SIZE + 4096)
        with self.assertRaisesRegex(partition_table.BadPartitionTable, "not at the end"):
            self.read()

    def test_the_size_of_sectors(self):
        self.assertEqual(partition_table.sector_size(self._path), 512)
        self.write(4096, b"EFI PART")
        self.assertEqual(partition_table.sector_size(self._path), 4096)
        self.make_gpt()
        self.assertEqual(partition_table.sector_size(self._path), 512)


if __name__ == "__main__":
    unittest.main()
