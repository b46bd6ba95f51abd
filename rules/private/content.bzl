"""What the rules of content packages have in common: `NAME`, which applies the medium's key to `NAME.pack`."""

load(":actions.bzl", "TOOL_ATTRS", "new_args", "run_tool", "streaming")
load(":check.bzl", "label_text")
load(":pack.bzl", "PACK_SUFFIX")
load(":providers/content_info.bzl", "ContentInfo")
load(":providers/media_key_info.bzl", "MediaKeyInfo")
load(":providers/media_secret_info.bzl", "MediaSecretInfo")
load(":providers/pack_info.bzl", "PackInfo")
load(":secrets.bzl", "SECRET_REQUIREMENTS", "add_secret")

# Rules with these attributes also need the toolchain.
CONTENT_RULE_ATTRS = {
    "pack": attr.label(mandatory = True, providers = [PackInfo], doc = "`NAME.pack`, set by the macro."),
    "_media_key": attr.label(default = "//rules:media_key", providers = [MediaKeyInfo]),
} | TOOL_ATTRS

def _seal(ctx, packed):
    """TsmSeal: returns the sealed pack and its information; without a media key the pack and None."""
    key = ctx.attr._media_key[MediaKeyInfo]
    if not key.recipient:
        return packed.pack, None
    sealed = ctx.actions.declare_file(packed.pack.basename + ".age")
    info = ctx.actions.declare_file(ctx.label.name + ".sealinfo.binpb")
    args = new_args(ctx, label_text(ctx.label))
    args.add(packed.pack, format = "--pack=%s")
    args.add(packed.info, format = "--info=%s")
    args.add(key.recipient, format = "--recipient=%s")
    secrets = add_secret(args, "seal_secret", ctx.attr._media_key[MediaSecretInfo])
    args.add(sealed, format = "--out_sealed=%s")
    args.add(info, format = "--out_info=%s")
    run_tool(
        ctx,
        "seal",
        "TsmSeal",
        args,
        inputs = [packed.pack, packed.info, key.recipient] + secrets,
        outputs = [sealed, info],
        message = "Sealing %s (%s) for %s" % (packed.package_id, label_text(ctx.label), label_text(key.label)),
        resources = streaming,
        requirements = SECRET_REQUIREMENTS,
    )
    return sealed, info

def content_providers(ctx, dependencies = [], command = ""):
    """The providers of a content package.

    Args:
        ctx: context of a rule with CONTENT_RULE_ATTRS and the toolchain.
        dependencies: list of Target with ContentInfo.
        command: command line, see ContentInfo.
    Returns:
        list of providers.
    """
    packed = ctx.attr.pack[PackInfo]
    pack, seal_info = _seal(ctx, packed)
    fields = dict(
        label = ctx.label,
        package_id = packed.package_id,
        version = packed.version,
        kind = packed.kind,
        display_name = packed.display_name,
        pack = pack,
        info = packed.info,
        seal_info = seal_info,
        sensitive = packed.sensitive,
        command = command,
        dependencies = tuple([d.label for d in dependencies]),
    )
    return [
        DefaultInfo(files = depset([pack])),
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
