"""tools/buildroot/enter: the program inside is the process that was started.

The root that is entered has the system that the test runs in, once more.
"""

import os
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

ENTER = pathlib.Path("tools/buildroot/enter").resolve()
ROOT = pathlib.Path(tempfile.mkdtemp(dir=os.environ.get("TEST_TMPDIR")))


def setUpModule():
    (ROOT / "mnt").mkdir()
    for name in ("usr", "etc"):
        (ROOT / name).symlink_to(f"/{name}")
    for name in ("bin", "sbin", "lib", "lib64"):
        (ROOT / name).symlink_to(f"usr/{name}")


def enter(*command, directory="/", **arguments):
    return subprocess.run([ENTER, ROOT, directory, *command], capture_output=True, text=True, timeout=60, **arguments)


def mounts():
    return pathlib.Path("/proc/self/mounts").read_text()


class EnterTest(unittest.TestCase):
    def test_exit_codes(self):
        for code in (0, 1, 37, 255):
            self.assertEqual(enter("sh", "-c", f"exit {code}").returncode, code)

    def test_arguments(self):
        result = enter("printf", "<%s>", "a b", "", "*", "line\nbreak", "ü")
        self.assertEqual(result.stdout, "<a b><><*><line\nbreak><ü>")

    def test_stdin(self):
        self.assertEqual(enter("cat", input="through").stdout, "through")

    def test_signals_reach_the_program(self):
        script = 'echo $$; trap "echo got it; exit 3" TERM; while :; do sleep 0.1; done'
        process = subprocess.Popen([ENTER, ROOT, "/", "bash", "-c", script], stdout=subprocess.PIPE, text=True)
        self.assertEqual(process.stdout.readline(), f"{process.pid}\n")
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.communicate(timeout=30)[0], "got it\n")
        self.assertEqual(process.returncode, 3)

    def test_same_user_and_files(self):
        with tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR")) as directory:
            self.assertEqual(enter("sh", "-c", "echo hello >file; id -u", directory=directory).stdout, f"{os.getuid()}\n")
            file = pathlib.Path(directory) / "file"
            self.assertEqual((file.read_text(), file.stat().st_uid), ("hello\n", os.getuid()))

    def test_directory_that_is_not_there(self):
        result = enter("true", directory="/usr/no/such/directory")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("cannot change directory to '/usr/no/such/directory'", result.stderr)

    def test_environment(self):
        environment = os.environ | {"CC": "tcc", "LD_LIBRARY_PATH": "/x", "LANG": "de_DE", "LC_ALL": "C", "KEPT": "yes"}
        result = enter("sh", "-c", 'echo "${CC-no} ${LD_LIBRARY_PATH-no} $LC_ALL $KEPT"', env=environment)
        self.assertEqual(result.stdout, "no no C.UTF-8 yes\n")

    def test_leaves_no_mounts(self):
        before = mounts()
        inside = enter("cat", "/proc/self/mounts").stdout
        self.assertIn("rules_tsmedia / tmpfs", inside)
        self.assertEqual(mounts(), before)

    def test_user_namespaces_work_inside(self):
        # What Bazel's linux-sandbox needs; the kernel refuses it in a chroot.
        self.assertEqual(enter("unshare", "--user", "--map-root-user", "--mount", "true").returncode, 0)


if __name__ == "__main__":
    unittest.main()
