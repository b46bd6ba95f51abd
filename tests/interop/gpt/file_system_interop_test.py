"""The boot image's programs make file systems that others take.

usage: file_system_interop_test.py SEGMENT E2FSCK NTFSCAT NTFSCP NTFSFIX NTFSINFO
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

COMMAND = os.path.abspath("tests/interop/gpt/partition")
SEGMENT, E2FSCK, NTFSCAT, NTFSCP, NTFSFIX, NTFSINFO = (os.path.abspath(path) for path in sys.argv[1:7])


def run(*args, **options):
    return subprocess.run(args, check=True, stdout=subprocess.PIPE, **options).stdout


class FileSystemInteropTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory(dir=os.environ["TEST_TMPDIR"])
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.root = self.folder / "root"
        self.root.mkdir()
        run("bash", "-e", "-o", "pipefail", "-c", 'zstd -q -d < "$0" | cpio --quiet -i', SEGMENT, cwd=self.root)
        self.image = str(self.folder / "partition.img")

    def run_there(self, program, *args):
        """Runs a program with nothing but what the segment has beside it."""
        loader = self.root / "lib64/ld-linux-x86-64.so.2"
        libraries = self.root / "usr/lib/x86_64-linux-gnu"
        return run(str(loader), "--library-path", str(libraries), str(program), *args, env={"LC_ALL": "C.UTF-8"})

    def make(self, file_system, label, mib, sector_size):
        with open(self.image, "wb") as image:
            for _ in range(mib):
                image.write(b"\xa5" * (1 << 20))
        program, *args = run(COMMAND, f"--command={file_system}", f"--label={label}", f"--sector_size={sector_size}",
                             self.image).decode().splitlines()
        self.assertEqual(self.run_there(self.root / "usr/sbin" / program, *args), b"")

    def test_ntfs(self):
        for sector_size in (512, 4096):
            self.make("NTFS", "Data \u00e9\u00df", 40, sector_size)
            with open(self.image, "rb") as image:
                boot_sector = image.read(512)
            self.assertEqual(int.from_bytes(boot_sector[11:13], "little"), sector_size)
            self.assertEqual(int.from_bytes(boot_sector[28:32], "little"), (1 << 20) // sector_size)
            shown = self.run_there(NTFSINFO, "--mft", self.image).decode()
            self.assertRegex(shown, rf"Sector Size: {sector_size}\n")
            self.assertRegex(shown, r"Volume Version: 3\.1\n")
            self.run_there(NTFSFIX, "--no-action", self.image)
            content = self.folder / "content"
            content.write_bytes(os.urandom(3 << 20))
            self.run_there(NTFSCP, self.image, str(content), "file.bin")
            self.assertEqual(self.run_there(NTFSCAT, self.image, "file.bin"), content.read_bytes())

    def test_another_reader_of_ntfs(self):
        for label, shown in (("Data \u00e9\u00df", "\nLabel = Data \u00e9\u00df\n"), ("", "\nType = NTFS\n")):
            self.make("NTFS", label, 20, 512)
            self.assertIn(shown, run("7z", "l", "-slt", self.image).decode().split("----------")[0])

    def test_ext4(self):
        self.make("EXT4", "root", 40, 512)
        self.assertRegex(self.run_there(E2FSCK, "-f", "-n", self.image), rb"\nroot: \d+/")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
