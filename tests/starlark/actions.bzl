"""The actions of the rules below a target, as an aspect sees them."""

TsmActionsInfo = provider(
    doc = "The Tsm* actions of a target and all that it depends on.",
    fields = {
        "actions": "depset of struct(mnemonic, output, tool, agent, inputs, outputs): first output, program that runs, agent " +
                   "among the inputs; all paths.",
    },
)

_AGENT = "/tools/agent/agent"

def _describe(action):
    inputs = [file.path for file in action.inputs.to_list()]
    agents = [path for path in inputs if path.endswith(_AGENT)]
    return struct(
        mnemonic = action.mnemonic,
        output = action.outputs.to_list()[0].path,
        tool = action.argv[0],
        agent = agents[0] if agents else None,
        inputs = tuple(inputs),
        outputs = tuple([file.path for file in action.outputs.to_list()]),
    )

def _dependencies(attributes):
    """All targets that the attributes name, whatever their type."""
    found = []
    for name in dir(attributes):
        value = getattr(attributes, name)
        if type(value) == "Target":
            found.append(value)
        elif type(value) == "list":
            found += [item for item in value if type(item) == "Target"]
        elif type(value) == "dict":
            found += [item for item in value.keys() + value.values() if type(item) == "Target"]
    return found

def _tsm_actions_impl(target, ctx):
    own = [_describe(action) for action in target.actions if action.mnemonic.startswith("Tsm")]
    below = [
        dependency[TsmActionsInfo].actions
        for dependency in _dependencies(ctx.rule.attr)
        if TsmActionsInfo in dependency
    ]
    return [TsmActionsInfo(actions = depset(own, transitive = below))]

tsm_actions = aspect(
    implementation = _tsm_actions_impl,
    doc = "Collects TsmActionsInfo.",
    attr_aspects = ["*"],
)
