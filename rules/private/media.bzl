"""What all kinds of media have in common: checks and the actions from plan to volume."""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")
load("@tsmedia_build_root//:identity.bzl", "BUILD_ROOT")
load(
    ":actions.bzl",
    "new_args",
    "ordered",
    "run_tool",
    "streaming",
)
load(
    ":check.bzl",
    "check_media_label",
    "check_period",
    "check_time",
    "check_variables",
    "label_text",
    "refuse",
    "size_in_bytes",
    "volume_bytes",
)
load(":flags.bzl", "ARCHITECTURES", "media_transition")
load(":packages.bzl", "resolve", "root")
load(":providers/boot_image_info.bzl", "BootImageInfo")
load(":providers/content_info.bzl", "ContentInfo")
load(":providers/media_info.bzl", "MediaInfo")
load(":providers/media_key_info.bzl", "MediaKeyInfo")
load(":providers/media_secret_info.bzl", "MediaSecretInfo")
load(":providers/signing_key_info.bzl", "SigningKeyInfo")
load(":providers/task_sequence_info.bzl", "TaskSequenceInfo")
load(":secrets.bzl", "SECRET_REQUIREMENTS", "add_secret", "secret_attr", "secret_of")
load(":validate.bzl", "validate")

_UNLIMITED = "unlimited"
_ISO = "iso"
_USB = "usb"

# What the file of a single volume is called.
_EXTENSIONS = {_ISO: ".iso", _USB: ".img"}

_SECTOR_SIZES = [512, 4096]

def _single(value):
    """The target of a label attribute with a transition, which is a list of one."""
    return value[0] if value else None

def _check_key(ctx):
    """Returns the media key, or None."""
    if ctx.attr.key:
        key = ctx.attr.key[MediaKeyInfo]
        return key if key.recipient else None
    if ctx.attr._require_key[BuildSettingInfo].value:
        refuse(ctx.label, "key", "--//rules:require_key is set, and the medium has no key: name a media_key")
    if ctx.attr.secret_variables:
        refuse(ctx.label, "secret_variables", "without a key everybody could read them on the medium: name a media_key in `key`")
    if ctx.attr.keep_unlocked:
        refuse(ctx.label, "keep_unlocked", "without a key nothing is locked: leave it out, or name a media_key in `key`")
    return None

def _check_boot_image(ctx, kind):
    boot = ctx.attr.boot_image[BootImageInfo]
    if kind not in boot.media_kinds:
        refuse(
            ctx.label,
            "boot_image",
            "%s is for other kinds of media (%s): add \"%s\" to its media_kinds" %
            (label_text(boot.label), ", ".join(boot.media_kinds), kind),
        )
    if ctx.attr.arch != boot.arch:
        refuse(
            ctx.label,
            "arch",
            '"%s" is not the architecture of %s ("%s"): use a boot image for it' % (ctx.attr.arch, label_text(boot.label), boot.arch),
        )
    key = ctx.attr.signing_key[SigningKeyInfo]
    if key.public_key not in boot.trusted_keys:
        refuse(
            ctx.label,
            "signing_key",
            "%s is not among the trusted_keys of %s, whose agent would refuse the medium: add it there" %
            (label_text(key.label), label_text(boot.label)),
        )
    return boot

def _form(ctx, boot):
    """What the volumes of the medium are: struct(format, volume_size, sector_size, data_partition, free_space), sizes in bytes."""
    attr = ctx.attr
    if attr.format not in _EXTENSIONS:
        refuse(ctx.label, "format", '"%s" is none: write "%s" or "%s"' % (attr.format, _ISO, _USB))
    volume_size = volume_bytes(ctx.label, attr.volume_size)
    if attr.format == _USB:
        if volume_size:
            refuse(ctx.label, "volume_size", 'a drive is one volume: leave it out, or write format = "%s"' % _ISO)
        if attr.sector_size not in _SECTOR_SIZES:
            refuse(ctx.label, "sector_size", "%d is not supported: write 512 or 4096" % attr.sector_size)
        if attr.sector_size != 512 and "uefi" not in boot.firmware:
            refuse(
                ctx.label,
                "sector_size",
                'a BIOS starts no drive with such sectors, and %s is for nothing else: write 512, or add "uefi" to its firmware' %
                label_text(boot.label),
            )
        return struct(
            format = _USB,
            volume_size = 0,
            sector_size = attr.sector_size,
            data_partition = attr.data_partition,
            free_space = size_in_bytes(ctx.label, "free_space", attr.free_space or "0"),
        )
    for attribute, value in [("data_partition", attr.data_partition), ("free_space", attr.free_space), ("sector_size", attr.sector_size != 512)]:
        if value:
            refuse(ctx.label, attribute, 'only drives have a choice: leave it out, or write format = "%s"' % _USB)
    return struct(format = _ISO, volume_size = volume_size, sector_size = 0, data_partition = False, free_space = 0)

def _check_signing_key(ctx):
    key = ctx.attr.signing_key[SigningKeyInfo]
    if ctx.file.signature and key.has_secret_key and not key.is_test_key:
        refuse(
            ctx.label,
            "signature",
            "%s has a secret key and signs itself: leave out the signature, or the key's secret_key" % label_text(key.label),
        )
    return key

def _check_content(ctx):
    prestart = _single(ctx.attr.prestart)
    if prestart and prestart[ContentInfo].kind != "prestart":
        refuse(ctx.label, "prestart", "%s is no prestart_command: declare one" % label_text(prestart.label))
    for target in ctx.attr.content:
        if target[ContentInfo].kind == "prestart":
            refuse(
                ctx.label,
                "content",
                "%s is a prestart command: name it in prestart" % label_text(target.label),
            )

def _dependency_flags(entry):
    return ["--dependency=%s=%s" % (entry.package_id, to) for to in entry.dependency_ids]

def _install_flag(entry):
    return "--install=%s=%s" % (entry.package_id, entry.command) if entry.kind == "application" else None

def _pack_flag(entry):
    return "--pack=" + entry.info.path

def _pack_input(entry):
    return "--input=pack/%s/%s=%s" % (entry.package_id, entry.version, entry.pack.path)

def _boot_input(entry):
    return "--input=boot/%s=%s" % (entry.path, entry.file.path)

def _ids(packages, labels):
    """Package IDs of targets, in the order of `packages`."""
    return [entry.package_id for entry in packages if entry.label in labels]

def _add_content(ctx, args, kind, sequence, sequence_file, packages, prestart):
    """Says what the medium carries: the arguments that TsmPlan and TsmSealMedia have in common."""
    args.add("--kind=" + kind)
    args.add(ctx.attr.label, format = "--label=%s")
    args.add("--arch=" + ctx.attr.arch)
    args.add("--not_before=" + ctx.attr.not_before)
    args.add("--not_after=" + ctx.attr.not_after)
    args.add("--file_time=%d" % check_time(ctx.label, "file_time", ctx.attr.file_time))
    args.add("--unattended=" + ("true" if ctx.attr.unattended else "false"))
    args.add("--keep_unlocked=" + ("true" if ctx.attr.keep_unlocked else "false"))
    args.add("--verify_first=" + ("true" if ctx.attr.verify_first else "false"))
    args.add_all(ordered(ctx, ["--variable=%s=%s" % pair for pair in ctx.attr.variables.items()]))
    args.add("--build_root=" + BUILD_ROOT)
    args.add(sequence_file, format = "--sequence=%s")
    labels = {entry.label: entry.package_id for entry in packages}
    edges = [
        struct(package_id = entry.package_id, dependency_ids = [labels[to] for to in entry.dependencies])
        for entry in packages
    ]
    args.add_all(ordered(ctx, packages), map_each = _pack_flag)
    args.add_all(ordered(ctx, edges), map_each = _dependency_flags)
    args.add_all(ordered(ctx, packages), map_each = _install_flag)
    args.add_all(ordered(ctx, _ids(packages, sequence.references)), format_each = "--reference=%s")
    args.add_all(ordered(ctx, _ids(packages, [target[ContentInfo].label for target in ctx.attr.content])), format_each = "--content=%s")
    if prestart:
        args.add("--prestart=%s=%s" % (prestart[ContentInfo].package_id, prestart[ContentInfo].command))

def _plan(ctx, form, content_flags, inputs, packages, boot, media_key, sealed_inputs, key):
    """TsmPlan; returns the plan, and reports about it for people and for programs."""
    plan = ctx.actions.declare_file(ctx.label.name + ".plan.binpb")
    reports = [ctx.actions.declare_file(ctx.label.name + ".report." + kind) for kind in ["txt", "json"]]
    args = new_args(ctx, label_text(ctx.label))
    content_flags(args)
    args.add("--format=" + form.format)
    args.add("--volume_size=%d" % form.volume_size)
    args.add("--sector_size=%d" % form.sector_size)
    args.add("--data_partition=" + ("true" if form.data_partition else "false"))
    args.add("--free_space=%d" % form.free_space)
    args.add(boot.boot_info, format = "--boot=%s")
    args.add_all(ordered(ctx, boot.files), map_each = _boot_input)
    args.add(key.public_key, format = "--public_key=%s")
    inputs = inputs + [boot.boot_info, key.public_key] + [entry.file for entry in boot.files]
    if media_key:
        seal_infos = [entry.seal_info for entry in packages]
        args.add(media_key.recipient, format = "--recipient=%s")
        args.add_all(ordered(ctx, seal_infos), format_each = "--sealed=%s")
        _add_sealed_inputs(args, sealed_inputs)
        inputs += [media_key.recipient] + seal_infos + [file for _, file in sealed_inputs]
    args.add(plan, format = "--out_plan=%s")
    args.add(reports[0], format = "--out_report=%s")
    args.add(reports[1], format = "--out_json_report=%s")
    run_tool(
        ctx,
        "plan",
        "TsmPlan",
        args,
        inputs = inputs,
        outputs = [plan] + reports,
        message = "Planning %s" % label_text(ctx.label),
    )
    return plan, reports

def _add_sealed_inputs(args, sealed_inputs):
    for path, file in sealed_inputs:
        args.add(file, format = "--input=sealed/%s=%%s" % path)

def _manifest(ctx, plan, boot):
    """TsmManifest; returns the manifest."""
    manifest = ctx.actions.declare_file(ctx.label.name + ".manifest.binpb")
    args = new_args(ctx, label_text(ctx.label))
    args.add(plan, format = "--plan=%s")
    args.add_all(ordered(ctx, boot.files), map_each = _boot_input)
    args.add(manifest, format = "--out=%s")
    run_tool(
        ctx,
        "manifest",
        "TsmManifest",
        args,
        inputs = [plan] + [entry.file for entry in boot.files],
        outputs = [manifest],
        message = "Listing the bytes of %s" % label_text(ctx.label),
    )
    return manifest

def _sign(ctx, manifest, key):
    """TsmSign; returns the signature."""
    signature = ctx.actions.declare_file(ctx.label.name + ".manifest.binpb.sig")
    args = new_args(ctx, label_text(ctx.label))
    args.add(manifest, format = "--manifest=%s")
    args.add(key.public_key, format = "--public_key=%s")
    args.add(label_text(key.label), format = "--key_target=%s")
    inputs = [manifest, key.public_key]
    requirements = {}
    if key.has_secret_key:
        inputs += add_secret(args, "secret_key", ctx.attr.signing_key[MediaSecretInfo])
        requirements = SECRET_REQUIREMENTS
    elif ctx.file.signature:
        args.add(ctx.file.signature, format = "--external_signature=%s")
        inputs.append(ctx.file.signature)
    args.add(signature, format = "--out=%s")
    run_tool(
        ctx,
        "sign",
        "TsmSign",
        args,
        inputs = inputs,
        outputs = [signature],
        message = "Signing %s" % label_text(ctx.label),
        requirements = requirements,
    )
    return signature

def _sealed_inputs(key, sealed):
    """What a protected medium has in the place of objects in clear: list of (path on the medium, File)."""
    return [("tsmedia/identity.age", key.protected_identity)] + [("tsmedia/%s.binpb.age" % name, file) for name, file in sealed.items()]

def _seal_media(ctx, content_flags, inputs, key):
    """TsmSealMedia; returns the sealed objects: dict from name to File."""
    args = new_args(ctx, label_text(ctx.label))
    content_flags(args)
    args.add(key.recipient, format = "--recipient=%s")
    secrets = add_secret(args, "seal_secret", ctx.attr.key[MediaSecretInfo])
    if ctx.attr.secret_variables:
        secrets += add_secret(args, "secret_variables", secret_of(ctx, "secret_variables"))
    sealed = {}
    for name in ["variables", "sequence", "inventory"]:
        sealed[name] = ctx.actions.declare_file("%s.%s.binpb.age" % (ctx.label.name, name))
        args.add(sealed[name], format = "--out_%s=%%s" % name)
    run_tool(
        ctx,
        "seal_media",
        "TsmSealMedia",
        args,
        inputs = inputs + [key.recipient] + secrets,
        outputs = sealed.values(),
        message = "Sealing what %s is to do" % label_text(ctx.label),
        requirements = SECRET_REQUIREMENTS,
    )
    return sealed

def _plan_inputs(packages, boot, manifest, signature, sealed_inputs):
    """The files of the plan's inputs under their names there (tools/plan/input_names.h)."""
    return tuple(
        [struct(name = "manifest", file = manifest), struct(name = "signature", file = signature)] +
        [struct(name = "pack/%s/%s" % (entry.package_id, entry.version), file = entry.pack) for entry in packages] +
        [struct(name = "boot/" + entry.path, file = entry.file) for entry in boot.files] +
        [struct(name = "sealed/" + path, file = file) for path, file in sealed_inputs],
    )

def _write_volumes(ctx, form, plan, manifest, signature, packages, boot, sealed_inputs):
    """TsmVolume; returns the image, or the directory with the images of a set."""
    args = new_args(ctx, label_text(ctx.label))
    args.add(plan, format = "--plan=%s")
    args.add(manifest, format = "--input=manifest=%s")
    args.add(signature, format = "--input=signature=%s")
    args.add_all(ordered(ctx, packages), map_each = _pack_input)
    args.add_all(ordered(ctx, boot.files), map_each = _boot_input)
    _add_sealed_inputs(args, sealed_inputs)
    if form.volume_size:
        out = ctx.actions.declare_directory(ctx.label.name + ".volumes")
        args.add_all([out], format_each = "--out_directory=%s", expand_directories = False)
    else:
        out = ctx.actions.declare_file(ctx.label.name + _EXTENSIONS[form.format])
        args.add(out, format = "--out=%s")
    run_tool(
        ctx,
        "volume",
        "TsmVolume",
        args,
        inputs = [plan, manifest, signature] +
                 [entry.pack for entry in packages] + [entry.file for entry in boot.files] +
                 [file for _, file in sealed_inputs],
        outputs = [out],
        message = "Writing %s" % out.short_path,
        resources = streaming,
        requirements = {"no-remote": "1"} if [entry for entry in packages if entry.sensitive and not entry.seal_info] else {},
    )
    return out

def _validated_sequence(ctx, kind, sequence, packages, media_key):
    """TsmValidate; returns the task sequence as it travels."""
    out = ctx.actions.declare_file(ctx.label.name + ".sequence.binpb")
    args = new_args(ctx, label_text(ctx.label))
    args.add("--media_kind=" + kind)
    args.add_all(ctx.attr.variables.keys(), format_each = "--variable=%s")
    if ctx.attr.unattended and media_key and not ctx.attr.keep_unlocked:
        args.add("--waits_after_restart=true")
    validate(ctx, args, sequence, packages, out)
    return out

def media_providers(ctx, kind):
    """Checks the definition, declares the actions and returns the providers of a medium.

    Args:
        ctx: context of a rule with MEDIA_ATTRS.
        kind: kind of medium, as in the toolchain's `--kind`.
    Returns:
        list of providers.
    """
    check_media_label(ctx.label, ctx.attr.label)
    check_period(ctx.label, ctx.attr.not_before, ctx.attr.not_after)
    check_variables(ctx.label, ctx.attr.variables)
    media_key = _check_key(ctx)
    _check_content(ctx)
    boot = _check_boot_image(ctx, kind)
    form = _form(ctx, boot)
    key = _check_signing_key(ctx)

    sequence = _single(ctx.attr.task_sequence)[TaskSequenceInfo]
    prestart = _single(ctx.attr.prestart)
    extra = ctx.attr.content + ([prestart] if prestart else [])
    content = depset(
        transitive = [sequence.closure] + [target[ContentInfo].closure for target in extra],
        order = "postorder",
    )
    packages = resolve(
        ctx.label,
        [
            root("task_sequence", sequence.references, via = [sequence.label]),
            root("content", [target[ContentInfo].label for target in ctx.attr.content]),
            root("prestart", [prestart[ContentInfo].label] if prestart else []),
        ],
        content,
    )

    sequence_file = _validated_sequence(ctx, kind, sequence, packages, media_key)
    content_flags = lambda args: _add_content(ctx, args, kind, sequence, sequence_file, packages, prestart)
    content_inputs = [sequence_file] + [entry.info for entry in packages]
    sealed_inputs = []
    if media_key:
        sealed_inputs = _sealed_inputs(media_key, _seal_media(ctx, content_flags, content_inputs, media_key))
    plan, reports = _plan(ctx, form, content_flags, content_inputs, packages, boot, media_key, sealed_inputs, key)
    manifest = _manifest(ctx, plan, boot)
    signature = _sign(ctx, manifest, key)
    volumes = _write_volumes(ctx, form, plan, manifest, signature, packages, boot, sealed_inputs)
    return [
        DefaultInfo(files = depset([volumes]), runfiles = ctx.runfiles([volumes])),
        OutputGroupInfo(
            plan = depset([plan]),
            report = depset(reports),
            manifest = depset([manifest]),
            sealed = depset([entry.pack for entry in packages] + [file for _, file in sealed_inputs]),
            _validation = depset(),
        ),
        MediaInfo(
            label = ctx.label,
            kind = kind,
            format = form.format,
            is_set = form.volume_size > 0,
            sector_size = form.sector_size,
            arch = ctx.attr.arch,
            volume_label = ctx.attr.label,
            volumes = volumes,
            plan = plan,
            manifest = manifest,
            signature = signature,
            inputs = _plan_inputs(packages, boot, manifest, signature, sealed_inputs),
            public_key = key.public_key,
            media_key = media_key,
            content = content,
        ),
    ]

MEDIA_ATTRS = {
    "arch": attr.string(default = "x86_64", values = ARCHITECTURES, doc = "Architecture of the target machines."),
    "boot_image": attr.label(mandatory = True, providers = [BootImageInfo], doc = "What the medium boots."),
    "content": attr.label_list(
        cfg = media_transition,
        providers = [ContentInfo],
        doc = "Packages on the medium beyond what the task sequence needs.",
    ),
    "data_partition": attr.bool(doc = "Of `usb`: whether the packages are on a partition of their own."),
    "file_time": attr.string(default = "1980-01-01T00:00:00Z", doc = "Time of all files on the medium, in UTC."),
    "format": attr.string(default = _ISO, doc = "`iso`: images for CD, DVD and virtual drives; `usb`: the image of a USB drive."),
    "free_space": attr.string(doc = "Of `usb`: what stays free beside the content, for example `512MB`."),
    "keep_unlocked": attr.bool(doc = "Whether the medium stays unlocked over restarts. Needs `key`."),
    "key": attr.label(providers = [MediaKeyInfo], doc = "The media_key that protects the content with a password."),
    "label": attr.string(default = "TSMEDIA", doc = "Label of the volume: 1 to 32 printable ASCII characters."),
    "not_after": attr.string(doc = "When the medium ends to be valid, for example `2027-01-01T00:00:00Z`; by default never."),
    "not_before": attr.string(doc = "When the medium begins to be valid, for example `2026-01-01T00:00:00Z`; by default at once."),
    "prestart": attr.label(
        cfg = media_transition,
        providers = [ContentInfo],
        doc = "A prestart_command.",
    ),
    "secret_variables": secret_attr("Variables that only who has the password can read: a file of `mediactl secret new`."),
    "sector_size": attr.int(default = 512, doc = "Of `usb`: bytes of the drive's logical sectors, 512 or 4096."),
    "signature": attr.label(
        allow_single_file = [".sig"],
        doc = "Signature of the manifest that was made elsewhere, for a signing_key without secret key.",
    ),
    "signing_key": attr.label(
        mandatory = True,
        providers = [SigningKeyInfo],
        doc = "Who signs the medium: one of the boot image's trusted_keys.",
    ),
    "task_sequence": attr.label(
        mandatory = True,
        cfg = media_transition,
        providers = [TaskSequenceInfo],
        doc = "What the target machine does.",
    ),
    "_require_key": attr.label(default = "//rules:require_key", providers = [BuildSettingInfo]),
    "unattended": attr.bool(doc = "Whether the deployment starts without asking."),
    "verify_first": attr.bool(doc = "Whether the agent verifies every package before it changes anything."),
    "variables": attr.string_dict(doc = "Task sequence variables that are set at the start."),
    "volume_size": attr.string(default = _UNLIMITED, doc = "Of `iso`: `unlimited`, or the most that a volume of the set may have."),
}
