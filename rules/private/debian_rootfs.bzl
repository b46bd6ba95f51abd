"""Implementation of debian_rootfs."""

load(":actions.bzl", "TOOLCHAIN_TYPE", "TOOL_ATTRS", "new_args", "ordered", "run_tool", "streaming")
load(":check.bzl", "label_text", "refuse")

def _checked_mode(ctx, attribute, path, mode):
    if len(mode) != 4 or mode.strip("01234567"):
        refuse(ctx.label, attribute, '"%s": "%s" is no mode: write four octal digits, for example "0755"' % (path, mode))
    return mode

def _debian_rootfs_impl(ctx):
    if bool(ctx.file.kernel_package) != bool(ctx.attr.modules):
        refuse(ctx.label, "modules", "kernel_package and modules go together: give both or none")
    tar = ctx.actions.declare_file(ctx.label.name + ".tar")
    args = new_args(ctx, label_text(ctx.label))
    inputs = list(ctx.files.packages)
    args.add_all(ctx.files.packages, format_each = "--package=%s")
    for attribute in ["exclude", "keep"]:
        args.add_all(ordered(ctx, getattr(ctx.attr, attribute)), format_each = "--" + attribute + "=%s")
    if ctx.file.kernel_package:
        inputs.append(ctx.file.kernel_package)
        args.add(ctx.file.kernel_package, format = "--kernel_package=%s")
        args.add_all(ordered(ctx, ctx.attr.modules), format_each = "--module=%s")
    for path, target in ctx.attr.files.items():
        files = target[DefaultInfo].files.to_list()
        if len(files) != 1:
            refuse(ctx.label, "files", '"%s" takes one file: %s has %d' % (path, label_text(target.label), len(files)))
        mode = _checked_mode(ctx, "modes", path, ctx.attr.modes.get(path, "0644"))
        args.add(files[0], format = "--file=" + path.replace("%", "%%") + "=" + mode + "=%s")
        inputs.append(files[0])
    for path in ctx.attr.modes:
        if path not in ctx.attr.files:
            refuse(ctx.label, "modes", '"%s" is not among files' % path)
    for path, target in ctx.attr.symlinks.items():
        args.add("--symlink=%s=%s" % (path, target))
    for path, mode in ctx.attr.directories.items():
        args.add("--directory=%s=%s" % (path, _checked_mode(ctx, "directories", path, mode)))
    args.add(tar, format = "--out=%s")
    run_tool(
        ctx,
        "rootfs",
        "TsmRootfs",
        args,
        inputs = inputs,
        outputs = [tar],
        message = "Laying out root file system %s" % label_text(ctx.label),
        resources = streaming,
    )
    return [DefaultInfo(files = depset([tar]))]

debian_rootfs = rule(
    implementation = _debian_rootfs_impl,
    doc = """The root file system of a Linux operating system, laid out from Debian packages, as a tar for `os_image`.

```starlark
debian_rootfs(
    name = "minilinux",
    packages = ["@debian//:base-files", "@debian//:systemd"],
    kernel_package = "@debian//:linux-image",
    modules = ["ext4", "ahci"],
    files = {"etc/hostname": "hostname"},
    exclude = ["usr/share/man/**"],
)
```

Modes, owners and links are the packages'. Their installation scripts are not run (they would need a running system): what they
would do is added with `files`, `symlinks` and `directories`, which take the place of equal paths in the packages.
""",
    attrs = {
        "directories": attr.string_dict(doc = "Path -> mode."),
        "exclude": attr.string_list(doc = "Patterns, as in `glob`, of paths to leave out of the packages."),
        "files": attr.string_keyed_label_dict(allow_files = True, doc = "Path -> file."),
        "keep": attr.string_list(doc = "Patterns of paths to take although `exclude` matches."),
        "kernel_package": attr.label(
            allow_single_file = [".deb"],
            doc = "Debian package of the kernel (`linux-image-*`): gives `/boot/vmlinuz` and `modules`.",
        ),
        "modes": attr.string_dict(doc = "Path among `files` -> mode; `0644` if a path is not there."),
        "modules": attr.string_list(doc = "Names of kernel modules; each brings what it needs."),
        "packages": attr.label_list(
            mandatory = True,
            allow_files = [".deb"],
            doc = "Debian packages, laid out in this order.",
        ),
        "symlinks": attr.string_dict(doc = "Path -> target."),
    } | TOOL_ATTRS,
    toolchains = [TOOLCHAIN_TYPE],
)
