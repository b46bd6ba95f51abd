"""Boots a medium in a virtual machine and reads what the agent says.

boot_test.py --firmware=bios|uefi|secure_boot --medium=ISO --other_medium=ISO --mediactl=PROGRAM
"""

import argparse
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from tests.e2e import qemu

# Measured without KVM on two cores: 20 to 35 s, of which 13 s are the agent's own waiting.
_PATIENCE = 240

_OPTIONS = argparse.Namespace()


def _uefi_boot_image(medium):
    """The bytes of the FAT image that UEFI boots from a disc (El Torito 1.0, figures 2 to 5)."""

    def sector(number):
        medium.seek(number * 2048)
        return medium.read(2048)

    catalog = sector(int.from_bytes(sector(17)[71:75], "little"))
    # After the entry for BIOS comes a section for platform 0xEF with one entry.
    assert catalog[64:66] == b"\x91\xef", catalog[64:66]
    sectors, start = int.from_bytes(catalog[102:104], "little"), int.from_bytes(catalog[104:108], "little")
    medium.seek(start * 2048)
    return medium.read(sectors * 512)


class MediumTest(unittest.TestCase):
    """What the tests share: the medium, and how it is started."""

    @classmethod
    def setUpClass(cls):
        shown = subprocess.run([_OPTIONS.mediactl, "show", "--format=json", _OPTIONS.medium], check=True,
                               stdout=subprocess.PIPE).stdout
        cls.medium = json.loads(shown)

    def setUp(self):
        self._folder = tempfile.TemporaryDirectory(dir=os.environ["TEST_TMPDIR"])
        self.addCleanup(self._folder.cleanup)
        self.nonce = secrets.token_hex(16)

    def path(self, name):
        return os.path.join(self._folder.name, name)

    def boot(self, iso, more=(), disc_boot_index=0, **options):
        """Starts a machine with `iso` and returns what it said, until it powers itself off or accepts the medium."""
        start = time.monotonic()
        arguments = qemu.optical_drive(iso, disc_boot_index) + list(more)
        with qemu.Machine(self._folder.name, _OPTIONS.firmware, arguments, nonce=self.nonce, **options) as machine:
            if not self.accepts(machine):
                machine.wait_for_power_off(_PATIENCE)
            said = machine.serial()
        print("%s: %.1f s" % (self.id(), time.monotonic() - start), file=sys.stderr)
        # The nonce shows that this very start wrote what we read.
        self.assertIn("Challenge: " + self.nonce, said)
        return said

    def accepts(self, machine):
        """Waits for the verdict. After it, a machine that accepts a medium asks whether to begin."""
        deadline = time.monotonic() + _PATIENCE
        while machine.running() and time.monotonic() < deadline:
            if "Verdict: accepted" in machine.serial() and "Challenge: " + self.nonce in machine.serial():
                return True
            time.sleep(0.5)
        return False

    def assert_accepted(self, said, device):
        self.assertIn("Medium on " + device, said)
        self.assertIn("Media ID: " + self.medium["media_id"], said)
        self.assertIn("Label:    " + self.medium["label"] + "\n", said)
        self.assertIn("Kind:     stand-alone media", said)
        self.assertIn("Verdict: accepted;", said)

    def assert_refused(self, said, reason):
        self.assertIn("Verdict: refused;", said)
        self.assertNotIn("Verdict: accepted", said)
        self.assertIn(reason, said)

    def debian_like_stick(self):
        """An image of a USB stick that Debian's signed GRUB takes for its own: it looks for /.disk/info on every disk
        and then runs that disk's grub.cfg."""
        stick = self.path("stick.img")
        with open(stick, "wb") as file:
            file.truncate(64 << 20)
        with open(self.path("info"), "w") as file:
            file.write("Debian GNU/Linux 13.1.0 \"Trixie\" - Official amd64 NETINST\n")
        with open(self.path("grub.cfg"), "w") as file:
            file.write("echo FOREIGN-GRUB-CFG\nserial\nterminal_output serial console\necho FOREIGN-GRUB-CFG\nhalt\n")
        subprocess.run(["/usr/sbin/mkfs.fat", "-F", "16", "-n", "DEBIAN", stick], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["mmd", "-i", stick, "::/.disk", "::/boot", "::/boot/grub"], check=True)
        subprocess.run(["mcopy", "-i", stick, self.path("info"), "::/.disk/info"], check=True)
        subprocess.run(["mcopy", "-i", stick, self.path("grub.cfg"), "::/boot/grub/grub.cfg"], check=True)
        return stick


class BootTest(MediumTest):

    def test_medium_is_accepted(self):
        said = self.boot(_OPTIONS.medium)
        self.assert_accepted(said, "sr0")
        firmware = {"bios": "BIOS", "uefi": "UEFI", "secure_boot": "UEFI with Secure Boot"}[_OPTIONS.firmware]
        self.assertIn("started by %s;" % firmware, said)

    def test_tampered_manifest_is_refused(self):
        with open(_OPTIONS.medium, "rb") as file:
            manifest = file.read().find(b"\x0a\x13tsmedia/manifest/v1")
        self.assertGreater(manifest, 0)
        tampered = self.path("tampered.iso")
        shutil.copyfile(_OPTIONS.medium, tampered)
        with open(tampered, "r+b") as file:
            file.seek(manifest + 30)
            byte = file.read(1)[0]
            file.seek(manifest + 30)
            file.write(bytes([byte ^ 1]))
        said = self.boot(tampered)
        self.assert_refused(said, "the manifest's signature is not valid")
        self.assertIn("Refused: the medium on sr0", said)

    def test_debian_like_stick_is_left_alone(self):
        said = self.boot(_OPTIONS.medium, qemu.usb_controller() + qemu.usb_stick(self.debian_like_stick()))
        self.assertNotIn("FOREIGN-GRUB-CFG", said)
        self.assert_accepted(said, "sr0")

    def test_two_media_are_listed_and_refused(self):
        said = self.boot(_OPTIONS.medium, qemu.usb_controller() + qemu.usb_stick(_OPTIONS.other_medium))
        self.assert_refused(said, "several deployment media are attached")
        self.assertIn("Media ID: " + self.medium["media_id"], said)
        self.assertIn("Medium on sr0", said)
        self.assertIn("Medium on sda", said)

    def test_same_medium_twice_is_one(self):
        said = self.boot(_OPTIONS.medium, qemu.usb_controller() + qemu.usb_stick(_OPTIONS.medium))
        self.assertIn("Medium on sda", said)
        self.assert_accepted(said, "sr0")

    def test_expired_medium_is_refused(self):
        # Two digits for the year are all that the clock has: 69 and later are last century's to Linux.
        said = self.boot(_OPTIONS.medium, clock="2060-01-01T00:00:00")
        self.assert_refused(said, "was valid until")

    def test_clock_before_the_medium_is_wrong(self):
        said = self.boot(_OPTIONS.medium, clock="2001-01-01T00:00:00")
        self.assert_refused(said, "the clock of this machine is wrong")

    def test_without_serial_port_the_screen_says_it(self):
        if _OPTIONS.firmware != "bios":
            # Only Linux started by BIOS uses the text screen that can be read. There a medium that is refused powers off.
            with qemu.Machine(self._folder.name, _OPTIONS.firmware, qemu.optical_drive(_OPTIONS.medium),
                              nonce=self.nonce, serial=False, clock="2060-01-01T00:00:00") as machine:
                machine.wait_for_power_off(_PATIENCE)
            return
        with qemu.Machine(self._folder.name, "bios", qemu.optical_drive(_OPTIONS.medium), nonce=self.nonce,
                          serial=False) as machine:
            screen = self.wait_for_line(machine, "Verdict: accepted")
        self.assert_accepted("\n".join(screen), "sr0")
        self.assertIn("Challenge: " + self.nonce, "\n".join(screen))

    def wait_for_line(self, machine, text):
        deadline = time.monotonic() + _PATIENCE
        screen = []
        while machine.running() and time.monotonic() < deadline:
            screen = machine.text_screen()
            if any(text in line for line in screen):
                return screen
            time.sleep(0.5)
        self.fail("the screen never said '%s'; last it said:\n%s" % (text, "\n".join(screen)))


class UefiBootImageTest(MediumTest):

    def test_uefi_boot_image_finds_its_medium(self):
        # Firmware may show GRUB the FAT image that it was loaded from and not the disc around it: so it is a disk of its
        # own here. OVMF makes those disks visible that are in its boot order; the foreign stick comes before the disc.
        loader = self.path("loader.img")
        with open(_OPTIONS.medium, "rb") as medium, open(loader, "wb") as image:
            image.write(_uefi_boot_image(medium))
        sticks = (qemu.usb_controller() + qemu.usb_stick(loader, name="loader", boot_index=0) +
                  qemu.usb_stick(self.debian_like_stick(), boot_index=1))
        said = self.boot(_OPTIONS.medium, sticks, disc_boot_index=2)
        self.assertNotIn("FOREIGN-GRUB-CFG", said)
        self.assert_accepted(said, "sr0")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--firmware", required=True)
    parser.add_argument("--medium", required=True)
    parser.add_argument("--other_medium", required=True)
    parser.add_argument("--mediactl", required=True)
    _, rest = parser.parse_known_args(namespace=_OPTIONS)
    unittest.main(argv=[sys.argv[0]] + rest, verbosity=2)


if __name__ == "__main__":
    main()
