"""mediactl as people run it: exit codes and sentences, on images, directories, damaged and foreign input."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from tests.interop.terminal import at_terminal

MEDIACTL = "tools/mediactl/mediactl"
IMAGE = "tests/tamper/medium.iso"
OTHER = "tests/tamper/other_medium.iso"
PROTECTED = "tests/tamper/protected.iso"
PASSWORD = "--password-file=testdata/keys/test.password"
KEY = "--public_key=testdata/keys/test_release.pub"
OTHER_KEY = "--public_key=testdata/keys/test_other.pub"


def run(*args, expect=0):
    """Runs mediactl and returns what it wrote to standard output and standard error."""
    result = subprocess.run([MEDIACTL, *map(str, args)], capture_output=True, text=True, check=False)
    if result.returncode != expect:
        raise AssertionError(f"mediactl {args}: exit code {result.returncode}, expected {expect}\n"
                             f"{result.stdout}{result.stderr}")
    return result.stdout, result.stderr


class MediactlTest(unittest.TestCase):

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(dir=os.environ["TEST_TMPDIR"]))

    def damaged(self, offset, data):
        path = self.dir / "damaged.iso"
        shutil.copyfile(IMAGE, path)
        with open(path, "r+b") as image:
            image.seek(offset)
            image.write(data)
        return path

    def copied_to_directory(self):
        path = self.dir / "stick"
        subprocess.run(["xorriso", "-osirrox", "on", "-indev", IMAGE, "-extract", "/", path],
                       check=True, capture_output=True)
        subprocess.run(["chmod", "-R", "u+w", path], check=True)
        return path

    def payload(self, package_id, image=IMAGE):
        """Offset of the first payload of a package, as xorriso sees it."""
        report = subprocess.run(["xorriso", "-indev", image, "-find", f"/tsmedia/packages/{package_id}", "-name",
                                 "payload.00000", "-exec", "report_lba", "--"],
                                check=True, capture_output=True, text=True).stdout
        return int(re.search(r"File data lba:\s*\d+\s*,\s*(\d+)", report).group(1)) * 2048

    def test_verify_intact(self):
        out, _ = run("verify", KEY, IMAGE)
        self.assertIn("intact: stand-alone media \"TAMPER\"", out)
        self.assertIn("TEST-ONLY", out)

    def test_verify_names_package_file_and_offset(self):
        offset = self.payload("TAMPER01")
        _, err = run("verify", KEY, self.damaged(offset + 5, b"\xff\xfe\xfd"), expect=1)
        self.assertIn("/tsmedia/packages/TAMPER01/1/payload.00000", err)
        self.assertIn(f"offset {offset}", err)
        self.assertIn("package TAMPER01 version 1, block 0", err)

    def test_verify_needs_the_right_key(self):
        _, err = run("verify", OTHER_KEY, IMAGE, expect=1)
        self.assertIn("signature is not valid", err)

    def test_verify_refuses_what_is_no_medium(self):
        text = self.dir / "text"
        text.write_text("no image " * 10000)
        empty = self.dir / "empty"
        empty.touch()
        foreign = self.dir / "foreign.iso"
        content = self.dir / "content"
        content.mkdir()
        (content / "readme").write_text("x")
        subprocess.run(["xorriso", "-as", "mkisofs", "-R", "-o", foreign, content], check=True, capture_output=True)
        for path in [text, empty, foreign, content, self.dir / "missing"]:
            _, err = run("verify", KEY, path, expect=1)
            self.assertIn(str(path), err)
            self.assertEqual(len(err.splitlines()), 1, err)

    def test_verify_truncated_and_appended(self):
        short = self.dir / "short.iso"
        shutil.copyfile(IMAGE, short)
        os.truncate(short, os.path.getsize(IMAGE) - 4096)
        run("verify", KEY, short, expect=1)
        long = self.dir / "long.iso"
        shutil.copyfile(IMAGE, long)
        with open(long, "ab") as image:
            image.write(b"\0" * 2048)
        _, err = run("verify", KEY, long, expect=1)
        self.assertIn("2048 bytes follow the end of the image", err)

    def test_directory(self):
        stick = self.copied_to_directory()
        run("verify", KEY, stick)
        (stick / "System Volume Information").mkdir()
        (stick / "System Volume Information" / "IndexerVolumeGuid").write_text("x")
        _, err = run("verify", KEY, stick)
        self.assertIn("note: foreign file /System Volume Information/IndexerVolumeGuid", err)
        (stick / "boot" / "evil").write_text("x")
        _, err = run("verify", KEY, stick, expect=1)
        self.assertIn("file /boot/evil", err)
        (stick / "boot" / "evil").unlink()
        (stick / "boot" / "vmlinuz").unlink()
        _, err = run("verify", KEY, stick, expect=1)
        self.assertIn("file /boot/vmlinuz", err)
        self.assertIn("missing", err)

    def test_extract(self):
        out = self.dir / "out"
        run("extract", KEY, IMAGE, out)
        self.assertTrue(os.access(out / "TAMPER01/usr/bin/jq", os.X_OK))
        self.assertTrue((out / "TAMPER02/usr/lib/x86_64-linux-gnu/libpci.so.3").is_symlink())
        self.assertEqual((out / "TAMPER02/readme.txt").read_text(), "A file of its own, beside the archive's.\n")
        _, err = run("extract", KEY, IMAGE, out, expect=1)
        self.assertIn("TAMPER01", err)
        one = self.dir / "one"
        run("extract", KEY, "--package=TAMPER02", IMAGE, one)
        self.assertEqual(os.listdir(one), ["TAMPER02"])
        run("extract", KEY, "--package=NOTTHERE", IMAGE, self.dir / "none", expect=1)

    def test_extract_nothing_that_does_not_verify(self):
        out = self.dir / "out"
        image = self.damaged(self.payload("TAMPER01") + 100, b"\0\0\0\0")
        _, err = run("extract", KEY, "--package=TAMPER01", image, out, expect=1)
        self.assertIn("package TAMPER01 version 1: block 0 is damaged", err)
        self.assertEqual(os.listdir(out), [])

    def test_show_and_ls(self):
        shown = json.loads(run("show", "--format=json", KEY, IMAGE)[0])
        self.assertEqual(shown["label"], "TAMPER")
        self.assertTrue(shown["test_only"])
        self.assertTrue(shown["signature_checked"])
        self.assertEqual([p["package_id"] for p in shown["packages"]], ["TAMPER01", "TAMPER02"])
        boot = shown["boot"]
        self.assertEqual((boot["keyboard"], boot["debug_shell"]), ("us", False))
        self.assertEqual(boot["size"], sum(f["size"] for f in shown["files"] if f["path"].startswith(("boot/", "EFI/"))))
        self.assertGreaterEqual(boot["minimum_memory_mb"], 512)
        out, err = run("show", IMAGE)
        self.assertIn(f"for machines with at least {boot['minimum_memory_mb']} MB of memory, keyboard us\n", out)
        self.assertIn(shown["media_id"], out)
        self.assertIn("the signature was not checked", err)
        listed = json.loads(run("ls", "--format=json", "--package=TAMPER01", IMAGE)[0])
        self.assertIn("usr/bin/jq", [f["path"] for f in listed[0]["files"]])
        self.assertIn("usr/bin/jq", run("ls", IMAGE)[0])

    def test_diff(self):
        out, _ = run("diff", KEY, IMAGE, IMAGE)
        self.assertIn("hold the same", out)
        out, _ = run("diff", KEY, IMAGE, OTHER, expect=1)
        self.assertIn("media_id", out)
        self.assertIn("* file /tsmedia/variables.binpb", out)
        self.assertIn("* file /boot/grub/grub.cfg", out)
        self.assertNotIn("package", out)

    def test_sign(self):
        stick = self.copied_to_directory()
        manifest = stick / "tsmedia/manifest.binpb"
        signature = self.dir / "new.sig"
        out, _ = run("sign", "--secret_key=testdata/keys/test_release.sec", f"--out={signature}", manifest)
        self.assertIn("package TAMPER01 version 1", out)
        self.assertIn("TEST-ONLY", out)
        self.assertEqual(signature.read_bytes(), (stick / "tsmedia/manifest.binpb.sig").read_bytes())
        _, err = run("sign", "--secret_key=testdata/keys/test_release.sec", stick / "tsmedia/volume.binpb", expect=1)
        self.assertIn("not a media manifest", err)

    def wrong_password(self):
        path = self.dir / "wrong"
        path.write_text("0" * 64 + "\nnot the password\n")
        path.chmod(0o600)
        return f"--password-file={path}"

    def test_protected_without_the_password(self):
        out, _ = run("verify", KEY, PROTECTED)
        self.assertIn("its content is sealed and was not opened", out)
        self.assertIn("password-protected, sealed for age1", run("show", PROTECTED)[0])
        for command in (["ls", PROTECTED], ["extract", KEY, PROTECTED, self.dir / "out"], ["diff", PROTECTED, "tests/tamper/other_protected.iso"]):
            # There is no terminal to ask at.
            _, err = run(*command, expect=1)
            self.assertIn("--password-file", err)
        self.assertFalse((self.dir / "out").exists())

    def test_protected_with_the_password(self):
        out, _ = run("verify", KEY, PASSWORD, PROTECTED)
        self.assertIn("its content opens and is what the inventory says", out)
        run("extract", KEY, PASSWORD, PROTECTED, self.dir / "sealed")
        run("extract", KEY, IMAGE, self.dir / "clear")
        subprocess.run(["diff", "-r", "--no-dereference", self.dir / "sealed", self.dir / "clear"], check=True)
        self.assertIn("usr/bin/jq", run("ls", PASSWORD, PROTECTED)[0])
        out, _ = run("diff", KEY, PASSWORD, PROTECTED, "tests/tamper/other_protected.iso", expect=1)
        self.assertIn("* file /tsmedia/variables.binpb.age", out)
        self.assertNotIn("* file /tsmedia/sequence", out)
        code, said = at_terminal([MEDIACTL, "verify", KEY, "--ask-password", PROTECTED],
                                 [pathlib.Path("testdata/keys/test.password").read_bytes().splitlines()[1]])
        self.assertEqual(code, 0, said)
        self.assertIn('Password of the medium "TAMPER"', said)

    def test_wrong_passwords_and_damage_are_told_apart(self):
        for command in (["verify", KEY], ["ls"], ["extract", KEY]):
            more = [self.dir / "out"] if command[0] == "extract" else []
            _, err = run(*command, self.wrong_password(), PROTECTED, *more, expect=1)
            self.assertIn("file /tsmedia/identity.age: wrong password", err)
        report = subprocess.run(["xorriso", "-indev", PROTECTED, "-find", "/tsmedia/identity.age", "-exec", "report_lba", "--"],
                                check=True, capture_output=True, text=True).stdout
        offset = int(re.search(r"File data lba:\s*\d+\s*,\s*(\d+)", report).group(1)) * 2048
        shutil.copyfile(PROTECTED, self.dir / "damaged.iso")
        with open(self.dir / "damaged.iso", "r+b") as image:
            image.seek(offset + 60)
            image.write(b"AAAA")
        _, err = run("ls", PASSWORD, self.dir / "damaged.iso", expect=1)
        self.assertIn("file /tsmedia/identity.age: damaged: it is not what the manifest says", err)

    def test_usage(self):
        for args in [[], ["nothing"], ["verify"], ["verify", IMAGE], ["diff", IMAGE],
                     ["verify", KEY, "--what", IMAGE], ["show", "--format=xml", IMAGE]]:
            run(*args, expect=2)
        for command in ["diff", "extract", "ls", "show", "sign", "ts", "verify"]:
            self.assertIn(f"usage: mediactl {command}", run(command, "--help")[0])
        self.assertIn("Commands", run("--help")[0])

    def test_one_static_file(self):
        described = subprocess.run(["file", "-L", MEDIACTL], check=True, capture_output=True, text=True).stdout
        self.assertIn("statically linked", described)


if __name__ == "__main__":
    unittest.main()
