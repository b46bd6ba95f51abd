"""What extra_packages, extra_files, keyboard and debug_shell put into a boot image.

usage: boot_image_test.py FILE_OF_THE_BOOT_IMAGE...
"""

import os
import pathlib
import re
import stat
import subprocess
import sys
import tempfile
import unittest

FILES = {os.path.basename(path): os.path.abspath(path) for path in sys.argv[1:]}
RIGHT_OF_T, RIGHT_OF_ALT_Q = 21, 16
SHIFT, ALT_GR = 1, 2


def decode(message, path):
    return subprocess.run(["protoc", "-I.", f"--decode=tsmedia.{message}", "tools/plan/boot.proto"], check=True,
                          stdout=subprocess.PIPE, input=pathlib.Path(path).read_bytes()).stdout.decode("ascii")


class BootImageTest(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(dir=os.environ["TEST_TMPDIR"])
        cls.addClassCleanup(cls.folder.cleanup)
        cls.roots = {}
        for segment in ("extra", "agent"):
            root = cls.roots[segment] = pathlib.Path(cls.folder.name) / segment
            root.mkdir()
            subprocess.run(["bash", "-e", "-o", "pipefail", "-c", 'zstd -q -d < "$0" | cpio --quiet -i',
                            FILES[f"german.{segment}.initrd"]], check=True, cwd=root)

    def test_packages_come_without_documentation(self):
        extra, theirs = self.roots["extra"], pathlib.Path(self.folder.name) / "theirs"
        for package in ("jq", "libjq1"):
            [deb] = pathlib.Path("..").glob(f"debian_{package}/package.deb")
            subprocess.run(["dpkg-deb", "-x", deb, theirs], check=True)
        wanted = {path.relative_to(theirs) for path in theirs.rglob("*") if not path.is_dir()}
        wanted = {path for path in wanted if not re.match("usr/share/(doc|man|locale|lintian)/", str(path)) or path.name == "copyright"}
        got = {path.relative_to(extra) for path in extra.rglob("*") if not path.is_dir()}
        self.assertEqual(got, wanted | {pathlib.Path("etc/motd"), pathlib.Path("usr/bin/tool")})
        self.assertGreater(len(wanted), 3)
        for path in wanted:
            ours, original = extra / path, theirs / path
            self.assertEqual(ours.lstat().st_mode, original.lstat().st_mode, path)
            if original.is_symlink():
                self.assertEqual(os.readlink(ours), os.readlink(original))
            else:
                self.assertEqual(ours.read_bytes(), original.read_bytes())

    def test_files(self):
        extra = self.roots["extra"]
        self.assertEqual((extra / "etc/motd").read_bytes(), pathlib.Path("tests/interop/boot/boot_interop_test.py").read_bytes())
        self.assertEqual(stat.S_IMODE((extra / "etc/motd").stat().st_mode), 0o644)
        self.assertEqual(stat.S_IMODE((extra / "usr/bin/tool").stat().st_mode), 0o755)

    def keys(self, layout):
        """(modifiers, key) -> the character that it gives."""
        keymap = (self.roots["agent"] / f"etc/tsmedia/keymaps/{layout}.bmap").read_bytes()
        self.assertTrue(keymap.startswith(b"bkeymap"))
        tables = [number for number in range(256) if keymap[7 + number]]
        values = memoryview(keymap[263:]).cast("H")
        self.assertEqual(len(values), 128 * len(tables))
        # The type of a value (letter, other character) is in its upper byte.
        return {(table, key): chr(values[128 * index + key] & 0xff) for index, table in enumerate(tables) for key in range(128)}

    def test_keyboard(self):
        german, american = self.keys("de-latin1"), self.keys("us")
        self.assertEqual((german[0, RIGHT_OF_T], german[SHIFT, RIGHT_OF_T], german[ALT_GR, RIGHT_OF_ALT_Q]), ("z", "Z", "@"))
        self.assertEqual((american[0, RIGHT_OF_T], american[SHIFT, RIGHT_OF_T], american[SHIFT, 3]), ("y", "Y", "@"))

    def test_the_agent_and_people_are_told(self):
        settings = decode("AgentSettings", self.roots["agent"] / "etc/tsmedia/agent.binpb")
        self.assertEqual(re.findall(r'keyboards: "(.*)"', settings), ["de-latin1", "us"])
        self.assertIn("debug_shell: true", settings)
        info = decode("BootInfo", FILES["german.boot.binpb"])
        self.assertRegex(info, r'agent \{\n  context: "tsmedia/agent/v1"\n  debug_shell: true\n  keyboards: "de-latin1"')
        initrds = [path for name, path in FILES.items() if name.endswith(".initrd")]
        unpacked = sum(len(subprocess.run(["zstd", "-dcf", path], check=True, stdout=subprocess.PIPE).stdout) for path in initrds)
        [minimum] = re.findall(r"minimum_memory_mb: (\d+)", info)
        megabytes = (sum(os.path.getsize(path) for path in initrds) + unpacked) / (1 << 20) + 128 + 257 + 96
        self.assertEqual(int(minimum) % 64, 0)
        self.assertTrue(megabytes <= int(minimum) < megabytes + 66, (megabytes, minimum))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
