"""Implementation of the repository rule build_root_tools."""

_PROTOC = "/usr/bin/protoc"
_PROTOC_VERSION = "libprotoc 3.21.12"

def _build_root_tools_impl(rctx):
    protoc = "@com_google_protobuf//:protoc"
    if rctx.path(_PROTOC).exists:
        # Its output must match the runtime library that we link, exactly.
        result = rctx.execute([_PROTOC, "--version"])
        if result.return_code == 0 and result.stdout.strip() == _PROTOC_VERSION:
            rctx.symlink(_PROTOC, "protoc.bin")
            protoc = ":protoc.bin"
    rctx.file("BUILD.bazel", """\
exports_files(["protoc.bin"])

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
protobuf library, else the one built from source.
""",
    local = True,
)
