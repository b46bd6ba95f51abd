"""Targets that no rule makes today, for the checks that must notice them."""

load("//rules:providers.bzl", "BiosBootInfo", "BootImageInfo", "SigningKeyInfo")

def _fake_boot_image_impl(ctx):
    return [BootImageInfo(
        label = ctx.label,
        boot_info = ctx.file.file,
        files = [],
        arch = ctx.attr.arch,
        firmware = ("uefi",),
        trusted_keys = (ctx.attr.trusted_key[SigningKeyInfo].public_key,),
        media_kinds = tuple(ctx.attr.media_kinds),
    )]

fake_boot_image = rule(
    implementation = _fake_boot_image_impl,
    doc = "A boot image for an architecture or a kind of medium that comes later.",
    attrs = {
        "arch": attr.string(default = "x86_64", doc = "As in boot_image."),
        "file": attr.label(allow_single_file = True, mandatory = True, doc = "Any file."),
        "media_kinds": attr.string_list(default = ["standalone"], doc = "As in boot_image."),
        "trusted_key": attr.label(mandatory = True, doc = "A signing_key."),
    },
)

def _fake_bios_boot_impl(ctx):
    return [BiosBootInfo(cd_image = ctx.file.file, drive_image = ctx.file.file, boot_sector = ctx.file.file)]

fake_bios_boot = rule(
    implementation = _fake_bios_boot_impl,
    doc = "A loader for BIOS without GRUB.",
    attrs = {
        "file": attr.label(allow_single_file = True, mandatory = True, doc = "Any file."),
    },
)
