"""MediaKeyInfo: the key that content is sealed for."""

DOC = """The key that content is sealed for; what `//rules:media_key` points to. What is secret of it is not here."""

FIELDS = dict(
    label = "Label: the target that declares the key.",
    recipient = "File: the age recipient of the key; `None` in `//rules:no_key`, which means: do not seal.",
    protected_identity = "File: the identity, protected by the password; `None` in `//rules:no_key`.",
    is_test_key = "bool: `--//rules:keys=test` put the TEST-ONLY key in the place of the declared one.",
)

MediaKeyInfo = provider(doc = DOC, fields = FIELDS)
