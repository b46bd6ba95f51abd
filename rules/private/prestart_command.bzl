"""Implementation of prestart_command."""

load(":actions.bzl", "TOOLCHAIN_TYPE")
load(":check.bzl", "check_command")
load(":content.bzl", "CONTENT_RULE_ATTRS", "content_providers")
load(":providers/content_info.bzl", "ContentInfo")
load(":tree_content.bzl", "declare_tree_content")

def _prestart_command_impl(ctx):
    check_command(ctx.label, "command", ctx.attr.command)
    return content_providers(ctx, command = ctx.attr.command)

_prestart_command = rule(
    implementation = _prestart_command_impl,
    doc = "A prestart command.",
    attrs = CONTENT_RULE_ATTRS | {
        "command": attr.string(mandatory = True, doc = "The command line."),
    },
    provides = [ContentInfo],
    toolchains = [TOOLCHAIN_TYPE],
)

def prestart_command(name, package_id, version, command, srcs = {}, **kwargs):
    """A command that runs on the target before the task sequence, with the files that it needs.

    It may talk to the user and set variables. A medium has at most one.

    ```starlark
    prestart_command(
        name = "name_computer",
        package_id = "LAB00051",
        version = "1",
        srcs = {"name_computer.sh": "name_computer.sh"},
        command = "sh name_computer.sh",
    )
    ```

    Args:
        name: name of the target.
        package_id: the package ID: eight of A-Z and 0-9.
        version: the version: a letter or digit, then up to 31 letters, digits and `. _ + ~ -`.
        command: the command line; its working directory is the root of the package.
        srcs: dictionary: path in the package -> label, or list of labels; as in content_package.
        **kwargs: all other attributes of content_package.
    """
    declare_tree_content(name, "prestart", _prestart_command, package_id, version, srcs, {"command": command}, kwargs)
