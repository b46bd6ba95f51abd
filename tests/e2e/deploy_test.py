"""Deploys an operating system from a medium to an empty disk and starts it, first from the agent, then by itself.

deploy_test.py --firmware=bios|uefi|secure_boot --bus=virtio|sata|nvme --medium=ISO [--password_file=FILE]
"""

import argparse
import os
import sys
import tempfile
import time
import unittest

from tests.e2e import qemu

# Measured without KVM on two cores: three to five minutes.
_DEPLOYMENT_PATIENCE = 900
_START_PATIENCE = 300
_DISK_SIZE = 1200 << 20

_OPTIONS = argparse.Namespace()

_BUSES = {
    "virtio": ["-device", "virtio-blk-pci,drive=disk,serial=E2EDISK"],
    "sata": ["-device", "ich9-ahci,id=ahci", "-device", "ide-hd,bus=ahci.0,drive=disk,serial=E2EDISK"],
    "nvme": ["-device", "nvme,drive=disk,serial=E2EDISK"],
}


def _disk(path, bus):
    return ["-drive", "if=none,id=disk,format=raw,cache=unsafe,file=" + path] + _BUSES[bus]


class DeployTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory(dir=os.environ["TEST_TMPDIR"])
        self.addCleanup(folder.cleanup)
        self._folder = folder.name
        self._disk = os.path.join(self._folder, "disk.img")
        with open(self._disk, "wb") as disk:
            disk.truncate(_DISK_SIZE)

    def wait_for(self, machine, text, patience):
        """Returns all that the machine has said when it says `text`."""
        start = time.monotonic()
        while time.monotonic() - start < patience:
            said = machine.serial()
            if text in said:
                print("%s: %.1f s" % (text, time.monotonic() - start), file=sys.stderr)
                return said
            for end in ["---- Task sequence error ----\n", "cannot begin", "Verdict: refused", "emergency mode", "Kernel panic"]:
                if end in said:
                    time.sleep(3)
                    self.fail("the machine said:\n" + machine.serial()[-4000:])
            if not machine.running():
                break
            time.sleep(0.5)
        self.fail("the machine never said '%s'; last it said:\n%s" % (text, machine.serial()[-4000:]))

    def wait_for_count(self, machine, text, count):
        deadline = time.monotonic() + _START_PATIENCE
        while machine.serial().count(text) < count:
            if time.monotonic() > deadline:
                self.fail("the machine did not say '%s' %d times:\n%s" % (text, count, machine.serial()[-2000:]))
            time.sleep(0.2)

    def type_password(self, machine):
        """Three wrong ones, then the right one, on the keyboard of the screen."""
        with open(_OPTIONS.password_file, encoding="ascii") as file:
            password = file.read().splitlines()[1]
        for tries, line in enumerate(["not this one", "nor this", "still wrong", password], start=1):
            self.wait_for_count(machine, "Password of the medium:", tries)
            machine.type_line(line)
            self.wait_for_count(machine, "Checking the password ...", tries)
        self.wait_for_count(machine, "Task sequence: End to end", 1)
        self.assertEqual(machine.serial().count("Not accepted:"), 3)
        self.assertNotIn(password, machine.serial())

    def machine(self, name, arguments):
        folder = os.path.join(self._folder, name)
        os.mkdir(folder)
        smbios = ["-smbios", "type=1,manufacturer=ACME,product=Tester,serial=E2E42"]
        return qemu.Machine(folder, _OPTIONS.firmware, arguments + smbios, nonce="0")

    def test_deploys_to_an_empty_disk(self):
        stick = os.path.join(self._folder, "stick.img")
        with open(stick, "wb") as file:
            file.truncate(2000 << 20)
        arguments = (qemu.optical_drive(_OPTIONS.medium) + qemu.usb_controller() + qemu.usb_stick(stick) +
                     _disk(self._disk, _OPTIONS.bus))
        with self.machine("deploy", arguments) as machine:
            if _OPTIONS.password_file:
                self.type_password(machine)
            said = self.wait_for(machine, "The deployed operating system is started.", _DEPLOYMENT_PATIENCE)
            # The medium is still first in the boot order; the deployed system starts nevertheless.
            self.wait_for(machine, "DEPLOYED pc-E2E42 north", _START_PATIENCE)
        self.assertIn("Task sequence: End to end", said)
        skipped = "BIOS" if _OPTIONS.firmware != "bios" else "UEFI"
        self.assertRegex(said, r"Partition the disk \(%s\) +skipped" % skipped)

        # Without the medium, by its own boot loader, on a machine whose firmware remembers nothing.
        with self.machine("start", _disk(self._disk, _OPTIONS.bus)) as machine:
            self.wait_for(machine, "DEPLOYED pc-E2E42 north", _START_PATIENCE)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--firmware", required=True)
    parser.add_argument("--bus", required=True, choices=sorted(_BUSES))
    parser.add_argument("--medium", required=True)
    parser.add_argument("--password_file", help="of a protected medium: file of mediactl secret new")
    _, rest = parser.parse_known_args(namespace=_OPTIONS)
    unittest.main(argv=[sys.argv[0]] + rest, verbosity=2)


if __name__ == "__main__":
    main()
