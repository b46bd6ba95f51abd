"""Downloads a pinned file of the Debian archive (shared by the repository rules).

Where it looks, in this order: Bazel's repository cache by SHA-256; the mirrors
in the machine's own apt configuration (or, instead of them, the one that
TSMEDIA_DEBIAN_MIRROR names); the base URL in TSMEDIA_DEBIAN_SNAPSHOT, for the
day when the mirrors have moved on. No mirror is named in this tree.
"""

load(":debian_mirrors.bzl", "DEBIAN_MIRRORS")

_REFRESH_COMMAND = "tools/bazel run //tools/debian:refresh_lock"

PIN_ATTRS = {
    "package": attr.string(mandatory = True, doc = "Name of the Debian package, for messages."),
    "version": attr.string(mandatory = True, doc = "Its Debian version, for messages."),
    "file": attr.string(mandatory = True, doc = "Path in the archive: `pool/main/...`."),
    "size": attr.int(mandatory = True, doc = "Size of the file in bytes."),
    "sha256": attr.string(mandatory = True, doc = "SHA-256 of the file."),
}

def debian_fetch(rctx, output):
    """Downloads the file that the rule's PIN_ATTRS describe.

    Args:
      rctx: repository_ctx of a rule with PIN_ATTRS
      output: path of the downloaded file in the repository
    """
    pin = rctx.attr
    urls = [
        # '+' in a version is a space to some servers.
        "{}/{}".format(base, pin.file.replace("+", "%2B"))
        for base in rctx.read(DEBIAN_MIRRORS).splitlines()
    ]
    if not urls:
        # Only the repository cache is left to look in.
        urls = ["file:///nonexistent/" + pin.file]
    rctx.report_progress("fetching {} {}".format(pin.package, pin.version))
    if rctx.download(urls, output = output, sha256 = pin.sha256, allow_fail = True).success:
        return

    # Bazel has printed for each URL what was wrong with it.
    fail(("Debian package {} {}: no mirror of this machine has {} with SHA-256 {}: it is gone, or another file has its " +
          "name (see the warnings above). '{}' pins what the mirrors have now; or name an archive that still has this " +
          "version in TSMEDIA_DEBIAN_SNAPSHOT.").format(pin.package, pin.version, pin.file, pin.sha256, _REFRESH_COMMAND))

def debian_unpack(rctx, package, output = "", strip_prefix = ""):
    """Unpacks the files of a binary package.

    Args:
      rctx: repository_ctx
      package: path of the .deb file in the repository
      output: folder in the repository to unpack to
      strip_prefix: folder in the package to take, without which all is taken
    """
    rctx.extract(package, output = "deb")
    for member in rctx.path("deb").readdir():
        if member.basename.startswith("data.tar"):
            rctx.extract(member, output = output, stripPrefix = strip_prefix)
    rctx.delete("deb")
