"""Implementation of the targets NAME.verify and NAME.show of a medium."""

load(":actions.bzl", "TOOLCHAIN_TYPE")
load(":providers/media_info.bzl", "MediaInfo")

def _media_command_impl(ctx):
    media = ctx.attr.data[0][MediaInfo]
    tool = ctx.toolchains[TOOLCHAIN_TYPE].tsmedia.mediactl
    executable = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(output = executable, target_file = tool.executable, is_executable = True)

    # `args` can name files of this target only by their labels.
    ctx.actions.symlink(output = ctx.outputs.public_key, target_file = media.public_key)
    return [DefaultInfo(
        executable = executable,
        runfiles = ctx.runfiles([ctx.outputs.public_key, media.volumes]),
    )]

_media_command = rule(
    implementation = _media_command_impl,
    doc = "Runs mediactl on a medium.",
    attrs = {
        # The name that `args` can have locations from.
        "data": attr.label_list(mandatory = True, providers = [MediaInfo], doc = "The medium, alone."),
        "public_key": attr.output(mandatory = True, doc = "The medium's public key."),
    },
    executable = True,
    toolchains = [TOOLCHAIN_TYPE],
)

def declare_media_helpers(name, common):
    """Declares `NAME.verify` and `NAME.show`.

    Args:
        name: name of the medium.
        common: dict of attributes that every Bazel rule has.
    """
    manual = [tag for tag in common.get("tags") or [] if tag != "manual"] + ["manual"]
    common = {key: value for key, value in common.items() if key not in ("tags", "args")}
    for command, flags in {"show": [], "verify": ["--public_key=$(rootpath %s.verify.pub)" % name]}.items():
        helper = name + "." + command
        _media_command(
            name = helper,
            data = [":" + name],
            public_key = helper + ".pub",
            args = [command] + flags + ["$(rootpath :%s)" % name],
            tags = manual,
            **common
        )
