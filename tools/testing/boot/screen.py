"""Reads a machine's screen: the text mode of VGA, or a picture of Linux's console on a frame buffer."""

_CELL_HEIGHT = 16
_FONT_SIZE = 256 * _CELL_HEIGHT
TEXT_COLUMNS = 80
TEXT_ROWS = 25

# Glyph of "A" in IBM's 8x16 font: finds the font in a VGA BIOS.
_GLYPH_OF_A = bytes.fromhex("000010386cc6c6fec6c6c6c600000000")

# What Linux (lib/fonts/font_8x16.c) draws differently.
_LINUX_GLYPHS = {
    "0": "0000386cc6c6d6d6c6c66c3800000000",
    "M": "0000c6eefefed6c6c6c6c6c600000000",
    "T": "00007e7e5a1818181818183c00000000",
    "V": "0000c6c6c6c6c6c6c66c381000000000",
    "W": "0000c6c6c6c6d6d6d6feee6c00000000",
    "X": "0000c6c66c7c38387c6cc6c600000000",
    "Y": "0000666666663c181818183c00000000",
    "Z": "0000fec6860c183060c2c6fe00000000",
    "`": "0030180c000000000000000000000000",
    "f": "00001c36323078303030307800000000",
    "m": "0000000000ecfed6d6d6d6c600000000",
    "v": "0000000000c6c6c6c6c66c3800000000",
    "w": "0000000000c6c6d6d6d6fe6c00000000",
    "x": "0000000000c66c3838386cc600000000",
    "|": "00001818181818181818181800000000",
    "~": "0076dc00000000000000000000000000",
}


def text_mode_lines(memory):
    """The lines of the text screen whose memory (characters and attributes by turns) this is."""
    characters = memory[::2].decode("cp437")
    return [characters[i:i + TEXT_COLUMNS] for i in range(0, TEXT_ROWS * TEXT_COLUMNS, TEXT_COLUMNS)]


def load_font(vga_bios):
    """{glyph: character} of printable ASCII as Linux draws it; most of it from the bytes of a VGA BIOS."""
    start = vga_bios.find(_GLYPH_OF_A) - ord("A") * _CELL_HEIGHT
    if start < 0 or start + _FONT_SIZE > len(vga_bios):
        raise ValueError("the VGA BIOS has no 8x16 font")
    glyphs = {bytes.fromhex(glyph): character for character, glyph in _LINUX_GLYPHS.items()}
    for code in range(0x7E, 0x1F, -1):  # a blank rather than anything else that looks like it
        if chr(code) not in _LINUX_GLYPHS:
            glyphs[vga_bios[start + code * _CELL_HEIGHT:start + (code + 1) * _CELL_HEIGHT]] = chr(code)
    return glyphs


def read_ppm(data):
    """Width, height and pixels (three bytes each) of a binary PPM picture as QEMU writes it."""
    magic, size, depth, pixels = data.split(b"\n", 3)
    if magic != b"P6" or depth != b"255":
        raise ValueError("no binary PPM picture")
    width, height = map(int, size.split())
    return width, height, pixels


def frame_buffer_lines(width, height, pixels, font):
    """The lines of a console on a frame buffer; what is no character of the font is a blank."""
    # What is not nearly black counts as set: Linux writes in grey on black.
    bright = pixels[1::3].translate(bytes(int(value >= 0x60) for value in range(256)))
    octets = {bytes(int(bit) for bit in format(value, "08b")): value for value in range(256)}
    columns = width // 8
    lines = []
    for top in range(0, height - _CELL_HEIGHT + 1, _CELL_HEIGHT):
        rows = [bright[(top + y) * width:(top + y + 1) * width] for y in range(_CELL_HEIGHT)]
        line = []
        for left in range(0, columns * 8, 8):
            line.append(font.get(bytes(octets[row[left:left + 8]] for row in rows), " "))
        lines.append("".join(line))
    return lines


class ScreenTranscript:
    """All that a screen has shown, as one text that only grows at its end: what a serial port would have said.

    Lines that fill the screen's width go on in the next. A screen that was cleared is appended as it is.
    """

    def __init__(self):
        self._gone = []  # lines that have been scrolled away
        self._shown = []  # lines on the screen

    def add(self, lines):
        """Takes in what the screen shows now: lines of its full width."""
        lines = list(lines)
        while lines and not lines[-1].strip():
            lines.pop()
        for scrolled in range(len(self._shown) + 1):
            if self._continues(self._shown[scrolled:], lines):
                self._gone += self._shown[:scrolled]
                break
        self._shown = lines

    @staticmethod
    def _continues(before, now):
        """Whether `now` is `before` with more at its end; the last line may have grown."""
        if len(before) > len(now):
            return False
        return before[:-1] == now[:max(len(before) - 1, 0)] and (
            not before or now[len(before) - 1].startswith(before[-1].rstrip()))

    def text(self):
        text = []
        for line in self._gone + self._shown:
            full = line == line.rstrip()
            text.append(line if full else line.rstrip() + "\n")
        return "".join(text)
