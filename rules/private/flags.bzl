"""The //rules flags and the transitions over them.

In Bazel 7 Starlark flags reach the exec configuration. Whatever must not be built
once for each key therefore resets every one of them.
"""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")

KEYS = str(Label("//rules:keys"))
MEDIA_KEY = str(Label("//rules:media_key"))
REQUIRE_KEY = str(Label("//rules:require_key"))
SECOND_BUILD = str(Label("//rules/private:second_build"))

NO_KEY = Label("//rules:no_key")

# Every flag of //rules with its default value.
DEFAULTS = {
    KEYS: "production",
    MEDIA_KEY: NO_KEY,
    REQUIRE_KEY: False,
    SECOND_BUILD: False,
}

# .bazelrc sets it along with a sanitizer's compiler flags.
_NO_SANITIZER = {str(Label("//tools:sanitize")): False}

def _reset_impl(_settings, _attr):
    return DEFAULTS | _NO_SANITIZER

# For tools: one configuration, whatever they are used for.
reset_transition = transition(
    implementation = _reset_impl,
    inputs = [],
    outputs = DEFAULTS.keys() + _NO_SANITIZER.keys(),
)

def _pack_impl(settings, _attr):
    return DEFAULTS | {SECOND_BUILD: settings[SECOND_BUILD]}

# For packs: their bytes depend on no key. The second build of a reproducibility
# test has to pack again.
pack_transition = transition(
    implementation = _pack_impl,
    inputs = [SECOND_BUILD],
    outputs = DEFAULTS.keys(),
)

def _media_impl(_settings, attr):
    return {MEDIA_KEY: attr.key or NO_KEY}

# From a medium to its content: sealed for the medium's key.
media_transition = transition(
    implementation = _media_impl,
    inputs = [],
    outputs = [MEDIA_KEY],
)

def _second_build_impl(_settings, _attr):
    return {SECOND_BUILD: True}

# From a reproducibility test to the second build of what it tests.
second_build_transition = transition(
    implementation = _second_build_impl,
    inputs = [],
    outputs = [SECOND_BUILD],
)

# The agent's bytes are part of every medium: they must not depend on how a user
# builds. These are .bazelrc's own flags, so that objects are shared with a default
# build through path mapping, and nothing of what a user adds. The compiler and its
# environment stay the user's.
_AGENT_FLAGS = {
    "//command_line_option:collect_code_coverage": False,
    "//command_line_option:compilation_mode": "opt",
    "//command_line_option:conlyopt": [],
    "//command_line_option:copt": ["-g0"],
    "//command_line_option:custom_malloc": None,
    "//command_line_option:cxxopt": ["-std=c++20", "-g0"],
    "//command_line_option:dynamic_mode": "off",
    "//command_line_option:features": ["external_include_paths"],
    "//command_line_option:fission": [],
    "//command_line_option:force_pic": False,
    # No symbol table: names of initialisation functions are derived from paths in bazel-out.
    "//command_line_option:linkopt": ["-Wl,-s"],
    "//command_line_option:per_file_copt": ["external/.*@-w,-Wno-error"],
    "//command_line_option:platform_suffix": "",
    "//command_line_option:stamp": False,
    "//command_line_option:strip": "always",
    "//command_line_option:stripopt": [],
}

_AGENT_PLATFORMS = {
    "x86_64": Label("//rules:agent_x86_64"),
}

ARCHITECTURES = _AGENT_PLATFORMS.keys()

def _agent_impl(_settings, attr):
    return DEFAULTS | _NO_SANITIZER | _AGENT_FLAGS | {
        "//command_line_option:platforms": [_AGENT_PLATFORMS[attr.arch]],
    }

# From a boot image to the agent in it.
agent_transition = transition(
    implementation = _agent_impl,
    inputs = [],
    outputs = DEFAULTS.keys() + _NO_SANITIZER.keys() + _AGENT_FLAGS.keys() + ["//command_line_option:platforms"],
)

def uses_test_keys(ctx):
    """Whether `--//rules:keys=test` is set.

    Args:
        ctx: context of a rule with the attribute `_keys`.
    Returns:
        bool.
    """
    return ctx.attr._keys[BuildSettingInfo].value == "test"
