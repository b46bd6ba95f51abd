"""TaskSequenceInfo: a task sequence."""

DOC = """A task sequence and the packages that it refers to."""

FIELDS = dict(
    label = "Label: the target that declares the task sequence.",
    src = "File: the task sequence as text (textproto of `tsmedia.TaskSequence`).",
    display_name = "string: what people call the task sequence.",
    checked = "File: the task sequence as other sequences take it in (binary `tsmedia.TaskSequence`).",
    children = "tuple of File: `checked` of the task sequences that its steps run.",
    references = "tuple of Label: the packages that the target names directly, and those of its children.",
    closure = "depset of struct: those and all that they need, dependencies first; entries as in `ContentInfo.closure`.",
)

TaskSequenceInfo = provider(doc = DOC, fields = FIELDS)
