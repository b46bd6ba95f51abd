"""Implementation of media_contents_test."""

load(":actions.bzl", "TOOLCHAIN_TYPE")
load(":check.bzl", "check_destination", "check_package_id", "check_version", "refuse")
load(":providers/media_info.bzl", "MediaInfo")

_SHA256_LENGTH = 64

def _check(ctx):
    for package_id, version in ctx.attr.packages.items():
        check_package_id(ctx.label, package_id)
        check_version(ctx.label, version)
    for path, digest in ctx.attr.files.items():
        check_destination(ctx.label, "files", path)
        digits = [c for c in digest.elems() if c in "0123456789abcdef"]
        if digest and (len(digest) != _SHA256_LENGTH or len(digits) != _SHA256_LENGTH):
            refuse(ctx.label, "files", '"%s": "%s" is no SHA-256: write 64 lower-case hexadecimal digits, or "" for any content' % (path, digest))
    for path in ctx.attr.absent:
        check_destination(ctx.label, "absent", path)
    if not (ctx.attr.packages or ctx.attr.files or ctx.attr.absent or ctx.file.listing):
        refuse(ctx.label, "media", "nothing is expected of it: write packages, files, absent or listing")

def _media_contents_test_impl(ctx):
    _check(ctx)
    media = ctx.attr.media[MediaInfo]
    tool = ctx.toolchains[TOOLCHAIN_TYPE].tsmedia.media_contents
    executable = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(output = executable, target_file = tool.executable, is_executable = True)

    lines = ["--medium=" + media.volumes[0].short_path, "--public_key=" + media.public_key.short_path]
    lines += ["--package=%s=%s" % pair for pair in ctx.attr.packages.items()]
    if ctx.attr.packages:
        lines.append("--only_these_packages")
    lines += ["--file=%s=%s" % (digest, path) for path, digest in ctx.attr.files.items()]
    lines += ["--absent=" + path for path in ctx.attr.absent]
    inputs = [media.volumes[0], media.public_key, ctx.outputs.arguments]
    if ctx.file.listing:
        lines.append("--listing=" + ctx.file.listing.short_path)
        inputs.append(ctx.file.listing)
    ctx.actions.write(ctx.outputs.arguments, "".join([line + "\n" for line in lines]))
    return [DefaultInfo(executable = executable, runfiles = ctx.runfiles(inputs))]

_media_contents_test = rule(
    implementation = _media_contents_test_impl,
    doc = "Compares a medium with expectations.",
    attrs = {
        "absent": attr.string_list(doc = "Paths that must not be there."),
        "arguments": attr.output(mandatory = True, doc = "Arguments of the program; set by the macro."),
        "files": attr.string_dict(doc = "Path -> SHA-256, or empty for any content."),
        "listing": attr.label(allow_single_file = True, doc = "The whole list of files."),
        "media": attr.label(mandatory = True, providers = [MediaInfo], doc = "The medium."),
        "packages": attr.string_dict(doc = "Package ID -> version."),
    },
    test = True,
    toolchains = [TOOLCHAIN_TYPE],
)

def media_contents_test(name, media, **kwargs):
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
        **kwargs: what is expected, at least one of these; and what every test has.
            `packages`: dictionary: package ID -> version. If given, the medium must hold exactly these.
            `files`: dictionary: path -> SHA-256 of the file, or `""` for any content.
            `absent`: list of paths that must not be there.
            `listing`: file with the whole list of files of all packages, in the format of `mediactl ls`.
    """
    _media_contents_test(
        name = name,
        media = media,
        arguments = name + ".arguments",
        args = ["@$(rootpath %s.arguments)" % name],
        **kwargs
    )
