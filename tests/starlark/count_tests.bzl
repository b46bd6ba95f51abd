"""Tests that count actions: nothing is packed twice, and the tools exist in one configuration."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")
load(":actions.bzl", "TsmActionsInfo", "tsm_actions")

_KEYS = str(Label("//rules:keys"))

def _other_keys_impl(_settings, _attr):
    return {_KEYS: "test"}

_other_keys = transition(
    implementation = _other_keys_impl,
    inputs = [],
    outputs = [_KEYS],
)

def _count_test_impl(ctx):
    env = unittest.begin(ctx)
    actions = depset(transitive = [
        target[TsmActionsInfo].actions
        for target in ctx.attr.media + ctx.attr.media_with_test_keys
    ]).to_list()
    counts = {}
    tools = {}
    for action in actions:
        counts[action.mnemonic] = counts.get(action.mnemonic, 0) + 1
        tools.setdefault(action.mnemonic, {})[action.tool] = True
    for mnemonic, number in ctx.attr.expected.items():
        asserts.equals(env, int(number), counts.get(mnemonic, 0), "%s: %s" % (
            mnemonic,
            [action.output for action in actions if action.mnemonic == mnemonic],
        ))
    configurations = {}
    for mnemonic, programs in tools.items():
        asserts.equals(env, 1, len(programs), "%s runs %s" % (mnemonic, programs.keys()))
        for program in programs:
            configurations[program.split("/")[1]] = True
    asserts.equals(env, 1, len(configurations), "tools are built in %s" % configurations.keys())
    return unittest.end(env)

count_test = unittest.make(
    _count_test_impl,
    attrs = {
        "expected": attr.string_dict(mandatory = True, doc = "Mnemonic -> number of actions."),
        "media": attr.label_list(aspects = [tsm_actions], doc = "Targets with the flags as they are."),
        "media_with_test_keys": attr.label_list(
            aspects = [tsm_actions],
            cfg = _other_keys,
            doc = "Targets with --//rules:keys=test.",
        ),
    },
)
