"""What Bazel runs again when one file changes."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")
load("//tests/starlark:actions.bzl", "TsmActionsInfo", "tsm_actions")

def _affected(actions, changed):
    """The actions that have one of the changed paths among their inputs, or the output of an action that has."""
    changed = {path: True for path in changed}
    affected = {}

    # Starlark has no unbounded loop; every round but the last finds another action.
    for _ in range(len(actions) + 1):
        found = [
            action
            for action in actions
            if action.output not in affected and [path for path in action.inputs if path in changed]
        ]
        if not found:
            break
        for action in found:
            affected[action.output] = action
            changed.update({path: True for path in action.outputs})
    return affected.values()

def _counts(actions):
    counts = {}
    for action in actions:
        counts[action.mnemonic] = counts.get(action.mnemonic, 0) + 1
    return counts

def _rebuild_test_impl(ctx):
    env = unittest.begin(ctx)
    actions = ctx.attr.media[TsmActionsInfo].actions.to_list()
    asserts.equals(env, ctx.attr.packages, _counts(actions).get("TsmPack", 0))
    for file in ctx.files.changed:
        affected = _affected(actions, [file.path])
        asserts.equals(
            env,
            {"TsmManifest": 1, "TsmPack": 1, "TsmPlan": 1, "TsmSign": 1, "TsmVolume": 1},
            _counts(affected),
            "%s changed: %s" % (file.short_path, [action.output for action in affected]),
        )
    return unittest.end(env)

rebuild_test = unittest.make(
    _rebuild_test_impl,
    attrs = {
        "changed": attr.label_list(allow_files = True, doc = "Files, each in one package."),
        "media": attr.label(aspects = [tsm_actions], doc = "The medium."),
        "packages": attr.int(doc = "Number of its packages."),
    },
)
