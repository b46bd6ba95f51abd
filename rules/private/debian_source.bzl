"""Implementation of the repository rule debian_source."""

load(":debian_fetch.bzl", "PIN_ATTRS", "PIN_ENVIRON", "debian_fetch")

def _debian_source_impl(rctx):
    archive = rctx.attr.file.split("/")[-1]
    debian_fetch(rctx, archive)
    rctx.extract(archive, stripPrefix = rctx.attr.strip_prefix)
    rctx.delete(archive)
    if rctx.attr.build_file:
        rctx.delete("BUILD")
        rctx.delete("BUILD.bazel")
        rctx.symlink(rctx.attr.build_file, "BUILD.bazel")

debian_source = repository_rule(
    implementation = _debian_source_impl,
    doc = """The upstream source of a Debian source package, as an external repository.

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
""",
    environ = PIN_ENVIRON,
    attrs = PIN_ATTRS | {
        "build_file": attr.label(
            allow_single_file = True,
            doc = "BUILD file that replaces the one at the source's top, if any.",
        ),
        "strip_prefix": attr.string(doc = "Leading folder of the archive to strip."),
    },
)
