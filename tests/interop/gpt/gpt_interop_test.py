"""Partition tables and FAT32 partitions as the agent makes them, in the hands of gdisk and dosfstools, and the reverse."""

import os
import random
import subprocess
import tempfile
import unittest

PARTITION = "tests/interop/gpt/partition"
SGDISK = "/usr/sbin/sgdisk"
PLAN = """style: GPT
  partitions { type: BIOS_BOOT size_mb: 1 }
  partitions { type: EFI size_mb: 64 file_system: FAT32 label: "EFI" name: "EFI system" }
  partitions { type: MICROSOFT_RESERVED size_mb: 16 }
  partitions { type: RECOVERY size_mb: 20 file_system: NTFS }
  partitions { type: PRIMARY rest: true file_system: EXT4 name: "root" }"""


def run(*args):
    return subprocess.run(args, check=True, capture_output=True, text=True).stdout


class GptInteropTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory(dir=os.environ["TEST_TMPDIR"])
        self.addCleanup(folder.cleanup)
        self.disk = os.path.join(folder.name, "disk.img")

    def make_disk(self, mib, content=b"\xa5"):
        with open(self.disk, "wb") as disk:
            for _ in range(mib):
                disk.write(content * (1 << 20))

    def test_sgdisk_finds_no_problem(self):
        self.make_disk(200)
        run(PARTITION, "--plan=" + PLAN, self.disk)
        self.assertIn("No problems found", run(SGDISK, "-v", self.disk))
        shown = run(SGDISK, "-p", self.disk)
        codes = [line.split()[5] for line in shown.splitlines() if line[:4].strip().isdigit()]
        self.assertEqual(codes, ["EF02", "EF00", "0C01", "2700", "8300"])
        self.assertIn("Partition name: 'EFI system'", run(SGDISK, "-i", "2", self.disk))
        self.assertIn("Attribute flags: 8000000000000001", run(SGDISK, "-i", "4", self.disk))

    def test_sgdisk_repairs_from_our_backup(self):
        self.make_disk(200)
        run(PARTITION, "--plan=" + PLAN, self.disk)
        before = run(PARTITION, "--list", self.disk)
        with open(self.disk, "r+b") as disk:
            disk.seek(512)
            disk.write(b"\0" * 512 * 33)
        self.assertEqual(run(PARTITION, "--list", self.disk), before)
        subprocess.run([SGDISK, "-e", self.disk], check=False, capture_output=True)
        self.assertIn("No problems found", run(SGDISK, "-v", self.disk))
        self.assertEqual(run(PARTITION, "--list", self.disk), before)

    def test_we_read_what_sgdisk_writes(self):
        numbers = random.Random(1)
        for _ in range(10):
            self.make_disk(64, b"\0")
            start, arguments, expected = 2048, [], []
            for number in sorted(numbers.sample(range(1, 128), 5)):
                end = start + numbers.randrange(1, 16) * 1024 - 1
                arguments += ["-n", f"{number}:{start}:{end}", "-c", f"{number}:name {number} \u00e4", "-t", f"{number}:8300"]
                expected.append((str(number), str(start), str(end), f"name {number} \u00e4"))
                start = (end // 2048 + 1) * 2048
            run(SGDISK, "-o", *arguments, self.disk)
            listed = [line.split(" ", 5) for line in run(PARTITION, "--list", self.disk).splitlines()]
            self.assertEqual([(line[0], line[1], line[2], line[5]) for line in listed], expected)

    def test_sgdisk_reads_our_mbr(self):
        self.make_disk(64)
        run(PARTITION, "--plan=style: MBR partitions { type: PRIMARY size_mb: 40 file_system: FAT32 active: true } "
            "partitions { type: PRIMARY rest: true file_system: EXT4 }", self.disk)
        shown = run(SGDISK, "-p", self.disk)
        self.assertRegex(shown, r"1 +2048 +83967 +40.0 MiB +0700")
        self.assertRegex(shown, r"2 +83968 +131071 +23.0 MiB +8300")

    def test_fsck_accepts_our_fat(self):
        for sector_size, mib in [(512, 33), (512, 600), (4096, 264)]:
            self.make_disk(mib)
            run(PARTITION, "--fat=EFI", f"--sector_size={sector_size}", self.disk)
            checked = subprocess.run(["/usr/sbin/fsck.fat", "-n", self.disk], check=False, capture_output=True, text=True)
            self.assertEqual(checked.returncode, 0, checked.stdout)


if __name__ == "__main__":
    unittest.main()
