"""Tests of media."""

load(
    "//rules/private:media_boot_test.bzl",
    _attached_image = "attached_image",
    _expect = "expect",
    _inserted = "inserted",
    _media_boot_test = "media_boot_test",
    _typed = "typed",
    _virtual_disk = "virtual_disk",
)
load("//rules/private:media_contents_test.bzl", _media_contents_test = "media_contents_test")
load("//rules/private:media_reproducibility_test.bzl", _media_reproducibility_test = "media_reproducibility_test")

attached_image = _attached_image
expect = _expect
inserted = _inserted
media_boot_test = _media_boot_test
media_contents_test = _media_contents_test
media_reproducibility_test = _media_reproducibility_test
typed = _typed
virtual_disk = _virtual_disk
