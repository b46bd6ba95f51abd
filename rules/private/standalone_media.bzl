"""Implementation of standalone_media."""

load(":actions.bzl", "TOOLCHAIN_TYPE", "TOOL_ATTRS")
load(":media.bzl", "MEDIA_ATTRS", "media_providers")
load(":media_helpers.bzl", "declare_media_helpers")
load(":providers/media_info.bzl", "MediaInfo")

def _standalone_media_impl(ctx):
    return media_providers(ctx, "standalone")

_standalone_media = rule(
    implementation = _standalone_media_impl,
    doc = "Stand-alone media.",
    attrs = MEDIA_ATTRS | TOOL_ATTRS,
    provides = [MediaInfo],
    toolchains = [TOOLCHAIN_TYPE],
)

def standalone_media(
        name,
        task_sequence,
        boot_image,
        signing_key,
        content = [],
        label = "TSMEDIA",
        format = "iso",
        volume_size = "unlimited",
        sector_size = 512,
        data_partition = False,
        free_space = "",
        arch = "x86_64",
        variables = {},
        prestart = None,
        unattended = False,
        keep_unlocked = False,
        verify_first = False,
        not_before = "",
        not_after = "",
        file_time = "1980-01-01T00:00:00Z",
        signature = None,
        key = None,
        secret_variables = None,
        **kwargs):
    """A medium that deploys an operating system without any network.

    ```starlark
    standalone_media(
        name = "branch_office",
        task_sequence = ":deploy",
        boot_image = ":boot_x64",
        signing_key = ":release",
        content = [":site_tools"],
        label = "BRANCH01",
        variables = {"OSDTimeZone": "UTC"},
        prestart = ":name_computer",
        not_before = "2026-01-01T00:00:00Z",
        not_after = "2027-01-01T00:00:00Z",
    )
    ```

    What `NAME` is:

    | `format` | `volume_size` | file |
    |---|---|---|
    | `iso` | `unlimited` | `NAME.iso`: a CD, DVD or virtual drive boots it, and so does a USB drive that it is written to |
    | `iso` | `650MB`, `4.7GB`, `8.5GB`, any size | the directory `NAME.volumes` with a set of discs, `LABEL_1of3.iso` and so on |
    | `usb` | | `NAME.img`: the image of a whole USB drive |

    On the medium is what the task sequence references, what that needs, `content` and `prestart`.
    `bazel run :NAME.verify` checks every byte of the medium, `bazel run :NAME.show` says what it is.

    Output groups: `plan` (what every byte of every volume is), `report` (what lies where, as text and as JSON), `manifest` (the
    signed list of everything; what an external signer signs), `sealed` (the packs as they are on the medium).

    Args:
        name: name of the target.
        task_sequence: the task_sequence: what the target machine does.
        boot_image: the boot_image: what the medium boots.
        signing_key: the signing_key, one of the boot image's `trusted_keys`.
        content: packages on the medium beyond what the task sequence needs.
        label: label of the volume: 1 to 32 printable ASCII characters.
        format: `iso` (CD, DVD and virtual drives; boots from a USB drive as well) or `usb` (the image of a whole USB drive, with
            FAT32 partitions that every operating system shows).
        volume_size: of `iso`: `unlimited` (one volume), or the most that each volume of a set may have: `650MB` (a CD), `4.7GB`
            (a DVD), `8.5GB` (a dual layer DVD), a size such as `2GB`, or a number of bytes. The first volume boots; packages lie
            in the order of their use, and are cut where a volume ends.
        sector_size: of `usb`: bytes of the drive's logical sectors, 512 or 4096. An image serves one of them; a BIOS starts
            drives with 512 only.
        data_partition: of `usb`: whether the packages are on a partition of their own, which Windows shows as a drive, behind the
            EFI system partition.
        free_space: of `usb`: what stays free beside the content, for example `512MB` (1 MB = 1,048,576 bytes).
        arch: architecture of the target machines.
        variables: dictionary: task sequence variable -> value at the start. They stand in the BUILD file: no place for secrets.
        prestart: a prestart_command.
        unattended: whether the deployment starts without asking.
        keep_unlocked: whether the medium's password is typed once, and not again after each restart. For unattended deployments
            that restart; else it is weaker for no gain: until the run is over the media key lies in clear on the disk that
            is being deployed. Needs `key`.
        verify_first: whether the agent verifies every package before it changes anything. It verifies each as it is
            used in any case; this takes the time to read the medium once more, and finds damage while nothing is lost.
        not_before: when the medium begins to be valid, in UTC, for example `2026-01-01T00:00:00Z`; by default at once.
        not_after: when the medium ends to be valid, in UTC; by default never.
        file_time: time of all files on the medium, in UTC.
        signature: signature of the manifest that was made elsewhere, for a signing_key without secret key.
        key: a media_key: the content is sealed, and takes a password to read. Without one everybody can read it.
        secret_variables: variables that stand in no BUILD file: a `media_secret` with a file of `mediactl secret new`. Needs `key`.
        **kwargs: what every rule has: `visibility`, `tags`, `testonly`, `target_compatible_with`, ...
    """
    _standalone_media(
        name = name,
        task_sequence = task_sequence,
        boot_image = boot_image,
        signing_key = signing_key,
        content = content,
        label = label,
        format = format,
        volume_size = volume_size,
        sector_size = sector_size,
        data_partition = data_partition,
        free_space = free_space,
        arch = arch,
        variables = variables,
        prestart = prestart,
        unattended = unattended,
        keep_unlocked = keep_unlocked,
        verify_first = verify_first,
        not_before = not_before,
        not_after = not_after,
        file_time = file_time,
        signature = signature,
        key = key,
        secret_variables = secret_variables,
        **kwargs
    )
    declare_media_helpers(name, kwargs)
