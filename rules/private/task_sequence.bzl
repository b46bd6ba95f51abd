"""Implementation of task_sequence."""

load(":actions.bzl", "TOOLCHAIN_TYPE", "TOOL_ATTRS", "new_args")
load(":check.bzl", "check_display_name", "label_text", "refuse")
load(":packages.bzl", "resolve", "root")
load(":providers/content_info.bzl", "ContentInfo")
load(":providers/task_sequence_info.bzl", "TaskSequenceInfo")
load(":validate.bzl", "validate")

def _task_sequence_impl(ctx):
    check_display_name(ctx.label, ctx.attr.display_name)
    packages = [target for target in ctx.attr.references if ContentInfo in target]
    children = [target[TaskSequenceInfo] for target in ctx.attr.references if TaskSequenceInfo in target]
    for target in packages:
        if target[ContentInfo].kind == "prestart":
            refuse(
                ctx.label,
                "references",
                "%s is a prestart command: name it in the medium's `prestart`" % label_text(target.label),
            )
    closure = depset(
        transitive = [target[ContentInfo].closure for target in packages] + [child.closure for child in children],
        order = "postorder",
    )
    checked = ctx.actions.declare_file(ctx.label.name + ".sequence.binpb")
    references = [target[ContentInfo].label for target in packages]
    info = TaskSequenceInfo(
        label = ctx.label,
        src = ctx.file.src,
        display_name = ctx.attr.display_name or ctx.label.name,
        checked = checked,
        children = tuple([child.checked for child in children]),
        references = tuple(depset(
            references + [label for child in children for label in child.references],
        ).to_list()),
        closure = closure,
    )
    roots = [root("references", references)] + [
        root("references", child.references, via = [child.label])
        for child in children
    ]
    args = new_args(ctx, label_text(ctx.label))
    validate(ctx, args, info, resolve(ctx.label, roots, closure), checked)
    return [DefaultInfo(files = depset([checked])), info]

task_sequence = rule(
    implementation = _task_sequence_impl,
    doc = """A task sequence: what the target machine does, step by step.

```starlark
task_sequence(
    name = "deploy",
    src = "deploy.textproto",
    references = [":minilinux", ":site_tools"],
)
```

Every package that a step names by its package ID must be among `references` or what these need; so must every task
sequence that a step runs. Building the target checks
the sequence on its own (`TsmValidate`); a medium checks it again for what that kind of medium can do.
""",
    attrs = {
        "display_name": attr.string(doc = "What people call the task sequence; by default the target's name."),
        "references": attr.label_list(
            providers = [[ContentInfo], [TaskSequenceInfo]],
            doc = "The packages that the steps name, and the task sequences that they run. What these need comes along.",
        ),
        "src": attr.label(
            mandatory = True,
            allow_single_file = [".textproto", ".txtpb"],
            doc = "The task sequence as text (a `tsmedia.TaskSequence`).",
        ),
    } | TOOL_ATTRS,
    provides = [TaskSequenceInfo],
    toolchains = [TOOLCHAIN_TYPE],
)
