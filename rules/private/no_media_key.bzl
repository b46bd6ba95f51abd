"""Implementation of no_media_key: the value of //rules:media_key that means "do not seal"."""

load(":providers/media_key_info.bzl", "MediaKeyInfo")

def _no_media_key_impl(ctx):
    return [MediaKeyInfo(label = ctx.label, recipient = None, protected_identity = None, is_test_key = False)]

no_media_key = rule(
    implementation = _no_media_key_impl,
    doc = "No key: content stays in clear.",
    provides = [MediaKeyInfo],
)
