"""Finds a secret wherever somebody could look for it."""

import base64
import hashlib
import lzma
import mmap
import os
import pathlib
import subprocess
import zlib


def forms(secret):
    """All byte strings by which a secret of low entropy can be known: {name of the form: bytes}."""
    digest = hashlib.sha256(secret).digest()
    found = {"raw": secret, "hex": secret.hex().encode(), "HEX": secret.hex().upper().encode()}
    # Base64 looks different at each of the three places that the secret can have in a longer text; its first and last
    # characters depend on the neighbours.
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + secret)
        found[f"base64 at {shift}"] = text[(0, 2, 3)[shift]:len(secret) * 4 // 3 - 2]
        found[f"URL-safe base64 at {shift}"] = base64.urlsafe_b64encode(b"\0" * shift + secret)[
            (0, 2, 3)[shift]:len(secret) * 4 // 3 - 2]
    text = secret.decode("latin-1")
    found["UTF-16, little-endian"] = text.encode("utf-16-le")
    found["UTF-16, big-endian"] = text.encode("utf-16-be")
    found["SHA-256"] = digest
    found["SHA-256 in hex"] = digest.hex().encode()
    found["SHA-256 in base64"] = base64.b64encode(digest)[:-2]
    return found


def unpacked(data):
    """The data, and what it is after decompression."""
    yield data
    if data[:4] == b"\x28\xb5\x2f\xfd":
        # Bazel's logs may end in an unfinished frame: what can be read of it counts.
        yield subprocess.run(["zstd", "-dcq"], input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout
    elif data[:2] == b"\x1f\x8b":
        yield zlib.decompressobj(31).decompress(data)
    elif data[:6] == b"\xfd7zXZ\0":
        yield lzma.LZMADecompressor().decompress(data)


def files_below(root):
    """All regular files. Links lead to sources and tools, or out of the place that is searched."""
    if pathlib.Path(root).is_file():
        yield pathlib.Path(root)
    for folder, _, names in os.walk(root):
        for name in names:
            path = pathlib.Path(folder, name)
            if path.is_file() and not path.is_symlink():
                yield path


def find(places, secrets):
    """Where which form of which secret is: a set of (place, secret, form, file).

    places: {name: directory or file}; secrets: {name: bytes}.
    """
    wanted = [(name, form, needle) for name, secret in secrets.items() for form, needle in forms(secret).items()]
    found = set()
    for place, root in places.items():
        for path in files_below(root):
            if not path.stat().st_size:
                continue
            with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                head = data[:8]
                texts = [data] if head[:2] not in (b"\x28\xb5", b"\x1f\x8b", b"\xfd7") else list(unpacked(data[:]))
                for text in texts:
                    found |= {(place, name, form, str(path)) for name, form, needle in wanted if text.find(needle) >= 0}
    return found
