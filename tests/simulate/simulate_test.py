"""mediactl simulate: what it prints for a medium and machines that are only described."""

import json
import subprocess
import tempfile
import unittest

MEDIACTL = "tools/mediactl/mediactl"
MEDIUM = "tests/simulate/medium.iso"
KEY = "--public_key=testdata/keys/test_release.pub"


def simulate(*args, expect=0):
    """Runs mediactl simulate and returns standard output and standard error."""
    result = subprocess.run([MEDIACTL, "simulate", KEY, *args, MEDIUM], capture_output=True, text=True, check=False)
    if result.returncode != expect:
        raise AssertionError(f"exit code {result.returncode}, expected {expect}\n{result.stdout}{result.stderr}")
    return result.stdout, result.stderr


def facts_file(text):
    file = tempfile.NamedTemporaryFile("w", suffix=".textproto", delete=False)
    with file:
        file.write(text)
    return "--facts=" + file.name


class SimulateTest(unittest.TestCase):

    def test_text(self):
        out, _ = simulate("--facts=tests/simulate/uefi.textproto")
        with open("tests/simulate/uefi.txt", encoding="utf-8") as golden:
            self.assertEqual(out, golden.read())

    def test_json(self):
        out, _ = simulate("--facts=tests/simulate/bios.textproto", "--format=json")
        result = json.loads(out)
        self.assertEqual(result["sequence"], "Simulated")
        self.assertTrue(result["succeeded"])
        skipped = [event["position"] for event in result["events"] if event["event"] == "skipped"]
        self.assertEqual(skipped, ["1.2", "1.3", "4"])
        finished = [event for event in result["events"] if event["event"] == "step_finished"]
        self.assertEqual([event["position"] for event in finished], ["1.1", "1.4", "2", "3.1"])
        self.assertEqual(finished[2]["packages"], ["SIMUL001"])

    def test_sequence_that_fails(self):
        out, error = simulate(facts_file("machine { memory_mb: 64 }"), expect=1)
        self.assertIn("failed with 0x80004005: the machine is not ready: memory: 64 MB, at least 512 needed", out)
        self.assertIn("fails in step 1.1 (Check the machine)", error)

    def test_facts_that_are_wrong(self):
        _, error = simulate(facts_file("machine {\n  memory: 64\n}\n"), expect=1)
        self.assertRegex(error, r"\.textproto:2:\d+: .*memory")
        _, error = simulate(facts_file('variables { variable: "_SMSTSMake" value: "x" }'), expect=1)
        self.assertIn("read-only", error)

    def test_facts_have_to_be_named(self):
        _, error = simulate(expect=2)
        self.assertIn("facts", error)


if __name__ == "__main__":
    unittest.main()
