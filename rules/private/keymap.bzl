"""Keyboard layouts of boot images, compiled from Debian's."""

load(":actions.bzl", "new_args", "run_tool")
load(":check.bzl", "label_text")

# The layout that the kernel has without being given one.
KERNEL_KEYBOARD = "us"

# The technician may change over to it.
_OTHER_KEYBOARD = "us"

def _only_for_others(label):
    """A default that is there if the attribute `keyboard` names a layout that has to be compiled."""
    return lambda keyboard: label if keyboard != KERNEL_KEYBOARD else None

_LIBC = "//:libc6/usr/lib/x86_64-linux-gnu/"

# For a rule with the attribute `keyboard`: the program loadkeys, all that it needs, and the layouts.
KEYMAP_ATTRS = {
    "_keymaps": attr.label(allow_files = True, default = _only_for_others(Label("@debian//:console-data/files"))),
    "_libc": attr.label(allow_single_file = True, default = _only_for_others(Label("@debian" + _LIBC + "libc.so.6"))),
    "_loader": attr.label(
        allow_single_file = True,
        default = _only_for_others(Label("@debian" + _LIBC + "ld-linux-x86-64.so.2")),
    ),
    "_loadkeys": attr.label(
        allow_single_file = True,
        default = _only_for_others(Label("@debian//:kbd/usr/bin/loadkeys")),
    ),
}

def _compile(ctx, layout):
    keymap = ctx.actions.declare_file("%s.%s.bmap" % (ctx.label.name, layout))
    args = new_args(ctx, label_text(ctx.label))
    args.add("--layout=" + layout)
    args.add_all(ctx.files._keymaps, format_each = "--source=%s")

    # The pinned loader runs the pinned program with the pinned library: nothing of the machine has a part in it.
    args.add(ctx.file._loader, format = "--loader=%s")
    args.add(ctx.file._libc.dirname, format = "--library_path=%s")
    args.add(ctx.file._loadkeys, format = "--loadkeys=%s")
    args.add(keymap, format = "--out=%s")
    run_tool(
        ctx,
        "keymap",
        "TsmKeymap",
        args,
        inputs = ctx.files._keymaps + [ctx.file._loader, ctx.file._libc, ctx.file._loadkeys],
        outputs = [keymap],
        message = "Compiling keyboard layout %s of %s" % (layout, label_text(ctx.label)),
    )
    return struct(name = layout, file = keymap)

def compile_keymaps(ctx):
    """The layouts of a boot image: that of its keyboard, then the one to change over to; none for the kernel's own.

    Args:
        ctx: of a rule with KEYMAP_ATTRS, TOOL_ATTRS and the attribute `keyboard`.

    Returns:
        List of struct(name, file).
    """
    if ctx.attr.keyboard == KERNEL_KEYBOARD:
        return []
    return [_compile(ctx, layout) for layout in [ctx.attr.keyboard, _OTHER_KEYBOARD]]
