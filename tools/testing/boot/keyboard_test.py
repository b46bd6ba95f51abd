"""Tests of keyboard.py."""

import string
import unittest

import keyboard


class KeyboardTest(unittest.TestCase):

    def test_capitals_digits_and_punctuation(self):
        self.assertEqual(keyboard.keys_for("aB7_/ \n"), [
            ["a"], ["shift", "b"], ["7"], ["shift", "minus"], ["slash"], ["spc"], ["ret"]])

    def test_a_german_keyboard_has_other_letters_in_some_places(self):
        self.assertEqual(keyboard.keys_for("zY-?", "de"), [["y"], ["shift", "z"], ["slash"], ["shift", "minus"]])

    def test_every_printable_character_is_on_a_us_keyboard(self):
        printable = [character for character in string.printable if " " <= character <= "~"]
        keys = keyboard.keys_for("".join(printable))
        self.assertEqual(len({tuple(key) for key in keys}), len(printable))

    def test_no_two_characters_share_a_key(self):
        for name, layout in keyboard.LAYOUTS.items():
            self.assertEqual(len({tuple(keys) for keys in layout.values()}), len(layout), name)

    def test_a_character_without_a_key_is_not_named(self):
        with self.assertRaisesRegex(ValueError, "layout \"de\"") as raised:
            keyboard.keys_for("secret@", "de")
        self.assertNotIn("@", str(raised.exception))


if __name__ == "__main__":
    unittest.main()
