""".ci/run fails for every single thing that it is there to find.

It works in a small repository of its own, with a fake tools/bazel.
"""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

RUN = pathlib.Path(".ci/run").resolve()

SUMMARY = """\
//a:one_test                                   PASSED in 0.1s
//a:two_test                          (cached) PASSED in 0.2s
"""

FAKE_BAZEL = """\
#!/bin/bash
here=$(dirname "$0")/..
case "$1 $*" in
  run*//tools/lint:check*) exit "$(cat "$here/lint")" ;;
  test*//...*) cat "$here/summary"; eval "$(cat "$here/side_effect")"; exit "$(cat "$here/test")" ;;
  build*--config=clang*) exit "$(cat "$here/clang")" ;;
  query*manual*) cat "$here/manual" ;;
  query*) cat "$here/tests"; exit "$(cat "$here/query")" ;;
  *) echo "unexpected: $*" >&2; exit 99 ;;
esac
"""


class CiRunTest(unittest.TestCase):
    def setUp(self):
        self.tree = pathlib.Path(tempfile.mkdtemp(dir=os.environ.get("TEST_TMPDIR")))
        self.addCleanup(shutil.rmtree, self.tree)
        (self.tree / ".ci").mkdir()
        (self.tree / "tools").mkdir()
        shutil.copy(RUN, self.tree / ".ci/run")
        bazel = self.tree / "tools/bazel"
        bazel.write_text(FAKE_BAZEL)
        bazel.chmod(0o755)
        files = {"lint": "0", "test": "0", "clang": "0", "query": "0", "manual": "", "side_effect": ""}
        files |= {"tests": "//a:two_test\n//a:one_test\n", "summary": SUMMARY, "README.md": "x\ntools/bazel test //...\n"}
        for name, text in files.items():
            (self.tree / name).write_text(text)
        git = ["git", "-c", "user.name=test", "-c", "user.email=test@example.invalid"]
        for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "all"]):
            subprocess.run(git + command, cwd=self.tree, check=True)

    def run_ci(self, **files):
        for name, text in files.items():
            (self.tree / name).write_text(text)
        result = subprocess.run([self.tree / ".ci/run"], capture_output=True, text=True, timeout=60)
        return result.returncode, result.stdout + result.stderr

    def test_all_is_well(self):
        code, output = self.run_ci()
        self.assertEqual(code, 0, output)
        # Six checks and two tests.
        self.assertEqual(output.rstrip("\n").split("\n")[-1], "8 passed, 0 failed")

    def assert_fails(self, check, **files):
        code, output = self.run_ci(**files)
        self.assertNotEqual(code, 0, output)
        self.assertRegex(output, f"=== FAILED after [0-9]+ s: {check}\n")
        self.assertNotRegex(output.rstrip("\n").split("\n")[-1], " 0 failed")

    def test_unformatted(self):
        self.assert_fails("formatting", lint="1")

    def test_failing_test(self):
        summary = SUMMARY.replace("(cached) PASSED", "         FAILED")
        self.assert_fails("tests", test="3", summary=summary)

    def test_flaky_test(self):
        summary = SUMMARY.replace("(cached) PASSED in 0.2s", "FLAKY, failed in 1 out of 2 in 0.2s")
        self.assert_fails("every test ran", summary=summary)

    def test_test_that_did_not_run(self):
        self.assert_fails("every test ran", tests="//a:one_test\n//a:two_test\n//b:three_test\n")

    def test_no_tests_at_all(self):
        self.assert_fails("every test ran", tests="", summary="")

    def test_query_that_fails(self):
        self.assert_fails("every test ran", query="7")

    def test_manual_test(self):
        self.assert_fails("no test is manual", manual="//a:one_test\n")

    def test_clang(self):
        self.assert_fails("clang, with layering check", clang="1")

    def test_build_that_changes_a_file(self):
        self.assert_fails("no tracked file changed", side_effect="echo more >>README.md")

    def test_readme_without_test_command(self):
        (self.tree / "README.md").write_text("none\n")
        self.assert_fails("tests")


if __name__ == "__main__":
    unittest.main()
