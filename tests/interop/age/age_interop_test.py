"""age files and other people's programs: age and rage read ours, we read theirs.

usage: age_interop_test.py AGE_TOOL PACK SEAL MEDIACTL (our binaries)
"""

import os
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

from tests.interop.terminal import at_terminal

AGE_TOOL, PACK, SEAL, MEDIACTL = (os.path.abspath(path) for path in sys.argv[1:5])
KEYS = pathlib.Path("testdata/keys").absolute()
SIZES = [0, 1, 65535, 65536, 65537, 131072, 4 << 20, (4 << 20) + 70000]
PEERS = ["age", "rage"]


def run(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, **options)


class AgeInteropTest(unittest.TestCase):

    def setUp(self):
        self.before = os.getcwd()
        self.directory = tempfile.TemporaryDirectory(dir=os.environ["TEST_TMPDIR"])
        os.chdir(self.directory.name)
        run("age-keygen", "-o", "identity.txt")
        pathlib.Path("recipient").write_bytes(run("age-keygen", "-y", "identity.txt").stdout)
        self.recipient = pathlib.Path("recipient").read_text().strip()

    def tearDown(self):
        os.chdir(self.before)
        self.directory.cleanup()

    def tool(self, source, out, *flags, **options):
        return run(AGE_TOOL, f"--in={source}", f"--out={out}", *flags, **options)

    def test_recipients(self):
        for size in SIZES:
            data = random.Random(size).randbytes(size)
            pathlib.Path("plain").write_bytes(data)
            self.tool("plain", "ours.age", "--encrypt_to=recipient")
            for peer in PEERS:
                with self.subTest(size=size, peer=peer):
                    self.assertEqual(run(peer, "-d", "-i", "identity.txt", "ours.age").stdout, data)
                    pathlib.Path("theirs.age").write_bytes(run(peer, "-r", self.recipient, "plain").stdout)
                    self.tool("theirs.age", "back", "--decrypt_with=identity.txt")
                    self.assertEqual(pathlib.Path("back").read_bytes(), data)

    def test_several_recipients(self):
        run("age-keygen", "-o", "other.txt")
        other = run("age-keygen", "-y", "other.txt").stdout.decode().strip()
        pathlib.Path("plain").write_bytes(b"for two")
        for peer in PEERS:
            with self.subTest(peer=peer):
                pathlib.Path("two.age").write_bytes(run(peer, "-r", other, "-r", self.recipient, "plain").stdout)
                for identity in ("identity.txt", "other.txt"):
                    self.tool("two.age", "back", f"--decrypt_with={identity}")
                    self.assertEqual(pathlib.Path("back").read_bytes(), b"for two")

    def test_passwords(self):
        pathlib.Path("plain").write_bytes(b"under a password\n")
        password = b"correct horse battery"
        self.tool("plain", "ours.age", "--encrypt_fd=0", input=password)
        for peer in PEERS:
            with self.subTest(peer=peer):
                code, output = at_terminal([peer, "-d", "-o", "opened", "ours.age"], [password])
                self.assertEqual(code, 0, output)
                self.assertEqual(pathlib.Path("opened").read_bytes(), b"under a password\n")
                os.remove("opened")
                code, output = at_terminal([peer, "-d", "-o", "opened", "ours.age"], [b"wrong"])
                self.assertNotEqual(code, 0, output)
                code, output = at_terminal([peer, "-p", "-o", f"{peer}.age", "plain"], [password, password])
                self.assertEqual(code, 0, output)
                self.tool(f"{peer}.age", "back", "--decrypt_fd=0", input=password)
                self.assertEqual(pathlib.Path("back").read_bytes(), b"under a password\n")
                wrong = subprocess.run([AGE_TOOL, f"--in={peer}.age", "--out=back", "--decrypt_fd=0"], input=b"wrong",
                                       capture_output=True, check=False)
                self.assertEqual(wrong.stderr, b"age_tool: wrong password\n")

    def test_media_keys(self):
        """A key that mediactl made: the password opens the identity, and that opens what is sealed, in age and rage."""
        password = b"chosen for this test"
        run(MEDIACTL, "key", "new", "--out=key", "--password-fd=0", "--work-factor=14", input=password)
        self.assertEqual(os.stat("key.seal").st_mode & 0o777, 0o600)
        self.seal(b"sealed for the key", "key.recipient", "key.seal")
        for peer in PEERS:
            with self.subTest(peer=peer):
                # The two programs' own way: the protected identity file is itself an identity.
                code, output = at_terminal([peer, "-d", "-i", "key.identity.age", "-o", "opened", "out.sealed"], [password])
                self.assertEqual(code, 0, output)
                self.assertEqual(pathlib.Path("opened").read_bytes(), b"sealed for the key")
                os.remove("opened")
        run(MEDIACTL, "key", "rewrap", "--password-fd=0", "--new-password-fd=0", "--work-factor=14", "key.identity.age",
            input=password + b"\nanother password\n")
        code, output = at_terminal(["age", "-d", "-i", "key.identity.age", "-o", "opened", "out.sealed"], [password])
        self.assertNotEqual(code, 0, output)
        code, output = at_terminal(["age", "-d", "-i", "key.identity.age", "-o", "opened", "out.sealed"],
                                   [b"another password"])
        self.assertEqual(code, 0, output)

    def test_the_test_key(self):
        self.seal(b"sealed for the TEST-ONLY key", KEYS / "test.recipient", KEYS / "test.seal")
        password = (KEYS / "test.password").read_bytes().splitlines()[1]
        code, output = at_terminal(["age", "-d", "-i", KEYS / "test.identity.age", "-o", "opened", "out.sealed"], [password])
        self.assertEqual(code, 0, output)
        self.assertEqual(pathlib.Path("opened").read_bytes(), b"sealed for the TEST-ONLY key")
        shown = run(MEDIACTL, "key", "show", f"--identity={KEYS / 'test.identity.age'}",
                    f"--password-file={KEYS / 'test.password'}", KEYS / "test.recipient").stdout.decode()
        self.assertIn("TEST-ONLY", shown)
        self.assertIn("the password opens it", shown)

    def seal(self, data, recipient, seal_secret):
        pathlib.Path("content").write_bytes(data)
        self.action(PACK, "pack", "--package_id=LAB00001", "--version=1", "--kind=package", "--format=file",
                    "--compression=none", "--file=7:content=content", "--out_pack=out.pack", "--out_info=out.info")
        self.action(SEAL, "seal", "--pack=out.pack", "--info=out.info", f"--recipient={recipient}",
                    f"--seal_secret={seal_secret}", "--out_sealed=out.sealed", "--out_info=out.sealinfo")

    def action(self, tool, name, *lines):
        pathlib.Path(f"{name}.args").write_text("".join(f"{line}\n" for line in ("--target=//x:y", *lines)))
        return run(tool, f"@{name}.args")

    def test_sealed_packs(self):
        """What TsmSeal writes, blocks and several threads included."""
        run(MEDIACTL, "key", "new", "--out=key", "--password-out=key.password", "--work-factor=14")
        data = random.Random(1).randbytes((9 << 20) + 12345)
        self.seal(data, "key.recipient", "key.seal")
        self.unlock("key")
        first = pathlib.Path("out.sealed").read_bytes()
        for peer in PEERS:
            with self.subTest(peer=peer):
                self.assertEqual(run(peer, "-d", "-i", "key.txt", "out.sealed").stdout, data)
        self.seal(data, "key.recipient", "key.seal")
        self.assertEqual(pathlib.Path("out.sealed").read_bytes(), first)
        # Another seal secret changes everything and opens alike.
        run(MEDIACTL, "key", "new", "--out=other", "--password-out=other.password", "--work-factor=14")
        self.seal(data, "key.recipient", "other.seal")
        second = pathlib.Path("out.sealed").read_bytes()
        blocks = range(168, len(first) - 4096, 4096)
        self.assertFalse([offset for offset in blocks if first[offset:offset + 4096] == second[offset:offset + 4096]])
        self.assertEqual(run("age", "-d", "-i", "key.txt", "out.sealed").stdout, data)

    def unlock(self, name):
        """Writes NAME.txt, the identity in clear."""
        password = pathlib.Path(f"{name}.password").read_bytes().splitlines()[1]
        self.tool(f"{name}.identity.age", f"{name}.txt", "--decrypt_fd=0", input=password)

    def test_a_pack_that_changed_is_not_sealed(self):
        run(MEDIACTL, "key", "new", "--out=key", "--password-out=key.password", "--work-factor=14")
        self.seal(b"packed", "key.recipient", "key.seal")
        os.remove("out.sealed")
        os.remove("out.sealinfo")
        pathlib.Path("out.pack").write_bytes(b"PACKED")
        with self.assertRaises(subprocess.CalledProcessError) as caught:
            self.action(SEAL, "seal", "--pack=out.pack", "--info=out.info", "--recipient=key.recipient",
                        "--seal_secret=key.seal", "--out_sealed=out.sealed", "--out_info=out.sealinfo")
        self.assertEqual(caught.exception.stderr, b"seal: //x:y: out.pack: block 0 at offset 0 is not the one that was "
                         b"packed; nothing of it was sealed\n")
        self.assertFalse([name for name in os.listdir() if name.startswith("out.seal")])


class MediactlKeyTest(unittest.TestCase):

    def setUp(self):
        self.before = os.getcwd()
        self.directory = tempfile.TemporaryDirectory(dir=os.environ["TEST_TMPDIR"])
        os.chdir(self.directory.name)

    def tearDown(self):
        os.chdir(self.before)
        self.directory.cleanup()

    def fails(self, *command, **options):
        result = subprocess.run([MEDIACTL, *command], capture_output=True, check=False, **options)
        self.assertNotEqual(result.returncode, 0)
        return result.stderr.decode()

    def test_new_at_a_terminal(self):
        code, output = at_terminal([MEDIACTL, "key", "new", "--out=key", "--work-factor=14"], [], stdout="stdout")
        self.assertEqual(code, 0, output)
        passphrase = next(line.strip() for line in output.splitlines() if line.startswith("    "))
        # What stands on standard output may be kept; the passphrase stands on the terminal alone.
        self.assertNotIn(passphrase, pathlib.Path("stdout").read_text())
        shown = run(MEDIACTL, "key", "show", "--identity=key.identity.age", "--password-fd=0", "key.recipient",
                    input=passphrase.encode()).stdout.decode()
        self.assertIn("the password opens it", shown)

    def test_choosing_at_a_terminal(self):
        command = [MEDIACTL, "key", "new", "--out=key", "--work-factor=14", "--choose-password"]
        code, output = at_terminal(command, [b"long enough, this", b"but not the same"])
        self.assertNotEqual(code, 0)
        self.assertIn("the two passwords differ", output)
        code, output = at_terminal(command, [b"too short"])
        self.assertIn("at least 12 characters", output)
        code, output = at_terminal(command, [b"long enough, this", b"long enough, this"])
        self.assertEqual(code, 0, output)
        self.assertNotIn("long enough", output)

    def test_files_are_never_overwritten(self):
        for name in ("key.identity.age", "key.recipient", "key.seal"):
            pathlib.Path(name).write_text("mine")
            self.assertIn(f"{name}: exists already", self.fails("key", "new", "--out=key", "--password-out=key.password"))
            self.assertEqual(os.listdir(), [name])
            self.assertEqual(pathlib.Path(name).read_text(), "mine")
            os.remove(name)
        pathlib.Path("key.password").write_text("mine")
        self.assertIn("key.password: exists already",
                      self.fails("key", "new", "--out=key", "--password-out=key.password"))
        self.assertEqual(os.listdir(), ["key.password"])

    def test_usage(self):
        self.assertIn("no terminal to show the new passphrase", self.fails("key", "new", "--out=key", start_new_session=True))
        self.assertIn("from 14 to 20", self.fails("key", "new", "--out=key", "--work-factor=21"))
        self.assertIn("not both", self.fails("key", "new", "--out=key", "--password-fd=0", "--password-file=x"))
        self.assertIn("at least 12", self.fails("key", "new", "--out=key", "--password-fd=0", input=b"short"))
        self.assertIn("unknown flag --password", self.fails("key", "new", "--out=key", "--password=x"))
        self.assertEqual(os.listdir(), [])

    def test_rewrap_keeps_the_key(self):
        run(MEDIACTL, "key", "new", "--out=key", "--password-out=key.password", "--work-factor=14")
        before = {name: pathlib.Path(name).read_bytes() for name in os.listdir()}
        result = run(MEDIACTL, "key", "rewrap", "--password-file=key.password", "--password-out=new.password",
                     "--work-factor=14", "key.identity.age")
        self.assertIn(b"rewrapping is not revocation", result.stderr)
        self.assertNotEqual(pathlib.Path("key.identity.age").read_bytes(), before.pop("key.identity.age"))
        for name, content in before.items():
            self.assertEqual(pathlib.Path(name).read_bytes(), content)
        run(MEDIACTL, "key", "show", "--identity=key.identity.age", "--password-file=new.password", "key.recipient")
        self.assertIn("wrong password", self.fails("key", "show", "--identity=key.identity.age",
                                                   "--password-file=key.password", "key.recipient"))
        kept = pathlib.Path("key.identity.age").read_bytes()
        self.fails("key", "rewrap", "--password-file=key.password", "--password-out=x", "key.identity.age")
        self.assertEqual(pathlib.Path("key.identity.age").read_bytes(), kept)

    def test_secret_files(self):
        run(MEDIACTL, "secret", "new", "--kind=variables", "--out=x.vars")
        run(MEDIACTL, "secret", "new", "--kind=password", "--out=x.password", "--password-fd=0", input=b"any password\n")
        for name in ("x.vars", "x.password"):
            self.assertEqual(os.stat(name).st_mode & 0o777, 0o600)
            self.assertRegex(pathlib.Path(name).read_text().splitlines()[0], "^[0-9a-f]{64}$")
            self.assertIn("exists already", self.fails("secret", "new", "--kind=variables", f"--out={name}"))
        run(MEDIACTL, "key", "new", "--out=key", "--password-file=x.password", "--work-factor=14")
        os.chmod("x.password", 0o640)
        self.assertIn("chmod 600", self.fails("key", "show", "--identity=key.identity.age", "--password-file=x.password",
                                              "key.recipient"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
