"""Tests that the agent in a boot image is built in one way, however its users build."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")
load(":actions.bzl", "TsmActionsInfo", "tsm_actions")

_FLAGS = {
    "//command_line_option:compilation_mode": "dbg",
    "//command_line_option:copt": ["-fsanitize=address"],
    "//command_line_option:cxxopt": ["-O0"],
    "//command_line_option:features": ["asan"],
    "//command_line_option:linkopt": ["-fsanitize=address"],
    "//command_line_option:stamp": True,
    "//command_line_option:strip": "never",
    str(Label("//rules:keys")): "test",
    str(Label("//tools:sanitize")): True,
}

def _debug_build_impl(_settings, _attr):
    return _FLAGS

_debug_build = transition(
    implementation = _debug_build_impl,
    inputs = [],
    outputs = _FLAGS.keys(),
)

def _agents(targets):
    return [
        action.agent
        for target in targets
        for action in target[TsmActionsInfo].actions.to_list()
        if action.mnemonic == "TsmBoot"
    ]

def _agent_test_impl(ctx):
    env = unittest.begin(ctx)
    usual = _agents([ctx.attr.boot_image])
    debug = _agents(ctx.attr.boot_image_in_debug_build)
    asserts.equals(env, 1, len(usual))
    asserts.true(env, usual[0] != None, "TsmBoot has no agent among its inputs")
    asserts.equals(env, usual, debug, "a debug build has another agent")
    return unittest.end(env)

agent_test = unittest.make(
    _agent_test_impl,
    attrs = {
        "boot_image": attr.label(mandatory = True, aspects = [tsm_actions], doc = "A boot_image."),
        "boot_image_in_debug_build": attr.label(
            mandatory = True,
            aspects = [tsm_actions],
            cfg = _debug_build,
            doc = "The same one.",
        ),
    },
)
