"""Implementation of the repository rule debian_source."""

load(":debian_fetch.bzl", "PIN_ATTRS", "PIN_ENVIRON", "debian_fetch")

_BUILD_ROOT = "/etc/rules_tsmedia/build-root"

def _debian_source_impl(rctx):
    # The build root's own copy is the one that its Bazel was packaged with.
    if rctx.attr.build_root_path and rctx.path(_BUILD_ROOT).exists:
        for child in rctx.path(rctx.attr.build_root_path).readdir():
            rctx.symlink(child, child.basename)
        return

    archive = rctx.attr.file.split("/")[-1]
    debian_fetch(rctx, archive)
    rctx.extract(archive, stripPrefix = rctx.attr.strip_prefix)
    rctx.delete(archive)
    for path in rctx.attr.remove:
        rctx.delete(path)
    for patch_file in rctx.attr.patches:
        rctx.patch(patch_file, strip = 1)
    if rctx.attr.build_file:
        rctx.delete("BUILD")
        rctx.delete("BUILD.bazel")
        rctx.symlink(rctx.attr.build_file, "BUILD.bazel")
    if not rctx.path("WORKSPACE").exists:
        rctx.file("WORKSPACE", "workspace(name = \"{}\")\n".format(rctx.name))

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
        "build_root_path": attr.string(
            doc = "Folder of the private build root (`tools/buildroot`) that holds the same thing. It is used, " +
                  "without a download, when Bazel runs in there.",
        ),
        "patches": attr.label_list(
            allow_files = True,
            doc = "Patches (`-p1`) to apply.",
        ),
        "remove": attr.string_list(
            doc = "Files and folders of the source to leave out, such as bulky test data.",
        ),
        "strip_prefix": attr.string(doc = "Leading folder of the archive to strip."),
    },
)
