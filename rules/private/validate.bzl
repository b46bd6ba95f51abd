"""The action TsmValidate."""

load(":actions.bzl", "ordered", "run_tool")
load(":check.bzl", "label_text")

def _reference(entry):
    return "--reference=%s=%s=%s" % (entry.kind, entry.package_id, entry.version)

def _application(entry):
    return "--application=%s=%s" % (entry.package_id, entry.display_name) if entry.kind == "application" else None

def validate(ctx, args, sequence, packages, out):
    """Checks and compiles a task sequence.

    Args:
        ctx: context of a rule with the toolchain and TOOL_ATTRS.
        args: Args with the target, and what the medium adds to the check.
        sequence: TaskSequenceInfo.
        packages: list of entries of ContentInfo.closure.
        out: File: the sequence as it travels.
    """
    args.add(sequence.src, format = "--sequence=%s")
    args.add(sequence.src.short_path, format = "--source_path=%s")
    args.add_all(ordered(ctx, sequence.children), format_each = "--child=%s")
    args.add_all(ordered(ctx, packages), map_each = _reference)
    args.add_all(ordered(ctx, packages), map_each = _application)
    args.add(out, format = "--out=%s")
    run_tool(
        ctx,
        "validate",
        "TsmValidate",
        args,
        inputs = [sequence.src] + list(sequence.children),
        outputs = [out],
        message = "Checking task sequence %s" % label_text(sequence.label),
    )
