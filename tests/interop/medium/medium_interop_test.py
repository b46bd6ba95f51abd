"""The sample medium in the hands of other people's programs.

What mediactl and the manifest say about `//media_defs:branch_office_open` has to be what xorriso, isoinfo, 7-Zip, bsdtar,
dosfstools, mtools, signify, zstd, tar, blkid and protoc find. A missing program is an error of the test.
"""

import ast
import collections
import hashlib
import json
import os
import pathlib
import re
import shutil
import stat
import subprocess
import tempfile
import unittest

IMAGE = "media_defs/branch_office_open.iso"
LABEL = "BRANCH01"
MEDIACTL = "tools/mediactl/mediactl"
SIGN = "tools/actions/sign"
MANIFEST_PROTO = "tools/plan/manifest.proto"
PUBLIC_KEY = "testdata/keys/test_release.pub"
SECRET_KEY = "testdata/keys/test_release.sec"
OTHER_PUBLIC_KEY = "testdata/keys/test_other.pub"
OS_IMAGE = "LAB00001"

SECTOR = 2048
BLOCK = 4 << 20
# Drives that read a CD burnt track-at-once lose what they read ahead at its end.
LAST_SECTORS = 150
BACKUP_GPT_SECTORS = 9

# Debian has these for the administrator only; they are not on the PATH.
BLKID = "/usr/sbin/blkid"
FSCK_FAT = "/usr/sbin/fsck.fat"

# isoinfo and mtools show what their locale has no character for as "_" or "?".
ENVIRONMENT = dict(os.environ, LC_ALL="C.UTF-8", TZ="UTC")


def run(*command, expect=0, **options):
    """Runs a program and returns its standard output as bytes."""
    result = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            env=ENVIRONMENT, check=False, **options)
    if result.returncode != expect:
        raise AssertionError(f"{command}: exit code {result.returncode}, expected {expect}\n"
                             f"{result.stdout[-4000:]}\n{result.stderr[-4000:]}")
    return result.stdout


def text(*command, **options):
    return run(*command, **options).decode()


def read(path):
    return pathlib.Path(path).read_bytes()


def digest(data):
    return len(data), hashlib.sha256(data).hexdigest()


def tree(root):
    """Path -> (size, SHA-256) of every regular file below a directory; anything but files and directories is an error."""
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            if not stat.S_ISREG(os.lstat(path).st_mode):
                raise AssertionError(f"{path} is no regular file")
            found[os.path.relpath(path, root)] = digest(read(path))
    return found


def decode(message, proto, data):
    """What protoc makes of a binary message: field name -> list of values or of nested dictionaries."""
    lines = iter(text("protoc", "-I.", f"--decode=tsmedia.{message}", proto, input=data).splitlines())

    def value(word):
        # protoc's escapes of bytes are those of Python.
        return ast.literal_eval("b" + word) if word[0] == '"' else word

    def body():
        fields = collections.defaultdict(list)
        for line in lines:
            line = line.strip()
            if line == "}":
                break
            if line.endswith(" {"):
                fields[line[:-2]].append(body())
            else:
                name, word = line.split(": ", 1)
                fields[name].append(value(word))
        return fields

    return body()


class MediumInteropTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.show = json.loads(run(MEDIACTL, "show", "--format=json", f"--public_key={PUBLIC_KEY}", IMAGE))
        cls.ls = json.loads(run(MEDIACTL, "ls", "--format=json", f"--public_key={PUBLIC_KEY}", IMAGE))
        # libisofs, by the Rock Ridge names, is what the others are compared with; it is itself compared with the manifest.
        cls.root = pathlib.Path(tempfile.mkdtemp(dir=os.environ["TEST_TMPDIR"])) / "medium"
        run("xorriso", "-read_fs", "nojoliet", "-osirrox", "on", "-indev", IMAGE, "-extract", "/", cls.root)
        run("chmod", "-R", "u+w", cls.root)
        cls.files = tree(cls.root)
        cls.manifest = decode("Manifest", MANIFEST_PROTO, read(cls.root / "tsmedia/manifest.binpb"))

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(dir=os.environ["TEST_TMPDIR"]))

    def tearDown(self):
        shutil.rmtree(self.dir)

    # ------------------------------------------------------------------------------------------------- the file trees

    def test_xorriso_finds_what_the_manifest_lists(self):
        expected = {file["path"]: (file["size"], file["sha256"]) for file in self.show["files"]}
        payloads = {path for path in self.files if path.startswith("tsmedia/packages/")}
        self.assertEqual({path: self.files[path] for path in self.files.keys() & expected.keys()}, expected)
        self.assertEqual(self.files.keys() - expected.keys() - payloads,
                         {"tsmedia/manifest.binpb", "tsmedia/manifest.binpb.sig"})
        sizes = collections.Counter()
        for path in payloads:
            package_id, version, name = path.split("/")[2:]
            self.assertRegex(name, r"^payload\.[0-9]{5}$")
            sizes[package_id, version] += self.files[path][0]
        self.assertEqual(sizes, {(p["package_id"], p["version"]): p["size"] for p in self.show["packages"]})

    def test_protoc_reads_the_manifest(self):
        self.assertEqual(self.manifest["context"], [b"tsmedia/manifest/v1"])
        self.assertEqual(self.manifest["label"], [LABEL.encode()])
        self.assertEqual(self.manifest["media_id"][0].hex()[:32], self.show["media_id"])
        listed = {}
        for file in self.manifest["files"]:
            listed[file["path"][0].decode()] = (int(file["size"][0]), file["sha256"][0].hex())
        for package in self.manifest["packages"]:
            blocks = []
            for segment in package["segments"]:
                path = segment["path"][0].decode()
                data = read(self.root / path)
                listed[path] = digest(data)
                blocks += [hashlib.sha256(data[i:i + BLOCK]).digest() for i in range(0, len(data), BLOCK)]
            self.assertEqual(b"".join(blocks), package["block_sha256"][0])
        for suffix in ("", ".sig"):
            path = "tsmedia/manifest.binpb" + suffix
            listed[path] = self.files[path]
        self.assertEqual(self.files, listed)
        with open(IMAGE, "rb") as image:
            for region in self.manifest["volumes"][0]["structures"]:
                image.seek(int(region["offset"][0]) if "offset" in region else 0)
                data = image.read(int(region["length"][0]))
                self.assertEqual(hashlib.sha256(data).digest(), region["sha256"][0], region["name"])

    def test_xorriso_reads_joliet_and_plain_names(self):
        run("xorriso", "-read_fs", "norock", "-osirrox", "on", "-indev", IMAGE, "-extract", "/", self.dir / "joliet")
        self.assertEqual(tree(self.dir / "joliet"), self.files)
        # Plain ISO 9660 has other names, so only the content can be compared.
        run("xorriso", "-read_fs", "ecma119", "-osirrox", "on", "-indev", IMAGE, "-extract", "/", self.dir / "plain")
        plain = tree(self.dir / "plain")
        self.assertEqual(sorted(plain.values()), sorted(self.files.values()))
        self.assertIn("MEDIALABEL.TXT", {name.upper() for name in plain})

    def test_isoinfo_reads_rock_ridge_and_joliet(self):
        for names, version in (("-R", ""), ("-J", ";1")):
            with self.subTest(names):
                listed = set(text("isoinfo", names, "-f", "-i", IMAGE).splitlines())
                directories = {str(parent) for path in self.files for parent in pathlib.PurePath("/" + path).parents}
                self.assertEqual(listed, {f"/{path}{version}" for path in self.files} | directories - {"/"})
                found = {
                    path: digest(run("isoinfo", names, "-i", IMAGE, "-x", f"/{path}{version}")) for path in self.files
                }
                self.assertEqual(found, self.files)
        sizes = {}
        directory = ""
        for line in text("isoinfo", "-R", "-l", "-i", IMAGE).splitlines():
            if line.startswith("Directory listing of /"):
                directory = line.removeprefix("Directory listing of /")
            elif line.startswith("-"):
                fields = re.fullmatch(r"-rw-r--r-- +1 +0 +0 +(\d+) Jan +1 1980 \[ *\d+ 00\] +(\S+) *", line)
                self.assertIsNotNone(fields, line)
                sizes[directory + fields[2]] = int(fields[1])
        self.assertEqual(sizes, {path: size for path, (size, _) in self.files.items()})

    def test_bsdtar_extracts(self):
        (self.dir / "out").mkdir()
        run("bsdtar", "-C", self.dir / "out", "-xf", IMAGE)
        self.assertEqual(tree(self.dir / "out"), self.files)

    def test_seven_zip_extracts(self):
        run("7z", "x", "-y", f"-o{self.dir}/out", IMAGE)
        # 7-Zip shows the El Torito images in a folder of its own.
        boot_images = tree(self.dir / "out/[BOOT]")
        shutil.rmtree(self.dir / "out/[BOOT]")
        self.assertEqual(tree(self.dir / "out"), self.files)
        self.assertIn(digest(self.uefi_boot_image()), boot_images.values())

    # ----------------------------------------------------------------------------------------------- volume and booting

    def boot_entries(self):
        """The El Torito entries as libisofs reads them: (platform, bootable, emulation, 512-byte sectors, first sector)."""
        report = text("xorriso", "-indev", IMAGE, "-report_el_torito", "plain")
        return [(platform, bootable, emulation, int(count), int(first)) for platform, bootable, emulation, count, first in
                re.findall(r"^El Torito boot img : +\d+ +(\w+) +(\w) +(\w+) +0x0000 +0x00 +(\d+) +(\d+)$", report, re.M)]

    def uefi_boot_image(self):
        [(count, first)] = [entry[3:] for entry in self.boot_entries() if entry[0] == "UEFI"]
        with open(IMAGE, "rb") as image:
            image.seek(first * SECTOR)
            return image.read(count * 512)

    def test_el_torito(self):
        entries = self.boot_entries()
        self.assertEqual([entry[:3] for entry in entries], [("BIOS", "y", "none"), ("UEFI", "y", "none")])
        self.assertEqual(entries[0][3], 4)
        # The entry says how much firmware loads: all of the file system.
        fat = self.uefi_boot_image()
        sectors = int.from_bytes(fat[19:21], "little") or int.from_bytes(fat[32:36], "little")
        self.assertEqual(entries[1][3], sectors)
        self.assertLess(sectors, 65536)
        described = text("isoinfo", "-d", "-i", IMAGE)
        for line in ("Arch 0 (x86)", "Key 55 AA", "Bootid 88 (bootable)", "Boot media 0 (No Emulation Boot)", "Nsect 4",
                     f"Bootoff {entries[0][4]:X} {entries[0][4]}"):
            self.assertIn(line, described)
        # Neither program shows the number of the platform of the second one.
        catalog_sector = int(re.search(r"boot catalog is in sector (\d+)", described)[1])
        with open(IMAGE, "rb") as image:
            image.seek(catalog_sector * SECTOR)
            catalog = image.read(128)
        self.assertEqual(catalog[64:68], bytes([0x91, 0xEF, 1, 0]))

    def test_volume_descriptors(self):
        described = text("isoinfo", "-d", "-i", IMAGE)
        size = os.path.getsize(IMAGE)
        for line in (f"Volume id: {LABEL}\n", f"Volume size is: {size // SECTOR}\n", "Joliet with UCS level 3 found\n",
                     "Rock Ridge signatures version 1 found\n", "Logical block size is: 2048\n"):
            self.assertIn(line, described)
        self.assertEqual(size % SECTOR, 0)
        [volume] = self.show["volumes"]
        self.assertEqual((volume["number"], volume["size"]), (1, size))
        self.assertIn(f"Volume Id    : {LABEL}\n", text("xorriso", "-indev", IMAGE, "-pvd_info"))
        with open(IMAGE, "rb") as image:
            # The backup of the partition table is behind them: 33 sectors of 512 bytes, in whole sectors of the disc.
            image.seek(size - (LAST_SECTORS + BACKUP_GPT_SECTORS) * SECTOR)
            self.assertEqual(image.read(LAST_SECTORS * SECTOR).strip(b"\0"), b"")
            image.seek(size - 512)
            self.assertEqual(image.read(8), b"EFI PART")

    def test_blkid(self):
        probed = dict(line.split("=", 1) for line in text(BLKID, "-p", "-o", "export", IMAGE).splitlines())
        self.assertEqual((probed["TYPE"], probed["LABEL"]), ("iso9660", LABEL))
        # Media that are dated alike would share a UUID.
        self.assertRegex(probed["UUID"], r"^(19[89]|20[0-7])\d-\d\d-\d\d-\d\d-\d\d-\d\d-\d\d$")
        self.assertNotEqual(probed["UUID"], "1980-01-01-00-00-00-00")

    def test_dosfstools_and_mtools_read_the_uefi_boot_image(self):
        image = self.dir / "uefi.img"
        image.write_bytes(self.uefi_boot_image())
        checked = text(FSCK_FAT, "-n", "-v", image)
        # fsck.fat leaves some findings at that, with exit code 0.
        self.assertNotRegex(checked, r"(?i)differen|dirty|wrong|invalid|bad ")
        self.assertIn(f"Volume in drive : is {LABEL}", text("mdir", "-i", image, "::"))
        listed = text("mdir", "-/", "-b", "-i", image, "::")
        efi = {path for path in self.files if path.startswith("EFI/BOOT/")}
        self.assertIn("EFI/BOOT/BOOTX64.EFI", efi)
        self.assertEqual({line.removeprefix("::/") for line in listed.splitlines() if not line.endswith("/")},
                         efi | {"boot/grub/grub.cfg"})
        for path in sorted(efi):
            self.assertEqual(digest(run("mtype", "-i", image, f"::/{path}")), self.files[path], path)
        out = self.dir / "out"
        out.mkdir()
        run("mcopy", "-s", "-n", "-i", image, "::/*", out)
        self.assertEqual({path: value for path, value in tree(out).items() if path in efi},
                         {path: self.files[path] for path in efi})
        # The grub.cfg of the boot image only looks for the medium.
        self.assertIn(f"if search --no-floppy --file --set=root '/tsmedia/id/{self.show['media_id']}-1'; then",
                      read(out / "boot/grub/grub.cfg").decode().splitlines())
        self.assertEqual(read(self.root / f"tsmedia/id/{self.show['media_id']}-1").decode(),
                         f"{self.show['media_id']}-1\n")

    # -------------------------------------------------------------------------------------------------------- signatures

    def key(self, path):
        """A copy of a key: signify follows no links, which runfiles are, and wants secret keys closed to others."""
        copy = self.dir / os.path.basename(path)
        copy.write_bytes(read(path))
        copy.chmod(0o600)
        return copy

    def test_signify_accepts_the_manifest(self):
        manifest = self.root / "tsmedia/manifest.binpb"
        verify = ["signify-openbsd", "-V", "-x", self.root / "tsmedia/manifest.binpb.sig", "-m"]
        run(*verify, manifest, "-p", self.key(PUBLIC_KEY))
        run(*verify, manifest, "-p", self.key(OTHER_PUBLIC_KEY), expect=1)
        changed = self.dir / "manifest.binpb"
        data = bytearray(read(manifest))
        data[len(data) // 2] ^= 1
        changed.write_bytes(data)
        run(*verify, changed, "-p", self.key(PUBLIC_KEY), expect=1)

    def sign_action(self, name, *options, expect=0):
        out = self.dir / name
        arguments = self.dir / f"{name}.args"
        arguments.write_text("".join(f"{line}\n" for line in (
            "--target=//media:external", f"--manifest={self.root}/tsmedia/manifest.binpb", f"--public_key={PUBLIC_KEY}",
            *options, f"--out={out}")))
        run(SIGN, f"@{arguments}", expect=expect)
        return out

    def test_signify_signs_what_we_take_over(self):
        ours = self.sign_action("ours.sig", f"--secret_key={SECRET_KEY}")
        self.assertEqual(read(ours), read(self.root / "tsmedia/manifest.binpb.sig"))
        sign = ["signify-openbsd", "-S", "-s", self.key(SECRET_KEY), "-x", self.dir / "theirs.sig", "-m"]
        run(*sign, self.root / "tsmedia/manifest.binpb")
        taken_over = self.sign_action("taken_over.sig", f"--external_signature={self.dir}/theirs.sig")
        self.assertEqual(read(taken_over), read(ours))
        # A signature of something else is not taken over.
        run(*sign, self.root / "tsmedia/volume.binpb")
        refused = self.sign_action("refused.sig", f"--external_signature={self.dir}/theirs.sig", expect=1)
        self.assertFalse(refused.exists())

    def test_we_sign_with_keys_of_signify(self):
        run("signify-openbsd", "-G", "-n", "-c", "a key of somebody", "-p", "new.pub", "-s", "new.sec", cwd=self.dir)
        # A key that is not TEST-ONLY signs no TEST-ONLY manifest, so protoc writes one that says nothing of it.
        manifest = self.dir / "manifest.binpb"
        lines = text("protoc", "-I.", "--decode=tsmedia.Manifest", MANIFEST_PROTO,
                     input=read(self.root / "tsmedia/manifest.binpb")).splitlines(keepends=True)
        lines.remove("test_only: true\n")
        manifest.write_bytes(run("protoc", "-I.", "--encode=tsmedia.Manifest", MANIFEST_PROTO,
                                 input="".join(lines).encode()))
        signature = self.dir / "new.sig"
        run(MEDIACTL, "sign", f"--secret_key={self.dir}/new.sec", f"--out={signature}", manifest)
        run("signify-openbsd", "-V", "-p", self.dir / "new.pub", "-x", signature, "-m", manifest)
        run("signify-openbsd", "-V", "-p", self.key(PUBLIC_KEY), "-x", signature, "-m", manifest, expect=1)

    # ---------------------------------------------------------------------------------------------------------- packages

    def test_zstd_and_tar_restore_the_packages(self):
        """The README's `cat payload.* | zstd -d | tar x`."""
        self.assertEqual([p["package_id"] for p in self.ls], [p["package_id"] for p in self.show["packages"]])
        for package in self.ls:
            name = package["package_id"]
            with self.subTest(name):
                out = self.dir / name
                out.mkdir()
                payloads = self.root / "tsmedia/packages" / name / package["version"]
                pipe = f"cat '{payloads}'/payload.* | zstd -q -d"
                if name == OS_IMAGE:
                    # The archive itself is the package's file.
                    [file] = package["files"]
                    run("bash", "-e", "-o", "pipefail", "-c", f"{pipe} >'{out}/{file['path']}'")
                    (out / file["path"]).chmod(0o644)
                    members = text("tar", "-t", "-f", out / file["path"]).splitlines()
                    self.assertIn("etc/os-release", {member.removeprefix("./") for member in members})
                else:
                    run("bash", "-e", "-o", "pipefail", "-c", f"{pipe} | tar -x -p --no-same-owner -C '{out}'")
                self.assertEqual(self.entries(out), {file.pop("path"): file for file in package["files"]})

    def entries(self, root):
        """The files below a directory in the form in which `mediactl ls` lists them."""
        found = {}
        for folder, folders, names in os.walk(root):
            for name in folders + names:
                path = os.path.join(folder, name)
                info = os.lstat(path)
                entry = {"mode": f"{stat.S_IMODE(info.st_mode):04o}", "size": 0}
                if stat.S_ISLNK(info.st_mode):
                    entry.update(type="symlink", link_target=os.readlink(path))
                elif stat.S_ISDIR(info.st_mode):
                    entry.update(type="directory")
                else:
                    size, sha256 = digest(read(path))
                    entry.update(type="file", size=size, sha256=sha256)
                found[os.path.relpath(path, root)] = entry
        return found


if __name__ == "__main__":
    unittest.main()
