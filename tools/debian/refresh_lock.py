"""Pins what the machine's Debian mirrors have now: writes rules/private/debian_lock.bzl.

usage: tools/bazel run //tools/debian:refresh_lock [-- PINS LOCK]

PINS is the list of packages (tools/debian/pins.txt, which describes its own
format), LOCK the file to write. Versions, sizes and checksums come from the
archive's indices, whose signatures apt checks.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
ARCHITECTURE = "amd64"


def fail(message):
    sys.exit(f"refresh_lock: {message}")


def mirrors():
    """The base URIs to try, from the same places as rules/private/debian_fetch.bzl."""
    if os.environ.get("TSMEDIA_DEBIAN_MIRROR"):
        return [os.environ["TSMEDIA_DEBIAN_MIRROR"]]
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    uris = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return list(dict.fromkeys(uris))


class Suite:
    """The indices of one suite, fetched by apt into a state directory of our own."""

    def __init__(self, name, directory):
        self.name = name
        self._apt = ["apt-get", f"--config-file={directory}/apt.conf"]
        (directory / "lists/partial").mkdir(parents=True)
        (directory / "status").touch()
        (directory / "apt.conf").write_text(
            f'Dir::State "{directory}";\n'
            f'Dir::State::status "{directory}/status";\n'
            f'Dir::Etc::SourceList "{directory}/sources.list";\n'
            'Dir::Etc::SourceParts "/dev/null";\n'
            f'APT::Architectures "{ARCHITECTURE}";\n'
            'APT::Sandbox::User "";\n'
            'Acquire::Check-Valid-Until "false";\n'
            'Acquire::GzipIndexes "false";\n'
            'Acquire::Languages "none";\n'
            'Acquire::Retries "3";\n'
        )
        for uri in mirrors():
            (directory / "sources.list").write_text(
                "".join(f"{kind} [signed-by={KEYRING}] {uri} {name} main\n" for kind in ("deb", "deb-src"))
            )
            # Without --error-on a missing index is a mere warning.
            update = subprocess.run(self._apt + ["update", "--error-on=any"], capture_output=True, text=True)
            if update.returncode == 0:
                break
        else:
            fail(f"no mirror of this machine carries the suite '{name}'")
        self._packages = self._read("Packages")
        self._sources = self._read("Sources")

    def _read(self, index):
        """Maps package names to their records in an index."""
        command = self._apt + ["indextargets", "--format", "$(FILENAME)", f"Created-By: {index}"]
        records = {}
        for path in subprocess.run(command, check=True, capture_output=True, text=True).stdout.split():
            for text in pathlib.Path(path).read_text().split("\n\n"):
                record = dict(re.findall(r"^([\w-]+):[ \t]*(.*(?:\n[ \t].*)*)", text, re.M))
                # Sources of an old version that some package was built with stay listed.
                if record and "Extra-Source-Only" not in record:
                    records[record["Package"]] = record
        return records

    def binary(self, name, metapackage=None):
        """The lock entry of a binary package, or of the one that a metapackage depends on."""
        if metapackage:
            depends = self._package(metapackage).get("Depends", "")
            name = re.match(r"[^\s,(|]+", depends).group()
        record = self._package(name)
        return {
            "architecture": record["Architecture"],
            "file": record["Filename"],
            "package": name,
            "sha256": record["SHA256"],
            "size": int(record["Size"]),
            "version": record["Version"],
        }

    def source(self, name):
        """The lock entry of a source package's upstream tarball."""
        if name not in self._sources:
            fail(f"suite '{self.name}' has no source package '{name}'")
        record = self._sources[name]
        for line in record["Checksums-Sha256"].split("\n"):
            if re.search(r"\.orig\.tar\.\w+$", line):
                sha256, size, file = line.split()
                return {
                    "file": f"{record['Directory']}/{file}",
                    "package": name,
                    "sha256": sha256,
                    "size": int(size),
                    "version": record["Version"],
                }
        fail(f"source package '{name}' in suite '{self.name}' has no upstream tarball")

    def _package(self, name):
        if name not in self._packages:
            fail(f"suite '{self.name}' has no package '{name}'")
        return self._packages[name]


def read_pins(path, open_suite):
    """Looks up every line of a list of pins; open_suite makes a Suite from its name."""
    suite, sources, packages = None, {}, {}
    for number, line in enumerate(pathlib.Path(path).read_text().split("\n"), 1):
        match line.split("#")[0].split():
            case []:
                pass
            case ["suite", name]:
                suite = open_suite(name)
            case ["source", name] if suite:
                sources[name] = suite.source(name)
            case ["package", name] if suite:
                packages[name] = suite.binary(name)
            case ["package", name, "via", metapackage] if suite:
                packages[name] = suite.binary(name, metapackage)
            case _:
                fail(f"{path}:{number}: expected 'suite NAME', then 'source NAME' or 'package NAME [via METAPACKAGE]'")
    return sources, packages


def format_lock(sources, packages):
    def table(name, entries):
        # JSON with trailing commas, as buildifier formats Starlark.
        text = re.sub(r'(["\d}])\n', r"\1,\n", json.dumps(entries, indent=4, sort_keys=True))
        return f"{name} = {text}\n"

    return (
        '"""Pinned files of the Debian archive.\n\n'
        "Written by `tools/bazel run //tools/debian:refresh_lock` from tools/debian/pins.txt.\n"
        '"""\n\n' + table("DEBIAN_SOURCES", sources) + "\n" + table("DEBIAN_PACKAGES", packages)
    )


def main():
    workspace = pathlib.Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY", "."))
    working_directory = pathlib.Path(os.environ.get("BUILD_WORKING_DIRECTORY", "."))
    if len(sys.argv) == 3:
        pins, lock = (working_directory / argument for argument in sys.argv[1:])
    elif len(sys.argv) == 1:
        pins, lock = workspace / "tools/debian/pins.txt", workspace / "rules/private/debian_lock.bzl"
    else:
        sys.exit(__doc__)

    with tempfile.TemporaryDirectory() as directory:
        suites = {}

        def open_suite(name):
            if name not in suites:
                suites[name] = Suite(name, pathlib.Path(directory) / name)
            return suites[name]

        sources, packages = read_pins(pins, open_suite)
    lock.write_text(format_lock(sources, packages))
    print(f"{lock}: {len(sources)} sources, {len(packages)} packages")


if __name__ == "__main__":
    main()
