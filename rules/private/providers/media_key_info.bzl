"""MediaKeyInfo: the key that content is sealed for."""

DOC = """The key that content is sealed for; what `//rules:media_key` points to."""

FIELDS = dict(
    label = "Label: the target that declares the key.",
    recipient = "File: the age recipient of the key; `None` in `//rules:no_key`, which means: do not seal.",
)

MediaKeyInfo = provider(doc = DOC, fields = FIELDS)
