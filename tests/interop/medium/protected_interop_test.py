"""A protected medium in the hands of people who have only xorriso, age or rage, zstd, tar and protoc, and the password."""

import hashlib
import os
import pathlib
import subprocess
import tempfile
import unittest

from tests.interop.terminal import at_terminal

IMAGE = "media_defs/branch_office.iso"
OPEN_IMAGE = "media_defs/branch_office_open.iso"
MEDIACTL = "tools/mediactl/mediactl"
PUBLIC_KEY = "--public-key=testdata/keys/test_release.pub"
PASSWORD_FILE = "testdata/keys/test.password"
OS_IMAGE = "LAB00001"
PEERS = ["age", "rage"]


def run(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, **options).stdout


def shell(command):
    return run("bash", "-e", "-o", "pipefail", "-c", command)


def tree(root):
    """{path: (mode, target or SHA-256)} of what is below a directory."""
    found = {}
    for path in sorted(pathlib.Path(root).rglob("*")):
        info = path.lstat()
        if path.is_symlink():
            content = os.readlink(path)
        else:
            content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "directory"
        found[str(path.relative_to(root))] = (info.st_mode, content)
    return found


class ProtectedInteropTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(dir=os.environ["TEST_TMPDIR"])
        cls.addClassCleanup(scratch.cleanup)
        cls.dir = pathlib.Path(scratch.name)
        cls.medium = cls.dir / "medium"
        run("xorriso", "-osirrox", "on", "-indev", IMAGE, "-extract", "/", cls.medium)
        run(MEDIACTL, "extract", PUBLIC_KEY, OPEN_IMAGE, cls.dir / "open")
        password = pathlib.Path(PASSWORD_FILE).read_bytes().splitlines()[1]
        for peer in PEERS:
            code, output = at_terminal(
                [peer, "-d", "-o", cls.dir / f"{peer}.identity", cls.medium / "tsmedia/identity.age"], [password])
            assert code == 0, output

    def test_every_package(self):
        packages = sorted((self.medium / "tsmedia/packages").iterdir())
        self.assertEqual([package.name for package in packages], sorted(os.listdir(self.dir / "open")))
        for peer in PEERS:
            for package in packages:
                with self.subTest(peer=peer, package=package.name):
                    out = self.dir / peer / package.name
                    out.mkdir(parents=True)
                    pipe = f"cat {package}/*/payload.* | {peer} -d -i {self.dir}/{peer}.identity | zstd -q -d"
                    if package.name == OS_IMAGE:
                        [image] = (self.dir / "open" / OS_IMAGE).iterdir()
                        shell(f"{pipe} > {out}/{image.name}")
                        (out / image.name).chmod(0o644)
                    else:
                        shell(f"{pipe} | tar -x -p --no-same-owner -C {out}")
                    self.assertEqual(tree(out), tree(self.dir / "open" / package.name))

    def test_variables_sequence_and_inventory(self):
        for peer in PEERS:
            for name, decode, expected in (
                    ("variables", "--decode=tsmedia.MediaVariables tools/plan/media.proto", 'name: "BranchOffice"\n  value: "North"'),
                    ("sequence", "--decode_raw", '1: "tsmedia/sequence/v1"'),
                    ("inventory", "--decode=tsmedia.Inventory tools/plan/manifest.proto", 'display_name: "Inventory agent"')):
                with self.subTest(peer=peer, name=name):
                    decoded = shell(f"{peer} -d -i {self.dir}/{peer}.identity {self.medium}/tsmedia/{name}.binpb.age | "
                                    f"protoc -I. {decode}").decode()
                    self.assertIn(expected, decoded)

    def test_sizes_of_small_objects_tell_little(self):
        prefix, tag = 184, 16
        for name, unit in (("variables", 4096), ("sequence", 4096), ("inventory", 65536)):
            size = (self.medium / f"tsmedia/{name}.binpb.age").stat().st_size - prefix
            chunks = -(-size // (65536 + tag))
            self.assertEqual((size - chunks * tag) % unit, 0, name)

    def test_our_reader_agrees(self):
        run(MEDIACTL, "extract", PUBLIC_KEY, f"--password-file={PASSWORD_FILE}", IMAGE, self.dir / "ours")
        self.assertEqual(tree(self.dir / "ours"), tree(self.dir / "open"))


if __name__ == "__main__":
    unittest.main()
