"""Tests of scenario.py, with a machine that is a list of what it says."""

import os
import tempfile
import unittest

import scenario


def says(text):
    return {"what": "says", "text": text}


def typed(prompt, text="", on="keyboard", password_file=None):
    return {"kind": "typed", "prompt": prompt, "text": text, "on": on, "password_file": password_file, "enter": True}


def inserted(prompt, image):
    return {"kind": "inserted", "prompt": prompt, "image": image}


class FakeMachine:
    """Says one text after the other, each time it is asked; `None` waits for something to be typed."""

    def __init__(self, *texts, powers_off=False, locked=0):
        self._texts = list(texts)
        self._locked = locked  # how often its drive does not open
        self._said = ""
        self._powers_off = powers_off
        self.typed = []

    def running(self):
        return bool(self._texts) or not self._powers_off

    def said(self):
        if self._texts and self._texts[0] is not None:
            self._said += self._texts.pop(0)
        return self._said

    def screen_lines(self):
        return [line.ljust(20) for line in self._said.split("\n")]

    def _type(self, where, text):
        self.typed.append((where, text))
        if self._texts and self._texts[0] is None:
            self._texts.pop(0)

    def type_on_keyboard(self, text):
        self._type("keyboard", text)

    def type_on_serial(self, text):
        self._type("serial", text)

    def change_disc(self, drive, image):
        self._locked -= 1
        if self._locked >= 0:
            return False
        self._type(drive, image)
        return True

    def wait_for_power_off(self, _):
        assert not self.running()


class StartTest(unittest.TestCase):

    def setUp(self):
        self.photographs = []

    def play(self, machine, expect, types=()):
        clock = [0.0]

        def sleep(seconds):
            clock[0] += seconds

        scenario.Start(
            machine, "drive", types, expect, "N1", 100, lambda line: None, lambda: self.photographs.append(machine.said()), sleep,
            lambda: clock[0]).play()
        return machine

    def assert_fails(self, pattern, machine, expect, types=()):
        with self.assertRaisesRegex(scenario.Failure, pattern):
            self.play(machine, expect, types)

    def test_texts_come_in_order(self):
        self.play(FakeMachine("one\n", "two\n", "three\n"), [says("one"), says("three")])
        self.assert_fails("it did not say \"two\"", FakeMachine("two\n", "one\n"), [says("one"), says("two"), says("one")])

    def test_the_nonce_is_filled_in(self):
        self.play(FakeMachine("Challenge: N1\n"), [says("Challenge: {nonce}")])

    def test_patterns(self):
        self.play(FakeMachine("a\n1   step\n"), [{"what": "matches", "text": "^1 +step$"}])
        self.assert_fails("never did what is expected", FakeMachine("a\n"), [{"what": "matches", "text": "^b"}])

    def test_a_prompt_that_comes_again_needs_an_entry_each_time(self):
        machine = self.play(
            FakeMachine("Password:\n", None, "Wrong\nPassword:\n", None, "Right\n"), [says("Right")],
            [typed("Password:", "a"), typed("Password:", "b", on="serial")])
        self.assertEqual(machine.typed, [("keyboard", "a\n"), ("serial", "b\n")])

    def test_discs_are_changed_when_the_drive_opens(self):
        machine = self.play(
            FakeMachine("Insert disc 2\n", None, "Password:\n", None, "Right\n", locked=3), [says("Right")],
            [inserted("Insert disc 2", "/a/b_2of3.iso"), typed("Password:", "a")])
        self.assertEqual(machine.typed, [("drive", "/a/b_2of3.iso"), ("keyboard", "a\n")])
        self.assert_fails("says \"Insert disc 2\", but never lets go of the disc in its drive",
                          FakeMachine("Insert disc 2\n", None, locked=1000), [], [inserted("Insert disc 2", "b")])

    def test_a_prompt_that_never_comes(self):
        self.assert_fails("it did not ask \"Password:\"", FakeMachine("Begin\n"), [says("Begin")], [typed("Password:")])

    def test_a_machine_that_powers_off_too_early(self):
        self.assert_fails("powered itself off, but it did not say \"two\"", FakeMachine("one\n", powers_off=True), [says("two")])

    def test_last_words_count(self):
        self.play(FakeMachine("one\n", powers_off=True), [says("one")])

    def test_power_off_is_waited_for(self):
        self.play(FakeMachine("one\n", "two\n", powers_off=True), [says("one"), {"what": "powers_off"}])
        self.assertEqual(len(self.photographs), 1)
        self.assert_fails("does not power itself off", FakeMachine("one\n"), [says("one"), {"what": "powers_off"}])

    def test_keeps_running(self):
        self.play(FakeMachine("one\n"), [says("one"), {"what": "keeps_running", "seconds": 5}])
        self.assert_fails("too early", FakeMachine("one\n", powers_off=True),
                          [says("one"), {"what": "keeps_running", "seconds": 5}])

    def test_never_says_counts_to_the_end(self):
        never = {"what": "never_says", "text": "two"}
        self.play(FakeMachine("one\n"), [says("one"), never])
        self.assert_fails("\"two\", which it never should", FakeMachine("one\n", "two\n", powers_off=True),
                          [says("one"), never, {"what": "powers_off"}])

    def test_signs_of_failure_end_the_wait(self):
        self.assert_fails("Kernel panic", FakeMachine("Kernel panic - not syncing\n"), [says("one")])
        self.assert_fails("Verdict: refused", FakeMachine("Verdict: refused; it is old.\n"), [says("one")])

    def test_a_failure_that_is_expected_is_none(self):
        self.play(FakeMachine("Verdict: refused; it is old.\n"), [says("Verdict: refused; it is old")])

    def test_screen(self):
        self.play(FakeMachine("Menu\n"), [{"what": "shows", "text": "Menu\n"}])
        self.assert_fails("show on its screen", FakeMachine("Menu\n"), [{"what": "shows", "text": "Other"}])


class PasswordTest(unittest.TestCase):

    def setUp(self):
        with tempfile.NamedTemporaryFile("w", delete=False) as file:
            file.write("# comment\nthe secret words\n")
        self.addCleanup(os.unlink, file.name)
        self.entry = typed("Password:", password_file=file.name)

    def test_the_second_line_is_the_password(self):
        self.assertEqual(scenario.text_of_key(self.entry), "the secret words\n")

    def test_a_password_on_the_console_is_a_failure(self):
        scenario.check_secrets([self.entry], "nothing")
        with self.assertRaises(scenario.Failure) as raised:
            scenario.check_secrets([self.entry], "you typed the secret words!")
        self.assertNotIn("secret words", str(raised.exception))

    def test_passwords_are_masked(self):
        self.assertEqual(scenario.mask([self.entry], "a the secret words b"), "a *** b")


class TraceTest(unittest.TestCase):

    EXPECTED = "1       First  (Run Command Line)\n          command true\n2       Second  skipped: no\n"

    def test_other_lines_may_stand_between(self):
        said = "Verdict\n1       First  (Run Command Line)\n[ 1.0] kernel\n          command true\n2       Second  skipped: no\nEnd\n"
        self.assertEqual(scenario.trace_errors(self.EXPECTED, said), "")

    def test_a_line_is_missing(self):
        self.assertIn("never says \"2 ", scenario.trace_errors(self.EXPECTED, self.EXPECTED.rsplit("2  ", 1)[0]))

    def test_another_step(self):
        said = self.EXPECTED.replace("2       Second  skipped: no", "2       Second  (Run Command Line)")
        self.assertIn("where \"2       Second  skipped", scenario.trace_errors(self.EXPECTED, said))

    def test_one_step_too_many(self):
        self.assertIn("after the end", scenario.trace_errors(self.EXPECTED, self.EXPECTED + "3       Third  (Group)\n"))


if __name__ == "__main__":
    unittest.main()
