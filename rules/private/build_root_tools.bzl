"""Implementation of the repository rule build_root_tools."""

_PROTOC = "/usr/bin/protoc"
_PROTOC_VERSION = "libprotoc 3.21.12"

# tools/buildroot/make-root writes it: the hash of the installed package list.
_IDENTITY = "/etc/rules_tsmedia/build-root"

def _build_root_tools_impl(rctx):
    protoc = "@com_google_protobuf//:protoc"
    if rctx.path(_PROTOC).exists:
        # Its output must match the runtime library that we link, exactly.
        result = rctx.execute([_PROTOC, "--version"])
        if result.return_code == 0 and result.stdout.strip() == _PROTOC_VERSION:
            rctx.symlink(_PROTOC, "protoc.bin")
            protoc = ":protoc.bin"
    identity = rctx.path(_IDENTITY)
    rctx.file("identity.bzl", '"""What the tools are built with."""\n\n# Empty outside a build root.\nBUILD_ROOT = "{}"\n'.format(
        rctx.read(identity).strip() if identity.exists else "",
    ))
    rctx.file("BUILD.bazel", """\
exports_files([
    "identity.bzl",
    "protoc.bin",
])

alias(
    name = "protoc",
    actual = "{}",
    visibility = ["//visibility:public"],
)
""".format(protoc))

build_root_tools = repository_rule(
    implementation = _build_root_tools_impl,
    doc = """Programs that the machine has and that would take minutes to build.

`@NAME//:protoc` is the machine's protoc if it is of the same version as our
protobuf library, else the one built from source. `@NAME//:identity.bzl` says
which build root this is.
""",
    local = True,
)
