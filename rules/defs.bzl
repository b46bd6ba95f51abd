"""Operating-system deployment media, declared in BUILD files. The one file to load.

```starlark
load("@rules_tsmedia//rules:defs.bzl", "boot_image", "content_package", "media_key", "os_image", "signing_key", "standalone_media", "task_sequence")
```
"""

load(
    "//rules:content.bzl",
    _application = "application",
    _content_package = "content_package",
    _driver_package = "driver_package",
    _prestart_command = "prestart_command",
)
load(
    "//rules:image.bzl",
    _boot_image = "boot_image",
    _debian_rootfs = "debian_rootfs",
    _grub_bios_image = "grub_bios_image",
    _grub_disk_image = "grub_disk_image",
    _initrd_segment = "initrd_segment",
    _os_image = "os_image",
)
load(
    "//rules:keys.bzl",
    _media_key = "media_key",
    _media_secret = "media_secret",
    _signing_key = "signing_key",
)
load("//rules:media.bzl", _standalone_media = "standalone_media")
load("//rules:sequence.bzl", _task_sequence = "task_sequence")
load(
    "//rules:testing.bzl",
    _attached_image = "attached_image",
    _expect = "expect",
    _inserted = "inserted",
    _media_boot_test = "media_boot_test",
    _media_contents_test = "media_contents_test",
    _media_reproducibility_test = "media_reproducibility_test",
    _typed = "typed",
    _virtual_disk = "virtual_disk",
)

application = _application
attached_image = _attached_image
boot_image = _boot_image
content_package = _content_package
debian_rootfs = _debian_rootfs
driver_package = _driver_package
expect = _expect
grub_bios_image = _grub_bios_image
grub_disk_image = _grub_disk_image
initrd_segment = _initrd_segment
inserted = _inserted
media_boot_test = _media_boot_test
media_contents_test = _media_contents_test
media_key = _media_key
media_reproducibility_test = _media_reproducibility_test
media_secret = _media_secret
os_image = _os_image
prestart_command = _prestart_command
signing_key = _signing_key
standalone_media = _standalone_media
task_sequence = _task_sequence
typed = _typed
virtual_disk = _virtual_disk
