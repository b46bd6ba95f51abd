"""Implementation of boot_image."""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")
load(":actions.bzl", "TOOLCHAIN_TYPE", "TOOL_ATTRS", "new_args", "ordered", "run_tool")
load(":check.bzl", "check_command", "check_destination", "check_keyboard", "label_text", "refuse")
load(":flags.bzl", "ARCHITECTURES", "agent_transition", "uses_test_keys")
load(":keymap.bzl", "KERNEL_KEYBOARD", "KEYMAP_ATTRS", "compile_keymaps")
load(":mounts.bzl", "own_executable")
load(":providers/bios_boot_info.bzl", "BiosBootInfo")
load(":providers/boot_image_info.bzl", "BootImageInfo")
load(":providers/signing_key_info.bzl", "SigningKeyInfo")

_FIRMWARE = ["bios", "uefi"]

# What this version can make media of.
_MEDIA_KINDS = ["standalone"]

_KERNEL_PATH = "boot/vmlinuz"
_INITRD_PATH = "boot/initrd.%d"
_EFI_PATH = "EFI/BOOT/%s"

# No files of the medium: what the plan puts where a BIOS looks.
_BIOS_PATHS = {
    "bios_boot_image": "boot/grub/bios.img",
    "bios_boot_sector": "boot/grub/bios_boot_sector.img",
    "bios_drive_image": "boot/grub/bios_drive.img",
}

# What the agent's segment brings.
_AGENT_FILE = "init"
_AGENT_DIRECTORY = "etc/tsmedia/"

def _check_choices(label, attribute, values, choices):
    if not values:
        refuse(label, attribute, "it is empty: write at least one of " + ", ".join(choices))
    for value in values:
        if value not in choices:
            refuse(label, attribute, '"%s" is not supported in this version: write %s' % (value, " or ".join(choices)))
        if len([v for v in values if v == value]) > 1:
            refuse(label, attribute, '"%s" stands there twice: write it once' % value)

def _check(ctx):
    _check_choices(ctx.label, "firmware", ctx.attr.firmware, _FIRMWARE)
    _check_choices(ctx.label, "media_kinds", ctx.attr.media_kinds, _MEDIA_KINDS)
    if not ctx.attr.trusted_keys:
        refuse(ctx.label, "trusted_keys", "it is empty: name the signing_key targets whose media the agent shall run")
    if "uefi" in ctx.attr.firmware and not ctx.attr.efi_binaries:
        refuse(ctx.label, "efi_binaries", 'it is empty: name the loaders, or leave "uefi" out of firmware')
    if "uefi" not in ctx.attr.firmware and ctx.attr.efi_binaries:
        refuse(ctx.label, "efi_binaries", 'loaders for UEFI, which is not in firmware: add "uefi" there, or leave them out')
    if "bios" in ctx.attr.firmware and not ctx.attr.bios_boot_image:
        refuse(ctx.label, "bios_boot_image", 'it is missing: name the loader, or leave "bios" out of firmware')
    if "bios" not in ctx.attr.firmware and ctx.attr.bios_boot_image:
        refuse(ctx.label, "bios_boot_image", 'a loader for BIOS, which is not in firmware: add "bios" there, or leave it out')
    for argument in ctx.attr.kernel_args:
        check_command(ctx.label, "kernel_args", argument)
    check_keyboard(ctx.label, ctx.attr.keyboard)
    for path in ctx.attr.extra_files:
        check_destination(ctx.label, "extra_files", path)
        if path == _AGENT_FILE or path.startswith(_AGENT_DIRECTORY) or path.endswith("/"):
            refuse(ctx.label, "extra_files", '"%s" is a place of the agent\'s, or a directory: write another path' % path)

def _bios_files(ctx):
    """Flag of TsmBoot -> the loader's part for BIOS, with its path."""
    if not ctx.attr.bios_boot_image:
        return {}
    info = ctx.attr.bios_boot_image[BiosBootInfo]
    files = {
        "bios_boot_image": info.cd_image,
        "bios_boot_sector": info.boot_sector,
        "bios_drive_image": info.drive_image,
    }
    return {flag: struct(path = _BIOS_PATHS[flag], file = file) for flag, file in files.items()}

def _efi_files(ctx):
    result = []
    for name, target in ctx.attr.efi_binaries.items():
        files = target[DefaultInfo].files.to_list()
        if "/" in name or not name.upper().endswith(".EFI"):
            refuse(ctx.label, "efi_binaries", '"%s" is no name of a loader in /EFI/BOOT: write for example "BOOTX64.EFI"' % name)
        if len(files) != 1:
            refuse(ctx.label, "efi_binaries", '"%s" takes one file: %s has %d' % (name, label_text(target.label), len(files)))
        result.append(struct(path = _EFI_PATH % name, file = files[0]))
    return result

def _extra_segment(ctx):
    """The segment with extra_packages and extra_files, in a list; none if there are none."""
    if not ctx.attr.extra_packages and not ctx.attr.extra_files:
        return []
    segment = ctx.actions.declare_file(ctx.label.name + ".extra.initrd")
    args = new_args(ctx, label_text(ctx.label))
    inputs = list(ctx.files.extra_packages)
    args.add_all(ordered(ctx, ctx.files.extra_packages), format_each = "--package=%s")
    for path, target in ctx.attr.extra_files.items():
        files = target[DefaultInfo].files.to_list()
        if len(files) != 1:
            refuse(ctx.label, "extra_files", '"%s" takes one file: %s has %d' % (path, label_text(target.label), len(files)))
        flag = "--executable=" if own_executable(target) else "--file="
        args.add(files[0], format = flag + path.replace("%", "%%") + "=%s")
        inputs += files
    args.add(segment, format = "--out=%s")
    run_tool(
        ctx,
        "segment",
        "TsmSegment",
        args,
        inputs = inputs,
        outputs = [segment],
        message = "Adding packages and files to boot image %s" % label_text(ctx.label),
    )
    return [segment]

def _file_flag(entry):
    return entry.flag + "=" + entry.path + "=" + entry.file.path

def _boot_image_impl(ctx):
    _check(ctx)
    agent_initrd = ctx.actions.declare_file(ctx.label.name + ".agent.initrd")
    boot_info = ctx.actions.declare_file(ctx.label.name + ".boot.binpb")

    # The agent's segment is the last: it wins over files of the same name in the others.
    initrds = ctx.files.initrd + _extra_segment(ctx) + [agent_initrd]
    keymaps = compile_keymaps(ctx)
    kernel = [struct(path = _KERNEL_PATH, file = ctx.file.kernel)]
    initrd = [struct(path = _INITRD_PATH % number, file = file) for number, file in enumerate(initrds)]
    efi = _efi_files(ctx)
    bios = _bios_files(ctx)
    files = kernel + initrd + efi + bios.values()

    trusted_keys = [target[SigningKeyInfo].public_key for target in ctx.attr.trusted_keys]
    trusted_keys = depset(trusted_keys).to_list()  # with --//rules:keys=test all are the same
    accept_test_keys = ctx.attr.testonly or uses_test_keys(ctx)

    # TsmBoot hashes the files that exist before it, and the segment that it writes.
    existing = [
        struct(flag = flag, path = entry.path, file = entry.file)
        for flag, entries in [
            ("--kernel", kernel),
            ("--initrd", initrd[:-1]),
            ("--efi_binary", efi),
        ]
        for entry in entries
    ] + [
        struct(flag = "--" + flag, path = entry.path, file = entry.file)
        for flag, entry in bios.items()
    ]
    args = new_args(ctx, label_text(ctx.label))
    args.add(ctx.attr.arch, format = "--arch=%s")
    args.add_all(ctx.attr.media_kinds, format_each = "--media_kind=%s")
    args.add_all(ordered(ctx, existing), map_each = _file_flag)
    args.add_all(ordered(ctx, trusted_keys), format_each = "--public_key=%s")
    args.add("--accept_test_keys=" + ("true" if accept_test_keys else "false"))
    args.add_all(ctx.attr.kernel_args, format_each = "--kernel_arg=%s")
    for keymap in keymaps:
        args.add(keymap.file, format = "--keyboard=" + keymap.name + "=%s")
    if ctx.attr.debug_shell:
        args.add("--debug_shell=true")
    agent = ctx.executable._agent
    args.add(agent, format = "--agent=%s")
    args.add("--agent_path=" + initrd[-1].path)
    args.add(agent_initrd, format = "--out_agent_initrd=%s")
    args.add(boot_info, format = "--out_boot_info=%s")
    run_tool(
        ctx,
        "boot",
        "TsmBoot",
        args,
        inputs = depset([entry.file for entry in existing + keymaps] + trusted_keys + [agent]),
        outputs = [agent_initrd, boot_info],
        message = "Assembling boot image %s" % label_text(ctx.label),
    )
    return [
        DefaultInfo(files = depset([entry.file for entry in files] + [boot_info])),
        OutputGroupInfo(info = depset([boot_info])),
        BootImageInfo(
            label = ctx.label,
            boot_info = boot_info,
            files = files,
            arch = ctx.attr.arch,
            firmware = tuple(ctx.attr.firmware),
            trusted_keys = tuple(trusted_keys),
            media_kinds = tuple(ctx.attr.media_kinds),
        ),
    ]

boot_image = rule(
    implementation = _boot_image_impl,
    doc = """What a medium boots: loaders, a Linux kernel, and an initial RAM disk with the agent and the keys that it trusts.

```starlark
boot_image(
    name = "boot_x64",
    kernel = ":vmlinuz",
    initrd = [":modules"],
    firmware = ["bios", "uefi"],
    efi_binaries = {
        "BOOTX64.EFI": ":shim",
        "grubx64.efi": ":grub",
        "mmx64.efi": ":mok_manager",
    },
    bios_boot_image = ":grub_bios",
    trusted_keys = [":release"],
)
```

The agent is always built in the same way (platform, optimisation, no flags of the user): the bytes of a medium do not depend
on `-c dbg` or a sanitizer. A `testonly` boot image, and every one with `--//rules:keys=test`, accepts TEST-ONLY keys.

What people may do at the machine is built into the initial RAM disk; nothing of it can be changed on the kernel's command
line. `bazel run :NAME.show` of a medium tells the size of its boot image, the memory that a machine needs for it, the
keyboard's layout, and whether it has a debug shell.

```starlark
boot_image(
    name = "boot_lab",
    kernel = ":vmlinuz",
    initrd = [":modules", ":programs"],
    extra_packages = ["@debian//:smartmontools", "@debian//:libstdc++6"],
    extra_files = {"usr/local/bin/burn_in": "//lab:burn_in"},
    keyboard = "de",
    debug_shell = True,
    trusted_keys = [":lab"],
)
```
""",
    attrs = {
        "arch": attr.string(
            default = "x86_64",
            values = ARCHITECTURES,
            doc = "Architecture of the target machines.",
        ),
        "bios_boot_image": attr.label(
            providers = [BiosBootInfo],
            doc = "The loader for BIOS: a grub_bios_image.",
        ),
        "debug_shell": attr.bool(
            doc = "Offers a shell (`/bin/sh` of `initrd`) when something failed. Whoever stands at the machine can then do anything.",
        ),
        "efi_binaries": attr.string_keyed_label_dict(
            allow_files = True,
            doc = "Name in `/EFI/BOOT` -> loader for UEFI.",
        ),
        "extra_files": attr.string_keyed_label_dict(
            allow_files = True,
            doc = "Path in the initial RAM disk -> file. A program that is built here can be executed.",
        ),
        "extra_packages": attr.label_list(
            allow_files = [".deb"],
            doc = "Debian packages whose files are put into the initial RAM disk, but for documentation. What they depend on has " +
                  "to be listed, too. Their installation scripts are not run.",
        ),
        "firmware": attr.string_list(
            default = _FIRMWARE,
            doc = "The firmware that shall boot the image: `bios`, `uefi`.",
        ),
        "initrd": attr.label_list(
            allow_files = True,
            doc = "Segments of the initial RAM disk before the agent's, for example kernel modules, in this order.",
        ),
        "kernel": attr.label(mandatory = True, allow_single_file = True, doc = "The Linux kernel."),
        "kernel_args": attr.string_list(doc = "Arguments that are appended to the kernel's command line."),
        "keyboard": attr.string(
            default = KERNEL_KEYBOARD,
            doc = "Layout of the keyboard at the machine's screen, by the name that Debian's console-data has for it: `de`, " +
                  "`de-latin1-nodeadkeys`, `fr-latin9`, `uk`, ... The technician can change over to `us`.",
        ),
        "media_kinds": attr.string_list(
            default = _MEDIA_KINDS,
            doc = "The kinds of media that the agent accepts; `standalone` is the only one in this version.",
        ),
        "trusted_keys": attr.label_list(
            mandatory = True,
            providers = [SigningKeyInfo],
            doc = "Media signed with one of these keys are run, no others.",
        ),
        "_agent": attr.label(
            default = "//tools/agent",
            executable = True,
            cfg = agent_transition,
        ),
        "_keys": attr.label(default = "//rules:keys", providers = [BuildSettingInfo]),
    } | KEYMAP_ATTRS | TOOL_ATTRS,
    provides = [BootImageInfo],
    toolchains = [TOOLCHAIN_TYPE],
)
