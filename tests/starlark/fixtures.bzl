"""What the analysis tests look at. Everything is manual: it is analysed, never built."""

load(
    "//rules:defs.bzl",
    "application",
    "boot_image",
    "content_package",
    "driver_package",
    "os_image",
    "prestart_command",
    "signing_key",
    "standalone_media",
    "task_sequence",
)

_MANUAL = ["manual"]

def fixtures(name):
    """Declares one target of each rule.

    Args:
        name: prefix of nothing; every macro has a name.
    """
    content_package(
        name = "tools",
        package_id = "LAB00012",
        version = "3",
        display_name = "Site tools",
        srcs = {
            "/": [":file.txt"],
            "bin/": [":program"],
            "bin/tool": ":program",
            "docs/": "//tests/starlark/office_a:docs",
            "equals=sign.txt": ":file.txt",
            "übung.txt": ":file.txt",  # ten bytes
        },
        archives = {"usr/": ":file.tar"},
        symlinks = {"bin/link": "../readme"},
        empty_dirs = ["var/spool"],
        executables = ["bin/*"],
        tags = _MANUAL,
    )
    content_package(
        name = "stripped",
        package_id = "LAB00013",
        version = "1",
        srcs = {"/": "//tests/starlark/office_a:docs"},
        strip_prefix = "docs",
        sensitive = True,
        compression = "none",
        windows = True,
        file_time = "2000-03-01T00:00:00Z",
        tags = _MANUAL,
    )
    content_package(
        name = "mounted",
        package_id = "LAB00014",
        version = "1",
        srcs = {"opt/": ":pkg_filegroup"},
        tags = _MANUAL,
    )
    content_package(
        name = "selected",
        package_id = "LAB00015",
        version = "1",
        srcs = select({"//conditions:default": {"a.txt": ":file.txt"}}),
        tags = _MANUAL,
    )
    application(
        name = "editor",
        package_id = "LAB00031",
        version = "9.1",
        install = "sh install.sh",
        srcs = {"install.sh": ":file.txt"},
        dependencies = [":runtime"],
        tags = _MANUAL,
    )
    application(
        name = "runtime",
        package_id = "LAB00032",
        version = "2",
        install = "sh install.sh",
        srcs = {"install.sh": ":file.txt"},
        dependencies = [":tools"],
        tags = _MANUAL,
    )
    driver_package(
        name = "drivers",
        package_id = "LAB00041",
        version = "1",
        srcs = {"/": ":file.txt"},
        tags = _MANUAL,
    )
    os_image(
        name = "minilinux",
        package_id = "LAB00001",
        version = "1",
        src = ":file.tar",
        tags = _MANUAL,
    )
    prestart_command(
        name = "prestart",
        package_id = "LAB00051",
        version = "1",
        command = "sh name.sh --ask",
        srcs = {"name.sh": ":file.txt"},
        tags = _MANUAL,
    )
    signing_key(
        name = "release",
        public_key = "//testdata/keys:test_release.pub",
        secret_key = "//testdata/keys:test_release.sec",
        tags = _MANUAL,
        visibility = ["//tests/starlark:__subpackages__"],
    )
    signing_key(
        name = "other",
        public_key = "//testdata/keys:test_other.pub",
        secret_key = "//testdata/keys:test_other.sec",
        tags = _MANUAL,
    )
    signing_key(
        name = "external",
        public_key = "//testdata/keys:test_other.pub",
        tags = _MANUAL,
    )
    boot_image(
        name = "boot",
        kernel = ":file.txt",
        initrd = [":file.tar"],
        efi_binaries = {"BOOTX64.EFI": ":file.txt"},
        bios_boot_image = ":bios_boot",
        kernel_args = ["quiet"],
        trusted_keys = [
            ":external",
            ":release",
        ],
        tags = _MANUAL,
        visibility = ["//tests/starlark:__subpackages__"],
    )
    boot_image(
        name = "german_boot",
        kernel = ":file.txt",
        firmware = ["uefi"],
        efi_binaries = {"BOOTX64.EFI": ":file.txt"},
        extra_packages = ["@debian//:jq"],
        extra_files = {
            "bin/tool": ":program",
            "etc/motd": ":file.txt",
        },
        keyboard = "de",
        debug_shell = True,
        trusted_keys = [":release"],
        tags = _MANUAL,
    )
    task_sequence(
        name = "deploy",
        src = "deploy.textproto",
        references = [
            ":minilinux",
            ":editor",
        ],
        tags = _MANUAL,
    )
    task_sequence(
        name = "parent",
        src = "deploy.textproto",
        references = [
            ":deploy",
            ":drivers",
        ],
        tags = _MANUAL,
    )
    standalone_media(
        name = "media",
        task_sequence = ":deploy",
        boot_image = ":boot",
        signing_key = ":release",
        content = [
            ":drivers",
            ":tools",
        ],
        label = "BRANCH01",
        variables = {"OSDTimeZone": "UTC"},
        prestart = ":prestart",
        not_before = "2026-01-01T00:00:00Z",
        not_after = "2027-01-01T00:00:00Z",
        tags = _MANUAL,
    )
    task_sequence(
        name = "empty_sequence",
        src = "deploy.textproto",
        tags = _MANUAL,
    )
    standalone_media(
        name = "protected_media",
        task_sequence = ":empty_sequence",
        boot_image = ":boot",
        signing_key = ":release",
        content = [":drivers"],
        key = ":key_of_first",
        secret_variables = ":key_of_second_seal",
        tags = _MANUAL,
    )
    standalone_media(
        name = "sensitive_media",
        task_sequence = ":deploy",
        boot_image = ":boot",
        signing_key = ":external",
        signature = "media.sig",
        content = [":stripped"],
        tags = _MANUAL,
    )
    standalone_media(
        name = "unsigned_media",
        task_sequence = ":deploy",
        boot_image = ":boot",
        signing_key = ":external",
        tags = _MANUAL,
    )
