"""MediaSecretInfo: a secret file. Only rules of this repository can load it: no other rule reaches the file."""

visibility(["//rules/private/..."])

DOC = """A secret file, or why there is none."""

FIELDS = dict(
    label = "Label: the target that declares the secret.",
    file = "File: the secret; `None` if it is missing.",
    missing = "string: why the file is missing, for the action that needs it; else empty.",
)

MediaSecretInfo = provider(doc = DOC, fields = FIELDS)
