"""Every error message of the rules: a broken definition and the sentence that it gets."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load(
    "//rules:defs.bzl",
    "application",
    "attached_image",
    "boot_image",
    "content_package",
    "expect",
    "inserted",
    "os_image",
    "prestart_command",
    "standalone_media",
    "task_sequence",
    "typed",
    "virtual_disk",
)

# buildifier: disable=bzl-visibility
load("//rules/private:media_boot_test.bzl", "declare_boot_scenario")

# buildifier: disable=bzl-visibility
load("//rules/private:media_expectations.bzl", "media_expectations")

def _refusal_test_impl(ctx):
    env = analysistest.begin(ctx)
    asserts.expect_failure(env, ctx.attr.message)
    return analysistest.end(env)

refusal_test = analysistest.make(
    _refusal_test_impl,
    expect_failure = True,
    attrs = {"message": attr.string(mandatory = True, doc = "The expected sentence, or its beginning.")},
)

# The same with --//rules:require_key.
refusal_of_open_media_test = analysistest.make(
    _refusal_test_impl,
    expect_failure = True,
    attrs = {"message": attr.string(mandatory = True, doc = "The expected sentence, or its beginning.")},
    config_settings = {str(Label("//rules:require_key")): True},
)

_A_PACKAGE = dict(package_id = "LAB00099", version = "1")
_A_BOOT_IMAGE = dict(
    bios_boot_image = ":bios_boot",
    efi_binaries = {"BOOTX64.EFI": ":file.txt"},
    kernel = ":file.txt",
    trusted_keys = [":release"],
)
_A_BOOT_TEST = dict(medium = ":media", expect = ["x"], testonly = True)
_A_MEDIUM = dict(
    boot_image = ":boot",
    signing_key = ":release",
    task_sequence = ":deploy",
)

# Name of the broken target -> rule, what it has beside the usual attributes, and the message after the target's label.
_CASES = {
    "application_without_install": (application, _A_PACKAGE | dict(install = " "), "install: it is empty: write the command line"),
    "archive_outside": (
        content_package,
        _A_PACKAGE | dict(archives = {"../": ":file.tar"}),
        'archives: "../" is not a relative path inside the package',
    ),
    "boot_test_accel": (declare_boot_scenario, _A_BOOT_TEST | dict(accel = "fast"), 'accel: accelerator "fast" is not known: write tcg or kvm or auto'),
    "boot_test_attached_bus": (
        declare_boot_scenario,
        _A_BOOT_TEST | dict(attach = [attached_image(":file.txt", bus = "floppy")]),
        'attach: bus "floppy" is not known: write usb or cdrom',
    ),
    "boot_test_bus": (declare_boot_scenario, _A_BOOT_TEST | dict(disks = [virtual_disk(bus = "ide")]), 'disks: bus "ide" is not known'),
    "boot_test_clock": (declare_boot_scenario, _A_BOOT_TEST | dict(facts = {"clock": "noon"}), 'facts: "noon" is no time'),
    "boot_test_disk_of_wrong_kind": (
        declare_boot_scenario,
        _A_BOOT_TEST | dict(disks = ["1200MB"]),
        "disks: an entry is no disk: write virtual_disk(...)",
    ),
    "boot_test_disk_size": (declare_boot_scenario, _A_BOOT_TEST | dict(disks = [virtual_disk(size = "big")]), 'disks: "big" is no size'),
    "boot_test_disk_unknown": (
        declare_boot_scenario,
        _A_BOOT_TEST | dict(disks = [virtual_disk()], expect = ["x", expect.unchanged(disk = 1)]),
        "expect: expect.unchanged: there is no disk 1: disks has 1",
    ),
    "boot_test_disks_too_many": (declare_boot_scenario, _A_BOOT_TEST | dict(disks = [virtual_disk()] * 7), "disks: 7 disks: the machine takes up to 6"),
    "boot_test_empty_text": (declare_boot_scenario, _A_BOOT_TEST | dict(expect = [""]), "expect: an empty text"),
    "boot_test_expect_of_wrong_kind": (
        declare_boot_scenario,
        _A_BOOT_TEST | dict(expect = [virtual_disk()]),
        "expect: an entry is no expect: write expect.says(...)",
    ),
    "boot_test_fact_type": (
        declare_boot_scenario,
        _A_BOOT_TEST | dict(facts = {"memory_mb": "1024"}),
        'facts: "memory_mb" is of type string: write one of type int',
    ),
    "boot_test_fact_unknown": (
        declare_boot_scenario,
        _A_BOOT_TEST | dict(facts = {"serial": "1"}),
        'facts: "serial" is no fact: write one of asset_tag, clock, ',
    ),
    "boot_test_file_relative": (
        declare_boot_scenario,
        _A_BOOT_TEST | dict(disks = [virtual_disk()], expect = ["x", expect.file("etc/x", partition = 1)]),
        'expect: expect.file: "etc/x" is no absolute path: begin with "/"',
    ),
    "boot_test_firmware": (declare_boot_scenario, _A_BOOT_TEST | dict(firmware = "coreboot"), 'firmware: firmware "coreboot" is not known'),
    "boot_test_inserted_drive": (
        declare_boot_scenario,
        _A_BOOT_TEST | dict(medium_bus = "usb", type = [inserted("Insert disc 2", image = ":media")]),
        'type: "Insert disc 2": the medium is a drive: only discs are inserted',
    ),
    "boot_test_inserted_no_set": (
        declare_boot_scenario,
        _A_BOOT_TEST | dict(type = [inserted("Insert disc 2", volume = 2)]),
        'type: "Insert disc 2": the medium has no volume 2: it is no set',
    ),
    "boot_test_inserted_zero": (
        declare_boot_scenario,
        _A_BOOT_TEST | dict(type = [inserted("Insert disc 2", image = ":media", volume = 0)]),
        "type: volume 0: the first is 1",
    ),
    "boot_test_keyboard": (declare_boot_scenario, _A_BOOT_TEST | dict(facts = {"keyboard": "adb"}), 'facts: keyboard "adb" is not known: write ps2 or usb'),
    "boot_test_medium_bus": (declare_boot_scenario, _A_BOOT_TEST | dict(medium_bus = "scsi"), 'medium_bus: bus "scsi" is not known: write cdrom or usb or virtio or nvme'),
    "boot_test_medium_of_two_files": (
        declare_boot_scenario,
        _A_BOOT_TEST | dict(medium = ":two_files"),
        "medium: //tests/starlark:two_files is not one file: it has 2",
    ),
    "boot_test_medium_unchanged": (
        declare_boot_scenario,
        _A_BOOT_TEST | dict(expect = ["x", expect.medium_unchanged()]),
        "expect: expect.medium_unchanged: nobody can write to a disc: leave it out",
    ),
    "boot_test_model": (
        declare_boot_scenario,
        _A_BOOT_TEST | dict(disks = [virtual_disk(bus = "nvme", model = "X")]),
        'disks: a model on "nvme": only disks on "sata" can have one',
    ),
    "boot_test_never_done": (
        declare_boot_scenario,
        _A_BOOT_TEST | dict(expect = [expect.never_says("x")]),
        "expect: nothing says when the machine is done: add what the console says, or expect.powers_off()",
    ),
    "boot_test_no_console": (
        declare_boot_scenario,
        _A_BOOT_TEST | dict(facts = {"screen": False, "serial_port": False}),
        "facts: neither serial_port nor screen",
    ),
    "boot_test_partition_size": (
        declare_boot_scenario,
        _A_BOOT_TEST | dict(disks = [virtual_disk()], expect = ["x", expect.partition(1, min_size = "1TB")]),
        'expect: "1TB" is no size',
    ),
    "boot_test_prompt": (declare_boot_scenario, _A_BOOT_TEST | dict(type = [typed("")]), "type: an entry has no prompt"),
    "boot_test_sector_size": (declare_boot_scenario, _A_BOOT_TEST | dict(disks = [virtual_disk(sector_size = 520)]), "disks: sector_size 520: write 512 or 4096"),
    "boot_test_sector_size_of_sata": (
        declare_boot_scenario,
        _A_BOOT_TEST | dict(disks = [virtual_disk(bus = "sata", sector_size = 4096)]),
        'disks: sector_size 4096 on "sata"',
    ),
    "boot_test_started_again_never_done": (
        declare_boot_scenario,
        _A_BOOT_TEST | dict(expect = ["x", expect.started_again([])]),
        "expect: nothing says when the machine is done",
    ),
    "boot_test_started_again_with_disk": (
        declare_boot_scenario,
        _A_BOOT_TEST | dict(disks = [virtual_disk()], expect = ["x", expect.started_again(["x", expect.sound()])]),
        "expect: expect.sound inside of expect.started_again: write it beside",
    ),
    "boot_test_style": (
        declare_boot_scenario,
        _A_BOOT_TEST | dict(disks = [virtual_disk()], expect = ["x", expect.partition_table("BSD")]),
        'expect: style "BSD" is not known: write GPT or MBR',
    ),
    "boot_test_type_of_wrong_kind": (declare_boot_scenario, _A_BOOT_TEST | dict(type = ["x"]), "type: an entry is neither typed nor inserted"),
    "boot_test_typed_on": (declare_boot_scenario, _A_BOOT_TEST | dict(type = [typed("x", on = "mouse")]), 'type: on "mouse" is not known'),
    "boot_test_typed_twice": (
        declare_boot_scenario,
        _A_BOOT_TEST | dict(type = [typed("x", text = "y", password_file = ":file.txt")]),
        'type: "x": it has both text and password_file: keep one',
    ),
    "boot_test_typed_without_port": (
        declare_boot_scenario,
        _A_BOOT_TEST | dict(facts = {"serial_port": False}, type = [typed("x", on = "serial")]),
        'type: "x": the machine has no serial port: type on the keyboard',
    ),
    "boot_bios_missing": (
        boot_image,
        _A_BOOT_IMAGE | dict(bios_boot_image = None),
        'bios_boot_image: it is missing: name the loader, or leave "bios" out of firmware',
    ),
    "boot_bios_unwanted": (
        boot_image,
        _A_BOOT_IMAGE | dict(firmware = ["uefi"]),
        "bios_boot_image: a loader for BIOS, which is not in firmware",
    ),
    "boot_efi_missing": (
        boot_image,
        _A_BOOT_IMAGE | dict(efi_binaries = {}),
        'efi_binaries: it is empty: name the loaders, or leave "uefi" out of firmware',
    ),
    "boot_efi_name": (
        boot_image,
        _A_BOOT_IMAGE | dict(efi_binaries = {"x/BOOTX64.EFI": ":file.txt"}),
        'efi_binaries: "x/BOOTX64.EFI" is no name of a loader in /EFI/BOOT',
    ),
    "boot_efi_two_files": (
        boot_image,
        _A_BOOT_IMAGE | dict(efi_binaries = {"BOOTX64.EFI": ":two_files"}),
        'efi_binaries: "BOOTX64.EFI" takes one file: //tests/starlark:two_files has 2',
    ),
    "boot_efi_unwanted": (
        boot_image,
        _A_BOOT_IMAGE | dict(firmware = ["bios"]),
        "efi_binaries: loaders for UEFI, which is not in firmware",
    ),
    "boot_extra_agent": (
        boot_image,
        _A_BOOT_IMAGE | dict(extra_files = {"etc/tsmedia/agent.binpb": ":file.txt"}),
        'extra_files: "etc/tsmedia/agent.binpb" is a place of the agent',
    ),
    "boot_extra_outside": (
        boot_image,
        _A_BOOT_IMAGE | dict(extra_files = {"../x": ":file.txt"}),
        'extra_files: "../x" is not a relative path inside the package',
    ),
    "boot_extra_two_files": (
        boot_image,
        _A_BOOT_IMAGE | dict(extra_files = {"x": "//tests/starlark/office_a:docs"}),
        'extra_files: "x" takes one file: //tests/starlark/office_a:docs has 2',
    ),
    "boot_firmware_empty": (boot_image, _A_BOOT_IMAGE | dict(firmware = []), "firmware: it is empty: write at least one of bios, uefi"),
    "boot_firmware_twice": (boot_image, _A_BOOT_IMAGE | dict(firmware = ["bios", "bios"]), 'firmware: "bios" stands there twice'),
    "boot_firmware_unknown": (boot_image, _A_BOOT_IMAGE | dict(firmware = ["coreboot"]), 'firmware: "coreboot" is not supported in this version'),
    "boot_kernel_args": (boot_image, _A_BOOT_IMAGE | dict(kernel_args = ["a\nb"]), "kernel_args: it has a line feed"),
    "boot_keyboard": (boot_image, _A_BOOT_IMAGE | dict(keyboard = "d e"), 'keyboard: "d e" is no name of a layout: write for example "de"'),
    "boot_kind_unknown": (boot_image, _A_BOOT_IMAGE | dict(media_kinds = ["capture"]), 'media_kinds: "capture" is not supported in this version'),
    "boot_without_keys": (
        boot_image,
        _A_BOOT_IMAGE | dict(trusted_keys = []),
        "trusted_keys: it is empty: name the signing_key targets whose media the agent shall run",
    ),
    "contents_absent": (media_expectations, dict(media = ":media", absent = ["/x"]), 'absent: "/x" is not a relative path'),
    "contents_digest": (media_expectations, dict(media = ":media", files = {"x": "12"}), 'files: "x": "12" is no SHA-256'),
    "contents_nothing": (media_expectations, dict(media = ":media"), "media: nothing is expected of it"),
    "contents_package_id": (media_expectations, dict(media = ":media", packages = {"x": "1"}), 'package_id: "x" is no package ID'),
    "destination_absolute": (content_package, _A_PACKAGE | dict(srcs = {"/etc/x": ":file.txt"}), 'srcs: "/etc/x" is not a relative path'),
    "destination_dots": (content_package, _A_PACKAGE | dict(srcs = {"a/../b": ":file.txt"}), 'srcs: "a/../b" is not a relative path'),
    "destination_double_slash": (content_package, _A_PACKAGE | dict(srcs = {"a//b": ":file.txt"}), 'srcs: "a//b" is not a relative path'),
    "destination_empty": (content_package, _A_PACKAGE | dict(srcs = {"": ":file.txt"}), "srcs: an empty path"),
    "destination_line_feed": (content_package, _A_PACKAGE | dict(srcs = {"a\nb": ":file.txt"}), "srcs: \"a\\nb\" has a line feed or NUL"),
    "directory_as_file": (
        content_package,
        _A_PACKAGE | dict(srcs = {"docs": ":two_files"}),
        'srcs: "docs" takes one file, and //tests/starlark:two_files is not one file: write "docs/"',
    ),
    "display_name_lines": (content_package, _A_PACKAGE | dict(display_name = "a\nb"), "display_name: it has a line break or a tab"),
    "empty_dir_outside": (content_package, _A_PACKAGE | dict(empty_dirs = ["../x"]), 'empty_dirs: "../x" is not a relative path'),
    "executable_outside": (content_package, _A_PACKAGE | dict(executables = ["/bin/*"]), 'executables: "/bin/*" is not a relative path'),
    "file_time": (content_package, _A_PACKAGE | dict(file_time = "1970-01-01T00:00:00Z"), 'file_time: "1970-01-01T00:00:00Z" is no time'),
    "image_index": (os_image, _A_PACKAGE | dict(src = ":file.tar", index = 2), "index: 2: write 1"),
    "list_as_file": (
        content_package,
        _A_PACKAGE | dict(srcs = {"docs": [":file.txt"]}),
        'srcs: "docs" takes one file, and a list is not one file: write "docs/"',
    ),
    "media_arch": (standalone_media, _A_MEDIUM | dict(boot_image = ":foreign_boot"), 'arch: "x86_64" is not the architecture of //tests/starlark:foreign_boot ("riscv64")'),
    "media_conflict": (
        standalone_media,
        _A_MEDIUM | dict(content = [":other_tools"]),
        "task_sequence, content: two packages have the package ID LAB00012: " +
        'version "3" of //tests/starlark:tools (//tests/starlark:media_conflict -> //tests/starlark:deploy -> //tests/starlark:editor -> ' +
        '//tests/starlark:runtime -> //tests/starlark:tools) and version "4" of //tests/starlark:other_tools ' +
        "(//tests/starlark:media_conflict -> //tests/starlark:other_tools): keep one of them, or give one another package ID",
    ),
    "media_content_prestart": (standalone_media, _A_MEDIUM | dict(content = [":prestart"]), "content: //tests/starlark:prestart is a prestart command"),
    "media_empty_period": (
        standalone_media,
        _A_MEDIUM | dict(not_before = "2027-01-01T00:00:00Z", not_after = "2026-01-01T00:00:00Z"),
        'not_before: "2027-01-01T00:00:00Z" is not before not_after "2026-01-01T00:00:00Z"',
    ),
    "media_file_time": (standalone_media, _A_MEDIUM | dict(file_time = "now"), 'file_time: "now" is no time'),
    "media_data_partition_of_iso": (standalone_media, _A_MEDIUM | dict(data_partition = True), 'data_partition: only drives have a choice: leave it out, or write format = "usb"'),
    "media_format": (standalone_media, _A_MEDIUM | dict(format = "vhd"), 'format: "vhd" is none: write "iso" or "usb"'),
    "media_free_space": (standalone_media, _A_MEDIUM | dict(format = "usb", free_space = "5TB"), 'free_space: "5TB" is no size: write for example "512MB", "4GB", or a number of bytes'),
    "media_free_space_of_iso": (standalone_media, _A_MEDIUM | dict(free_space = "1GB"), "free_space: only drives have a choice"),
    "media_sector_size": (standalone_media, _A_MEDIUM | dict(format = "usb", sector_size = 2048), "sector_size: 2048 is not supported: write 512 or 4096"),
    "media_sector_size_of_bios": (
        standalone_media,
        _A_MEDIUM | dict(boot_image = ":only_release_boot", format = "usb", sector_size = 4096),
        "sector_size: a BIOS starts no drive with such sectors, and //tests/starlark:only_release_boot is for nothing else: write 512",
    ),
    "media_sector_size_of_iso": (standalone_media, _A_MEDIUM | dict(sector_size = 4096), "sector_size: only drives have a choice"),
    "media_key_of_any_target": (standalone_media, _A_MEDIUM | dict(key = ":two_files"), "'//tests/starlark:two_files' does not have mandatory providers: 'MediaKeyInfo'"),
    "media_kind": (standalone_media, _A_MEDIUM | dict(boot_image = ":capture_boot"), "boot_image: //tests/starlark:capture_boot is for other kinds of media (capture)"),
    "media_label_empty": (standalone_media, _A_MEDIUM | dict(label = ""), 'label: "" is no volume label'),
    "media_label_long": (standalone_media, _A_MEDIUM | dict(label = "x" * 33), "is no volume label"),
    "media_label_umlaut": (standalone_media, _A_MEDIUM | dict(label = "B\303\204R"), "is no volume label"),
    "media_not_after": (standalone_media, _A_MEDIUM | dict(not_after = "2026-02-30T00:00:00Z"), 'not_after: "2026-02-30T00:00:00Z" is no time'),
    "media_prestart_kind": (standalone_media, _A_MEDIUM | dict(prestart = ":tools"), "prestart: //tests/starlark:tools is no prestart_command"),
    "media_same_version_twice": (standalone_media, _A_MEDIUM | dict(content = [":same_tools"]), 'and version "3" of //tests/starlark:same_tools'),
    "media_keep_unlocked": (standalone_media, _A_MEDIUM | dict(keep_unlocked = True), "keep_unlocked: without a key nothing is locked"),
    "media_secret_variables": (standalone_media, _A_MEDIUM | dict(secret_variables = ":file.txt"), "secret_variables: without a key everybody could read them on the medium: name a media_key in `key`"),
    "media_secret_variables_of_two_files": (
        standalone_media,
        _A_MEDIUM | dict(secret_variables = ":two_files", key = ":key_of_first"),
        "secret_variables: //tests/starlark:two_files is neither a media_secret nor one file",
    ),
    "media_signature_unwanted": (
        standalone_media,
        _A_MEDIUM | dict(signature = "media.sig"),
        "signature: //tests/starlark:release has a secret key and signs itself",
    ),
    "media_size_of_drive": (standalone_media, _A_MEDIUM | dict(format = "usb", volume_size = "4.7GB"), 'volume_size: a drive is one volume: leave it out, or write format = "iso"'),
    "media_size_zero": (standalone_media, _A_MEDIUM | dict(volume_size = "0GB"), 'volume_size: no volume has 0 bytes: write "unlimited"'),
    "media_size_malformed": (standalone_media, _A_MEDIUM | dict(volume_size = "big"), 'volume_size: "big" is no size: write for example "512MB"'),
    "media_untrusted_key": (
        standalone_media,
        _A_MEDIUM | dict(signing_key = ":other", boot_image = ":only_release_boot"),
        "signing_key: //tests/starlark:other is not among the trusted_keys of //tests/starlark:only_release_boot",
    ),
    "media_variable_case": (standalone_media, _A_MEDIUM | dict(variables = {"Aa": "1", "aA": "2"}), 'variables: "Aa" and "aA" are the same variable'),
    "media_variable_lines": (standalone_media, _A_MEDIUM | dict(variables = {"A": "1\n2"}), 'variables: "A": the value has a line feed'),
    "media_variable_long": (standalone_media, _A_MEDIUM | dict(variables = {"A": "x" * 4001}), 'variables: "A": the value has 4001 bytes'),
    "media_variable_name": (standalone_media, _A_MEDIUM | dict(variables = {"A B": "1"}), 'variables: "A B" is no variable name'),
    "media_variable_read_only": (standalone_media, _A_MEDIUM | dict(variables = {"_SMSTSInWinPE": "1"}), 'variables: "_SMSTSInWinPE": names that begin with "_" are read-only'),
    "package_id_length": (content_package, dict(package_id = "LAB1", version = "1"), 'package_id: "LAB1" is no package ID: use eight of A-Z and 0-9'),
    "package_id_lower": (content_package, dict(package_id = "lab00012", version = "1"), 'package_id: "lab00012" is no package ID'),
    "prestart_lines": (prestart_command, _A_PACKAGE | dict(command = "a\nb"), "command: it has a line feed"),
    "rules_pkg_mode": (content_package, _A_PACKAGE | dict(srcs = {"/": ":pkg_bad_mode"}), 'srcs: //tests/starlark:pkg_bad_mode has the mode "rwx"'),
    "sequence_conflict": (
        task_sequence,
        dict(src = "deploy.textproto", references = [":editor", ":other_tools"]),
        "references: two packages have the package ID LAB00012",
    ),
    "sequence_prestart": (
        task_sequence,
        dict(src = "deploy.textproto", references = [":prestart"]),
        "references: //tests/starlark:prestart is a prestart command: name it in the medium's `prestart`",
    ),
    "strip_prefix": (
        content_package,
        _A_PACKAGE | dict(srcs = {"/": "//tests/starlark/office_a:docs"}, strip_prefix = "elsewhere"),
        'strip_prefix: "elsewhere" is no directory above tests/starlark/office_a/docs/b.txt of //tests/starlark/office_a:docs',
    ),
    "symlink_absolute": (content_package, _A_PACKAGE | dict(symlinks = {"a": "/etc/passwd"}), 'symlinks: "a" -> "/etc/passwd" is not a relative link'),
    "symlink_outside": (content_package, _A_PACKAGE | dict(symlinks = {"bin/a": "../../x"}), 'symlinks: "bin/a" -> "../../x" leaves the package'),
    "version_empty": (content_package, dict(package_id = "LAB00012", version = ""), 'version: "" is no package version'),
    "version_first": (content_package, dict(package_id = "LAB00012", version = ".1"), 'version: ".1" is no package version'),
    "version_long": (content_package, dict(package_id = "LAB00012", version = "1" * 33), "is no package version"),
}

def refusal_test_suite(name):
    """Declares the broken targets and their tests.

    Args:
        name: name of the test suite.
    """
    tests = []
    for case, (rule, attributes, message) in _CASES.items():
        rule(name = case, tags = ["manual"], **attributes)
        test = case + "_refused_test"
        refusal_test(name = test, target_under_test = ":" + case, message = message, size = "small")
        tests.append(test)
    refusal_of_open_media_test(
        name = "media_without_required_key_refused_test",
        target_under_test = ":media",
        message = "//tests/starlark:media: key: --//rules:require_key is set, and the medium has no key: name a media_key",
        size = "small",
    )
    native.test_suite(name = name, tests = tests + ["media_without_required_key_refused_test"])
