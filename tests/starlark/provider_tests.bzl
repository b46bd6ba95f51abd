"""Tests of what the rules provide."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("//rules:providers.bzl", "BootImageInfo", "ContentInfo", "MediaInfo", "MediaKeyInfo", "SigningKeyInfo", "TaskSequenceInfo")

def _names(files):
    return sorted([file.basename for file in files.to_list()])

def _ids(closure):
    return [entry.package_id for entry in closure.to_list()]

def _content_test_impl(ctx):
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    info = target[ContentInfo]
    expected = ctx.attr.expected
    for field, value in expected.items():
        asserts.equals(env, value, getattr(info, field), field)
    asserts.equals(env, target.label, info.label)
    asserts.equals(env, [info.pack], target[DefaultInfo].files.to_list())
    asserts.equals(env, ctx.attr.pack, info.pack.basename)
    asserts.equals(env, target.label.name + ".packinfo.binpb", info.info.basename)
    asserts.equals(env, ctx.attr.sensitive, info.sensitive)
    asserts.equals(env, ctx.attr.closure or [info.package_id], _ids(info.closure))
    own = info.closure.to_list()[-1]
    for field in ["package_id", "version", "kind", "display_name", "pack", "info", "sensitive", "command", "dependencies", "label"]:
        asserts.equals(env, getattr(info, field), getattr(own, field), "closure: " + field)
    return analysistest.end(env)

content_test = analysistest.make(
    _content_test_impl,
    attrs = {
        "closure": attr.string_list(doc = "Package IDs of the closure, in order; by default the package's own."),
        "expected": attr.string_dict(mandatory = True, doc = "Field of ContentInfo -> value."),
        "pack": attr.string(mandatory = True, doc = "File name of the pack."),
        "sensitive": attr.bool(doc = "Expected value of the field."),
    },
)

def _sequence_test_impl(ctx):
    env = analysistest.begin(ctx)
    info = analysistest.target_under_test(env)[TaskSequenceInfo]
    asserts.equals(env, "deploy", info.display_name)
    asserts.equals(env, "deploy.textproto", info.src.basename)
    asserts.equals(env, ["minilinux", "editor"], [label.name for label in info.references])
    asserts.equals(env, ["LAB00001", "LAB00012", "LAB00032", "LAB00031"], _ids(info.closure))
    return analysistest.end(env)

sequence_test = analysistest.make(_sequence_test_impl)

def _boot_image_test_impl(ctx):
    env = analysistest.begin(ctx)
    info = analysistest.target_under_test(env)[BootImageInfo]
    asserts.equals(env, "x86_64", info.arch)
    asserts.equals(env, ("bios", "uefi"), info.firmware)
    asserts.equals(env, ("standalone",), info.media_kinds)
    asserts.equals(env, ["test_other.pub", "test_release.pub"], [file.basename for file in info.trusted_keys])
    asserts.equals(
        env,
        {
            "EFI/BOOT/BOOTX64.EFI": "file.txt",
            "boot/grub/bios.img": "file.txt",
            "boot/grub/bios_boot_sector.img": "file.txt",
            "boot/grub/bios_drive.img": "file.txt",
            "boot/initrd.0": "file.tar",
            "boot/initrd.1": "boot.agent.initrd",
            "boot/vmlinuz": "file.txt",
        },
        {entry.path: entry.file.basename for entry in info.files},
    )
    return analysistest.end(env)

boot_image_test = analysistest.make(_boot_image_test_impl)

def _signing_key_test_impl(ctx):
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    info = target[SigningKeyInfo]
    asserts.equals(env, [info.public_key], target[DefaultInfo].files.to_list(), "only the public key is a file of the target")
    asserts.equals(env, ctx.attr.public_key, info.public_key.short_path)
    asserts.equals(env, ctx.attr.has_secret_key, info.has_secret_key)
    asserts.equals(env, ctx.attr.is_test_key, info.is_test_key)
    return analysistest.end(env)

_SIGNING_KEY_ATTRS = {
    "has_secret_key": attr.bool(doc = "Expected value of the field."),
    "is_test_key": attr.bool(doc = "Expected value of the field."),
    "public_key": attr.string(mandatory = True, doc = "Path of the public key."),
}

signing_key_test = analysistest.make(_signing_key_test_impl, attrs = _SIGNING_KEY_ATTRS)

signing_key_with_test_keys_test = analysistest.make(
    _signing_key_test_impl,
    attrs = _SIGNING_KEY_ATTRS,
    config_settings = {str(Label("//rules:keys")): "test"},
)

def _media_key_test_impl(ctx):
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    info = target[MediaKeyInfo]
    asserts.equals(env, [info.recipient], target[DefaultInfo].files.to_list(), "only the recipient is a file of the target")
    asserts.equals(env, "testdata/keys/test.recipient", info.recipient.short_path)
    asserts.equals(env, "testdata/keys/test.identity.age", info.protected_identity.short_path)
    asserts.false(env, info.is_test_key)
    return analysistest.end(env)

media_key_test = analysistest.make(_media_key_test_impl)

def _test_media_key_test_impl(ctx):
    env = analysistest.begin(ctx)
    info = analysistest.target_under_test(env)[MediaKeyInfo]
    asserts.equals(env, "testdata/keys/test.recipient", info.recipient.short_path)
    asserts.true(env, info.is_test_key)
    return analysistest.end(env)

media_key_with_test_keys_test = analysistest.make(
    _test_media_key_test_impl,
    config_settings = {str(Label("//rules:keys")): "test"},
)

def _media_secret_test_impl(ctx):
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    asserts.equals(env, [], target[DefaultInfo].files.to_list(), "files")
    asserts.equals(env, [], target[DefaultInfo].default_runfiles.files.to_list(), "runfiles")
    return analysistest.end(env)

media_secret_test = analysistest.make(_media_secret_test_impl)

def _media_test_impl(ctx):
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    info = target[MediaInfo]
    asserts.equals(env, "standalone", info.kind)
    asserts.equals(env, "iso", info.format)
    asserts.equals(env, "x86_64", info.arch)
    asserts.equals(env, "BRANCH01", info.volume_label)
    asserts.equals(env, "test_release.pub", info.public_key.basename)
    asserts.equals(env, ["media.iso"], _names(target[DefaultInfo].files))
    asserts.equals(env, "media.iso", info.volumes.basename)
    asserts.equals(
        env,
        ["LAB00001", "LAB00012", "LAB00032", "LAB00031", "LAB00041", "LAB00051"],
        _ids(info.content),
        "what the sequence needs, then content, then the prestart command; each once",
    )
    groups = target[OutputGroupInfo]
    asserts.equals(env, ["media.plan.binpb"], _names(groups.plan))
    asserts.equals(env, ["media.manifest.binpb"], _names(groups.manifest))
    asserts.equals(
        env,
        ["drivers.tar.zst", "editor.tar.zst", "minilinux.tar.zst", "prestart.tar.zst", "runtime.tar.zst", "tools.tar.zst"],
        _names(groups.sealed),
    )
    asserts.equals(env, [], _names(groups._validation), "every check has an output that something consumes")
    return analysistest.end(env)

media_test = analysistest.make(_media_test_impl)

def _helper_test_impl(ctx):
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    asserts.equals(env, target.label.name, target[DefaultInfo].files_to_run.executable.basename)
    runfiles = target[DefaultInfo].default_runfiles.files
    for expected in [target.label.name + ".pub", "media.iso"]:
        asserts.true(env, expected in _names(runfiles), "%s is no runfile" % expected)
    return analysistest.end(env)

helper_test = analysistest.make(_helper_test_impl)

def provider_test_suite(name):
    """Declares the tests.

    Args:
        name: name of the test suite.
    """
    content_test(
        name = "tools_provider_test",
        target_under_test = ":tools",
        expected = {
            "command": "",
            "display_name": "Site tools",
            "kind": "package",
            "package_id": "LAB00012",
            "version": "3",
        },
        pack = "tools.tar.zst",
    )
    content_test(
        name = "stripped_provider_test",
        target_under_test = ":stripped",
        expected = {
            "display_name": "stripped",
            "kind": "package",
        },
        pack = "stripped.tar",
        sensitive = True,
    )
    content_test(
        name = "selected_provider_test",
        target_under_test = ":selected",
        expected = {"kind": "package"},
        pack = "selected.tar.zst",
    )
    content_test(
        name = "editor_provider_test",
        target_under_test = ":editor",
        expected = {
            "command": "sh install.sh",
            "kind": "application",
        },
        pack = "editor.tar.zst",
        closure = [
            "LAB00012",
            "LAB00032",
            "LAB00031",
        ],
    )
    content_test(
        name = "drivers_provider_test",
        target_under_test = ":drivers",
        expected = {"kind": "driver"},
        pack = "drivers.tar.zst",
    )
    content_test(
        name = "minilinux_provider_test",
        target_under_test = ":minilinux",
        expected = {"kind": "os_image"},
        pack = "minilinux.tar.zst",
    )
    content_test(
        name = "prestart_provider_test",
        target_under_test = ":prestart",
        expected = {
            "command": "sh name.sh --ask",
            "kind": "prestart",
        },
        pack = "prestart.tar.zst",
    )
    sequence_test(name = "sequence_provider_test", target_under_test = ":deploy")
    boot_image_test(name = "boot_image_provider_test", target_under_test = ":boot")
    signing_key_test(
        name = "signing_key_provider_test",
        target_under_test = ":other",
        public_key = "testdata/keys/test_other.pub",
        has_secret_key = True,
    )
    signing_key_test(
        name = "external_key_provider_test",
        target_under_test = ":external",
        public_key = "testdata/keys/test_other.pub",
    )
    signing_key_with_test_keys_test(
        name = "signing_key_with_test_keys_provider_test",
        target_under_test = ":external",
        public_key = "testdata/keys/test_release.pub",
        has_secret_key = True,
        is_test_key = True,
    )
    media_key_test(name = "media_key_provider_test", target_under_test = ":key_of_first")
    media_key_with_test_keys_test(name = "media_key_with_test_keys_provider_test", target_under_test = ":key_of_second")
    media_secret_test(name = "media_secret_provider_test", target_under_test = ":key_of_first_seal")
    media_test(name = "media_provider_test", target_under_test = ":media")
    helper_test(name = "show_helper_test", target_under_test = ":media.show")
    helper_test(name = "verify_helper_test", target_under_test = ":media.verify")
    native.test_suite(
        name = name,
        tests = [
            ":boot_image_provider_test",
            ":drivers_provider_test",
            ":editor_provider_test",
            ":external_key_provider_test",
            ":media_key_provider_test",
            ":media_key_with_test_keys_provider_test",
            ":media_provider_test",
            ":media_secret_provider_test",
            ":minilinux_provider_test",
            ":prestart_provider_test",
            ":selected_provider_test",
            ":sequence_provider_test",
            ":show_helper_test",
            ":signing_key_provider_test",
            ":signing_key_with_test_keys_provider_test",
            ":stripped_provider_test",
            ":tools_provider_test",
            ":verify_helper_test",
        ],
    )
