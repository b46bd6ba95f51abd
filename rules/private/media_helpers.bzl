"""Implementation of the targets NAME.verify and NAME.show of a medium."""

load(":actions.bzl", "TOOLCHAIN_TYPE")
load(":providers/media_info.bzl", "MediaInfo")

def _media_command_impl(ctx):
    media = ctx.attr.media[MediaInfo]
    tool = ctx.toolchains[TOOLCHAIN_TYPE].tsmedia.mediactl
    executable = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(output = executable, target_file = tool.executable, is_executable = True)

    # `args` can name files of this target only by their labels.
    ctx.actions.symlink(output = ctx.outputs.public_key, target_file = media.public_key)
    ctx.actions.symlink(output = ctx.outputs.volume, target_file = media.volumes[0])
    return [DefaultInfo(
        executable = executable,
        runfiles = ctx.runfiles([ctx.outputs.public_key, ctx.outputs.volume]),
    )]

_media_command = rule(
    implementation = _media_command_impl,
    doc = "Runs mediactl on a medium.",
    attrs = {
        "media": attr.label(mandatory = True, providers = [MediaInfo], doc = "The medium."),
        "public_key": attr.output(mandatory = True, doc = "The medium's public key."),
        "volume": attr.output(mandatory = True, doc = "The medium's volume."),
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
            media = ":" + name,
            public_key = helper + ".pub",
            volume = helper + ".volume",
            args = [command] + flags + ["$(rootpath %s.volume)" % helper],
            tags = manual,
            **common
        )
