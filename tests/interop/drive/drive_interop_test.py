"""One definition in every form, in the hands of other people's programs.

What the manifest says about an ISO, a set of discs and drives of both sector sizes has to be what sgdisk, 7-Zip, blkid,
dosfstools, mtools and xorriso find; and the packages are the same everywhere. A missing program is an error of the test.
"""

import collections
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import disk_inspection
import partition_table

E2E = "tests/e2e/"
MEDIACTL = "tools/mediactl/mediactl"
MANIFEST_PROTO = "tools/plan/manifest.proto"
PUBLIC_KEY = "testdata/keys/test_release.pub"

# Debian has these for the administrator only; they are not on the PATH.
BLKID = "/usr/sbin/blkid"
FSCK_FAT = "/usr/sbin/fsck.fat"
SGDISK = "/usr/sbin/sgdisk"

ENVIRONMENT = dict(os.environ, LC_ALL="C.UTF-8", TZ="UTC")

# Image -> bytes of a sector, partitions as (type, name).
BIOS_BOOT = ("BIOS_BOOT", "BIOS boot partition")
ESP = ("EFI", "EFI system partition")
DATA = ("MICROSOFT_BASIC", "data partition")
DRIVES = {
    "form_usb.img": (512, [BIOS_BOOT, ESP]),
    "form_usb_protected.img": (512, [BIOS_BOOT, ESP, DATA]),
    "form_usb_4096.img": (4096, [ESP, DATA]),
    "form_usb_4096_protected.img": (4096, [ESP]),
}
ISOS = ["form_iso.iso", "form_iso_protected.iso"]
SETS = ["form_set.volumes", "form_set_protected.volumes"]


def run(*command, expect=0):
    """Runs a program and returns its standard output as bytes."""
    result = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT,
                            check=False)
    if result.returncode != expect:
        raise AssertionError(f"{command}: exit code {result.returncode}, expected {expect}\n{result.stdout[-4000:]}\n"
                             f"{result.stderr[-4000:]}")
    return result.stdout


def digest(path):
    with open(path, "rb") as file:
        return os.path.getsize(path), hashlib.file_digest(file, "sha256").hexdigest()


def tree(root):
    """Path -> (size, SHA-256) of every file below a directory."""
    return {os.path.relpath(os.path.join(folder, name), root): digest(os.path.join(folder, name))
            for folder, _, names in os.walk(root) for name in names}


def show(medium):
    return json.loads(run(MEDIACTL, "show", "--format=json", f"--public_key={PUBLIC_KEY}", medium))


class DriveInteropTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(dir=os.environ["TEST_TMPDIR"]))
        self.addCleanup(shutil.rmtree, self.dir)

    def partitions(self, image):
        """The partitions of a drive, each as a file of its own: list of (partition, path)."""
        with open(image, "rb") as file:
            table = partition_table.read(file, partition_table.sector_size(image))
        found = []
        for partition in table.partitions:
            path = self.dir / f"{os.path.basename(image)}.{partition.number}"
            disk_inspection.copy_sparse(image, partition.offset, partition.size, path)
            found.append((partition, path))
        return found

    def copy_out(self, fat):
        """The files of a FAT file system, as mtools read them."""
        out = pathlib.Path(tempfile.mkdtemp(dir=self.dir))
        run("mcopy", "-s", "-n", "-i", fat, "::/*", out)
        return out

    def assert_is_listed(self, files, medium):
        """`files` (path -> size, SHA-256) are those of the manifest, and the packages have the sizes that it says."""
        shown = show(medium)
        listed = {file["path"]: (file["size"], file["sha256"]) for file in shown["files"]}
        sizes = collections.Counter()
        others = {}
        for path, value in files.items():
            if match := re.fullmatch(r"tsmedia/packages/(\w+)/([^/]+)/payload\.\d{5}", path):
                sizes[match[1], match[2]] += value[0]
            elif path not in ("tsmedia/manifest.binpb", "tsmedia/manifest.binpb.sig"):
                others[path] = value
        self.assertEqual(others, listed)
        self.assertEqual(sizes, {(p["package_id"], p["version"]): p["size"] for p in shown["packages"]})

    # -------------------------------------------------------------------------------------------------- partition tables

    def test_partitions(self):
        for name, (sector_size, expected) in DRIVES.items():
            with self.subTest(name):
                self.assertEqual(partition_table.sector_size(E2E + name), sector_size)
                found = [(partition.type, partition.name) for partition, _ in self.partitions(E2E + name)]
                self.assertEqual(found, [(partition_table.TYPES[kind], label) for kind, label in expected])

    def test_images_have_no_holes(self):
        # What a hole is copied as depends on who copies; a drive keeps there what it had.
        for name in DRIVES:
            with self.subTest(name), open(E2E + name, "rb") as file:
                self.assertEqual(os.lseek(file.fileno(), 0, os.SEEK_HOLE), os.path.getsize(E2E + name))

    def test_sgdisk(self):
        # It takes every file for a drive with sectors of 512 bytes.
        for name in ISOS + [name for name, (sector_size, _) in DRIVES.items() if sector_size == 512]:
            with self.subTest(name):
                said = run(SGDISK, "--verify", E2E + name).decode()
                self.assertIn("No problems found", said)
                self.assertNotRegex(said, "(?i)caution|warning|problem:")

    def test_seven_zip_reads_the_partitions(self):
        for name, (_, expected) in DRIVES.items():
            with self.subTest(name):
                out = self.dir / "7z"
                run("7z", "x", "-y", "-tGPT", f"-o{out}", E2E + name)
                ours = [digest(path) for _, path in self.partitions(E2E + name)]
                theirs = {re.sub(r"^\d\.|\.\w+$", "", path): value for path, value in tree(out).items()}
                self.assertEqual(theirs, {label: value for (_, label), value in zip(expected, ours, strict=True)})
                shutil.rmtree(out)

    def test_an_iso_is_a_disk_as_well(self):
        for name in ISOS:
            with self.subTest(name):
                [(partition, path)] = self.partitions(E2E + name)
                self.assertEqual(partition.type, partition_table.TYPES["EFI"])
                out = self.dir / "7z"
                run("7z", "x", "-y", "-tIso", f"-o{out}", E2E + name)
                boot_images = tree(out / "[BOOT]")
                shutil.rmtree(out / "[BOOT]")
                self.assertIn(digest(path), boot_images.values())
                self.assert_is_listed(tree(out), E2E + name)
                shutil.rmtree(out)

    # ------------------------------------------------------------------------------------------------------ file systems

    def test_file_systems(self):
        for name, (sector_size, _) in DRIVES.items():
            for partition, path in self.partitions(E2E + name):
                if partition.type == partition_table.TYPES["BIOS_BOOT"]:
                    continue
                with self.subTest(name, partition=partition.number):
                    probed = dict(line.split("=", 1) for line in run(BLKID, "-p", "-o", "export", path).decode().splitlines())
                    self.assertEqual((probed["TYPE"], probed["VERSION"]), ("vfat", "FAT32"))
                    # fsck.fat leaves some findings at that, with exit code 0.
                    checked = run(FSCK_FAT, "-n", "-v", path).decode()
                    self.assertNotRegex(checked, r"(?i)differen|dirty|wrong|invalid|bad |reclaim")
                    self.assertRegex(checked, rf"\b{sector_size} bytes per logical sector\n")

    def test_mtools_and_seven_zip_read_the_files(self):
        for name, (_, expected) in DRIVES.items():
            files = {}
            for (partition, path), (kind, _) in zip(self.partitions(E2E + name), expected, strict=True):
                if kind == "BIOS_BOOT":
                    continue
                with self.subTest(name, partition=partition.number):
                    found = tree(self.copy_out(path))
                    self.assertFalse(files.keys() & found.keys())
                    files.update(found)
                    out = self.dir / "7z"
                    run("7z", "x", "-y", "-tFAT", f"-o{out}", path)
                    self.assertEqual(tree(out), found)
                    shutil.rmtree(out)
                    listed = run("mdir", "-/", "-b", "-i", path, "::").decode().splitlines()
                    self.assertEqual({line.removeprefix("::/") for line in listed if not line.endswith("/")}, found.keys())
                    # Where the packages are is what the partition is for.
                    packages = {path for path in found if path.startswith("tsmedia/packages/")}
                    self.assertEqual(bool(packages), kind == expected[-1][0])
                    self.assertTrue(kind != "MICROSOFT_BASIC" or packages == found.keys())
            with self.subTest(name):
                self.assert_is_listed(files, E2E + name)

    # ------------------------------------------------------------------------------------------- the same in every form

    def block_digests(self, manifest):
        """The digests of all blocks of all packages, as protoc decodes the manifest."""
        with open(manifest, "rb") as file:
            decoded = subprocess.run(["protoc", "-I.", "--decode=tsmedia.Manifest", MANIFEST_PROTO], stdin=file, check=True,
                                     stdout=subprocess.PIPE).stdout.decode()
        digests = re.findall(r"^  block_sha256: (.*)$", decoded, re.M)
        self.assertTrue(digests)
        return digests

    def manifest(self, name):
        """The manifest of a form, read by others."""
        path = E2E + name
        if name in DRIVES:
            [esp] = [file for partition, file in self.partitions(path) if partition.type == partition_table.TYPES["EFI"]]
            return self.copy_out(esp) / "tsmedia/manifest.binpb"
        out = pathlib.Path(tempfile.mkdtemp(dir=self.dir)) / "manifest.binpb"
        run("xorriso", "-osirrox", "on", "-indev", path, "-extract", "/tsmedia/manifest.binpb", out)
        return out

    def test_the_packages_are_the_same(self):
        for protected in (False, True):
            with self.subTest(protected=protected):
                names = [name for name in ISOS + list(DRIVES) if ("_protected" in name) == protected]
                volumes = [os.path.join(name, volume) for name in SETS if ("_protected" in name) == protected
                           for volume in os.listdir(E2E + name)]
                self.assertEqual(len(volumes), 3)
                digests = {name: self.block_digests(self.manifest(name)) for name in names + volumes}
                self.assertEqual(set(map(tuple, digests.values())), {tuple(digests[names[0]])}, digests.keys())

    # -------------------------------------------------------------------------------------------------- copied by hand

    def assert_intact(self, medium):
        said = run(MEDIACTL, "verify", f"--public_key={PUBLIC_KEY}", medium).decode()
        self.assertRegex(said, r": intact: stand-alone media \"FORMS\", .*volume 1 of 1")

    def test_files_that_were_copied(self):
        folder = self.dir / "copied"
        run("xorriso", "-osirrox", "on", "-indev", E2E + ISOS[0], "-extract", "/", folder)
        run("chmod", "-R", "u+w", folder)
        self.assert_intact(folder)
        [(_, stick)] = self.partitions(E2E + "copied_stick.img")
        self.assertEqual(tree(self.copy_out(stick)), tree(folder))
        self.assert_intact(stick)
        # And it can be found out.
        with open(folder / "boot/vmlinuz", "r+b") as file:
            file.write(b"x")
        run(MEDIACTL, "verify", f"--public_key={PUBLIC_KEY}", folder, expect=1)


if __name__ == "__main__":
    unittest.main()
