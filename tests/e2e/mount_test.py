"""Linux mounts a medium in a virtual machine and finds the same tree as our reader; mediactl verifies the drive.

mount_test.py --kernel=FILE --initrd=FILE --iso_tree=PROGRAM --medium=ISO
"""

import argparse
import os
import subprocess
import sys
import tempfile
import unittest

import virtual_machine

_PATIENCE = 400

_OPTIONS = argparse.Namespace()


def _section(said, name):
    lines = said.split("\n")
    return lines[lines.index("BEGIN " + name) + 1:lines.index("END " + name)]


class MountTest(unittest.TestCase):

    maxDiff = None

    def test_linux_finds_the_same_tree(self):
        with tempfile.TemporaryDirectory(dir=os.environ["TEST_TMPDIR"]) as folder:
            arguments = virtual_machine.optical_drive(_OPTIONS.medium) + [
                "-kernel", _OPTIONS.kernel, "-initrd", _OPTIONS.initrd, "-append", "quiet console=tty0 panic=-1"]
            with virtual_machine.Machine(folder, "bios", arguments) as machine:
                machine.wait_for_power_off(_PATIENCE)
                said = machine.said()
        for names in ["rock_ridge", "joliet"]:
            ours = subprocess.run([_OPTIONS.iso_tree, names, _OPTIONS.medium], check=True, stdout=subprocess.PIPE)
            expected = ours.stdout.decode().splitlines()
            self.assertGreater(len(expected), 20)
            self.assertEqual(_section(said, names), expected, names)
        verdict, exit_code = _section(said, "verify")
        self.assertRegex(verdict, '^/dev/sr0: intact: stand-alone media "BRANCH01", media ID [0-9a-f]{32}, volume 1 of 1')
        self.assertEqual(exit_code, "exit code 0")


def main():
    parser = argparse.ArgumentParser()
    for name in ["kernel", "initrd", "iso_tree", "medium"]:
        parser.add_argument("--" + name, required=True)
    _, rest = parser.parse_known_args(namespace=_OPTIONS)
    unittest.main(argv=[sys.argv[0]] + rest, verbosity=2)


if __name__ == "__main__":
    main()
