"""Checks of attribute values; each ends the analysis with one sentence."""

load(":time.bzl", "parse_time")

_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LOWER = "abcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"
_LETTERS = _UPPER + _LOWER
_PACKAGE_ID_LENGTH = 8
_MAX_VERSION_LENGTH = 32
_MAX_LABEL_LENGTH = 32
_MAX_VARIABLE_NAME_LENGTH = 256
_MAX_VARIABLE_VALUE_LENGTH = 4000
_SIZE_UNITS = {"GB": 1 << 30, "MB": 1 << 20}
_MAX_SIZE_DIGITS = 18  # more would not fit the tools' 64 bits

# What discs hold, in sectors of 2,048 bytes: a CD of 74 minutes; DVD-R and DVD+R; the smaller one of the dual layer discs, DVD-R
# DL (DVD+R DL has 4,173,824, which do not fit the other).
_DISC_SECTORS = {"4.7GB": 2295104, "650MB": 333000, "8.5GB": 4171712}
_DISC_SECTOR_SIZE = 2048

def label_text(label):
    """The label as a user would write it.

    Args:
        label: a Label.
    Returns:
        For example `//media:branch_office`.
    """
    text = str(label)
    if text.startswith("@@"):
        text = text[1:]
    return text[1:] if text.startswith("@//") else text

def refuse(label, attribute, message):
    """Ends the analysis: target, attribute, what is wrong and what to do.

    Args:
        label: Label of the target.
        attribute: name of the attribute.
        message: the rest of the sentence.
    """
    fail("%s: %s: %s" % (label_text(label), attribute, message))

def _only(text, alphabet):
    return all([c in alphabet for c in text.elems()])

def _printable_ascii(text):
    # Bytes 0x20 to 0x7E.
    return all([c >= " " and c <= "~" for c in text.elems()])

def check_package_id(label, package_id):
    """Refuses what is no package ID.

    Args:
        label: Label of the target.
        package_id: value of the attribute `package_id`.
    """
    if len(package_id) != _PACKAGE_ID_LENGTH or not _only(package_id, _UPPER + _DIGITS):
        refuse(label, "package_id", '"%s" is no package ID: use eight of A-Z and 0-9, for example "LAB00012"' % package_id)

def check_version(label, version):
    """Refuses what is no package version.

    Args:
        label: Label of the target.
        version: value of the attribute `version`.
    """
    if (not version or len(version) > _MAX_VERSION_LENGTH or not _only(version[0], _LETTERS + _DIGITS) or
        not _only(version, _LETTERS + _DIGITS + "._+~-")):
        refuse(
            label,
            "version",
            '"%s" is no package version: begin with a letter or digit and use up to 32 letters, digits and . _ + ~ -' % version,
        )

def check_display_name(label, display_name):
    """Refuses names that a console could not show in one line.

    Args:
        label: Label of the target.
        display_name: value of the attribute `display_name`.
    """
    if "\n" in display_name or "\r" in display_name or "\t" in display_name:
        refuse(label, "display_name", "it has a line break or a tab: write it in one line")

def check_destination(label, attribute, destination):
    """Refuses paths that are not relative, normalised and inside the package.

    Args:
        label: Label of the target.
        attribute: name of the attribute that holds it.
        destination: path with `/`; it may end in `/`, and `/` alone is the package's root.
    """
    path = destination.removesuffix("/")
    if not destination:
        refuse(label, attribute, 'an empty path: write a path below the package\'s root, or "/" for the root')
    if path and [c for c in path.split("/") if c in ("", ".", "..")]:
        refuse(
            label,
            attribute,
            '"%s" is not a relative path inside the package: leave out a leading "/", empty components, "." and ".."' % destination,
        )
    if "\n" in path or "\0" in path:
        refuse(label, attribute, "%r has a line feed or NUL: no file name can have one here" % destination)

def check_target_path(label, attribute, path, target):
    """Refuses a symbolic link that leaves the package.

    Args:
        label: Label of the target.
        attribute: name of the attribute that holds it.
        path: where the link is.
        target: what it says.
    """
    if not target or target.startswith("/") or "\n" in target:
        refuse(
            label,
            attribute,
            '"%s" -> "%s" is not a relative link: name a file of the package, relative to the link\'s directory' % (path, target),
        )
    depth = len(path.split("/")) - 1
    for component in target.split("/"):
        if component == "..":
            depth -= 1
        elif component not in ("", "."):
            depth += 1
        if depth < 0:
            refuse(label, attribute, '"%s" -> "%s" leaves the package: name a file inside it' % (path, target))

def check_time(label, attribute, value):
    """Refuses what is no UTC time; an empty value is none.

    Args:
        label: Label of the target.
        attribute: name of the attribute that holds it.
        value: for example `2026-01-31T00:00:00Z`.
    Returns:
        Seconds since 1970, or None.
    """
    if not value:
        return None
    seconds = parse_time(value)
    if seconds == None:
        refuse(label, attribute, '"%s" is no time: write it in UTC, from 1980 to 2099, like "2026-01-31T00:00:00Z"' % value)
    return seconds

def check_period(label, not_before, not_after):
    """Refuses a validity range that is empty or malformed.

    Args:
        label: Label of the target.
        not_before: value of the attribute; empty is unlimited.
        not_after: value of the attribute; empty is unlimited.
    """
    first = check_time(label, "not_before", not_before)
    last = check_time(label, "not_after", not_after)
    if first != None and last != None and first >= last:
        refuse(label, "not_before", '"%s" is not before not_after "%s": the medium would never be valid' % (not_before, not_after))

def check_media_label(label, media_label):
    """Refuses what no volume can be called.

    Args:
        label: Label of the target.
        media_label: value of the attribute `label`.
    """
    if (not media_label or len(media_label) > _MAX_LABEL_LENGTH or not _printable_ascii(media_label) or
        media_label.strip(" ") != media_label):
        refuse(
            label,
            "label",
            '"%s" is no volume label: use 1 to 32 printable ASCII characters without a blank at either end' % media_label,
        )

def check_variables(label, variables):
    """Refuses variables that no task sequence could have.

    Args:
        label: Label of the target.
        variables: value of the attribute `variables`.
    """
    seen = {}
    for name, value in variables.items():
        if name.startswith("_"):
            refuse(label, "variables", '"%s": names that begin with "_" are read-only: choose another name' % name)
        if (not name or len(name) > _MAX_VARIABLE_NAME_LENGTH or not _only(name[0], _LETTERS) or
            not _only(name, _LETTERS + _DIGITS + "_-")):
            refuse(
                label,
                "variables",
                '"%s" is no variable name: begin with a letter and use up to 256 letters, digits, _ and -' % name,
            )
        if name.lower() in seen:
            refuse(label, "variables", '"%s" and "%s" are the same variable: names ignore case; keep one' % (seen[name.lower()], name))
        seen[name.lower()] = name
        if len(value) > _MAX_VARIABLE_VALUE_LENGTH:
            refuse(label, "variables", '"%s": the value has %d bytes: use at most 4000' % (name, len(value)))
        if "\n" in value or "\0" in value:
            refuse(label, "variables", '"%s": the value has a line feed or NUL: write it in one line' % name)

def check_command(label, attribute, command):
    """Refuses an empty command line or one of several lines.

    Args:
        label: Label of the target.
        attribute: name of the attribute that holds it.
        command: the command line.
    """
    if not command.strip():
        refuse(label, attribute, 'it is empty: write the command line, for example "sh setup.sh"')
    if "\n" in command or "\0" in command:
        refuse(label, attribute, "it has a line feed: write one command line, or a script that is part of the package")

def check_keyboard(label, keyboard):
    """Refuses what can be no name of a keyboard layout.

    Args:
        label: Label of the target.
        keyboard: value of the attribute `keyboard`.
    """
    if not keyboard or not _only(keyboard, _LETTERS + _DIGITS + "_.-"):
        refuse(label, "keyboard", '"%s" is no name of a layout: write for example "de"' % keyboard)

def size_in_bytes(label, attribute, size):
    """Bytes of a size that a definition gives, which is refused if it is none.

    Args:
        label: Label of the target.
        attribute: name of the attribute.
        size: `123456` (bytes), `512MB` (1 MB = 1,048,576 bytes) or `4GB` (1,024 MB).
    Returns:
        int.
    """
    number, factor = size, 1
    for unit, bytes in _SIZE_UNITS.items():
        if size.endswith(unit):
            number, factor = size.removesuffix(unit), bytes
    if not number or len(number) > _MAX_SIZE_DIGITS or not _only(number, _DIGITS):
        refuse(label, attribute, '"%s" is no size: write for example "512MB", "4GB", or a number of bytes' % size)
    return int(number) * factor

def volume_bytes(label, volume_size):
    """Bytes that a volume may have.

    Args:
        label: Label of the target.
        volume_size: value of the attribute `volume_size`.
    Returns:
        int; 0: any number.
    """
    if volume_size == "unlimited":
        return 0
    if volume_size in _DISC_SECTORS:
        return _DISC_SECTORS[volume_size] * _DISC_SECTOR_SIZE
    bytes = size_in_bytes(label, "volume_size", volume_size)
    if bytes == 0:
        refuse(label, "volume_size", 'no volume has 0 bytes: write "unlimited" for one volume of any size')
    return bytes
