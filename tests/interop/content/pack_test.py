"""Packs and other people's programs: GNU tar, zstd, bsdtar, 7-Zip, zip, dpkg-deb.

usage: pack_test.py PACK UNPACK (our binaries)
"""

import hashlib
import os
import random
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile

PACK, UNPACK = (os.path.abspath(path) for path in sys.argv[1:3])
FILE_TIME = 315532800
NAMES = [
    "plain",
    "with blank and  two",
    "#hash  x .txt",
    "a=b=c",
    "-rf",
    "line\nfeed",
    "grüße.txt",
    "日本語/😀/файл",
    "deep/" + "/".join("d%d" % i for i in range(60)) + "/end",
    "n" * 255,
    "ü" * 127 + "x",
    "x" * 155 + "/" + "y" * 100,
    "x" * 156 + "/" + "y" * 100,
    "z" * 100,
    "w" * 101,
]


def run(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, **options)


def entries(root):
    """What is below `root`: {path: (type, mode, content or target)}."""
    found = {}
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            path = os.path.join(folder, name)
            status = os.lstat(path)
            mode = stat.S_IMODE(status.st_mode)
            if stat.S_ISLNK(status.st_mode):
                value = ("link", 0, os.readlink(path))
            elif stat.S_ISDIR(status.st_mode):
                value = ("dir", mode, "")
            else:
                with open(path, "rb") as file:
                    value = ("file", mode, hashlib.sha256(file.read()).hexdigest())
            found[os.path.relpath(path, root)] = value
    return found


def times(root):
    return {
        os.lstat(os.path.join(folder, name)).st_mtime
        for folder, folders, files in os.walk(root)
        for name in folders + files
    }


def write(path, content, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
    os.chmod(path, mode)


def to(destination, rest=None):
    """The form LEN:DEST=REST of an argument."""
    text = "%d:%s" % (len(os.fsencode(destination)), destination)
    return text if rest is None else text + "=" + rest


class PackTest(unittest.TestCase):
    def setUp(self):
        os.umask(0o022)
        self.root = tempfile.mkdtemp(dir=os.environ["TEST_TMPDIR"])
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)
        self.count = 0

    def path(self, *names):
        return os.path.join(self.root, *names)

    def run_pack(self, *content, name="out", umask=0o022, cwd=None):
        arguments = [
            "--target=//media_defs:x", "--package_id=LAB00012", "--version=3", "--kind=package",
            "--display_name=Site tools", "--format=tree", "--compression=zstd",
            "--out_pack=" + self.path(name + ".pack"), "--out_info=" + self.path(name + ".info"),
            *content,
        ]  # yapf: disable
        if any("\n" in argument for argument in arguments):
            command = [PACK, *arguments]
        else:
            parameters = self.path(name + ".args")
            with open(parameters, "w", encoding="utf-8") as file:
                file.writelines(argument + "\n" for argument in arguments)
            command = [PACK, "@" + parameters]
        return subprocess.run(command, capture_output=True, text=True, umask=umask, cwd=cwd)

    def pack(self, *content, name="out", **options):
        result = self.run_pack(*content, name=name, **options)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout, "")
        return self.path(name + ".pack")

    def new_directory(self):
        self.count += 1
        path = self.path("dir%d" % self.count)
        os.mkdir(path)
        return path

    def restore(self, pack, umask=0o077):
        """Unpacks by zstd and GNU tar."""
        root = self.new_directory()
        with subprocess.Popen(["zstd", "-dc", pack], stdout=subprocess.PIPE) as zstd:
            subprocess.run(["tar", "x", "-p", "--no-same-owner", "-C", root], stdin=zstd.stdout, check=True, umask=umask)
        self.assertEqual(zstd.returncode, 0)
        return root

    def sample_tree(self):
        """A tree with every kind of entry that archives can bring."""
        root = self.new_directory()
        for index, name in enumerate(NAMES):
            write(os.path.join(root, name), name.encode() * index, [0o644, 0o755, 0o600, 0o444, 0o750][index % 5])
        write(os.path.join(root, "large"), random.Random(1).randbytes(5 << 20))
        os.mkdir(os.path.join(root, "empty"))
        os.chmod(os.path.join(root, "empty"), 0o1777)
        os.symlink("plain", os.path.join(root, "link"))
        os.symlink("../" + "t" * 200, os.path.join(root, "deep", "long_link"))
        os.symlink("größe", os.path.join(root, "unicode_link"))
        return root

    def test_restores_exactly(self):
        source = self.new_directory()
        content = ["--executable_pattern=bin/**", "--symlink=" + to("link", "plain"),
                   "--empty_dir=" + to("empty"), "--dir=" + to("private", "0700"),
                   "--symlink=" + to("bin/größe", "../" + NAMES[-1])]  # yapf: disable
        expected = {"link": ("link", 0, "plain"), "empty": ("dir", 0o755, ""), "private": ("dir", 0o700, ""),
                    "bin/größe": ("link", 0, "../" + NAMES[-1])}  # yapf: disable
        for index, name in enumerate(NAMES + ["bin/tool", "bin/sub/tool"]):
            data = random.Random(index).randbytes(index * 1000)
            path = os.path.join(source, str(index))
            write(path, data, 0o400 + index)
            flag, mode = [("--file=", 0o644), ("--executable=", 0o755)][index % 2]
            content.append(flag + to(name, path))
            expected[name] = ("file", 0o755 if name.startswith("bin/") else mode, hashlib.sha256(data).hexdigest())
        write(os.path.join(source, "setuid"), b"s")
        content.append("--mode_file=" + to("setuid", "4750=" + os.path.join(source, "setuid")))
        expected["setuid"] = ("file", 0o4750, hashlib.sha256(b"s").hexdigest())
        for name in list(expected):
            while name := os.path.dirname(name):
                expected.setdefault(name, ("dir", 0o755, ""))
        pack = self.pack(*content)
        restored = self.restore(pack)
        self.assertEqual(entries(restored), expected)
        self.assertEqual(times(restored), {FILE_TIME})
        for mask in (0, 0o077):
            ours = self.path("ours%o" % mask)
            subprocess.run([UNPACK, pack, ours], check=True, umask=mask)
            self.assertEqual(entries(ours), expected)
            self.assertEqual(times(ours), {FILE_TIME})
        self.check_other_readers(pack, expected)

    def check_other_readers(self, pack, expected):
        tar = self.path("out.tar")
        run("zstd", "-q", "-d", pack, "-o", tar)
        bsdtar = self.new_directory()
        run("bsdtar", "-x", "-p", "--no-same-owner", "-f", tar, "-C", bsdtar)
        self.assertEqual(entries(bsdtar), expected)
        seven_zip = self.new_directory()
        run("7z", "x", "-snld", "-o" + seven_zip, tar)
        self.assertEqual(
            {name: value[2] for name, value in entries(seven_zip).items() if value[0] == "file"},
            {name: value[2] for name, value in expected.items() if value[0] == "file"})
        listing = run("tar", "t", "--quoting-style=literal", "--null", "-f", tar).stdout
        with tarfile.open(tar) as archive:
            members = archive.getmembers()
        self.assertEqual({(m.uid, m.gid, m.uname, m.gname, m.mtime) for m in members}, {(0, 0, "", "", FILE_TIME)})
        names = [os.fsencode(m.name + ("/" if m.isdir() else "")) for m in members]
        self.assertEqual(names, sorted(names))
        self.assertEqual(len(listing.splitlines()), len(names) + 1)  # one name has a line feed
        # Nothing but the last blocks of zeros follows the last member.
        self.assertEqual(os.path.getsize(tar) % 512, 0)

    def test_bytes_depend_on_input_only(self):
        sources = []
        for index in range(300):
            path = self.path("s", "%d" % index)
            write(path, random.Random(index).randbytes(40000) * 2, [0o600, 0o777][index % 2])
            sources.append("--file=" + to("d%d/f%d" % (index % 7, index), path))
        with open(self.pack(*sources), "rb") as file:
            expected = file.read()
        with open(self.path("out.info"), "rb") as file:
            expected_info = file.read()
        moved = self.path("elsewhere")
        shutil.copytree(self.path("s"), os.path.join(moved, "s"))
        os.utime(os.path.join(moved, "s", "1"), (1, 1))
        variants = {
            "one": (["--threads=1", *sources], {}),
            "two": (["--threads=2", *sources], {}),
            "eight": (["--threads=8", *sources], {}),
            "reversed": (sources[::-1], {}),
            "umask": (sources, {"umask": 0o077}),
            "elsewhere": ([s.replace(self.root + "/", "") for s in sources], {"cwd": moved}),
        }
        for name, (content, options) in variants.items():
            with self.subTest(name):
                with open(self.pack(*content, name=name, **options), "rb") as file:
                    self.assertEqual(hashlib.sha256(file.read()).digest(), hashlib.sha256(expected).digest())
                with open(self.path(name + ".info"), "rb") as file:
                    self.assertEqual(file.read(), expected_info)

    def check_archive(self, archive, tree):
        for reader in ("gnu", "ours"):
            pack = self.pack("--archive=" + to("", archive))
            if reader == "gnu":
                restored = self.restore(pack)
            else:
                self.count += 1
                restored = self.path("dir%d" % self.count)
                run(UNPACK, pack, restored)
            expected = entries(tree)
            self.assertEqual(entries(restored), expected)

    def test_reads_tar_of_gnu_and_libarchive(self):
        tree = self.sample_tree()
        archive = self.path("a.tar")
        for command in (
            ["tar", "c", "--format=gnu"],
            ["tar", "c", "--format=oldgnu"],
            ["tar", "c", "--format=posix", "--xattrs"],
            ["tar", "c", "--format=posix", "--pax-option=globexthdr.name=g,comment=hello"],
            ["bsdtar", "-c", "--format=pax"],
            ["bsdtar", "-c", "--format=gnutar"],
        ):
            for compress in ([], ["--gzip"], ["--xz"], ["--zstd"]):
                with self.subTest(command=command, compress=compress):
                    run(*command, *compress, "-f", archive, "-C", tree, ".")
                    self.check_archive(archive, tree)

    def test_reads_ustar_and_v7(self):
        tree = self.sample_tree()
        for name in NAMES:
            if len(os.fsencode(os.path.basename(name))) > 99:
                os.remove(os.path.join(tree, name))
        os.remove(os.path.join(tree, "deep", "long_link"))
        shutil.rmtree(os.path.join(tree, "x" * 156), ignore_errors=True)
        shutil.rmtree(os.path.join(tree, "x" * 155), ignore_errors=True)
        archive = self.path("a.tar")
        for command in (["tar", "c", "--format=ustar"], ["bsdtar", "-c", "--format=ustar"]):
            run(*command, "-f", archive, "-C", tree, ".")
            self.check_archive(archive, tree)
        shutil.rmtree(os.path.join(tree, "deep"))
        run("tar", "c", "--format=v7", "-f", archive, "-C", tree, ".")
        self.check_archive(archive, tree)

    def test_hard_links_become_files(self):
        tree = self.new_directory()
        write(os.path.join(tree, "a"), b"alpha" * 1000, 0o750)
        os.makedirs(os.path.join(tree, "sub"))
        os.link(os.path.join(tree, "a"), os.path.join(tree, "sub", "b"))
        for command in (["tar", "c"], ["tar", "c", "--format=posix"], ["bsdtar", "-c", "--format=pax"]):
            run(*command, "-f", self.path("a.tar"), "-C", tree, ".")
            self.check_archive(self.path("a.tar"), tree)

    def test_reads_zip(self):
        tree = self.sample_tree()
        os.chmod(os.path.join(tree, "empty"), 0o755)
        os.remove(os.path.join(tree, "line\nfeed"))
        archive = self.path("a.zip")
        environment = dict(os.environ, LC_ALL="C.UTF-8")
        for command in (["zip", "-q", "-r", "-y", archive, "."], ["zip", "-q", "-0", "-r", "-y", archive, "."],
                        ["zip", "-q", "-fz", "-r", "-y", archive, "."], ["bsdtar", "-a", "-c", "-f", archive, "."],
                        ["7z", "a", "-tzip", "-snl", archive, "."]):  # yapf: disable
            with self.subTest(command=command):
                if os.path.exists(archive):
                    os.remove(archive)
                run(*command, cwd=tree, env=environment)
                self.check_archive(archive, tree)

    def test_reads_debian_packages(self):
        tree = self.new_directory()
        write(os.path.join(tree, "usr/bin/tool"), b"#!/bin/sh\n", 0o755)
        write(os.path.join(tree, "usr/share/doc/tool/copyright"), b"free\n" * 1000)
        os.symlink("tool", os.path.join(tree, "usr/bin/alias"))
        expected = entries(tree)
        write(os.path.join(tree, "DEBIAN/control"),
              b"Package: tool\nVersion: 1\nArchitecture: all\nMaintainer: x <x@example.com>\nDescription: x\n")
        for compression in ("gzip", "xz", "zstd", "none"):
            with self.subTest(compression):
                run("dpkg-deb", "--root-owner-group", "-Z" + compression, "--build", tree, self.path("a.deb"))
                pack = self.pack("--archive=" + to("", self.path("a.deb")))
                self.assertEqual(entries(self.restore(pack)), expected)

    def refused(self, message, *content):
        before = {name: os.path.getsize(self.path(name)) for name in os.listdir(self.root) if ".args" not in name}
        result = self.run_pack(*content, name="refused")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn(message, result.stderr)
        self.assertTrue(result.stderr.startswith("pack: //media_defs:x: "), result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        after = {name: os.path.getsize(self.path(name)) for name in os.listdir(self.root) if ".args" not in name}
        self.assertEqual(before, after)

    def test_refuses_what_a_package_cannot_have(self):
        write(self.path("f"), b"x")
        file = self.path("f")
        self.refused('srcs: "/a": the path is absolute', "--file=" + to("/a", file))
        self.refused('the component ".."', "--file=" + to("a/../b", file))
        self.refused("is given twice", "--file=" + to("a", file), "--executable=" + to("a", file))
        self.refused("needs it as a directory", "--file=" + to("a", file), "--file=" + to("a/b", file))
        self.refused("equal but for case", "--file=" + to("a", file), "--file=" + to("A", file))
        self.refused("equal but for case or Unicode", "--file=" + to("\u00e9", file), "--file=" + to("e\u0301", file))
        self.refused("leaves the package", "--symlink=" + to("a", "../b"))
        self.refused("the device name AUX", "--windows=true", "--file=" + to("aux.c", file))
        self.refused("matches no file", "--file=" + to("a", file), "--executable_pattern=bin/*")
        self.refused("cannot open: No such file", "--file=" + to("a", self.path("missing")))
        self.refused("no regular file", "--file=" + to("a", "/dev/null"))
        self.refused("the limit is 255", "--file=" + to("x" * 256, file))

    def test_refuses_archives_with_devices_and_holes(self):
        path = self.path("a.tar")
        for kind, word in ((tarfile.CHRTYPE, "device node"), (tarfile.BLKTYPE, "device node"), (tarfile.FIFOTYPE, "FIFO")):
            with tarfile.open(path, "w") as archive:
                info = tarfile.TarInfo("dev/null")
                info.type = kind
                archive.addfile(info)
            self.refused('"dev/null" is a ' + word, "--archive=" + to("", path))
        with open(self.path("holes"), "wb") as file:
            file.truncate(1 << 20)
        for form in ("gnu", "posix"):
            run("tar", "c", "--sparse", "--format=" + form, "-f", path, "-C", self.root, "holes")
            self.refused("sparse", "--archive=" + to("", path))
        with tarfile.open(path, "w") as archive:
            archive.addfile(tarfile.TarInfo("../evil"))
        self.refused('archives: "../evil"', "--archive=" + to("", path))
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("/etc/passwd", "x")
        self.refused('archives: "/etc/passwd": the path is absolute', "--archive=" + to("", path))

    def test_warns_of_windows_names(self):
        write(self.path("f"), b"x")
        result = self.run_pack("--file=" + to("a:b", self.path("f")))
        self.assertEqual(result.returncode, 0)
        self.assertEqual(result.stderr,
                         'pack: warning: //media_defs:x: Windows could not have the name "a:b" (the character :)\n')

    def test_usage_errors(self):
        for arguments in ([], ["--file=x"], ["--file=9:a=b"], ["--unknown=1"], ["--mode_file=1:a=99=b"],
                          ["--threads=0"], ["--file_time=-1"], ["--out_pack=twice"]):  # yapf: disable
            if arguments:
                result = self.run_pack(*arguments)
            else:
                result = subprocess.run([PACK], capture_output=True, text=True)
            self.assertEqual(result.returncode, 2, (arguments, result.stderr))

    def test_single_files(self):
        data = random.Random(5).randbytes(9 << 20)
        write(self.path("x.wim"), data)
        for compression in ("none", "zstd"):
            result = subprocess.run(
                [PACK, "--target=//x:y", "--package_id=LAB00001", "--version=1", "--kind=os_image", "--format=file",
                 "--compression=" + compression, "--file=" + to("x.wim", self.path("x.wim")),
                 "--out_pack=" + self.path("w.pack"), "--out_info=" + self.path("w.info")])  # yapf: disable
            self.assertEqual(result.returncode, 0)
            if compression == "zstd":
                run("zstd", "-q", "-d", "-f", self.path("w.pack"), "-o", self.path("w"))
            else:
                os.rename(self.path("w.pack"), self.path("w"))
            with open(self.path("w"), "rb") as file:
                self.assertEqual(file.read(), data)

    def test_file_beyond_eight_gib(self):
        size = (8 << 30) + 513
        with open(self.path("huge"), "wb") as file:
            file.truncate(size)
        pack = self.pack("--file=" + to("huge", self.path("huge")))
        with subprocess.Popen(["zstd", "-dc", pack], stdout=subprocess.PIPE) as zstd:
            listing = subprocess.run(["tar", "tv"], stdin=zstd.stdout, check=True, capture_output=True, text=True)
        self.assertIn(" %d " % size, listing.stdout)
        self.assertEqual(zstd.returncode, 0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
