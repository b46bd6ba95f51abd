"""How the rules run the tools of the toolchain."""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")

TOOLCHAIN_TYPE = Label("//rules:toolchain_type")

# For every rule that runs a tool.
TOOL_ATTRS = {
    "_second_build": attr.label(default = "//rules/private:second_build", providers = [BuildSettingInfo]),
}

# What the second build of a reproducibility test has in its environment: places
# and languages that change the output of programs that look.
_SECOND_ENVIRONMENT = {
    "LANG": "tr_TR.UTF-8",
    "LC_ALL": "tr_TR.UTF-8",
    "SOURCE_DATE_EPOCH": "1000000000",
    "TZ": "Pacific/Kiritimati",
}

def light(_os, _inputs):
    """Resources of an action that handles small files.

    Args:
        _os: unused.
        _inputs: unused.
    Returns:
        dict for `resource_set`.
    """
    return {"cpu": 1, "memory": 64}

def streaming(_os, _inputs):
    """Resources of an action that streams content on two threads.

    Args:
        _os: unused.
        _inputs: unused.
    Returns:
        dict for `resource_set`.
    """
    return {"cpu": 2, "memory": 192}

def is_second_build(ctx):
    """Whether this is the second build of a reproducibility test.

    Args:
        ctx: context of a rule with TOOL_ATTRS.
    Returns:
        bool.
    """
    return ctx.attr._second_build[BuildSettingInfo].value

def ordered(ctx, items):
    """The items in an order that no output may depend on.

    Args:
        ctx: context of a rule with TOOL_ATTRS.
        items: list.
    Returns:
        The list, reversed in the second build of a reproducibility test.
    """
    return reversed(items) if is_second_build(ctx) else items

def new_args(ctx, label):
    """Arguments as the tools read them: one a line, in a file.

    Args:
        ctx: context of a rule.
        label: text of the label that messages shall name.
    Returns:
        Args.
    """
    args = ctx.actions.args()
    args.set_param_file_format("multiline")
    args.use_param_file("@%s", use_always = True)
    args.add(label, format = "--target=%s")
    return args

def run_tool(ctx, tool, mnemonic, args, inputs, outputs, message, resources = light, requirements = {}):
    """Runs a tool of the toolchain: no shell, no environment, no network.

    Args:
        ctx: context of a rule with the toolchain and TOOL_ATTRS.
        tool: name of the tool in the toolchain.
        mnemonic: mnemonic of the action.
        args: Args.
        inputs: depset or list of File.
        outputs: list of File.
        message: progress message.
        resources: function for `resource_set`.
        requirements: further execution requirements.
    """
    tools = ctx.toolchains[TOOLCHAIN_TYPE].tsmedia
    program = getattr(tools, tool)
    if is_second_build(ctx):
        outer = ctx.actions.args()
        outer.add(program.executable)
        executable, arguments, also, env = tools.vary, [outer, args], [program], _SECOND_ENVIRONMENT
    else:
        executable, arguments, also, env = program, [args], [], {}
    ctx.actions.run(
        executable = executable,
        arguments = arguments,
        tools = also,
        inputs = inputs,
        outputs = outputs,
        mnemonic = mnemonic,
        progress_message = message,
        env = env,
        execution_requirements = {"block-network": "1"} | requirements,
        resource_set = resources,
        toolchain = TOOLCHAIN_TYPE,
    )
