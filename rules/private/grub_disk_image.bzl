"""Implementation of grub_disk_image."""

load(":grub_bios_image.bzl", "GRUB_ATTRS", "make_grub_image")

# What GRUB needs to find and start the kernel of a deployed operating system. The disk has no modules.
_MODULES = [
    "biosdisk",
    "boot",
    "configfile",
    "echo",
    "ext2",
    "gzio",
    "linux",
    "ls",
    "minicmd",
    "normal",
    "part_gpt",
    "part_msdos",
    "reboot",
    "search",
    "search_fs_file",
    "test",
]

# Looks on the disk that it was started from first, then on all others.
_CONFIG = """search --no-floppy --file --set=root --hint=$root, /boot/grub/tsmedia.cfg
configfile ($root)/boot/grub/tsmedia.cfg
"""

def _grub_disk_image_impl(ctx):
    config = ctx.actions.declare_file(ctx.label.name + ".cfg")
    ctx.actions.write(config, _CONFIG)
    image = ctx.actions.declare_file(ctx.label.name + ".img")
    present = make_grub_image(
        ctx,
        "i386-pc",
        ["boot.img", "diskboot.img"],
        ctx.attr.modules,
        image,
        extra_arguments = ["--config=" + config.path],
        extra_inputs = [config],
    )
    return [
        DefaultInfo(files = depset([image])),
        OutputGroupInfo(boot_sector = depset([present["boot.img"]])),
    ]

grub_disk_image = rule(
    implementation = _grub_disk_image_impl,
    doc = """GRUB for the disks of BIOS machines: the core image that the agent writes to a disk when it applies an operating system.

The boot image carries it: put it into an `initrd_segment` as `usr/lib/tsmedia/grub/core.img`, and the boot sector that belongs
to it, the output group `boot_sector`, as `usr/lib/tsmedia/grub/boot.img`. It starts what `/boot/grub/tsmedia.cfg` of the deployed
operating system says.
""",
    attrs = {
        "modules": attr.string_list(default = _MODULES, doc = "GRUB's modules to put into the image."),
    } | GRUB_ATTRS,
)
