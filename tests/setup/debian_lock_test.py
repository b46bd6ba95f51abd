"""The lock file agrees with the list of pins, and its writer reads that list right."""

import importlib.util
import pathlib
import re
import tempfile
import unittest

specification = importlib.util.spec_from_file_location("refresh_lock", "tools/debian/refresh_lock.py")
refresh_lock = importlib.util.module_from_spec(specification)
specification.loader.exec_module(refresh_lock)


class FakeSuite:
    def __init__(self, name):
        self.name = name

    def source(self, name):
        return {"from": self.name, "source": name}

    def binary(self, name, metapackage=None):
        return {"from": self.name, "package": metapackage or name}


def read(text):
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(text)
        file.flush()
        return refresh_lock.read_pins(file.name, FakeSuite)


def load(lock):
    """A lock is Starlark that is also Python."""
    names = {}
    exec(lock, names)  # pylint: disable=exec-used
    return names["DEBIAN_SOURCES"], names["DEBIAN_PACKAGES"]


class LockTest(unittest.TestCase):
    def test_pins(self):
        sources, packages = read("# a\nsuite one\nsource a\npackage b # why\nsuite two\npackage c via d\n")
        self.assertEqual(sources, {"a": {"from": "one", "source": "a"}})
        self.assertEqual(packages, {"b": {"from": "one", "package": "b"}, "c": {"from": "two", "package": "d"}})

    def test_bad_pins(self):
        for text in ("package a\n", "suite one\npackage\n", "suite one\nbinary a\n", "suite one\npackage a of b\n"):
            with self.subTest(text), self.assertRaisesRegex(SystemExit, r":\d: expected 'suite NAME'"):
                read(text)

    def test_format(self):
        entry = {"file": "pool/a", "package": "a", "sha256": "0" * 64, "size": 5, "version": '1"2'}
        self.assertEqual(load(refresh_lock.format_lock({"b": entry, "a": entry}, {"c": entry})), ({"a": entry, "b": entry}, {"c": entry}))

    def test_lock_is_complete(self):
        sources, packages = read(pathlib.Path("tools/debian/pins.txt").read_text())
        text = pathlib.Path("rules/private/debian_lock.bzl").read_text()
        locked_sources, locked_packages = load(text)
        self.assertEqual(locked_sources.keys(), sources.keys())
        self.assertEqual(locked_packages.keys(), packages.keys())
        for entry in [*locked_sources.values(), *locked_packages.values()]:
            self.assertTrue(re.fullmatch("[0-9a-f]{64}", entry["sha256"]), entry)
            self.assertTrue(entry["file"].startswith("pool/main/"), entry)
        self.assertEqual(text, refresh_lock.format_lock(locked_sources, locked_packages))


if __name__ == "__main__":
    unittest.main()
