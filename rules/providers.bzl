"""Providers, for rules that build on these."""

load("//rules/private:providers/bios_boot_info.bzl", _BiosBootInfo = "BiosBootInfo")
load("//rules/private:providers/boot_image_info.bzl", _BootImageInfo = "BootImageInfo")
load("//rules/private:providers/content_info.bzl", _ContentInfo = "ContentInfo")
load("//rules/private:providers/media_info.bzl", _MediaInfo = "MediaInfo")
load("//rules/private:providers/media_key_info.bzl", _MediaKeyInfo = "MediaKeyInfo")
load("//rules/private:providers/signing_key_info.bzl", _SigningKeyInfo = "SigningKeyInfo")
load("//rules/private:providers/task_sequence_info.bzl", _TaskSequenceInfo = "TaskSequenceInfo")

BiosBootInfo = _BiosBootInfo
BootImageInfo = _BootImageInfo
ContentInfo = _ContentInfo
MediaInfo = _MediaInfo
MediaKeyInfo = _MediaKeyInfo
SigningKeyInfo = _SigningKeyInfo
TaskSequenceInfo = _TaskSequenceInfo
