"""Boot images' and root file systems' parts, and other people's programs.

usage: boot_interop_test.py BOOT ROOTFS SEGMENT KERNEL_PACKAGE PUBLIC_KEY
"""

import base64
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import unittest

RUNFILES = pathlib.Path.cwd()
BOOT, ROOTFS, SEGMENT, KERNEL_PACKAGE, PUBLIC_KEY = (os.path.abspath(path) for path in sys.argv[1:6])


def output(command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, **options).stdout


def shell(command):
    return output(["bash", "-e", "-o", "pipefail", "-c", command])


class ActionTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(dir=os.environ["TEST_TMPDIR"])
        self.addCleanup(scratch.cleanup)
        self.scratch = pathlib.Path(scratch.name)

    def run_action(self, program, *lines):
        arguments = self.scratch / "arguments"
        arguments.write_text("".join(f"{line}\n" for line in ["--target=//test:it", *lines]))
        return subprocess.run([program, f"@{arguments}"], capture_output=True, text=True, check=False)

    def run_well(self, program, *lines):
        result = self.run_action(program, *lines)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def run_badly(self, program, *lines):
        """Runs what must fail, without leaving an output behind; returns its message."""
        out = self.scratch / "out"
        result = self.run_action(program, *lines, f"--out={out}")
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertFalse(out.exists())
        return result.stderr

    def debian_package(self, name, files, links=()):
        """Has dpkg-deb make a package; files: path -> (mode, content)."""
        root = self.scratch / name
        (root / "DEBIAN").mkdir(parents=True)
        (root / "DEBIAN/control").write_text(
            f"Package: {name}\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: test\n")
        for path, (mode, content) in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content)
            (root / path).chmod(mode)
        for path, target in links:
            os.symlink(target, root / path)
        package = self.scratch / f"{name}.deb"
        output(["dpkg-deb", "--root-owner-group", "--build", root, package])
        return package


class RootfsTest(ActionTest):
    def test_packages_and_additions(self):
        first = self.debian_package(
            "first", {"usr/bin/one": (0o755, b"1"), "usr/bin/set": (0o4755, b"s"), "usr/share/doc/first/copyright": (0o644, b"c"),
                      "usr/share/doc/first/manual": (0o644, b"m"), "etc/conf": (0o640, b"theirs")}, [("usr/bin/uno", "one")])
        second = self.debian_package("second", {"usr/bin/two": (0o755, b"22")})
        (self.scratch / "conf").write_text("ours")
        self.run_well(
            ROOTFS, f"--package={first}", f"--package={second}", "--exclude=usr/share/doc/**", "--keep=usr/share/doc/*/copyright",
            f"--file=etc/conf=0600={self.scratch}/conf", "--symlink=bin=usr/bin", "--directory=var/empty=0711",
            f"--out={self.scratch}/root.tar")
        with tarfile.open(self.scratch / "root.tar") as archive:
            members = {member.name: member for member in archive}
            content = {name: archive.extractfile(member).read() for name, member in members.items() if member.isreg()}
        self.assertEqual({(member.uid, member.gid, member.mtime) for member in members.values()}, {(0, 0, 315532800)})
        self.assertEqual(content, {"etc/conf": b"ours", "usr/bin/one": b"1", "usr/bin/set": b"s", "usr/bin/two": b"22",
                                   "usr/share/doc/first/copyright": b"c"})
        modes = {name: member.mode for name, member in members.items()}
        self.assertEqual((modes["etc/conf"], modes["usr/bin/set"], modes["var/empty"]), (0o600, 0o4755, 0o711))
        self.assertEqual((members["usr/bin/uno"].linkname, members["bin"].linkname), ("one", "usr/bin"))
        self.assertTrue(members["usr/share/doc/first"].isdir())

    def test_damaged_packages(self):
        package = self.debian_package("whole", {"usr/bin/one": (0o755, os.urandom(100000))})
        damaged = self.scratch / "damaged.deb"
        for content, message in ((b"no package", "no Debian package"), (package.read_bytes()[:-70000], "truncated")):
            damaged.write_bytes(content)
            said = self.run_badly(ROOTFS, f"--package={damaged}")
            self.assertIn(message, said)
            self.assertIn("//test:it", said)
            self.assertIn(str(damaged), said)


class SegmentTest(ActionTest):
    def test_modules_with_what_they_need(self):
        (self.scratch / "hello").write_text("hello")
        self.run_well(SEGMENT, f"--kernel_package={KERNEL_PACKAGE}", "--module=usb-storage", "--module=ext4",
                      f"--executable=etc/hello={self.scratch}/hello", f"--out={self.scratch}/segment")
        (self.scratch / "files").mkdir()
        shell(f"cd {self.scratch}/files; zstd -q -d < ../segment | cpio --quiet -i")
        root = self.scratch / "files"
        self.assertEqual(((root / "etc/hello").read_text(), (root / "etc/hello").stat().st_mode & 0o7777), ("hello", 0o755))
        [modules] = (root / "lib/modules").iterdir()
        paths = {str(path.relative_to(modules)) for path in modules.rglob("*.ko")}
        self.assertIn("kernel/drivers/usb/storage/usb-storage.ko", paths)

        # The bytes are the package's, and whatever a module says it needs is there, too.
        listed = " ".join(f"./usr/lib/modules/{modules.name}/{path}.xz" for path in paths)
        (self.scratch / "theirs").mkdir()
        shell(f"dpkg-deb --fsys-tarfile {KERNEL_PACKAGE} | tar x -C {self.scratch}/theirs {listed}")
        names = {path.split("/")[-1].removesuffix(".ko").replace("-", "_"): path for path in paths}
        depends = {}
        for name, path in names.items():
            ours = (modules / path).read_bytes()
            self.assertEqual(ours, output(["xz", "-dc", f"{self.scratch}/theirs/usr/lib/modules/{modules.name}/{path}.xz"]))
            [needed] = re.findall(rb"\0depends=([^\0]*)\0", ours)
            depends[path] = {names[word.replace("-", "_")] for word in needed.decode().split(",") if word}
        listed = dict(line.split(":") for line in (modules / "modules.dep").read_text().splitlines())
        self.assertEqual(set(listed), paths)
        for path, needed in depends.items():
            self.assertLessEqual(needed, set(listed[path].split()))
        self.assertIn("alias fs-ext4 ext4\n", (modules / "modules.alias").read_text())

    def test_refusals(self):
        for module, message in (("no_such_module", "has no module 'no_such_module'"), ("", "has no module ''")):
            self.assertIn(message, self.run_badly(SEGMENT, f"--kernel_package={KERNEL_PACKAGE}", f"--module={module}"))
        other = self.debian_package("other", {"usr/bin/one": (0o755, b"1")})
        self.assertIn("not the package of a kernel", self.run_badly(SEGMENT, f"--kernel_package={other}", "--module=ext4"))


class BootTest(ActionTest):
    def test_lists_the_files_and_builds_the_anchors_in(self):
        for name in ("vmlinuz", "drivers", "agent"):
            (self.scratch / name).write_bytes(os.urandom(5000))
        self.run_well(
            BOOT, "--arch=x86_64", "--media_kind=standalone", f"--kernel=boot/vmlinuz={self.scratch}/vmlinuz",
            f"--initrd=boot/initrd.1={self.scratch}/drivers", f"--public_key={PUBLIC_KEY}", "--accept_test_keys=true",
            "--kernel_arg=quiet", f"--agent={self.scratch}/agent", "--agent_path=boot/initrd.0",
            f"--out_agent_initrd={self.scratch}/initrd", f"--out_boot_info={self.scratch}/info")
        (self.scratch / "files").mkdir()
        shell(f"cd {self.scratch}/files; zstd -q -d < ../initrd | cpio --quiet -i")
        self.assertEqual((self.scratch / "files/init").read_bytes(), (self.scratch / "agent").read_bytes())
        key = base64.b64decode(pathlib.Path(PUBLIC_KEY).read_text().splitlines()[1])[10:]
        self.assertIn(key, (self.scratch / "files/etc/tsmedia/anchors.binpb").read_bytes())
        info = output(["protoc", "-I.", "--decode=tsmedia.BootInfo", "tools/plan/boot.proto"], cwd=RUNFILES,
                      input=(self.scratch / "info").read_bytes()).decode("ascii")
        self.assertEqual(re.findall(r'path: "(.*)"\n  size: (\d+)', info),
                         [("boot/initrd.0", str((self.scratch / "initrd").stat().st_size)), ("boot/initrd.1", "5000"),
                          ("boot/vmlinuz", "5000")])
        digest = hashlib.sha256((self.scratch / "vmlinuz").read_bytes()).digest()
        self.assertIn(digest, (self.scratch / "info").read_bytes())

    def test_a_test_key_must_be_allowed(self):
        (self.scratch / "agent").write_text("agent")
        said = self.run_badly(BOOT, "--arch=x86_64", "--media_kind=standalone", f"--public_key={PUBLIC_KEY}",
                              "--accept_test_keys=false", f"--agent={self.scratch}/agent", "--agent_path=boot/initrd.0",
                              f"--out_agent_initrd={self.scratch}/initrd", f"--out_boot_info={self.scratch}/info")
        self.assertIn("TEST-ONLY key, which everybody has", said)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
