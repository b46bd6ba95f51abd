"""Tests of the actions: mnemonics, arguments, inputs and what they may not do."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("@tsmedia_build_root//:identity.bzl", "BUILD_ROOT")

def _action(env, mnemonic):
    found = [action for action in analysistest.target_actions(env) if action.mnemonic == mnemonic]
    asserts.equals(env, 1, len(found), "actions " + mnemonic)
    return found[0]

def _without_output_directory(argument):
    """`--out=bazel-out/k8-opt/bin/a/b` -> `--out=a/b`."""
    head, found, tail = argument.partition("bazel-out/")
    return head + tail.split("/", 2)[2] if found else argument

def _arguments(action):
    # What the argument file holds; the first word is the tool.
    return [_without_output_directory(argument) for argument in action.argv[1:]]

def _arguments_test_impl(ctx):
    env = analysistest.begin(ctx)
    action = _action(env, ctx.attr.mnemonic)
    asserts.equals(env, ctx.attr.arguments, _arguments(action))
    asserts.equals(env, {}, dict(action.env), "environment")
    return analysistest.end(env)

arguments_test = analysistest.make(
    _arguments_test_impl,
    attrs = {
        "arguments": attr.string_list(mandatory = True, doc = "The arguments, without the output directory in paths."),
        "mnemonic": attr.string(mandatory = True, doc = "Mnemonic of the action."),
    },
)

def _mnemonics_test_impl(ctx):
    env = analysistest.begin(ctx)
    found = [action.mnemonic for action in analysistest.target_actions(env)]
    asserts.equals(env, ctx.attr.mnemonics, sorted(found))
    return analysistest.end(env)

mnemonics_test = analysistest.make(
    _mnemonics_test_impl,
    attrs = {"mnemonics": attr.string_list(mandatory = True, doc = "All mnemonics of the target, sorted.")},
)

_MNEMONICS = {
    "boot": ["TsmBoot"],
    "deploy": ["TsmValidate"],
    "editor": [],
    "media": ["TsmManifest", "TsmPlan", "TsmSign", "TsmValidate", "TsmVolume"],
    "minilinux.pack": ["TsmPack"],
    "protected_media": ["TsmManifest", "TsmPlan", "TsmSealMedia", "TsmSign", "TsmValidate", "TsmVolume"],
    "tools": [],
    "tools.pack": ["TsmPack"],
}

# What TsmPlan and TsmSealMedia are told of the protected medium.
_PROTECTED_CONTENT = [
    "--target=//tests/starlark:protected_media",
    "--kind=standalone",
    "--label=TSMEDIA",
    "--arch=x86_64",
    "--not_before=",
    "--not_after=",
    "--file_time=315532800",
    "--unattended=false",
    "--keep_unlocked=false",
    "--verify_first=false",
    "--build_root=" + BUILD_ROOT,
    "--sequence=tests/starlark/protected_media.sequence.binpb",
    "--pack=tests/starlark/drivers.packinfo.binpb",
    "--content=LAB00041",
]

# Name of the test -> target, mnemonic, arguments.
_ARGUMENTS = {
    "boot_arguments": ("boot", "TsmBoot", [
        "--target=//tests/starlark:boot",
        "--arch=x86_64",
        "--media_kind=standalone",
        "--kernel=boot/vmlinuz=tests/starlark/file.txt",
        "--initrd=boot/initrd.0=tests/starlark/file.tar",
        "--efi_binary=EFI/BOOT/BOOTX64.EFI=tests/starlark/file.txt",
        "--bios_boot_image=boot/grub/bios.img=tests/starlark/file.txt",
        "--bios_boot_sector=boot/grub/bios_boot_sector.img=tests/starlark/file.txt",
        "--bios_drive_image=boot/grub/bios_drive.img=tests/starlark/file.txt",
        "--public_key=testdata/keys/test_other.pub",
        "--public_key=testdata/keys/test_release.pub",
        "--accept_test_keys=false",
        "--kernel_arg=quiet",
        "--agent=tools/agent/agent",
        "--agent_path=boot/initrd.1",
        "--out_agent_initrd=tests/starlark/boot.agent.initrd",
        "--out_boot_info=tests/starlark/boot.boot.binpb",
    ]),
    "german_boot_arguments": ("german_boot", "TsmBoot", [
        "--target=//tests/starlark:german_boot",
        "--arch=x86_64",
        "--media_kind=standalone",
        "--kernel=boot/vmlinuz=tests/starlark/file.txt",
        "--initrd=boot/initrd.0=tests/starlark/german_boot.extra.initrd",
        "--efi_binary=EFI/BOOT/BOOTX64.EFI=tests/starlark/file.txt",
        "--public_key=testdata/keys/test_release.pub",
        "--accept_test_keys=false",
        "--keyboard=de=tests/starlark/german_boot.de.bmap",
        "--keyboard=us=tests/starlark/german_boot.us.bmap",
        "--debug_shell=true",
        "--agent=tools/agent/agent",
        "--agent_path=boot/initrd.1",
        "--out_agent_initrd=tests/starlark/german_boot.agent.initrd",
        "--out_boot_info=tests/starlark/german_boot.boot.binpb",
    ]),
    "german_extra_arguments": ("german_boot", "TsmSegment", [
        "--target=//tests/starlark:german_boot",
        "--package=external/debian_jq/package.deb",
        "--executable=bin/tool=tests/starlark/program.sh",
        "--file=etc/motd=tests/starlark/file.txt",
        "--out=tests/starlark/german_boot.extra.initrd",
    ]),
    "image_pack_arguments": ("minilinux.pack", "TsmPack", [
        "--target=//tests/starlark:minilinux",
        "--package_id=LAB00001",
        "--version=1",
        "--kind=os_image",
        "--display_name=minilinux",
        "--format=file",
        "--compression=zstd",
        "--file_time=315532800",
        "--file=13:minilinux.tar=tests/starlark/file.tar",
        "--out_pack=tests/starlark/minilinux.tar.zst",
        "--out_info=tests/starlark/minilinux.packinfo.binpb",
    ]),
    "manifest_arguments": ("media", "TsmManifest", [
        "--target=//tests/starlark:media",
        "--plan=tests/starlark/media.plan.binpb",
        "--input=boot/boot/vmlinuz=tests/starlark/file.txt",
        "--input=boot/boot/initrd.0=tests/starlark/file.tar",
        "--input=boot/boot/initrd.1=tests/starlark/boot.agent.initrd",
        "--input=boot/EFI/BOOT/BOOTX64.EFI=tests/starlark/file.txt",
        "--input=boot/boot/grub/bios.img=tests/starlark/file.txt",
        "--input=boot/boot/grub/bios_boot_sector.img=tests/starlark/file.txt",
        "--input=boot/boot/grub/bios_drive.img=tests/starlark/file.txt",
        "--out=tests/starlark/media.manifest.binpb",
    ]),
    "mounted_pack_arguments": ("mounted.pack", "TsmPack", [
        "--target=//tests/starlark:mounted",
        "--package_id=LAB00014",
        "--version=1",
        "--kind=package",
        "--display_name=mounted",
        "--format=tree",
        "--compression=zstd",
        "--file_time=315532800",
        "--mode_file=16:opt/etc/file.txt=0750=tests/starlark/file.txt",
        "--dir=11:opt/var/lib=0700",
        "--symlink=12:opt/etc/link=file.txt",
        "--out_pack=tests/starlark/mounted.tar.zst",
        "--out_info=tests/starlark/mounted.packinfo.binpb",
    ]),
    "parent_arguments": ("parent", "TsmValidate", [
        "--target=//tests/starlark:parent",
        "--sequence=tests/starlark/deploy.textproto",
        "--source_path=tests/starlark/deploy.textproto",
        "--child=tests/starlark/deploy.sequence.binpb",
        "--reference=os_image=LAB00001=1",
        "--reference=package=LAB00012=3",
        "--reference=application=LAB00031=9.1",
        "--reference=application=LAB00032=2",
        "--reference=driver=LAB00041=1",
        "--application=LAB00031=editor",
        "--application=LAB00032=runtime",
        "--out=tests/starlark/parent.sequence.binpb",
    ]),
    "plan_arguments": ("media", "TsmPlan", [
        "--target=//tests/starlark:media",
        "--kind=standalone",
        "--label=BRANCH01",
        "--arch=x86_64",
        "--not_before=2026-01-01T00:00:00Z",
        "--not_after=2027-01-01T00:00:00Z",
        "--file_time=315532800",
        "--unattended=false",
        "--keep_unlocked=false",
        "--verify_first=false",
        "--variable=OSDTimeZone=UTC",
        "--build_root=" + BUILD_ROOT,
        "--sequence=tests/starlark/media.sequence.binpb",
        "--pack=tests/starlark/minilinux.packinfo.binpb",
        "--pack=tests/starlark/tools.packinfo.binpb",
        "--pack=tests/starlark/editor.packinfo.binpb",
        "--pack=tests/starlark/runtime.packinfo.binpb",
        "--pack=tests/starlark/drivers.packinfo.binpb",
        "--pack=tests/starlark/prestart.packinfo.binpb",
        "--dependency=LAB00031=LAB00032",
        "--dependency=LAB00032=LAB00012",
        "--install=LAB00031=sh install.sh",
        "--install=LAB00032=sh install.sh",
        "--reference=LAB00001",
        "--reference=LAB00031",
        "--content=LAB00012",
        "--content=LAB00041",
        "--prestart=LAB00051=sh name.sh --ask",
        "--format=iso",
        "--volume_size=0",
        "--sector_size=0",
        "--data_partition=false",
        "--free_space=0",
        "--boot=tests/starlark/boot.boot.binpb",
        "--input=boot/boot/vmlinuz=tests/starlark/file.txt",
        "--input=boot/boot/initrd.0=tests/starlark/file.tar",
        "--input=boot/boot/initrd.1=tests/starlark/boot.agent.initrd",
        "--input=boot/EFI/BOOT/BOOTX64.EFI=tests/starlark/file.txt",
        "--input=boot/boot/grub/bios.img=tests/starlark/file.txt",
        "--input=boot/boot/grub/bios_boot_sector.img=tests/starlark/file.txt",
        "--input=boot/boot/grub/bios_drive.img=tests/starlark/file.txt",
        "--public_key=testdata/keys/test_release.pub",
        "--out_plan=tests/starlark/media.plan.binpb",
        "--out_report=tests/starlark/media.report.txt",
        "--out_json_report=tests/starlark/media.report.json",
    ]),
    "protected_plan_arguments": ("protected_media", "TsmPlan", _PROTECTED_CONTENT + [
        "--format=iso",
        "--volume_size=0",
        "--sector_size=0",
        "--data_partition=false",
        "--free_space=0",
        "--boot=tests/starlark/boot.boot.binpb",
        "--input=boot/boot/vmlinuz=tests/starlark/file.txt",
        "--input=boot/boot/initrd.0=tests/starlark/file.tar",
        "--input=boot/boot/initrd.1=tests/starlark/boot.agent.initrd",
        "--input=boot/EFI/BOOT/BOOTX64.EFI=tests/starlark/file.txt",
        "--input=boot/boot/grub/bios.img=tests/starlark/file.txt",
        "--input=boot/boot/grub/bios_boot_sector.img=tests/starlark/file.txt",
        "--input=boot/boot/grub/bios_drive.img=tests/starlark/file.txt",
        "--public_key=testdata/keys/test_release.pub",
        "--recipient=testdata/keys/test.recipient",
        "--sealed=tests/starlark/drivers.sealinfo.binpb",
        "--input=sealed/tsmedia/identity.age=testdata/keys/test.identity.age",
        "--input=sealed/tsmedia/variables.binpb.age=tests/starlark/protected_media.variables.binpb.age",
        "--input=sealed/tsmedia/sequence.binpb.age=tests/starlark/protected_media.sequence.binpb.age",
        "--input=sealed/tsmedia/inventory.binpb.age=tests/starlark/protected_media.inventory.binpb.age",
        "--out_plan=tests/starlark/protected_media.plan.binpb",
        "--out_report=tests/starlark/protected_media.report.txt",
        "--out_json_report=tests/starlark/protected_media.report.json",
    ]),
    "seal_media_arguments": ("protected_media", "TsmSealMedia", _PROTECTED_CONTENT + [
        "--recipient=testdata/keys/test.recipient",
        "--seal_secret=tests/starlark/file.txt",
        "--secret_variables_missing=//tests/starlark:key_of_second_seal: it is kept elsewhere",
        "--out_variables=tests/starlark/protected_media.variables.binpb.age",
        "--out_sequence=tests/starlark/protected_media.sequence.binpb.age",
        "--out_inventory=tests/starlark/protected_media.inventory.binpb.age",
    ]),
    "selected_pack_arguments": ("selected.pack", "TsmPack", [
        "--target=//tests/starlark:selected",
        "--package_id=LAB00015",
        "--version=1",
        "--kind=package",
        "--display_name=selected",
        "--format=tree",
        "--compression=zstd",
        "--file_time=315532800",
        "--file=5:a.txt=tests/starlark/file.txt",
        "--out_pack=tests/starlark/selected.tar.zst",
        "--out_info=tests/starlark/selected.packinfo.binpb",
    ]),
    "sequence_arguments": ("deploy", "TsmValidate", [
        "--target=//tests/starlark:deploy",
        "--sequence=tests/starlark/deploy.textproto",
        "--source_path=tests/starlark/deploy.textproto",
        "--reference=os_image=LAB00001=1",
        "--reference=package=LAB00012=3",
        "--reference=application=LAB00031=9.1",
        "--reference=application=LAB00032=2",
        "--application=LAB00031=editor",
        "--application=LAB00032=runtime",
        "--out=tests/starlark/deploy.sequence.binpb",
    ]),
    "sign_arguments": ("media", "TsmSign", [
        "--target=//tests/starlark:media",
        "--manifest=tests/starlark/media.manifest.binpb",
        "--public_key=testdata/keys/test_release.pub",
        "--key_target=//tests/starlark:release",
        "--secret_key=testdata/keys/test_release.sec",
        "--out=tests/starlark/media.manifest.binpb.sig",
    ]),
    "sign_external_arguments": ("sensitive_media", "TsmSign", [
        "--target=//tests/starlark:sensitive_media",
        "--manifest=tests/starlark/sensitive_media.manifest.binpb",
        "--public_key=testdata/keys/test_other.pub",
        "--key_target=//tests/starlark:external",
        "--external_signature=tests/starlark/media.sig",
        "--out=tests/starlark/sensitive_media.manifest.binpb.sig",
    ]),
    "sign_without_signature_arguments": ("unsigned_media", "TsmSign", [
        "--target=//tests/starlark:unsigned_media",
        "--manifest=tests/starlark/unsigned_media.manifest.binpb",
        "--public_key=testdata/keys/test_other.pub",
        "--key_target=//tests/starlark:external",
        "--out=tests/starlark/unsigned_media.manifest.binpb.sig",
    ]),
    "stripped_pack_arguments": ("stripped.pack", "TsmPack", [
        "--target=//tests/starlark:stripped",
        "--package_id=LAB00013",
        "--version=1",
        "--kind=package",
        "--display_name=stripped",
        "--format=tree",
        "--compression=none",
        "--file_time=951868800",
        "--windows=true",
        "--file=5:b.txt=tests/starlark/office_a/docs/b.txt",
        "--file=8:en/a.txt=tests/starlark/office_a/docs/en/a.txt",
        "--out_pack=tests/starlark/stripped.tar",
        "--out_info=tests/starlark/stripped.packinfo.binpb",
    ]),
    "tools_pack_arguments": ("tools.pack", "TsmPack", [
        "--target=//tests/starlark:tools",
        "--package_id=LAB00012",
        "--version=3",
        "--kind=package",
        "--display_name=Site tools",
        "--format=tree",
        "--compression=zstd",
        "--file_time=315532800",
        "--file=8:file.txt=tests/starlark/file.txt",
        "--executable=14:bin/program.sh=tests/starlark/program.sh",
        "--executable=8:bin/tool=tests/starlark/program.sh",
        "--file=15:docs/docs/b.txt=tests/starlark/office_a/docs/b.txt",
        "--file=18:docs/docs/en/a.txt=tests/starlark/office_a/docs/en/a.txt",
        "--file=15:equals=sign.txt=tests/starlark/file.txt",
        "--file=10:übung.txt=tests/starlark/file.txt",
        "--archive=3:usr=tests/starlark/file.tar",
        "--symlink=8:bin/link=../readme",
        "--empty_dir=9:var/spool",
        "--executable_pattern=bin/*",
        "--out_pack=tests/starlark/tools.tar.zst",
        "--out_info=tests/starlark/tools.packinfo.binpb",
    ]),
    "validate_arguments": ("media", "TsmValidate", [
        "--target=//tests/starlark:media",
        "--media_kind=standalone",
        "--variable=OSDTimeZone",
        "--sequence=tests/starlark/deploy.textproto",
        "--source_path=tests/starlark/deploy.textproto",
        "--reference=os_image=LAB00001=1",
        "--reference=package=LAB00012=3",
        "--reference=application=LAB00031=9.1",
        "--reference=application=LAB00032=2",
        "--reference=driver=LAB00041=1",
        "--reference=prestart=LAB00051=1",
        "--application=LAB00031=editor",
        "--application=LAB00032=runtime",
        "--out=tests/starlark/media.sequence.binpb",
    ]),
    "protected_volume_arguments": ("protected_media", "TsmVolume", [
        "--target=//tests/starlark:protected_media",
        "--plan=tests/starlark/protected_media.plan.binpb",
        "--input=manifest=tests/starlark/protected_media.manifest.binpb",
        "--input=signature=tests/starlark/protected_media.manifest.binpb.sig",
        "--input=pack/LAB00041/1=tests/starlark/drivers.tar.zst.age",
        "--input=boot/boot/vmlinuz=tests/starlark/file.txt",
        "--input=boot/boot/initrd.0=tests/starlark/file.tar",
        "--input=boot/boot/initrd.1=tests/starlark/boot.agent.initrd",
        "--input=boot/EFI/BOOT/BOOTX64.EFI=tests/starlark/file.txt",
        "--input=boot/boot/grub/bios.img=tests/starlark/file.txt",
        "--input=boot/boot/grub/bios_boot_sector.img=tests/starlark/file.txt",
        "--input=boot/boot/grub/bios_drive.img=tests/starlark/file.txt",
        "--input=sealed/tsmedia/identity.age=testdata/keys/test.identity.age",
        "--input=sealed/tsmedia/variables.binpb.age=tests/starlark/protected_media.variables.binpb.age",
        "--input=sealed/tsmedia/sequence.binpb.age=tests/starlark/protected_media.sequence.binpb.age",
        "--input=sealed/tsmedia/inventory.binpb.age=tests/starlark/protected_media.inventory.binpb.age",
        "--out=tests/starlark/protected_media.iso",
    ]),
    "volume_arguments": ("media", "TsmVolume", [
        "--target=//tests/starlark:media",
        "--plan=tests/starlark/media.plan.binpb",
        "--input=manifest=tests/starlark/media.manifest.binpb",
        "--input=signature=tests/starlark/media.manifest.binpb.sig",
        "--input=pack/LAB00001/1=tests/starlark/minilinux.tar.zst",
        "--input=pack/LAB00012/3=tests/starlark/tools.tar.zst",
        "--input=pack/LAB00031/9.1=tests/starlark/editor.tar.zst",
        "--input=pack/LAB00032/2=tests/starlark/runtime.tar.zst",
        "--input=pack/LAB00041/1=tests/starlark/drivers.tar.zst",
        "--input=pack/LAB00051/1=tests/starlark/prestart.tar.zst",
        "--input=boot/boot/vmlinuz=tests/starlark/file.txt",
        "--input=boot/boot/initrd.0=tests/starlark/file.tar",
        "--input=boot/boot/initrd.1=tests/starlark/boot.agent.initrd",
        "--input=boot/EFI/BOOT/BOOTX64.EFI=tests/starlark/file.txt",
        "--input=boot/boot/grub/bios.img=tests/starlark/file.txt",
        "--input=boot/boot/grub/bios_boot_sector.img=tests/starlark/file.txt",
        "--input=boot/boot/grub/bios_drive.img=tests/starlark/file.txt",
        "--out=tests/starlark/media.iso",
    ]),
}

def action_test_suite(name):
    """Declares the tests.

    Args:
        name: name of the test suite.
    """
    tests = []
    for target, mnemonics in _MNEMONICS.items():
        test = target + "_mnemonics_test"
        mnemonics_test(name = test, target_under_test = ":" + target, mnemonics = mnemonics)
        tests.append(test)
    for case, (target, mnemonic, arguments) in _ARGUMENTS.items():
        test = case + "_test"
        arguments_test(name = test, target_under_test = ":" + target, mnemonic = mnemonic, arguments = arguments)
        tests.append(test)
    native.test_suite(name = name, tests = tests)
