"""Implementation of grub_bios_image."""

load(":check.bzl", "label_text", "refuse")
load(":providers/bios_boot_info.bzl", "BiosBootInfo")

# What GRUB needs to find and start the kernel. All of it is in the images, so that no modules have to be on the medium and
# none can be missing or of another version.
_MODULES = [
    "biosdisk",
    "boot",
    "configfile",
    "echo",
    "fat",
    "iso9660",
    "linux",
    "ls",
    "minicmd",
    "normal",
    "part_gpt",
    "reboot",
    "search",
    "search_fs_file",
    "serial",
    "terminal",
]

# Of a drive: partition 2 is the EFI system partition, behind the one with the image itself (tools/plan/drive_layout.h).
_DRIVE_PREFIX = "(,gpt2)/boot/grub"

_BOOT_SECTOR = "boot_hybrid.img"

# The program grub-mkimage, and all that it needs.
GRUB_ATTRS = {
    "libraries": attr.label_list(
        allow_files = True,
        default = [
            "@debian//:libc6/usr/lib/x86_64-linux-gnu/libc.so.6",
            "@debian//:libc6/usr/lib/x86_64-linux-gnu/libm.so.6",
            "@debian//:libcap2/usr/lib/x86_64-linux-gnu/libcap.so.2",
            "@debian//:libdevmapper1.02.1/usr/lib/x86_64-linux-gnu/libdevmapper.so.1.02.1",
            "@debian//:liblzma5/usr/lib/x86_64-linux-gnu/liblzma.so.5",
            "@debian//:libpcre2-8-0/usr/lib/x86_64-linux-gnu/libpcre2-8.so.0",
            "@debian//:libselinux1/usr/lib/x86_64-linux-gnu/libselinux.so.1",
            "@debian//:libudev1/usr/lib/x86_64-linux-gnu/libudev.so.1",
        ],
        doc = "Shared libraries that `mkimage` needs.",
    ),
    "loader": attr.label(
        allow_single_file = True,
        default = "@debian//:libc6/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
        doc = "The dynamic loader that runs `mkimage`.",
    ),
    "mkimage": attr.label(
        allow_single_file = True,
        default = "@debian//:grub-common/usr/bin/grub-mkimage",
        doc = "GRUB's program grub-mkimage.",
    ),
    "platform_files": attr.label(
        allow_files = True,
        default = "@debian//:grub-pc-bin/files",
        doc = "The files of GRUB's folder `i386-pc`.",
    ),
}

def make_grub_image(ctx, format, needed, modules, image, prefix = "/boot/grub", extra_arguments = [], extra_inputs = []):
    """Makes an image of GRUB with grub-mkimage.

    Args:
      ctx: of a rule with GRUB_ATTRS.
      format: of the image, as grub-mkimage calls it.
      needed: names of files among platform_files without which there is no image.
      modules: GRUB's modules in it.
      image: the file to make.
      prefix: the directory with GRUB's configuration; on the device that it was started from if it names none.
      extra_arguments: further arguments of grub-mkimage.
      extra_inputs: files that these name.

    Returns:
      The files of platform_files by name.
    """
    present = {file.basename: file for file in ctx.files.platform_files}
    for name in needed + ["kernel.img", "lzma_decompress.img", "moddep.lst"]:
        if name not in present:
            refuse(ctx.label, "platform_files", "%s is missing: give all files of GRUB's i386-pc folder" % name)
    for module in modules:
        if module + ".mod" not in present:
            refuse(ctx.label, "modules", '"%s" is no module among platform_files of %s' % (module, label_text(ctx.label)))

    args = ctx.actions.args()

    # The pinned loader runs the pinned program with pinned libraries: nothing of the machine has a part in it.
    args.add_joined("--library-path", [file.dirname for file in ctx.files.libraries], join_with = ":", uniquify = True)
    args.add(ctx.file.mkimage)
    args.add("--format=" + format)
    args.add(present["moddep.lst"].dirname, format = "--directory=%s")
    args.add("--prefix=" + prefix)
    args.add_all(extra_arguments)
    args.add(image, format = "--output=%s")
    args.add_all(modules)
    ctx.actions.run(
        executable = ctx.file.loader,
        arguments = [args],
        inputs = ctx.files.platform_files + ctx.files.libraries + [ctx.file.mkimage] + extra_inputs,
        outputs = [image],
        mnemonic = "TsmGrubImage",
        progress_message = "Making GRUB's boot image %s" % label_text(ctx.label),
        env = {},
        execution_requirements = {"block-network": "1"},
    )
    return present

def _grub_bios_image_impl(ctx):
    cd_image = ctx.actions.declare_file(ctx.label.name + ".img")
    drive_image = ctx.actions.declare_file(ctx.label.name + ".drive.img")
    present = make_grub_image(ctx, "i386-pc-eltorito", ["cdboot.img", "diskboot.img", _BOOT_SECTOR], ctx.attr.modules, cd_image)
    make_grub_image(ctx, "i386-pc", ["diskboot.img"], ctx.attr.modules, drive_image, prefix = _DRIVE_PREFIX)
    return [
        DefaultInfo(files = depset([cd_image])),
        BiosBootInfo(cd_image = cd_image, drive_image = drive_image, boot_sector = present[_BOOT_SECTOR]),
    ]

grub_bios_image = rule(
    implementation = _grub_bios_image_impl,
    doc = """GRUB for a BIOS that starts from an optical disc or a drive, for `boot_image.bios_boot_image`.

`grub-mkimage` is a program of the lock file like everything else, and so are the libraries that it runs with. The images do not
depend on the medium: they read `/boot/grub/grub.cfg` of the disc or drive that they were started from.
""",
    attrs = {
        "modules": attr.string_list(default = _MODULES, doc = "GRUB's modules to put into the images."),
    } | GRUB_ATTRS,
    provides = [BiosBootInfo],
)
