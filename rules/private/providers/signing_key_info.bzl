"""SigningKeyInfo: the key that signs media."""

DOC = """The key pair that signs media manifests, in signify format. What is secret of it is not here."""

FIELDS = dict(
    label = "Label: the target that declares the key.",
    public_key = "File: the public key.",
    has_secret_key = "bool: whether the build signs; else signatures are made elsewhere.",
    is_test_key = "bool: `--//rules:keys=test` put the TEST-ONLY key in the place of the declared one.",
)

SigningKeyInfo = provider(doc = DOC, fields = FIELDS)
