"""The guide "Writing a task sequence": its pieces are a sequence, laid out as mediactl does it, and the tree is right."""

import os
import pathlib
import re
import subprocess
import unittest

MEDIACTL = "tools/mediactl/mediactl"
GUIDE = "rules/docs/writing_a_task_sequence.md"


class GuideTest(unittest.TestCase):

    def test_pieces(self):
        blocks = re.findall(r"^```(\w*)\n(.*?)^```$", pathlib.Path(GUIDE).read_text(), re.S | re.M)
        texts = [text for kind, text in blocks if kind == "textproto"]
        [facts] = [text for text in texts if "SimulatedMachine" in text]
        texts.remove(facts)
        [tree] = [text for kind, text in blocks if "[Task Sequence]" in text]
        file = pathlib.Path(os.environ["TEST_TMPDIR"]) / "deploy.textproto"
        file.write_text(texts[0] + "\n" + "".join(texts[1:]))
        subprocess.run([MEDIACTL, "ts", "fmt", "--check", file], check=True)
        shown = subprocess.run([MEDIACTL, "ts", "graph", file], check=True, stdout=subprocess.PIPE, text=True).stdout
        self.assertEqual(shown, tree)


if __name__ == "__main__":
    unittest.main()
