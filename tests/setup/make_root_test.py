"""tools/buildroot/make-root: what it asks of the machine, and that it never leaves half a root.

The programs that it calls are fakes; .ci/run on a bare machine is the test with real ones.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

BUILDROOT = pathlib.Path("tools/buildroot").resolve()

FAKES = {
    # Two mirrors, of which only the second has the suite.
    "apt-get": """
echo "apt-get $*" >>"$HERE/calls"
[[ $1 != indextargets ]] || printf '%s\\n' https://first.invalid/debian/ https://second.invalid/debian https://second.invalid/debian
if [[ $* == *install* ]]; then cp "$HERE/mmdebstrap.later" "$HERE/path/mmdebstrap"; fi
""",
    "apt-helper": """
echo "apt-helper $*" >>"$HERE/calls"
[[ $* == *"$(<"$HERE/mirror")"*/dists/forky/InRelease* ]] || exit 1
touch "${@: -1}"
""",
    # A directory as root, a tar stream otherwise.
    "mmdebstrap": """
echo "mmdebstrap $*" >>"$HERE/calls"
[[ ! -e $HERE/hang ]] || sleep 60
[[ ! -e $HERE/fail ]] || exit 1
tree=$HERE/system
mkdir -p "$tree"/{etc/bazel,usr/local/bin,opt,var/lib/dpkg}
echo build --host_javabase=x >"$tree/etc/bazel/bazelrc"
echo startup --install_base=x >>"$tree/etc/bazel/bazelrc"
ln -sf ../run/resolv.conf "$tree/etc/resolv.conf"
if [[ $* == *" - "* ]]; then tar -cC "$tree" .; else cp -a "$tree"/. "${@: -2:1}"; fi
""",
    "dpkg-query": 'cat "$HERE/installed"',
    "unshare": '[[ ! -e $HERE/no_namespaces ]]',
    "newuidmap": "",
}

# Instead of running npm in the root: what npm would leave there.
FAKE_ENTER = """#!/bin/bash
while [[ $1 != --prefix ]]; do shift; done
mkdir -p "$2/node_modules/@bazel/buildifier"
echo buildifier >"$2/node_modules/@bazel/buildifier/buildifier-linux_amd64"
"""


class MakeRootTest(unittest.TestCase):
    def setUp(self):
        self.here = pathlib.Path(tempfile.mkdtemp(dir=os.environ.get("TEST_TMPDIR")))
        self.addCleanup(shutil.rmtree, self.here)
        path = self.here / "path"
        path.mkdir()
        for program in "awk bash cat chmod cp cut dirname env grep id install ln mkdir mv paste realpath rm sed sha256sum sleep sort tar touch tr true".split():
            (path / program).symlink_to(shutil.which(program))
        for name, text in FAKES.items():
            self.executable(path / name, f"#!/bin/bash\nHERE={self.here}\n{text}\n")
        shutil.copy(path / "mmdebstrap", self.here / "mmdebstrap.later")
        tools = self.here / "tools"
        tools.mkdir()
        shutil.copy(BUILDROOT / "packages.txt", tools)
        self.executable(tools / "enter", FAKE_ENTER)
        text = (BUILDROOT / "make-root").read_text()
        for real, fake in [("/usr/lib/apt/apt-helper", path / "apt-helper"), ("/etc/subuid", self.here / "subuid")]:
            self.assertIn(real, text)
            text = text.replace(real, str(fake))
        self.script = self.executable(tools / "make-root", text)
        self.write("subuid", f"{os.getuid()}:100000:65536\n")
        self.write("mirror", "second.invalid")
        self.write("installed", "a 1 amd64\nb 2 amd64\n")
        self.root = self.here / "roots/one"
        self.root.parent.mkdir()
        self.environment = {"PATH": str(path), "HOME": str(self.here)}

    def executable(self, path, text):
        path.write_text(text)
        path.chmod(0o755)
        return path

    def write(self, name, text=""):
        (self.here / name).write_text(text)

    def calls(self):
        return (self.here / "calls").read_text()

    def make(self, **environment):
        command = [self.script, self.root]
        return subprocess.run(command, env=self.environment | environment, capture_output=True, text=True, timeout=60)

    def assert_refuses(self, sentence, **environment):
        result = self.make(**environment)
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertIn(sentence, result.stderr.strip().split("\n")[-1])
        self.assert_nothing_left()

    def assert_nothing_left(self):
        self.assertEqual(list(self.root.parent.iterdir()), [])

    def identity(self):
        return (self.root / "etc/rules_tsmedia/build-root").read_text()

    def test_complete(self):
        result = self.make()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout, "")
        self.assertEqual((self.root / "usr/local/bin/buildifier").read_text(), "buildifier\n")
        self.assertFalse((self.root / "etc/resolv.conf").is_symlink())
        self.assertEqual((self.root / "etc/bazel/bazelrc").read_text(), "startup --install_base=x\n")
        self.assertRegex(self.identity(), "^[0-9a-f]{16}\n$")
        self.assertEqual([path.name for path in self.root.parent.iterdir()], ["one"])

    def test_all_packages(self):
        self.make()
        [call] = [line for line in self.calls().split("\n") if line.startswith("mmdebstrap")]
        [include] = [word for word in call.split(" ") if word.startswith("--include=")]
        packages = include.removeprefix("--include=").split(",")
        for package in ("bazel-bootstrap", "g++", "7zip", "seabios"):
            self.assertIn(package, packages)
        self.assertTrue(all(package and package[0] != "#" for package in packages), packages)

    def test_identity_is_that_of_the_packages(self):
        identities = []
        for installed in ("a 1 amd64\nb 2 amd64\n", "b 2 amd64\na 1 amd64\n", "a 1 amd64\nb 3 amd64\n"):
            self.write("installed", installed)
            self.root = self.here / f"roots/{len(identities)}"
            self.assertEqual(self.make().returncode, 0)
            identities.append(self.identity())
        self.assertEqual(identities[0], identities[1])
        self.assertNotEqual(identities[0], identities[2])

    def test_first_mirror_with_the_suite(self):
        self.make()
        self.assertIn(" https://second.invalid/debian\n", self.calls().split("mmdebstrap", 1)[1])

    def test_named_mirror(self):
        self.make(TSMEDIA_DEBIAN_MIRROR="https://third.invalid/debian")
        self.assertNotIn("apt-helper", self.calls())
        self.assertIn(" https://third.invalid/debian\n", self.calls())

    def test_no_mirror(self):
        self.write("mirror", "none.invalid")
        self.assert_refuses("name one in TSMEDIA_DEBIAN_MIRROR")

    def test_no_debian(self):
        (self.here / "path/apt-get").unlink()
        self.assert_refuses("no Debian machine")

    def test_no_namespaces(self):
        self.write("no_namespaces")
        self.assert_refuses("no mount namespaces for us here")

    def test_no_mmdebstrap(self):
        (self.here / "path/mmdebstrap").unlink()
        if os.getuid() == 0:
            self.assertEqual(self.make().returncode, 0)
            self.assertIn("install --no-install-recommends mmdebstrap", self.calls())
        else:
            self.assert_refuses("ask an administrator for: apt-get install mmdebstrap uidmap")

    def test_failure_leaves_nothing(self):
        self.write("fail")
        self.assertNotEqual(self.make().returncode, 0)
        self.assert_nothing_left()

    def test_interruption_leaves_nothing(self):
        self.write("hang")
        for number, code in [(signal.SIGINT, 130), (signal.SIGTERM, 143)]:
            with self.subTest(number):
                process = subprocess.Popen([self.script, self.root], env=self.environment, stderr=subprocess.DEVNULL, start_new_session=True)
                deadline = time.time() + 20
                while not ((self.here / "calls").exists() and "mmdebstrap" in self.calls()) and time.time() < deadline:
                    time.sleep(0.05)
                # As the terminal does it: to all processes of the group.
                os.killpg(process.pid, number)
                self.assertEqual(process.wait(timeout=20), code)
                self.assert_nothing_left()
                (self.here / "calls").unlink()

    def test_after_a_crash(self):
        # Half a root under either name is no obstacle.
        for name in ("one", "one.partial"):
            (self.here / "roots" / name / "usr").mkdir(parents=True)
        self.assertEqual(self.make().returncode, 0)
        self.assertEqual([path.name for path in self.root.parent.iterdir()], ["one"])
        self.assertTrue(self.identity())


if __name__ == "__main__":
    unittest.main()
