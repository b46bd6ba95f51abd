"""Implementation of the targets NAME.show, NAME.verify, NAME.write and NAME.update of a medium."""

load(":actions.bzl", "TOOLCHAIN_TYPE")
load(":providers/media_info.bzl", "MediaInfo")

def _runfile(ctx, file):
    """The path of a file below the directory of runfiles."""
    if file.short_path.startswith("../"):
        return file.short_path[len("../"):]
    return ctx.workspace_name + "/" + file.short_path

def _write_inputs(ctx, inputs):
    """The list of the plan's inputs for mediactl: paths begin at the list's own directory among the runfiles."""
    up = "../" * _runfile(ctx, ctx.outputs.inputs).count("/")
    lines = ["%s=%s%s" % (entry.name, up, _runfile(ctx, entry.file)) for entry in inputs]
    ctx.actions.write(ctx.outputs.inputs, "".join([line + "\n" for line in lines]))
    return [entry.file for entry in inputs]

def _media_command_impl(ctx):
    media = ctx.attr.data[0][MediaInfo]
    tool = ctx.toolchains[TOOLCHAIN_TYPE].tsmedia.mediactl
    executable = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(output = executable, target_file = tool.executable, is_executable = True)

    # `args` can name files of this target only by their labels.
    ctx.actions.symlink(output = ctx.outputs.public_key, target_file = media.public_key)
    if not ctx.outputs.plan:
        files = [media.volumes]
    else:
        ctx.actions.symlink(output = ctx.outputs.plan, target_file = media.plan)
        files = [ctx.outputs.plan, ctx.outputs.inputs] + _write_inputs(ctx, media.inputs)
    return [DefaultInfo(executable = executable, runfiles = ctx.runfiles([ctx.outputs.public_key] + files))]

_media_command = rule(
    implementation = _media_command_impl,
    doc = "Runs mediactl on a medium.",
    attrs = {
        # The name that `args` can have locations from.
        "data": attr.label_list(mandatory = True, providers = [MediaInfo], doc = "The medium, alone."),
        "inputs": attr.output(doc = "A list of the inputs of the plan; with `plan`."),
        "plan": attr.output(doc = "The medium's plan. Without it the medium's volumes are what the command is for."),
        "public_key": attr.output(mandatory = True, doc = "The medium's public key."),
    },
    executable = True,
    toolchains = [TOOLCHAIN_TYPE],
)

# The flags of mediactl's subcommands, beside the medium itself.
_KEY = "--public_key=$(rootpath {helper}.pub)"
_PLAN = ["--plan=$(rootpath {helper}.plan)", "--inputs=$(rootpath {helper}.inputs)"]

# What mediactl is given, by subcommand. Drives are written from the plan: no image is built for them.
_COMMANDS = {
    "show": ["$(rootpath :{name})"],
    "update": [_KEY] + _PLAN,
    "verify": [_KEY, "$(rootpath :{name})"],
    "write": [_KEY] + _PLAN,
}

def declare_media_helpers(name, common):
    """Declares `NAME.show`, `NAME.verify`, `NAME.write` and `NAME.update`.

    Args:
        name: name of the medium.
        common: dict of attributes that every Bazel rule has.
    """
    manual = [tag for tag in common.get("tags") or [] if tag != "manual"] + ["manual"]
    common = {key: value for key, value in common.items() if key not in ("tags", "args")}
    for command, args in _COMMANDS.items():
        helper = name + "." + command
        from_plan = _PLAN[0] in args
        _media_command(
            name = helper,
            data = [":" + name],
            public_key = helper + ".pub",
            plan = helper + ".plan" if from_plan else None,
            inputs = helper + ".inputs" if from_plan else None,
            args = [command] + [arg.format(name = name, helper = helper) for arg in args],
            tags = manual,
            **common
        )
