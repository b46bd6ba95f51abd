"""Which keys to press, so that a text appears: key codes of the QEMU Machine Protocol (QKeyCode).

A keyboard sends positions of keys; what is printed on them is a matter of the layout that the machine believes in. Key
codes are named after what a US keyboard has in that place.
"""

_SHIFT = "shift"

# What is the same everywhere that matters here.
_COMMON = {" ": "spc", "\n": "ret", ",": "comma", ".": "dot"}
_COMMON.update({digit: digit for digit in "0123456789"})

_US = {
    "-": "minus", "=": "equal", "[": "bracket_left", "]": "bracket_right", ";": "semicolon", "'": "apostrophe",
    "`": "grave_accent", "\\": "backslash", "/": "slash",
}
_US.update({letter: letter for letter in "abcdefghijklmnopqrstuvwxyz"})
_US_SHIFT = {
    "!": "1", "@": "2", "#": "3", "$": "4", "%": "5", "^": "6", "&": "7", "*": "8", "(": "9", ")": "0", "_": "minus",
    "+": "equal", "{": "bracket_left", "}": "bracket_right", ":": "semicolon", "\"": "apostrophe", "~": "grave_accent",
    "|": "backslash", "<": "comma", ">": "dot", "?": "slash",
}

_DE = {"-": "slash", "+": "bracket_right", "#": "backslash", "<": "less"}
_DE.update({letter: letter for letter in "abcdefghijklmnopqrstuvwx"})
_DE.update({"y": "z", "z": "y"})
_DE_SHIFT = {
    "!": "1", "\"": "2", "$": "4", "%": "5", "&": "6", "/": "7", "(": "8", ")": "9", "=": "0", "?": "minus",
    "*": "bracket_right", "'": "backslash", ";": "comma", ":": "dot", "_": "slash", ">": "less",
}


def _layout(plain, shifted):
    """{character: list of key codes}, with the letters' capitals."""
    keys = {character: [code] for character, code in {**_COMMON, **plain}.items()}
    keys.update({letter.upper(): [_SHIFT, code] for letter, code in plain.items() if letter.isalpha()})
    keys.update({character: [_SHIFT, code] for character, code in shifted.items()})
    return keys


LAYOUTS = {"us": _layout(_US, _US_SHIFT), "de": _layout(_DE, _DE_SHIFT)}


def keys_for(text, layout="us"):
    """The keys that are pressed together, for each character of `text`.

    Raises:
      ValueError: the layout has no key for a character. The message does not name it: it may be part of a password.
    """
    known = LAYOUTS[layout]
    if any(character not in known for character in text):
        raise ValueError("a text to type has a character that the keyboard layout \"%s\" of the tests has no key for" % layout)
    return [known[character] for character in text]
