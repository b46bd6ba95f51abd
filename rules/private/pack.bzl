"""Implementation of the rules that make a pack: `NAME.pack` of every content package."""

load(
    ":actions.bzl",
    "TOOLCHAIN_TYPE",
    "TOOL_ATTRS",
    "new_args",
    "run_tool",
    "streaming",
)
load(":check.bzl", "check_display_name", "check_package_id", "check_time", "check_version", "label_text", "refuse")
load(":flags.bzl", "pack_transition")
load(":mounts.bzl", "CONTENT_ATTRS", "add_sources")
load(":providers/pack_info.bzl", "PackInfo")

PACK_SUFFIX = ".pack"

# A WIM is compressed in itself and is found by its bytes on the medium.
_IMAGE_COMPRESSION = {"tar": "zstd", "wim": "none"}

_COMMON_ATTRS = {
    "display_name": attr.string(doc = "What people call the package; by default the target's name."),
    "file_time": attr.string(
        default = "1980-01-01T00:00:00Z",
        doc = "Time of every file in the pack, in UTC.",
    ),
    "kind": attr.string(mandatory = True, doc = "Kind of package, set by the macro."),
    "package_id": attr.string(mandatory = True, doc = "Eight characters A-Z 0-9."),
    "sensitive": attr.bool(doc = "Keeps the pack, and every volume that holds it in clear, out of remote caches."),
    "version": attr.string(mandatory = True, doc = "Version of the package."),
} | TOOL_ATTRS

def _user_label(ctx):
    """The target that the user wrote, for messages."""
    return ctx.label.same_package_label(ctx.label.name.removesuffix(PACK_SUFFIX))

def _check(ctx, label):
    check_package_id(label, ctx.attr.package_id)
    check_version(label, ctx.attr.version)
    check_display_name(label, ctx.attr.display_name)

def _start(ctx, label, stored_as, compression):
    """Arguments that all packs have."""
    args = new_args(ctx, label_text(label))
    args.add(ctx.attr.package_id, format = "--package_id=%s")
    args.add(ctx.attr.version, format = "--version=%s")
    args.add(ctx.attr.kind, format = "--kind=%s")
    args.add(ctx.attr.display_name or label.name, format = "--display_name=%s")
    args.add(stored_as, format = "--format=%s")
    args.add(compression, format = "--compression=%s")
    args.add(str(check_time(label, "file_time", ctx.attr.file_time)), format = "--file_time=%s")
    return args

def _finish(ctx, label, args, inputs, extension):
    """Declares the action and returns the providers."""
    pack = ctx.actions.declare_file(label.name + extension)
    info = ctx.actions.declare_file(label.name + ".packinfo.binpb")
    args.add(pack, format = "--out_pack=%s")
    args.add(info, format = "--out_info=%s")
    run_tool(
        ctx,
        "pack",
        "TsmPack",
        args,
        inputs = inputs,
        outputs = [pack, info],
        message = "Packing %s (%s)" % (ctx.attr.package_id, label_text(label)),
        resources = streaming,
        requirements = {"no-remote": "1"} if ctx.attr.sensitive else {},
    )
    return [
        DefaultInfo(files = depset([pack])),
        OutputGroupInfo(info = depset([info])),
        PackInfo(
            package_id = ctx.attr.package_id,
            version = ctx.attr.version,
            kind = ctx.attr.kind,
            display_name = ctx.attr.display_name or label.name,
            pack = pack,
            info = info,
            sensitive = ctx.attr.sensitive,
        ),
    ]

def _tree_pack_impl(ctx):
    label = _user_label(ctx)
    _check(ctx, label)
    args = _start(ctx, label, "tree", ctx.attr.compression)
    if ctx.attr.windows:
        args.add("--windows=true")
    inputs = add_sources(ctx, label, args)
    return _finish(ctx, label, args, inputs, ".tar.zst" if ctx.attr.compression == "zstd" else ".tar")

tree_pack = rule(
    implementation = _tree_pack_impl,
    doc = "The pack of a tree of files: a canonical tar archive. No key changes it.",
    attrs = CONTENT_ATTRS | _COMMON_ATTRS | {
        "compression": attr.string(default = "zstd", values = ["zstd", "none"], doc = "How the archive is compressed."),
        "windows": attr.bool(doc = "Refuses file names that Windows does not have."),
    },
    cfg = pack_transition,
    provides = [PackInfo],
    toolchains = [TOOLCHAIN_TYPE],
)

def _image_pack_impl(ctx):
    label = _user_label(ctx)
    _check(ctx, label)
    if ctx.attr.index != 1:
        refuse(label, "index", "%d: write 1; an image file travels whole, and the step that applies it says which of its images it takes" % ctx.attr.index)
    args = _start(ctx, label, "file", _IMAGE_COMPRESSION[ctx.attr.format])
    name = label.name + "." + ctx.attr.format
    args.add(ctx.file.src, format = "--file=%d:%s=%%s" % (len(name), name.replace("%", "%%")))
    extension = "." + ctx.attr.format + (".zst" if ctx.attr.format == "tar" else "")
    return _finish(ctx, label, args, depset([ctx.file.src]), extension)

image_pack = rule(
    implementation = _image_pack_impl,
    doc = "The pack of an operating system image: one file as it is. No key changes it.",
    attrs = _COMMON_ATTRS | {
        "format": attr.string(default = "tar", values = _IMAGE_COMPRESSION.keys(), doc = "What kind of file `src` is."),
        "index": attr.int(default = 1, doc = "Number of the image in the file; 1 is the only one in this version."),
        "src": attr.label(mandatory = True, allow_single_file = True, doc = "The image."),
    },
    cfg = pack_transition,
    provides = [PackInfo],
    toolchains = [TOOLCHAIN_TYPE],
)
