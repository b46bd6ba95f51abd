"""Implementation of media_secret."""

load(":providers/media_secret_info.bzl", "MediaSecretInfo")

def _media_secret_impl(ctx):
    return [
        # No file: what depends on the label in any other way gets nothing.
        DefaultInfo(),
        MediaSecretInfo(label = ctx.label, file = ctx.file.src, missing = ctx.attr.missing),
    ]

media_secret = rule(
    implementation = _media_secret_impl,
    doc = """A secret file: a seal secret, a signing key, secret variables.

Only the attributes that ask for a secret reach the file; to everything else the target is empty. Mostly written by
`media_secrets_repository`, which keeps the files outside of the source tree:

```starlark
media_key(
    name = "prod",
    protected_identity = "prod.identity.age",
    recipient = "prod.recipient",
    seal_secret = "@media_secrets//:prod.seal",
)
```
""",
    attrs = {
        "missing": attr.string(doc = "Why there is no file; what needs it fails with this sentence. Set by `media_secrets_repository`."),
        "src": attr.label(allow_single_file = True, doc = "The file. Give it no visibility of its own."),
    },
    provides = [MediaSecretInfo],
)
