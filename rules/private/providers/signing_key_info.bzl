"""SigningKeyInfo: the key that signs media."""

DOC = """The key pair that signs media manifests, in signify format."""

FIELDS = dict(
    label = "Label: the target that declares the key.",
    public_key = "File: the public key.",
    secret_key = "File: the secret key, or `None` if signatures are made elsewhere.",
    is_test_key = "bool: `--//rules:keys=test` put the TEST-ONLY key in the place of the declared one.",
)

SigningKeyInfo = provider(doc = DOC, fields = FIELDS)
