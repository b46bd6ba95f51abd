"""What the rules of content packages have in common: `NAME`, which applies the medium's key to `NAME.pack`."""

load(":check.bzl", "label_text", "refuse")
load(":pack.bzl", "PACK_SUFFIX")
load(":providers/content_info.bzl", "ContentInfo")
load(":providers/media_key_info.bzl", "MediaKeyInfo")
load(":providers/pack_info.bzl", "PackInfo")

CONTENT_RULE_ATTRS = {
    "pack": attr.label(mandatory = True, providers = [PackInfo], doc = "`NAME.pack`, set by the macro."),
    "_media_key": attr.label(default = "//rules:media_key"),
}

def _refuse_media_key(ctx):
    key = ctx.attr._media_key
    if MediaKeyInfo not in key or key[MediaKeyInfo].recipient:
        refuse(
            ctx.label,
            "key",
            "the medium asks for the media key %s, but media keys are not supported yet: leave out the medium's `key`, or reset --//rules:media_key" %
            label_text(key.label),
        )

def content_providers(ctx, dependencies = [], command = ""):
    """The providers of a content package.

    Args:
        ctx: context of a rule with CONTENT_RULE_ATTRS.
        dependencies: list of Target with ContentInfo.
        command: command line, see ContentInfo.
    Returns:
        list of providers.
    """
    _refuse_media_key(ctx)  # sealing takes its place
    packed = ctx.attr.pack[PackInfo]
    fields = dict(
        label = ctx.label,
        package_id = packed.package_id,
        version = packed.version,
        kind = packed.kind,
        display_name = packed.display_name,
        pack = packed.pack,
        info = packed.info,
        sensitive = packed.sensitive,
        command = command,
        dependencies = tuple([d.label for d in dependencies]),
    )
    return [
        DefaultInfo(files = depset([packed.pack])),
        OutputGroupInfo(info = depset([packed.info])),
        ContentInfo(
            closure = depset(
                [struct(**fields)],
                transitive = [d[ContentInfo].closure for d in dependencies],
                order = "postorder",
            ),
            **fields
        ),
    ]

# Attributes of every rule that concern who may see a target, not what it is.
_OF_THE_NAMED_TARGET = ["deprecation", "visibility"]

def declare_content(name, pack_rule, content_rule, pack_attrs, content_attrs, common):
    """Declares `NAME.pack` and `NAME`.

    Args:
        name: name of the content package.
        pack_rule: rule of `NAME.pack`.
        content_rule: rule of `NAME`.
        pack_attrs: dict of the attributes of `NAME.pack`.
        content_attrs: dict of the attributes of `NAME`.
        common: dict of attributes that every Bazel rule has.
    """
    for_both = {key: value for key, value in common.items() if key not in _OF_THE_NAMED_TARGET}
    pack_rule(
        name = name + PACK_SUFFIX,
        visibility = ["//visibility:private"],
        **(pack_attrs | for_both)
    )
    content_rule(
        name = name,
        pack = ":" + name + PACK_SUFFIX,
        **(content_attrs | common)
    )
