"""Implementation of boot_scenario: what a media_boot_test plays, checked, as its program reads it."""

load(":check.bzl", "check_time", "label_text", "refuse")

_SUFFIX = ".scenario.json"
_FIRMWARE = ["bios", "uefi", "secureboot"]
_ACCEL = ["tcg", "kvm", "auto"]
_BUSES = ["virtio", "sata", "nvme", "usb"]
_ATTACHED_BUSES = ["usb", "cdrom"]
_CDROM = "cdrom"
_MEDIUM_BUSES = [_CDROM, "usb", "virtio", "nvme"]
_DRIVE_EXTENSION = "img"
_TYPED_ON = ["keyboard", "serial"]
_STYLES = ["GPT", "MBR"]
_MEGABYTE = 1048576
_UNITS = {"GB": 1024 * _MEGABYTE, "MB": _MEGABYTE}
_SATA_PORTS = 6

_DEFAULT_FACTS = {
    "clock": "2026-07-01T12:00:00Z",
    "keyboard": "ps2",
    "keyboard_layout": "us",
    "memory_mb": 1024,
    "screen": True,
    "serial_port": True,
}
_TEXT_FACTS = ["asset_tag", "make", "model", "nonce", "serial_number", "uuid"]
_CHOICES = {"keyboard": ["ps2", "usb"], "keyboard_layout": ["us", "de"]}

# What can be expected of one start of the machine.
_OF_A_START = ["keeps_running", "matches", "never_says", "powers_off", "says", "shows", "trace"]
_ENDS = ["matches", "powers_off", "says", "shows"]

def _check_choice(label, attribute, what, value, choices):
    if value not in choices:
        refuse(label, attribute, '%s "%s" is not known: write %s' % (what, value, " or ".join(choices)))

def _check_kind(label, attribute, entries, kind, constructor):
    for entry in entries:
        if entry["kind"] != kind:
            refuse(label, attribute, "an entry is no %s: write %s(...)" % (kind, constructor))

def _bytes(label, attribute, size):
    """Size in bytes of "1200MB" or "4GB"."""
    number, unit = size[:-2], size[-2:]
    if unit not in _UNITS or not number or [c for c in number.elems() if c not in "0123456789"]:
        refuse(label, attribute, '"%s" is no size: write for example "1200MB" or "4GB"' % size)
    return int(number) * _UNITS[unit]

def _check_disks(label, disks):
    _check_kind(label, "disks", disks, "disk", "virtual_disk")
    for disk in disks:
        _check_choice(label, "disks", "bus", disk["bus"], _BUSES)
        if disk["sector_size"] not in (512, 4096):
            refuse(label, "disks", "sector_size %s: write 512 or 4096" % disk["sector_size"])
        if disk["bus"] == "sata" and disk["sector_size"] != 512:
            refuse(label, "disks", 'sector_size 4096 on "sata": QEMU has no such disk; take another bus')
        if disk["bus"] != "sata" and disk["model"]:
            refuse(label, "disks", 'a model on "%s": only disks on "sata" can have one' % disk["bus"])
        disk["size"] = _bytes(label, "disks", disk["size"])
    if len(disks) > _SATA_PORTS:
        refuse(label, "disks", "%d disks: the machine takes up to %d" % (len(disks), _SATA_PORTS))

def _check_attached(label, attached):
    _check_kind(label, "attach", attached, "image", "attached_image")
    for entry in attached:
        _check_choice(label, "attach", "bus", entry["bus"], _ATTACHED_BUSES)
        _check_volume(label, "attach", entry)

def _check_volume(label, attribute, entry):
    if entry["volume"] < 1:
        refuse(label, attribute, "volume %d: the first is 1" % entry["volume"])

def _check_type(label, attribute, entries, machine):
    for entry in entries:
        if entry["kind"] not in ("inserted", "typed"):
            refuse(label, attribute, "an entry is neither typed nor inserted: write typed(...) or inserted(...)")
        if not entry["prompt"]:
            refuse(label, attribute, "an entry has no prompt: write what the machine says before")
        if entry["kind"] == "inserted":
            _check_inserted(label, attribute, entry, machine)
        else:
            _check_typed(label, attribute, entry, machine)

def _check_inserted(label, attribute, entry, machine):
    _check_volume(label, attribute, entry)
    if machine.medium_bus != _CDROM:
        refuse(label, attribute, '"%s": the medium is a drive: only discs are inserted' % entry["prompt"])
    if not entry["image"] and not machine.is_set and entry["volume"] != 1:
        refuse(label, attribute, '"%s": the medium has no volume %d: it is no set' % (entry["prompt"], entry["volume"]))

def _check_typed(label, attribute, entry, machine):
    _check_choice(label, attribute, "on", entry["on"], _TYPED_ON)
    if entry["text"] and entry["password_file"]:
        refuse(label, attribute, '"%s": it has both text and password_file: keep one' % entry["prompt"])
    if entry["on"] == "serial" and not machine.has_serial_port:
        refuse(label, attribute, '"%s": the machine has no serial port: type on the keyboard' % entry["prompt"])

def _check_start(label, entries):
    """Checks what is expected of one start of the machine."""
    if not [entry for entry in entries if entry["what"] in _ENDS]:
        refuse(label, "expect", "nothing says when the machine is done: add what the console says, or expect.powers_off()")
    for entry in entries:
        if "text" in entry and not entry["text"]:
            refuse(label, "expect", "an empty text: every console says that; write what it shall say")

def _check_expect(label, entries, disks, machine):
    _check_kind(label, "expect", entries, "expect", "expect.says")
    _check_start(label, entries)
    for entry in entries:
        if entry["what"] == "started_again":
            _check_kind(label, "expect", entry["expect"], "expect", "expect.says")
            for inner in entry["expect"]:
                if inner["what"] not in _OF_A_START:
                    refuse(label, "expect", "expect.%s inside of expect.started_again: write it beside" % inner["what"])
            _check_start(label, entry["expect"])
            _check_type(label, "expect", entry["type"], machine)
        if entry["what"] == "medium_unchanged" and machine.medium_bus == _CDROM:
            refuse(label, "expect", "expect.medium_unchanged: nobody can write to a disc: leave it out")
        if "disk" in entry and (entry["disk"] < 0 or entry["disk"] >= len(disks)):
            refuse(label, "expect", "expect.%s: there is no disk %d: disks has %d" % (entry["what"], entry["disk"], len(disks)))
        if entry["what"] == "partition_table":
            _check_choice(label, "expect", "style", entry["style"], _STYLES)
        if entry["what"] == "partition":
            entry["min_size"] = _bytes(label, "expect", entry["min_size"])
        if entry["what"] == "file" and not entry["path"].startswith("/"):
            refuse(label, "expect", 'expect.file: "%s" is no absolute path: begin with "/"' % entry["path"])

def _facts(label, facts):
    """The facts with defaults for those that are left out."""
    for name, value in facts.items():
        if name not in _TEXT_FACTS and name not in _DEFAULT_FACTS:
            known = ", ".join(sorted(_TEXT_FACTS + _DEFAULT_FACTS.keys()))
            refuse(label, "facts", '"%s" is no fact: write one of %s' % (name, known))
        wanted = type(_DEFAULT_FACTS.get(name, ""))
        if type(value) != wanted:
            refuse(label, "facts", '"%s" is of type %s: write one of type %s' % (name, type(value), wanted))
        if name in _CHOICES:
            _check_choice(label, "facts", name, value, _CHOICES[name])
    check_time(label, "facts", facts.get("clock", ""))
    facts = _DEFAULT_FACTS | facts
    if not facts["serial_port"] and not facts["screen"]:
        refuse(label, "facts", "neither serial_port nor screen: nobody could see what the machine says; leave one")
    return facts

def _medium_bus(label, bus, medium):
    """How the medium is attached."""
    if not bus:
        return "usb" if medium.extension == _DRIVE_EXTENSION else _CDROM
    _check_choice(label, "medium_bus", "bus", bus, _MEDIUM_BUSES)
    if medium.is_directory and bus != _CDROM:
        refuse(label, "medium_bus", 'bus "%s": the medium is a set of discs: leave it out' % bus)
    return bus

def _file_of(label, attribute, target):
    files = target[DefaultInfo].files.to_list()
    if len(files) != 1:
        refuse(label, attribute, "%s is not one file: it has %d" % (label_text(target.label), len(files)))
    return files[0]

def _with_paths(entry, files):
    """Puts paths in the place of keys of files."""
    for field, value in entry.items():
        if type(value) == type({}):
            entry[field] = files[value["file"]].short_path

def _boot_scenario_impl(ctx):
    label = ctx.label.same_package_label(ctx.label.name.removesuffix(_SUFFIX))
    scenario = json.decode(ctx.attr.scenario)
    _check_choice(label, "firmware", "firmware", scenario["firmware"], _FIRMWARE)
    _check_choice(label, "accel", "accelerator", scenario["accel"], _ACCEL)
    scenario["facts"] = _facts(label, scenario["facts"])
    medium = _file_of(label, "medium", ctx.attr.medium)
    machine = struct(
        has_serial_port = scenario["facts"]["serial_port"],
        is_set = medium.is_directory,
        medium_bus = _medium_bus(label, scenario["medium_bus"], medium),
    )
    _check_disks(label, scenario["disks"])
    _check_attached(label, scenario["attach"])
    _check_type(label, "type", scenario["type"], machine)
    _check_expect(label, scenario["expect"], scenario["disks"], machine)

    files = {key: _file_of(label, "medium", target) for key, target in ctx.attr.files.items()}
    entries = scenario["attach"] + scenario["disks"] + scenario["expect"] + scenario["type"]
    again = [entry for entry in scenario["expect"] if entry["what"] == "started_again"]
    for entry in entries + [inner for outer in again for inner in outer["expect"] + outer["type"]]:
        _with_paths(entry, files)
    scenario |= {
        "e2fsprogs": [file.short_path for file in ctx.files._e2fsprogs],
        "medium": medium.short_path,
        "medium_bus": machine.medium_bus,
    }
    out = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.write(out, json.encode_indent(scenario) + "\n")
    return [DefaultInfo(
        files = depset([out]),
        runfiles = ctx.runfiles([out, medium] + files.values() + ctx.files._e2fsprogs),
    )]

boot_scenario = rule(
    implementation = _boot_scenario_impl,
    doc = "What a media_boot_test plays.",
    attrs = {
        "files": attr.string_keyed_label_dict(allow_files = True, doc = "What the scenario means by {\"file\": KEY}."),
        "medium": attr.label(mandatory = True, allow_files = True, doc = "The medium, or an image."),
        "scenario": attr.string(mandatory = True, doc = "The scenario as the macro got it, as JSON."),
        "_e2fsprogs": attr.label(default = "//tools/testing/boot:e2fsprogs"),
    },
)
