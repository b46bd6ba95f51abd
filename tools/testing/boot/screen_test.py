"""Tests of screen.py."""

import unittest

import screen

_WIDTH = 10


def lines(*texts):
    return [text.ljust(_WIDTH) for text in texts]


class TranscriptTest(unittest.TestCase):

    def setUp(self):
        self.transcript = screen.ScreenTranscript()

    def test_what_scrolls_away_stays(self):
        self.transcript.add(lines("one", "two", "three"))
        self.transcript.add(lines("two", "three", "four"))
        self.transcript.add(lines("four", "five", "six"))
        self.assertEqual(self.transcript.text(), "one\ntwo\nthree\nfour\nfive\nsix\n")

    def test_the_last_line_grows(self):
        self.transcript.add(lines("one", "tw"))
        self.transcript.add(lines("one", "two", "three"))
        self.assertEqual(self.transcript.text(), "one\ntwo\nthree\n")

    def test_the_same_screen_twice_is_one(self):
        for _ in range(2):
            self.transcript.add(lines("one", "one", ""))
        self.assertEqual(self.transcript.text(), "one\none\n")

    def test_another_screen_is_appended(self):
        self.transcript.add(lines("firmware"))
        self.transcript.add(lines("Linux"))
        self.assertEqual(self.transcript.text(), "firmware\nLinux\n")

    def test_a_full_line_goes_on_in_the_next(self):
        self.transcript.add(lines("0123456789", "and more"))
        self.assertEqual(self.transcript.text(), "0123456789and more\n")

    def test_text_only_grows(self):
        before = ""
        for shown in [["a"], ["a", "b"], ["b", "c"], ["d"], ["d", "d"]]:
            self.transcript.add(lines(*shown))
            self.assertTrue(self.transcript.text().startswith(before.rstrip("\n")))
            before = self.transcript.text()


class PictureTest(unittest.TestCase):

    def test_text_mode(self):
        memory = b"".join(bytes([character, 7]) for character in b"Hello".ljust(80 * 25))
        self.assertEqual(screen.text_mode_lines(memory)[0].rstrip(), "Hello")
        self.assertEqual(len(screen.text_mode_lines(memory)), 25)

    def test_frame_buffer(self):
        with open("/usr/share/seabios/vgabios-stdvga.bin", "rb") as file:
            font = screen.load_font(file.read())
        text = "Verdict: 0 of ~"
        glyphs = {character: glyph for glyph, character in font.items()}
        rows = []
        for y in range(16):
            bits = "".join(format(glyphs[character][y], "08b") for character in text)
            rows.append(b"".join(b"\xaa\xaa\xaa" if bit == "1" else b"\0\0\0" for bit in bits))
        width = 8 * len(text)
        picture = b"P6\n%d 16\n255\n" % width + b"".join(rows)
        self.assertEqual(screen.frame_buffer_lines(*screen.read_ppm(picture), font), [text])

    def test_what_is_no_character_is_a_blank(self):
        pixels = b"\xff\xff\xff" * 16 * 16
        self.assertEqual(screen.frame_buffer_lines(16, 16, pixels, {}), ["  "])

    def test_other_pictures_are_refused(self):
        with self.assertRaises(ValueError):
            screen.read_ppm(b"P5\n1 1\n255\n\0")

    def test_a_bios_without_a_font_is_refused(self):
        with self.assertRaises(ValueError):
            screen.load_font(bytes(8192))


if __name__ == "__main__":
    unittest.main()
