"""Images: of the operating system that is deployed, and of what boots the medium."""

load("//rules/private:boot_image.bzl", _boot_image = "boot_image")
load("//rules/private:debian_rootfs.bzl", _debian_rootfs = "debian_rootfs")
load("//rules/private:grub_bios_image.bzl", _grub_bios_image = "grub_bios_image")
load("//rules/private:grub_disk_image.bzl", _grub_disk_image = "grub_disk_image")
load("//rules/private:initrd_segment.bzl", _initrd_segment = "initrd_segment")
load("//rules/private:os_image.bzl", _os_image = "os_image")

boot_image = _boot_image
debian_rootfs = _debian_rootfs
grub_bios_image = _grub_bios_image
grub_disk_image = _grub_disk_image
initrd_segment = _initrd_segment
os_image = _os_image
