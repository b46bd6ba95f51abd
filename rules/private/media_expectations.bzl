"""Implementation of media_expectations: what a media_contents_test expects, as arguments of its program."""

load(":check.bzl", "check_destination", "check_package_id", "check_version", "refuse")
load(":providers/media_info.bzl", "MediaInfo")

EXPECTATIONS_SUFFIX = ".expectations"

_SHA256_LENGTH = 64

def _check_digest(label, path, digest):
    digits = [c for c in digest.elems() if c in "0123456789abcdef"]
    if digest and (len(digest) != _SHA256_LENGTH or len(digits) != _SHA256_LENGTH):
        refuse(
            label,
            "files",
            '"%s": "%s" is no SHA-256: write 64 lower-case hexadecimal digits, or "" for any content' % (path, digest),
        )

def _check(ctx, label):
    for package_id, version in ctx.attr.packages.items():
        check_package_id(label, package_id)
        check_version(label, version)
    for path, digest in ctx.attr.files.items():
        check_destination(label, "files", path)
        _check_digest(label, path, digest)
    for path in ctx.attr.absent:
        check_destination(label, "absent", path)
    if not (ctx.attr.packages or ctx.attr.files or ctx.attr.absent or ctx.file.listing):
        refuse(label, "media", "nothing is expected of it: write packages, files, absent or listing")

def _media_expectations_impl(ctx):
    _check(ctx, ctx.label.same_package_label(ctx.label.name.removesuffix(EXPECTATIONS_SUFFIX)))
    media = ctx.attr.media[MediaInfo]
    inputs = [media.volumes, media.public_key]
    lines = ["--medium=" + media.volumes.short_path, "--public_key=" + media.public_key.short_path]
    if media.media_key:
        # The only password that is no secret.
        lines.append("--password-file=" + ctx.file._test_password.short_path)
        inputs.append(ctx.file._test_password)
    lines += ["--package=%s=%s" % pair for pair in ctx.attr.packages.items()]
    lines += ["--file=%s=%s" % (digest, path) for path, digest in ctx.attr.files.items()]
    lines += ["--absent=" + path for path in ctx.attr.absent]
    if ctx.file.listing:
        lines.append("--listing=" + ctx.file.listing.short_path)
        inputs.append(ctx.file.listing)
    arguments = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.write(arguments, "".join([line + "\n" for line in lines]))
    return [DefaultInfo(files = depset([arguments]), runfiles = ctx.runfiles(inputs + [arguments]))]

media_expectations = rule(
    implementation = _media_expectations_impl,
    doc = "What a media_contents_test expects, as arguments of its program.",
    attrs = {
        "absent": attr.string_list(doc = "Paths that must not be there."),
        "files": attr.string_dict(doc = "Path -> SHA-256, or empty for any content."),
        "listing": attr.label(allow_single_file = True, doc = "The whole list of files."),
        "media": attr.label(mandatory = True, providers = [MediaInfo], doc = "The medium."),
        "packages": attr.string_dict(doc = "Package ID -> version."),
        "_test_password": attr.label(default = "//testdata/keys:test.password", allow_single_file = True),
    },
)
