"""Implementation of media_key."""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")
load(":flags.bzl", "uses_test_keys")
load(":providers/media_key_info.bzl", "MediaKeyInfo")
load(":providers/media_secret_info.bzl", "MediaSecretInfo")
load(":secrets.bzl", "secret_attr", "secret_of")

def _media_key_impl(ctx):
    is_test_key = uses_test_keys(ctx)
    recipient = ctx.file._test_recipient if is_test_key else ctx.file.recipient
    return [
        DefaultInfo(files = depset([recipient])),
        MediaKeyInfo(
            label = ctx.label,
            recipient = recipient,
            protected_identity = ctx.file._test_identity if is_test_key else ctx.file.protected_identity,
            is_test_key = is_test_key,
        ),
        secret_of(ctx, "_test_seal_secret" if is_test_key else "seal_secret"),
    ]

media_key = rule(
    implementation = _media_key_impl,
    doc = """The key that protects media with a password.

```starlark
media_key(
    name = "prod",
    protected_identity = "prod.identity.age",
    recipient = "prod.recipient",
    seal_secret = "@media_secrets//:prod.seal",
)
```

`mediactl key new --out=prod` makes the three files. Check in `prod.recipient` and `prod.identity.age`; keep `prod.seal` where
only the machines have it that build media: who has it can open every medium of the key without the password. One key
serves any number of media for one audience; content is sealed once for all of them.

A new password (`mediactl key rewrap`) changes the identity's file alone: nothing is sealed again. It does not lock out who
has the old file and the old password. After a leaked password or a lost medium, make a new key.

`--//rules:keys=test` puts the TEST-ONLY key of `//testdata/keys` in the place of every media key.
""",
    attrs = {
        "protected_identity": attr.label(
            mandatory = True,
            allow_single_file = True,
            doc = "The identity, protected by the password: an age file.",
        ),
        "recipient": attr.label(
            mandatory = True,
            allow_single_file = True,
            doc = "The age recipient that content is sealed for.",
        ),
        "seal_secret": secret_attr("The seal secret.", mandatory = True),
        "_keys": attr.label(default = "//rules:keys", providers = [BuildSettingInfo]),
        "_test_identity": attr.label(default = "//testdata/keys:test.identity.age", allow_single_file = True),
        "_test_recipient": attr.label(default = "//testdata/keys:test.recipient", allow_single_file = True),
        "_test_seal_secret": attr.label(default = "//testdata/keys:test.seal", allow_files = True),
    },
    provides = [MediaKeyInfo, MediaSecretInfo],
)
