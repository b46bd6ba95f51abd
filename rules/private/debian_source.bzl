"""Implementation of the repository rule debian_source."""

load(":debian_fetch.bzl", "PIN_ATTRS", "debian_fetch")
load(":debian_mirrors.bzl", "declare_debian_mirrors")

def _debian_source_impl(rctx):
    archive = rctx.attr.file.split("/")[-1]
    debian_fetch(rctx, archive)
    rctx.extract(archive, stripPrefix = rctx.attr.strip_prefix)
    rctx.delete(archive)
    if rctx.attr.build_file:
        rctx.delete("BUILD")
        rctx.delete("BUILD.bazel")
        rctx.symlink(rctx.attr.build_file, "BUILD.bazel")

_debian_source = repository_rule(
    implementation = _debian_source_impl,
    doc = "The upstream source of a Debian source package; declared by `debian_source`.",
    attrs = PIN_ATTRS | {
        "build_file": attr.label(
            allow_single_file = True,
            doc = "BUILD file that replaces the one at the source's top, if any.",
        ),
        "strip_prefix": attr.string(doc = "Leading folder of the archive to strip."),
    },
)

def debian_source(name, strip_prefix = "", build_file = None, **pin):
    """The upstream source of a Debian source package, as an external repository.

    The Debian archive keeps the unmodified upstream tarball (`*.orig.tar.*`) of
    every source package, Bazel files included, on mirrors everywhere. The file is
    pinned by SHA-256 (`rules/private/debian_lock.bzl`).

    ```starlark
    debian_source(
        name = "zstd",
        build_file = "//tools/third_party:zstd.BUILD",
        strip_prefix = "zstd-1.5.7",
        **DEBIAN_SOURCES["libzstd"]
    )
    ```

    Args:
      name: name of the repository.
      strip_prefix: leading folder of the archive to strip.
      build_file: BUILD file that replaces the one at the source's top, if any.
      **pin: an entry of a lock (`DEBIAN_SOURCES`).
    """
    declare_debian_mirrors()
    _debian_source(name = name, build_file = build_file, strip_prefix = strip_prefix, **pin)
