"""mediactl on sets of discs: in any order, incomplete, with copies, foreign and damaged ones."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

MEDIACTL = "tools/mediactl/mediactl"
SET = pathlib.Path("tests/tamper/set.volumes")
OTHER_SET = pathlib.Path("tests/tamper/other_set.volumes")
MEDIUM = "tests/tamper/medium.iso"
KEY = "--public_key=testdata/keys/test_release.pub"
PASSWORD = "--password-file=testdata/keys/test.password"
VERIFY = ["verify", KEY]
EXTRACT = ["extract", KEY, PASSWORD]


def run(*args, expect=0):
    """Runs mediactl and returns what it wrote to standard output and standard error."""
    result = subprocess.run([MEDIACTL, *map(str, args)], capture_output=True, text=True, check=False)
    if result.returncode != expect:
        raise AssertionError(f"mediactl {args}: exit code {result.returncode}, expected {expect}\n"
                             f"{result.stdout}{result.stderr}")
    return result.stdout, result.stderr


def disc(number, directory=SET):
    count = len(list(directory.iterdir()))
    return directory / f"TAMPER_{number}of{count}.iso"


class SetTest(unittest.TestCase):

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(dir=os.environ["TEST_TMPDIR"]))
        self.count = len(list(SET.iterdir()))
        self.assertGreaterEqual(self.count, 3)

    def damaged(self, number):
        """A copy of a disc with another byte where a package is."""
        path = self.dir / "damaged.iso"
        shutil.copyfile(disc(number), path)
        path.chmod(0o600)
        with open(path, "r+b") as image:
            image.seek(20_000_000)
            byte = image.read(1)[0]
            image.seek(20_000_000)
            image.write(bytes([byte ^ 1]))
        return path

    def test_any_order(self):
        numbers = [3, 1, *range(4, self.count + 1), 2]
        for discs in [[SET], [disc(number) for number in numbers]]:
            out, _ = run(*VERIFY, PASSWORD, *discs)
            for number in numbers:
                self.assertIn(f"{disc(number)}: intact: ", out)
            self.assertEqual(out.count("its content opens and is what the inventory says"), self.count)
        self.assertIn("volume 2 of", run(*VERIFY, disc(2))[0])  # one by itself, as a machine has one drive

    def test_missing(self):
        out, err = run(*VERIFY, disc(1), disc(3), expect=1)
        self.assertIn(f"{disc(3)}: intact: ", out)
        self.assertIn(f'volume 2 of {self.count} ("TAMPER_2of{self.count}") is missing', err)
        out, err = run(*VERIFY, PASSWORD, disc(3), disc(2), expect=1)
        self.assertIn(f'volume 1 of {self.count} ("TAMPER_1of{self.count}") is missing', err)
        self.assertIn(f"{disc(2)}: intact: ", out)

    def test_twice(self):
        copy = self.dir / "copy.iso"
        shutil.copyfile(disc(2), copy)
        out, err = run(*VERIFY, SET, copy, expect=1)
        self.assertIn(f'{copy}: volume 2 of {self.count} ("TAMPER_2of{self.count}"), as is {disc(2)}', err)
        self.assertIn(f"{copy}: intact: ", out)

    def test_foreign(self):
        foreign = disc(2, OTHER_SET)
        out, err = run(*VERIFY, foreign, MEDIUM, SET, expect=1)
        self.assertIn(f'{foreign}: volume 2 of {self.count} ("TAMPER_2of{self.count}") of another medium, media ID ', err)
        self.assertIn(f'{MEDIUM}: volume 1 of 1 ("TAMPER") of another medium, media ID ', err)
        self.assertEqual(out.count(": intact: "), self.count)
        self.assertNotIn(f"{foreign}: intact", out)

    def test_damaged(self):
        damaged = self.damaged(2)
        out, err = run(*VERIFY, disc(1), damaged, *[disc(n) for n in range(3, self.count + 1)], expect=1)
        self.assertIn(f"{damaged}: not intact: file /tsmedia/packages/", err)
        self.assertEqual(out.count(": intact: "), self.count - 1)
        lost = self.dir / "lost.iso"
        lost.write_bytes(b"x" * 100_000)
        _, err = run(*VERIFY, disc(1), lost, disc(3), expect=1)
        self.assertIn(f"{lost}: is neither an ISO 9660 image nor", err)
        self.assertIn("volume 2 of", err)

    def test_extract(self):
        run(*EXTRACT, SET, self.dir / "all")
        discs = [disc(1), *[disc(n) for n in range(3, self.count + 1)]]
        out, err = run(*EXTRACT, *discs, self.dir / "some", expect=1)
        missing = f'volume 2 of {self.count} ("TAMPER_2of{self.count}") is missing'
        self.assertIn(f"package LAB00001 version 13.1: {missing}", err)
        self.assertIn("TAMPER01 version 1: extracted", out)
        self.assertFalse((self.dir / "some/LAB00001").exists())
        for package in (self.dir / "some").iterdir():
            subprocess.run(["diff", "-r", "--no-dereference", package, self.dir / "all" / package.name], check=True)
        # The inventory is on the first one.
        _, err = run(*EXTRACT, disc(2), disc(3), self.dir / "none", expect=1)
        self.assertIn("volume 1 of", err)
        # A damaged block spoils its own package only.
        _, err = run(*EXTRACT, disc(1), self.damaged(2), *[disc(n) for n in range(3, self.count + 1)],
                     self.dir / "sound", expect=1)
        self.assertIn("package LAB00001 version 13.1: block ", err)
        self.assertTrue((self.dir / "sound/TAMPER01").exists())

    def test_ls_and_show(self):
        self.assertIn("LAB00001 version 13.1", run("ls", PASSWORD, SET)[0])
        self.assertIn("LAB00001 version 13.1", run("ls", PASSWORD, disc(1))[0])
        _, err = run("ls", PASSWORD, disc(2), expect=1)
        self.assertIn("volume 1 of", err)
        self.assertIn(str(disc(self.count)), run("show", SET)[0])
        out, err = run("show", disc(1), disc(2), expect=1)
        self.assertIn("not given", out)
        self.assertIn("volume 3 of", err)

    def test_diff(self):
        for a, b in [([SET], [OTHER_SET]), ([disc(3), disc(1)], [disc(1, OTHER_SET), disc(2, OTHER_SET)])]:
            out, err = run("diff", KEY, PASSWORD, *a, *b, expect=1)
            self.assertIn("* file /tsmedia/variables.binpb.age", out)
            self.assertIn(" differ", err)
        # Discs of one set are the same medium.
        self.assertIn("hold the same", run("diff", KEY, disc(1), disc(3))[0])
        # Without the first disc, what the manifests say.
        out, err = run("diff", KEY, PASSWORD, disc(2), OTHER_SET, expect=1)
        self.assertIn("* file /tsmedia/variables.binpb.age", out)
        self.assertIn(f'volume 1 of {self.count} ("TAMPER_1of{self.count}") is missing', err)
        _, err = run("diff", KEY, PASSWORD, SET, OTHER_SET, MEDIUM, expect=1)
        self.assertIn(f"{MEDIUM}: of a third medium, not compared", err)


if __name__ == "__main__":
    unittest.main()
