"""Implementation of media_boot_test: unit tests for task sequences."""

load(":boot_scenario.bzl", "boot_scenario")

_FOR_BOTH = ["compatible_with", "restricted_to", "tags", "target_compatible_with", "testonly"]
_SCENARIO_SUFFIX = ".scenario.json"

# --- What a scenario is made of ---------------------------------------------------
#
# Each constructor returns a struct; boot_scenario checks the values and says what is wrong with them.

def virtual_disk(bus = "virtio", size = "1200MB", sector_size = 512, serial = "", model = "", content = None):
    """A disk of the machine of a media_boot_test, which can be written to.

    Args:
        bus: what it hangs on: `virtio`, `sata`, `nvme` or `usb`.
        size: its size in MB or GB, for example `1200MB`. Only what is written takes room.
        sector_size: bytes of a logical sector: 512 or 4096.
        serial: its serial number.
        model: its model; only disks on `sata` can have one.
        content: label of an image that the disk begins with; by default it is empty.

    Returns:
        An entry for `disks`.
    """
    return struct(kind = "disk", bus = bus, size = size, sector_size = sector_size, serial = serial, model = model, image = content)

def attached_image(image, bus = "usb", boots_before_medium = False, volume = 1):
    """Another medium, or any image, that is attached to the machine of a media_boot_test and cannot be written to.

    Args:
        image: label of the image, or of a medium.
        bus: how it is attached: `usb`, a USB drive, or `cdrom`, an optical drive.
        boots_before_medium: whether the firmware tries it before the medium. Else it does not try it at all.
        volume: if `image` is a set of discs, which of them.

    Returns:
        An entry for `attach`.
    """
    return struct(kind = "image", image = image, bus = bus, boots_before_medium = boots_before_medium, volume = volume)

def typed(prompt, text = "", password_file = None, on = "keyboard", enter = True):
    """What somebody types when the machine of a media_boot_test asks for it.

    Args:
        prompt: what the console says before. A prompt that comes again needs an entry for each time.
        text: what is typed.
        password_file: label of a file of `mediactl secret new`, whose second line is the password and what is typed: passwords
            stand in no BUILD file, and the test fails if the console shows this one.
        on: where it is typed: `keyboard`, or `serial` for the serial port.
        enter: whether Enter is pressed at the end.

    Returns:
        An entry for `type`.
    """
    return struct(kind = "typed", prompt = prompt, text = text, password_file = password_file, on = on, enter = enter)

def inserted(prompt, volume = 1, image = None):
    """What somebody puts into the drive, in the place of the disc that is there, when the machine of a media_boot_test asks for it.

    The drive does not open before the machine has let go of its disc. It is empty for a second.

    Args:
        prompt: what the console says before. A prompt that comes again needs an entry for each time.
        volume: which disc of the set.
        image: label of an image, or of a medium, whose disc it is; by default the medium of the test.

    Returns:
        An entry for `type`.
    """
    return struct(kind = "inserted", prompt = prompt, volume = volume, image = image)

def _says(text):
    """The console says a text. Texts have to come in the order of their entries. `{nonce}` stands for the test's nonce.

    Args:
        text: what it says: a part of a line, or of several.

    Returns:
        An entry for `expect`. A string means the same.
    """
    return struct(kind = "expect", what = "says", text = text)

def _matches(pattern):
    """The console says something that a regular expression (of Python) matches; `^` and `$` are ends of lines.

    Args:
        pattern: the regular expression.

    Returns:
        An entry for `expect`.
    """
    return struct(kind = "expect", what = "matches", text = pattern)

def _shows(text):
    """The screen shows a text, as the last lines of it: for machines that have a serial port as well.

    Args:
        text: what it shows.

    Returns:
        An entry for `expect`.
    """
    return struct(kind = "expect", what = "shows", text = text)

def _never_says(text):
    """The console never says a text, up to the end of this start of the machine.

    Args:
        text: what it does not say.

    Returns:
        An entry for `expect`.
    """
    return struct(kind = "expect", what = "never_says", text = text)

def _trace(file):
    """The console shows exactly the steps of a file, as `mediactl simulate` prints them.

    Args:
        file: label of the file: its lines have to be on the console in this order, and no other line of a step.

    Returns:
        An entry for `expect`.
    """
    return struct(kind = "expect", what = "trace", file = file)

def _powers_off():
    """The machine powers itself off after all else was as expected. Without this it is switched off then.

    Returns:
        An entry for `expect`.
    """
    return struct(kind = "expect", what = "powers_off")

def _keeps_running(seconds):
    """The machine still runs some time after all else was as expected.

    Args:
        seconds: how long.

    Returns:
        An entry for `expect`.
    """
    return struct(kind = "expect", what = "keeps_running", seconds = seconds)

def _started_again(expect, type = [], medium = False, firmware_remembers = False):
    """The machine is switched off and started once more: how a test asks the deployed operating system itself.

    Args:
        expect: list of what this start does: texts, and `expect.says`, `matches`, `shows`, `never_says`, `powers_off` and
            `keeps_running`.
        type: list of `typed` and `inserted`, as in media_boot_test.
        medium: whether the medium, and what else is attached, is still there, the medium before the disks; of a set, the first
            disc.
        firmware_remembers: whether UEFI firmware keeps its variables. Else the machine has a new mainboard.

    Returns:
        An entry for `expect`.
    """
    return struct(
        kind = "expect",
        what = "started_again",
        expect = expect,
        type = type,
        medium = medium,
        firmware_remembers = firmware_remembers,
    )

def _partition_table(style, partitions = 0, disk = 0):
    """At the end a disk has a partition table.

    Args:
        style: `GPT` or `MBR`.
        partitions: how many partitions; 0: any number.
        disk: which entry of `disks`; 0 is the first.

    Returns:
        An entry for `expect`.
    """
    return struct(kind = "expect", what = "partition_table", style = style, partitions = partitions, disk = disk)

def _partition(number, type = "", name = "", file_system = "", label = "", min_size = "0MB", disk = 0):
    """At the end a disk has a partition. What is left out may be anything.

    Args:
        number: number of the partition; 1 is the first.
        type: `EFI`, `LINUX`, `BIOS_BOOT`, `MICROSOFT_BASIC`, `WINDOWS_RECOVERY`, another GUID, or the two hexadecimal digits of
            an MBR, for example `83`.
        name: name in the GPT.
        file_system: what is on it, as blkid(8) calls it: `ext4`, `vfat`, `ntfs`, ...
        label: label of the file system.
        min_size: the least size.
        disk: which entry of `disks`; 0 is the first.

    Returns:
        An entry for `expect`.
    """
    return struct(
        kind = "expect",
        what = "partition",
        number = number,
        type = type,
        name = name,
        file_system = file_system,
        label = label,
        min_size = min_size,
        disk = disk,
    )

def _file(path, partition, content = "", contains = "", absent = False, disk = 0):
    """At the end a file is on a disk: on an ext4, FAT or NTFS file system, which is read on the host, never mounted.

    Args:
        path: absolute path. The file may not be a link.
        partition: number of the partition; 1 is the first.
        content: all that it holds; empty: anything.
        contains: what it has to contain.
        absent: whether there must be no such file.
        disk: which entry of `disks`; 0 is the first.

    Returns:
        An entry for `expect`.
    """
    return struct(
        kind = "expect",
        what = "file",
        path = path,
        partition = partition,
        content = content,
        contains = contains,
        absent = absent,
        disk = disk,
    )

def _sound(disk = 0):
    """At the end sgdisk and the fsck programs have nothing to complain about.

    Args:
        disk: which entry of `disks`; 0 is the first.

    Returns:
        An entry for `expect`.
    """
    return struct(kind = "expect", what = "sound", disk = disk)

def _unchanged(disk = 0):
    """At the end every byte of a disk is what it was before.

    Args:
        disk: which entry of `disks`; 0 is the first.

    Returns:
        An entry for `expect`.
    """
    return struct(kind = "expect", what = "unchanged", disk = disk)

def _medium_unchanged():
    """At the end every byte of the medium, which is attached as a drive, is what it was before.

    Returns:
        An entry for `expect`.
    """
    return struct(kind = "expect", what = "medium_unchanged")

expect = struct(
    file = _file,
    keeps_running = _keeps_running,
    matches = _matches,
    medium_unchanged = _medium_unchanged,
    never_says = _never_says,
    partition = _partition,
    partition_table = _partition_table,
    powers_off = _powers_off,
    says = _says,
    shows = _shows,
    sound = _sound,
    started_again = _started_again,
    trace = _trace,
    unchanged = _unchanged,
)

# --- The test ---------------------------------------------------------------------

def _media_boot_test_impl(ctx):
    runner = ctx.attr._runner[DefaultInfo]
    executable = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(output = executable, target_file = runner.files_to_run.executable, is_executable = True)
    runfiles = ctx.attr.data[0][DefaultInfo].default_runfiles.merge(runner.default_runfiles)
    return [DefaultInfo(executable = executable, runfiles = runfiles)]

_media_boot_test = rule(
    implementation = _media_boot_test_impl,
    doc = "Boots a medium in a virtual machine.",
    attrs = {
        "data": attr.label_list(mandatory = True, doc = "`NAME.scenario.json`, which `args` names; set by the macro."),
        "_runner": attr.label(default = "//tools/testing/boot:media_boot_test", executable = True, cfg = "target"),
    },
    test = True,
)

# Fields that hold labels.
_LABELS = ["file", "image", "password_file"]

def _without_labels(entry, files):
    """The struct as a dictionary; in the place of labels are keys of `files`, which holds them."""
    if type(entry) == type(""):
        return {"kind": "expect", "what": "says", "text": entry}
    if type(entry) != "struct":
        return {"kind": type(entry)}
    result = {}
    for field in [field for field in dir(entry) if field not in ("to_json", "to_proto")]:
        value = getattr(entry, field)
        if field in _LABELS:
            if value:
                key = str(len(files))
                files[key] = value
                value = {"file": key}
        result[field] = value
    return result

def _entries(entries, files):
    return [_without_labels(entry, files) for entry in entries]

def _expectations(entries, files):
    result = _entries(entries, files)
    for entry in result:
        if entry.get("what") == "started_again":
            entry["expect"] = _entries(entry["expect"], files)
            entry["type"] = _entries(entry["type"], files)
    return result

def declare_boot_scenario(
        name,
        medium,
        expect = [],
        firmware = "bios",
        medium_bus = "",
        disks = [],
        attach = [],
        type = [],
        facts = {},
        accel = "tcg",
        **kwargs):
    """Declares the file that a media_boot_test plays.

    Args:
        name: name of the target.
        medium: as in media_boot_test.
        expect: as in media_boot_test.
        firmware: as in media_boot_test.
        medium_bus: as in media_boot_test.
        disks: as in media_boot_test.
        attach: as in media_boot_test.
        type: as in media_boot_test.
        facts: as in media_boot_test.
        accel: as in media_boot_test.
        **kwargs: what every rule has.
    """
    files = {}
    boot_scenario(
        name = name,
        medium = medium,
        scenario = json.encode({
            "accel": accel,
            "attach": _entries(attach, files),
            "disks": _entries(disks, files),
            "expect": _expectations(expect, files),
            "facts": facts,
            "firmware": firmware,
            "medium_bus": medium_bus,
            "type": _entries(type, files),
        }),
        files = files,
        **kwargs
    )

def media_boot_test(
        name,
        medium,
        expect,
        firmware = "bios",
        medium_bus = "",
        disks = [],
        attach = [],
        type = [],
        facts = {},
        accel = "tcg",
        size = "enormous",
        timeout = "long",
        **kwargs):
    """Boots a medium in a virtual machine and compares what happens with expectations: a unit test for a task sequence.

    ```starlark
    load("@rules_tsmedia//rules:defs.bzl", "expect", "media_boot_test", "typed", "virtual_disk")

    media_boot_test(
        name = "branch_office_boot_test",
        medium = ":branch_office",
        firmware = "uefi",
        disks = [virtual_disk(bus = "nvme", size = "4GB")],
        facts = {"serial_number": "E2E42"},
        type = [
            typed("Password of the medium:", password_file = ":branch_office.password"),
            typed("Press Enter to begin."),
        ],
        expect = [
            "Task sequence: Branch office",
            "The deployed operating system is started.",
            expect.partition(1, type = "EFI", file_system = "vfat"),
            expect.file("/etc/hostname", partition = 2, content = "pc-E2E42\\n"),
            expect.started_again(["pc-E2E42 login:"]),
        ],
    )
    ```

    The test needs no privileges and no network. The console log and a picture of the screen are in the test's outputs
    (`bazel-testlogs/.../test.outputs`), whether it passes or fails. "Testing your medium" (rules/docs/testing.md) is the guide.

    A step that fails, a medium that is refused or a kernel that panics ends the test at once, unless one of the
    expectations or prompts names what the console says then.

    `facts` says what the machine is; all are optional:

    | fact | what | default |
    |---|---|---|
    | `make`, `model`, `serial_number`, `asset_tag`, `uuid` | what SMBIOS says | QEMU's own |
    | `memory_mb` | memory | 1024 |
    | `clock` | the real-time clock at the start, in UTC | `2026-07-01T12:00:00Z` |
    | `nonce` | a text that the agent prints after `Challenge: `, from QEMU's fw_cfg | random |
    | `screen` | whether there is one | `True` |
    | `serial_port` | whether there is one. Without it, the console is what the screen shows | `True` |
    | `keyboard` | `ps2` or `usb` | `ps2` |
    | `keyboard_layout` | what is printed on the keys: `us` or `de` | `us` |

    Args:
        name: name of the test.
        medium: the medium, or the label of an image. The firmware tries it before the disks. Of a set the first disc is in the
            drive, and `inserted` changes it.
        expect: list of what happens: texts that the console says, and what the functions of `expect` return. At least one is
            a text or `expect.powers_off()`.
        firmware: what starts the machine: `bios`, `uefi` or `secureboot` (UEFI that enforces it, with Microsoft's keys).
        medium_bus: how the medium is attached: `cdrom`, in an optical drive, or as a drive on `usb`, `virtio` or `nvme`, which
            can be written to (a copy is) and has the sectors that its partition table was made for. By default an image
            `*.img` is on `usb`, all else in an optical drive. An ISO starts from a drive as well.
        disks: list of virtual_disk.
        attach: list of attached_image.
        type: list of typed and inserted, in the order in which the machine asks.
        facts: dictionary: what the machine says about itself, see above.
        accel: `tcg` emulates the processor and works everywhere, `kvm` is many times faster, `auto` takes what there is.
        size: as for every test.
        timeout: as for every test: how long the machine has for everything.
        **kwargs: what every test has: `tags`, `visibility`, ...
    """
    declare_boot_scenario(
        name + _SCENARIO_SUFFIX,
        medium,
        expect,
        firmware = firmware,
        medium_bus = medium_bus,
        disks = disks,
        attach = attach,
        type = type,
        facts = facts,
        accel = accel,
        visibility = ["//visibility:private"],
        **({"testonly": True} | {key: value for key, value in kwargs.items() if key in _FOR_BOTH})
    )
    _media_boot_test(
        name = name,
        data = [name + _SCENARIO_SUFFIX],
        args = ["$(rootpath %s)" % (name + _SCENARIO_SUFFIX)],
        size = size,
        timeout = timeout,
        **kwargs
    )
