"""tools/bazel: which Bazel it runs, how, and how it makes the build root.

Every test works on a copy of tools/bazel with fake Bazels and a fake build root,
so that nothing of the machine decides.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

WRAPPER = pathlib.Path("tools/bazel").resolve()

# Says its version; otherwise prints how it was called, one word a line.
FAKE_BAZEL = """\
#!/bin/bash
if [[ $1 == --version ]]; then
  echo "{version}"
  exit
fi
printf '%s\\n' "{label}" "$@"
"""

# Counts its calls, takes a while, and makes a root with nothing but the marker.
FAKE_MAKE_ROOT = """\
#!/bin/bash
set -e
echo made >>"{log}"
sleep {seconds}
mkdir -p "$1{marker_directory}"
echo identity >"$1{marker_directory}/build-root"
"""

# Instead of entering, says so.
FAKE_ENTER = """\
#!/bin/bash
printf '%s\\n' entered "$@"
"""


class WrapperTest(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(dir=os.environ.get("TEST_TMPDIR")))
        self.addCleanup(shutil.rmtree, self.directory)
        self.tools = self.directory / "tree/tools"
        self.cache = self.directory / "cache"
        self.log = self.directory / "log"
        (self.tools / "buildroot").mkdir(parents=True)
        # The tests themselves may run in a build root: look for its marker elsewhere.
        self.marker_directory = self.directory / "etc"
        text = WRAPPER.read_text()
        self.assertIn("/etc/rules_tsmedia/", text)
        self.wrapper = self.executable(self.tools / "bazel", text.replace("/etc/rules_tsmedia/", f"{self.marker_directory}/"))
        self.packages = self.tools / "buildroot/packages.txt"
        self.packages.write_text("one\n")
        self.fake_make_root(seconds=0)
        self.executable(self.tools / "buildroot/enter", FAKE_ENTER)
        self.environment = {"HOME": str(self.directory / "home"), "PATH": "/usr/bin:/bin", "XDG_CACHE_HOME": str(self.cache)}
        # The machine's own Bazel must not be found: a PATH of only what the script needs.
        path = self.directory / "path"
        path.mkdir()
        for program in "bash cat cut dirname flock grep id mkdir mv realpath sha256sum sleep timeout getent".split():
            (path / program).symlink_to(shutil.which(program))
        self.environment["PATH"] = str(path)

    def executable(self, path, text):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return path

    def fake_make_root(self, seconds):
        text = FAKE_MAKE_ROOT.format(log=self.log, seconds=seconds, marker_directory=self.marker_directory)
        self.executable(self.tools / "buildroot/make-root", text)

    def fake_bazel(self, name, version, label=None):
        return self.executable(self.directory / name, FAKE_BAZEL.format(version=version, label=label or name))

    def run_wrapper(self, *arguments, **environment):
        return subprocess.run(
            [self.wrapper, *arguments], env=self.environment | environment, capture_output=True, text=True, timeout=60
        )

    def on_path(self, *directories):
        return ":".join([*map(str, directories), self.environment["PATH"]])

    def test_versions(self):
        for version, fits in [
            ("bazel 7.4.0", True),
            ("bazel 7.7.1", True),
            ("bazel 7.10.0rc1", True),
            ("bazel 7.3.2", False),
            ("bazel 6.5.0", False),
            ("bazel 4.2.3", False),
            ("bazel 8.0.0", False),
            ("bazel 9.1.0", False),
            ("bazel 77.4.0", False),
            ("bazel no_version", False),
            ("Bazelisk version: 7.7.1", False),
            ("", False),
        ]:
            for where in ("BAZEL_REAL", "PATH"):
                with self.subTest(version=version, where=where):
                    fake = self.fake_bazel("bin/bazel", version)
                    environment = {"BAZEL_REAL": str(fake)} if where == "BAZEL_REAL" else {"PATH": self.on_path(fake.parent)}
                    first = self.run_wrapper("build", **environment).stdout.split("\n")[0]
                    self.assertEqual(first, "bin/bazel" if fits else "entered")

    def test_unusable_bazel_real(self):
        plain = self.directory / "plain"
        plain.write_text(FAKE_BAZEL.format(version="bazel 7.7.1", label="plain"))
        failing = self.executable(self.directory / "failing", "#!/bin/bash\necho bazel 7.7.1\nexit 1\n")
        for name, path in [("missing", self.directory / "missing"), ("not executable", plain), ("a directory", self.directory), ("failing", failing)]:
            with self.subTest(name):
                self.assertIn("entered", self.run_wrapper("build", BAZEL_REAL=str(path)).stdout)

    def test_bazel_real_wins_over_path(self):
        real = self.fake_bazel("real", "bazel 7.5.0")
        other = self.fake_bazel("bin/bazel", "bazel 7.7.1")
        result = self.run_wrapper("build", BAZEL_REAL=str(real), PATH=self.on_path(other.parent))
        self.assertTrue(result.stdout.startswith("real\n"), result.stdout)

    def test_later_on_path(self):
        old = self.fake_bazel("old/bazel", "bazel 4.2.3")
        new = self.fake_bazel("new/bazel", "bazel 7.7.1")
        result = self.run_wrapper("build", PATH=self.on_path(old.parent, new.parent))
        self.assertTrue(result.stdout.startswith("new/bazel\n"), result.stdout)

    def test_itself_on_path(self):
        link = self.directory / "links/bazel"
        link.parent.mkdir()
        link.symlink_to(self.wrapper)
        result = self.run_wrapper("build", PATH=self.on_path(self.tools, link.parent))
        self.assertTrue(result.stdout.startswith("entered\n"), result.stdout)

    def test_launcher_that_calls_us(self):
        # Like bazelisk: runs the tree's tools/bazel with BAZEL_REAL set to what it has downloaded.
        for version, expected in [("bazel 7.7.1", "real\n"), ("bazel 8.0.0", "entered\n")]:
            with self.subTest(version):
                real = self.fake_bazel("real", version)
                launcher = self.executable(
                    self.directory / "launcher/bazel", f'#!/bin/bash\nBAZEL_REAL={real} exec {self.wrapper} "$@"\n'
                )
                result = self.run_wrapper("build", PATH=self.on_path(launcher.parent))
                self.assertTrue(result.stdout.startswith(expected), result.stdout + result.stderr)

    def test_arguments_and_exit_code(self):
        real = self.executable(
            self.directory / "real",
            '#!/bin/bash\n[[ $1 != --version ]] || { echo "bazel 7.7.1"; exit; }\nprintf "<%s>" "$@"\nexit 37\n',
        )
        result = self.run_wrapper("run", "//x", "--", "a b", "", "*", "line\nbreak", "ü", BAZEL_REAL=str(real))
        self.assertTrue(result.stdout.endswith("<run><//x><--><a b><><*><line\nbreak><ü>"), result.stdout)
        self.assertEqual(result.returncode, 37)

    def test_replaces_the_process(self):
        real = self.executable(
            self.directory / "real",
            '#!/bin/bash\n[[ $1 != --version ]] || { echo "bazel 7.7.1"; exit; }\n'
            'read -r line\necho "$line $$"\ntrap "echo got TERM; exit 3" TERM\nwhile :; do sleep 0.1; done\n',
        )
        process = subprocess.Popen(
            [self.wrapper, "build"],
            env=self.environment | {"BAZEL_REAL": str(real)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        process.stdin.write("through stdin\n")
        process.stdin.flush()
        self.assertEqual(process.stdout.readline(), f"through stdin {process.pid}\n")
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.communicate(timeout=30)[0], "got TERM\n")
        self.assertEqual(process.returncode, 3)

    def settings(self, result):
        rc = [line for line in result.stdout.split("\n") if line.startswith("--bazelrc=")]
        self.assertEqual(len(rc), 1, result.stdout)
        return pathlib.Path(rc[0].removeprefix("--bazelrc=")).read_text()

    def test_settings(self):
        real = str(self.fake_bazel("real", "bazel 7.7.1"))
        settings = self.settings(self.run_wrapper("build", BAZEL_REAL=real))
        self.assertIn(f"--disk_cache={self.cache}/rules_tsmedia/disk\n", settings)
        self.assertNotIn("sandbox_block_path", settings)
        secrets = self.directory / "secrets"
        settings = self.settings(self.run_wrapper("build", BAZEL_REAL=real, TSMEDIA_SECRETS_DIR=str(secrets)))
        self.assertIn(f"--sandbox_block_path={secrets}\n", settings)

    def test_no_home(self):
        real = str(self.fake_bazel("real", "bazel 7.7.1"))
        del self.environment["HOME"], self.environment["XDG_CACHE_HOME"]
        # Every account has a home directory in the user database; the tests may not write there.
        getent = self.directory / "path/getent"
        getent.unlink()
        self.executable(getent, f"#!/bin/bash\necho user:x:0:0::{self.directory}/of-user:/bin/sh\n")
        settings = self.settings(self.run_wrapper("build", BAZEL_REAL=real))
        self.assertIn(f"--disk_cache={self.directory}/of-user/.cache/rules_tsmedia/disk\n", settings)

    def roots_made(self):
        return self.log.read_text().count("made") if self.log.exists() else 0

    def test_root_is_made_once(self):
        for _ in range(2):
            lines = self.run_wrapper("build", "//x").stdout.split("\n")
            self.assertEqual(lines[0], "entered")
            self.assertEqual(lines[2:], [os.getcwd(), str(self.wrapper), "build", "//x", ""])
        self.assertEqual(self.roots_made(), 1)

    def test_root_is_made_again_for_other_packages(self):
        first = self.run_wrapper("build").stdout
        self.packages.write_text("one\ntwo\n")
        second = self.run_wrapper("build").stdout
        self.assertNotEqual(first, second)
        self.assertEqual(self.roots_made(), 2)

    def test_two_at_once_make_one_root(self):
        self.fake_make_root(seconds=1)
        processes = [
            subprocess.Popen([self.wrapper, "build"], env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for _ in range(3)
        ]
        outputs = [process.communicate(timeout=60) for process in processes]
        self.assertEqual({stdout for stdout, _ in outputs}, {outputs[0][0]})
        self.assertTrue(outputs[0][0].startswith("entered\n"))
        self.assertEqual(self.roots_made(), 1)
        self.assertEqual(sum("waiting" in stderr for _, stderr in outputs), 2)

    def test_interrupted_while_making(self):
        self.fake_make_root(seconds=30)
        process = subprocess.Popen([self.wrapper, "build"], env=self.environment, start_new_session=True)
        deadline = time.time() + 20
        while self.roots_made() == 0 and time.time() < deadline:
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        self.assertNotEqual(process.wait(timeout=20), 0)
        self.fake_make_root(seconds=0)
        self.assertTrue(self.run_wrapper("build").stdout.startswith("entered\n"))

    def test_root_that_cannot_be_made(self):
        self.executable(self.tools / "buildroot/make-root", "#!/bin/bash\necho 'one sentence' >&2\nexit 5\n")
        result = self.run_wrapper("build")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (1, "", "one sentence\n"))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
