"""Implementation of media_contents_test."""

load(":actions.bzl", "TOOLCHAIN_TYPE")
load(":media_expectations.bzl", "EXPECTATIONS_SUFFIX", "media_expectations")

_FOR_BOTH = ["compatible_with", "restricted_to", "tags", "target_compatible_with", "testonly"]

def _media_contents_test_impl(ctx):
    tool = ctx.toolchains[TOOLCHAIN_TYPE].tsmedia.media_contents
    executable = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(output = executable, target_file = tool.executable, is_executable = True)
    return [DefaultInfo(executable = executable, runfiles = ctx.attr.data[0][DefaultInfo].default_runfiles)]

_media_contents_test = rule(
    implementation = _media_contents_test_impl,
    doc = "Compares a medium with expectations.",
    attrs = {
        "data": attr.label_list(mandatory = True, doc = "`NAME.expectations`, which `args` names; set by the macro."),
    },
    test = True,
    toolchains = [TOOLCHAIN_TYPE],
)

def media_contents_test(name, media, packages = {}, files = {}, absent = [], listing = None, **kwargs):
    """Tests that a medium holds what it should: verifies every byte, then compares.

    ```starlark
    media_contents_test(
        name = "branch_office_test",
        media = ":branch_office",
        packages = {
            "LAB00001": "1",
            "LAB00012": "3",
        },
        files = {
            "MediaLabel.txt": "",
            "LAB00012/bin/inventory": "",
            "LAB00012/readme.txt": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        },
        absent = ["LAB00012/bin/debug"],
    )
    ```

    A path is one of the medium (`MediaLabel.txt`, `boot/vmlinuz`), or begins with a package ID and goes on inside that
    package as it is unpacked.

    Args:
        name: name of the test.
        media: the medium.
        packages: dictionary: package ID -> version. If given, the medium must hold exactly these.
        files: dictionary: path -> SHA-256 of the file, or `""` for any content.
        absent: list of paths that must not be there.
        listing: file with the whole list of what is in the packages, one a line. A test that fails prints the right one.
        **kwargs: what every test has: `size`, `tags`, `visibility`, ...
    """
    for_both = {key: value for key, value in kwargs.items() if key in _FOR_BOTH}
    media_expectations(
        name = name + EXPECTATIONS_SUFFIX,
        media = media,
        packages = packages,
        files = files,
        absent = absent,
        listing = listing,
        visibility = ["//visibility:private"],
        **({"testonly": True} | for_both)
    )
    _media_contents_test(
        name = name,
        data = [name + EXPECTATIONS_SUFFIX],
        args = ["@$(rootpath %s)" % (name + EXPECTATIONS_SUFFIX)],
        **kwargs
    )
