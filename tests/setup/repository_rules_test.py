"""debian_source and debian_packages, in a workspace of their own with mirrors of our own.

The mirrors are directories on a server on 127.0.0.1 and file:// URLs.
"""

import functools
import hashlib
import http.server
import io
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import unittest

TREE = pathlib.Path("WORKSPACE").resolve().parent
BAZEL = "/usr/bin/bazel"
REFRESH = "tools/bazel run //tools/debian:refresh_lock"


def tar(files, compression="gz"):
    """A tar archive with regular files (bytes) and links (str)."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=f"w:{compression}") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            if isinstance(content, str):
                member.type, member.linkname = tarfile.SYMTYPE, content
                archive.addfile(member)
            else:
                member.size, member.mode = len(content), 0o644
                archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def deb(files):
    """A Debian package: an ar archive of three members."""
    result = b"!<arch>\n"
    members = {"debian-binary": b"2.0\n", "control.tar.xz": tar({"./control": b"Package: x\n"}, "xz"), "data.tar.xz": tar(files, "xz")}
    for name, content in members.items():
        result += f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode() + content + b"\n" * (len(content) % 2)
    return result


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_arguments):
        pass


def setUpModule():
    global mirror, scratch, server
    # Not below /tmp, where a nested sandbox sees nothing.
    scratch = pathlib.Path(tempfile.mkdtemp(dir=os.environ["TEST_TMPDIR"]))
    mirror = scratch / "mirror"
    mirror.mkdir()
    (scratch / "workspace").mkdir()
    handler = functools.partial(QuietHandler, directory=mirror)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def tearDownModule():
    bazel_command("shutdown")
    server.shutdown()
    subprocess.run(["chmod", "-R", "u+w", scratch], check=True)
    shutil.rmtree(scratch)


def bazel_command(*arguments):
    return subprocess.run(
        [BAZEL, f"--output_user_root={scratch}/output", "--nohome_rc", "--host_jvm_args=-Xmx512m", *arguments],
        cwd=scratch / "workspace",
        env={"HOME": str(scratch), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
    )


class RepositoryRulesTest(unittest.TestCase):
    def setUp(self):
        self.mirror_url = f"http://127.0.0.1:{server.server_port}"
        self.snapshot = pathlib.Path(tempfile.mkdtemp(dir=scratch))

    def pin(self, content, version="1.0+dfsg-1", extension="orig.tar.gz", where=None):
        """Puts a file on a mirror and returns what a lock says of it."""
        digest = hashlib.sha256(content).hexdigest()
        # A name of its own for each content: nothing in a cache helps by accident.
        file = f"pool/main/h/hello/hello_{version}~{digest[:8]}.{extension}"
        path = (where or mirror) / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return {"package": "hello", "version": version, "file": file, "size": len(content), "sha256": digest}

    def query(self, repository, declaration, *, mirrors=None, snapshot=None, cache=None):
        """Fetches a repository; returns its directory, or what Bazel said."""
        (scratch / "workspace/WORKSPACE").write_text(
            f'local_repository(name = "rules_tsmedia", path = "{TREE}")\n'
            'load("@rules_tsmedia//rules:repositories.bzl", "debian_packages", "debian_source")\n' + declaration
        )
        (scratch / "workspace/BUILD.bazel").touch()
        result = bazel_command(
            "query",
            "--noenable_bzlmod",
            "--enable_workspace",
            "--override_repository=rules_java_builtin=/usr/share/bazel/rules/java",
            f"--repository_cache={cache or tempfile.mkdtemp(dir=scratch)}",
            f"--repo_env=TSMEDIA_DEBIAN_MIRROR={mirrors or self.mirror_url}",
            f"--repo_env=TSMEDIA_DEBIAN_SNAPSHOT={snapshot or ''}",
            f"@{repository}//:all",
        )
        if result.returncode != 0:
            return result.stderr
        [base] = (scratch / "output").glob("*/external")
        return base / repository

    def source(self, name, pin, **attributes):
        arguments = pin | attributes | {"name": name}
        text = "".join(f"    {key} = {value!r},\n" for key, value in arguments.items())
        return f"debian_source(\n{text})\n"

    def tarball(self, marker):
        return tar({"hello-1.0/BUILD": b"", "hello-1.0/hello.c": marker})

    def test_from_the_mirror(self):
        pin = self.pin(self.tarball(b"from the mirror"))
        directory = self.query("a", self.source("a", pin, strip_prefix="hello-1.0"))
        self.assertEqual((directory / "hello.c").read_bytes(), b"from the mirror")
        self.assertFalse(list(directory.glob("*.tar.*")))

    def test_with_a_build_file(self):
        (scratch / "workspace/own.BUILD").write_text('filegroup(name = "own")\n')
        pin = self.pin(self.tarball(b""))
        directory = self.query("b", self.source("b", pin, strip_prefix="hello-1.0", build_file="//:own.BUILD"))
        self.assertIn("own", (directory / "BUILD.bazel").read_text())
        self.assertFalse((directory / "BUILD").exists())

    def assert_names_everything(self, message, pin):
        self.assertIn(f"Debian package hello {pin['version']}: no mirror of this machine has {pin['file']}", message)
        self.assertIn(f"'{REFRESH}'", message)
        self.assertIn("TSMEDIA_DEBIAN_SNAPSHOT", message)

    def test_wrong_checksum(self):
        pin = self.pin(self.tarball(b"original"))
        (mirror / pin["file"]).write_bytes(self.tarball(b"replaced"))
        message = self.query("c", self.source("c", pin))
        found = hashlib.sha256((mirror / pin["file"]).read_bytes()).hexdigest()
        self.assertIn(f"Checksum was {found} but wanted {pin['sha256']}", message)
        self.assert_names_everything(message, pin)

    def test_missing_on_the_mirror(self):
        pin = self.pin(self.tarball(b"gone"))
        (mirror / pin["file"]).unlink()
        message = self.query("d", self.source("d", pin))
        self.assertIn("GET returned 404", message)
        self.assert_names_everything(message, pin)

    def test_from_the_snapshot(self):
        # Also when the mirror has another file under the same name.
        for name, on_mirror in [("e1", None), ("e2", self.tarball(b"replaced"))]:
            with self.subTest(name):
                pin = self.pin(self.tarball(b"from the snapshot " + name.encode()), where=self.snapshot)
                if on_mirror:
                    (mirror / pin["file"]).parent.mkdir(parents=True, exist_ok=True)
                    (mirror / pin["file"]).write_bytes(on_mirror)
                declaration = self.source(name, pin, strip_prefix="hello-1.0")
                directory = self.query(name, declaration, snapshot=f"file://{self.snapshot}")
                self.assertIn(b"from the snapshot", (directory / "hello.c").read_bytes())

    def test_from_the_repository_cache(self):
        cache = tempfile.mkdtemp(dir=scratch)
        pin = self.pin(self.tarball(b"once"))
        self.query("f1", self.source("f1", pin, strip_prefix="hello-1.0"), cache=cache)
        (mirror / pin["file"]).unlink()
        directory = self.query("f2", self.source("f2", pin, strip_prefix="hello-1.0"), cache=cache)
        self.assertEqual((directory / "hello.c").read_bytes(), b"once")

    def packages(self, name, pin, files):
        lock = {"hello+world": pin | {"architecture": "amd64"}}
        return f"debian_packages(name = {name!r}, packages = {lock!r}, files = {files!r})\n"

    def test_packages(self):
        content = deb({"./usr/bin/hello": b"program", "./usr/share/doc/a": b"a", "./usr/share/doc/b": "a"})
        pin = self.pin(content, extension="deb")
        files = {"hello+world": ["usr/bin/hello", "usr/share/doc/*"]}
        directory = self.query("g_hello_world", self.packages("g", pin, files))
        self.assertEqual((directory / "package.deb").read_bytes(), content)
        self.assertEqual((directory / "data/usr/bin/hello").read_bytes(), b"program")
        hub = self.query("g", self.packages("g", pin, files))
        labels = re.findall(r'name = "([^"]+)"', (hub / "BUILD.bazel").read_text())
        self.assertEqual(labels, ["hello+world", "hello+world/files", "hello+world/usr/bin/hello"])

    def test_packages_are_not_unpacked_without_need(self):
        pin = self.pin(b"not a package at all", extension="deb")
        directory = self.query("h_hello_world", self.packages("h", pin, {}))
        self.assertEqual((directory / "package.deb").read_bytes(), b"not a package at all")

    def test_pattern_without_match(self):
        pin = self.pin(deb({"./usr/bin/hello": b""}), extension="deb")
        message = self.query("i_hello_world", self.packages("i", pin, {"hello+world": ["usr/bin/other*"]}))
        self.assertIn("usr/bin/other*", message)

    def test_files_of_unknown_package(self):
        pin = self.pin(b"", extension="deb")
        message = self.query("j", self.packages("j", pin, {"goodbye": ["x"]}))
        self.assertIn("debian_packages j: files: no such package in the lock: goodbye", message)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
