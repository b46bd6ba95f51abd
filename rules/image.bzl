"""Images: of the operating system that is deployed, and of what boots the medium."""

load("//rules/private:boot_image.bzl", _boot_image = "boot_image")
load("//rules/private:os_image.bzl", _os_image = "os_image")

boot_image = _boot_image
os_image = _os_image
