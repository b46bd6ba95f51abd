"""Implementation of initrd_segment."""

load(":actions.bzl", "TOOLCHAIN_TYPE", "TOOL_ATTRS", "new_args", "ordered", "run_tool")
load(":check.bzl", "label_text", "refuse")

def _one_file(ctx, attribute, path, target):
    files = target[DefaultInfo].files.to_list()
    if len(files) != 1:
        refuse(ctx.label, attribute, '"%s" takes one file: %s has %d' % (path, label_text(target.label), len(files)))
    return files[0]

def _initrd_segment_impl(ctx):
    if bool(ctx.file.kernel_package) != bool(ctx.attr.modules):
        refuse(ctx.label, "modules", "kernel_package and modules go together: give both or none")
    if not ctx.attr.modules and not ctx.attr.files and not ctx.attr.executables:
        refuse(ctx.label, "modules", "there is nothing to put into the segment: give modules, files or executables")
    segment = ctx.actions.declare_file(ctx.label.name + ".initrd")
    args = new_args(ctx, label_text(ctx.label))
    inputs = []
    if ctx.file.kernel_package:
        args.add(ctx.file.kernel_package, format = "--kernel_package=%s")
        args.add_all(ordered(ctx, ctx.attr.modules), format_each = "--module=%s")
        inputs.append(ctx.file.kernel_package)
    for attribute, flag in [("files", "--file="), ("executables", "--executable=")]:
        for path, target in getattr(ctx.attr, attribute).items():
            file = _one_file(ctx, attribute, path, target)
            args.add(file, format = flag + path.replace("%", "%%") + "=%s")
            inputs.append(file)
    args.add(segment, format = "--out=%s")
    run_tool(
        ctx,
        "segment",
        "TsmSegment",
        args,
        inputs = inputs,
        outputs = [segment],
        message = "Making initial RAM disk segment %s" % label_text(ctx.label),
    )
    return [DefaultInfo(files = depset([segment]))]

initrd_segment = rule(
    implementation = _initrd_segment_impl,
    doc = """A segment of an initial RAM disk: kernel modules and files, as cpio in Zstandard.

```starlark
initrd_segment(
    name = "drivers",
    kernel_package = "@debian//:linux-image",
    modules = ["ahci", "sr_mod", "usb_storage"],
)
```

A module brings what it needs. `modules.dep` and `modules.alias` are made from the modules themselves, so that the agent,
`modprobe` of busybox and others load them for the devices that they find.
""",
    attrs = {
        "executables": attr.string_keyed_label_dict(allow_files = True, doc = "Path -> program, mode 0755."),
        "files": attr.string_keyed_label_dict(allow_files = True, doc = "Path -> file, mode 0644."),
        "kernel_package": attr.label(
            allow_single_file = [".deb"],
            doc = "Debian package of the kernel (`linux-image-*`) that the modules are taken from.",
        ),
        "modules": attr.string_list(doc = "Names of kernel modules."),
    } | TOOL_ATTRS,
    toolchains = [TOOLCHAIN_TYPE],
)
