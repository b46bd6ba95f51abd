"""Implementation of signing_key."""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")
load(":flags.bzl", "uses_test_keys")
load(":providers/signing_key_info.bzl", "SigningKeyInfo")
load(":secrets.bzl", "secret_attr", "secret_of")

def _signing_key_impl(ctx):
    is_test_key = uses_test_keys(ctx)
    public_key = ctx.file._test_public_key if is_test_key else ctx.file.public_key
    secret = secret_of(ctx, "_test_secret_key" if is_test_key else "secret_key")
    return [
        DefaultInfo(files = depset([public_key])),
        SigningKeyInfo(
            label = ctx.label,
            public_key = public_key,
            has_secret_key = bool(secret),
            is_test_key = is_test_key,
        ),
    ] + ([secret] if secret else [])

signing_key = rule(
    implementation = _signing_key_impl,
    doc = """The key that signs media, in the format of OpenBSD's `signify`.

With the secret key at hand the build signs:

```starlark
signing_key(
    name = "release",
    public_key = "release.pub",
    secret_key = "@media_secrets//:release.sec",
)
```

Better, the secret key stays elsewhere (a hardware module, a machine that only releases). Then leave `secret_key` out, and
for each release

1. build the manifest: `bazel build //media:branch_office --output_groups=manifest`;
2. sign it where the key is: `mediactl sign --secret_key=release.sec branch_office.manifest.binpb`, or
   `signify -S -s release.sec -m branch_office.manifest.binpb`;
3. put `branch_office.manifest.binpb.sig` beside the BUILD file and name it in the medium: `signature = "branch_office.manifest.binpb.sig"`.

A signature that does not fit the manifest fails the build.

`--//rules:keys=test` puts the TEST-ONLY key `//testdata/keys:test_release.pub` in the place of every signing key, so that
production definitions build without production secrets. Such media say what they are.
""",
    attrs = {
        "public_key": attr.label(mandatory = True, allow_single_file = True, doc = "The public key."),
        "secret_key": secret_attr("The secret key, not encrypted. Without it media need a `signature`."),
        "_keys": attr.label(default = "//rules:keys", providers = [BuildSettingInfo]),
        "_test_public_key": attr.label(default = "//testdata/keys:test_release.pub", allow_single_file = True),
        "_test_secret_key": attr.label(default = "//testdata/keys:test_release.sec", allow_files = True),
    },
    provides = [SigningKeyInfo],
)
