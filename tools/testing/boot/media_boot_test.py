"""Starts a machine from a medium and checks what it does: the program of media_boot_test.

media_boot_test.py SCENARIO.json [--accel=tcg|kvm|auto]
"""

import argparse
import contextlib
import filecmp
import json
import os
import re
import secrets
import shutil
import sys
import tempfile
import time

import disk_inspection
import partition_table
import scenario
import virtual_machine

# What remains of the test's time for screenshots and the inspection of disks.
_RESERVE_SECONDS = 45
_DEFAULT_TIMEOUT = 900
# Linux counts timer interrupts while it starts (arch/x86/kernel/apic/io_apic.c, check_timer). On a host that is too busy the
# emulator delivers none in time, and Linux panics: nothing that a medium could do better.
_STARVED = "IO-APIC + timer doesn't work"
_ATTEMPTS = 3
_MEGABYTE = 1 << 20
_CDROM = "cdrom"
_DISC_DRIVE = "disc"


def volume(path, number):
    """The file of a volume: one of a set's, which is a directory, or else the image."""
    if not os.path.isdir(path):
        found = [path] if number == 1 else []
    else:
        found = [os.path.join(path, name) for name in os.listdir(path) if re.search(r"_%dof\d+\.iso$" % number, name)]
    if len(found) != 1:
        raise scenario.Failure("%s has no volume %d." % (os.path.basename(path), number))
    return found[0]


class Medium:
    """What the machine is started from: a disc, or a drive, which is a copy that can be written to."""

    def __init__(self, options, folder):
        self._bus = options["medium_bus"]
        self._original = volume(options["medium"], 1)
        self._is_checked = any(entry["what"] == "medium_unchanged" for entry in options["expect"])
        if self._bus != _CDROM:
            self._drive = os.path.join(folder, "medium.img")
            disk_inspection.copy_sparse(self._original, 0, os.path.getsize(self._original), self._drive)

    def arguments(self, boot_index):
        if self._bus == _CDROM:
            return virtual_machine.optical_drive(self._original, _DISC_DRIVE, boot_index)
        return virtual_machine.disk(
            self._drive, "medium", self._bus, sector_size=partition_table.sector_size(self._original), boot_index=boot_index)

    def check(self, report):
        if not self._is_checked:
            return
        if not filecmp.cmp(self._original, self._drive, shallow=False):
            raise scenario.Failure("The medium was written to.")
        report("the medium is unchanged")


class DiskCheck:
    """The disks of a machine before and after."""

    def __init__(self, options, folder):
        self._folder = folder
        self._tools = os.path.join(folder, "e2fsprogs")
        os.mkdir(self._tools)
        disk_inspection.gather(options["e2fsprogs"], self._tools)
        self._disks = options["disks"]
        self._expect = [entry for entry in options["expect"] if "disk" in entry]
        self.images = []
        self._before = {}
        for number, disk in enumerate(self._disks):
            image = os.path.join(folder, "disk%d.img" % number)
            disk_inspection.make_image(image, disk["size"], disk["image"])
            self.images.append(image)
        for entry in self._expect:
            if entry["what"] == "unchanged":
                self._before[entry["disk"]] = disk_inspection.sha256(self.images[entry["disk"]])

    def check(self, report):
        """All that is not as expected, in one Failure."""
        errors = []
        opened = {}
        for entry in self._expect:
            number = entry["disk"]
            if number not in opened:
                opened[number] = disk_inspection.Disk(
                    self.images[number], self._disks[number]["sector_size"], self._tools, self._folder)
            try:
                error = getattr(self, "_check_" + entry["what"])(opened[number], entry)
            except (disk_inspection.NotFound, partition_table.BadPartitionTable) as exception:
                error = str(exception)
            if error:
                errors.append("disk %d: %s" % (number, error))
            else:
                report("disk %d: %s" % (number, entry["what"]))
        if errors:
            raise scenario.Failure("The disks are not as expected: %s." % "; ".join(errors))

    def _check_unchanged(self, _, entry):
        number = entry["disk"]
        same = disk_inspection.sha256(self.images[number]) == self._before[number]
        return "" if same else "it was written to"

    def _check_sound(self, disk, _):
        complaints = disk.complaints()
        return "it is not sound: " + complaints if complaints else ""

    def _check_partition_table(self, disk, entry):
        table = disk.table()
        if entry["style"] != table.style:
            return "its partition table is %s, not %s" % (table.style, entry["style"])
        if entry["partitions"] not in (0, len(table.partitions)):
            return "it has %d partitions, not %d" % (len(table.partitions), entry["partitions"])
        return ""

    def _check_partition(self, disk, entry):
        partition = disk.partition(entry["number"])
        found = disk.file_system(entry["number"])
        facts = {
            "type": partition.type,
            "name": partition.name,
            "file_system": found.get("TYPE", ""),
            "label": found.get("LABEL", ""),
        }
        wanted = {key: entry[key] for key in facts if entry[key]}
        if "type" in wanted:
            wanted["type"] = partition_table.TYPES.get(wanted["type"], wanted["type"].upper())
        wrong = ["%s is \"%s\", not \"%s\"" % (key, facts[key], want) for key, want in wanted.items() if facts[key] != want]
        if partition.size < entry["min_size"]:
            wrong.append("it has %d MB, not %d" % (partition.size / _MEGABYTE, entry["min_size"] / _MEGABYTE))
        return "partition %d: %s" % (entry["number"], ", ".join(wrong)) if wrong else ""

    def _check_file(self, disk, entry):
        try:
            content = disk.read_file(entry["partition"], entry["path"])
        except disk_inspection.NotFound as exception:
            return "" if entry["absent"] else str(exception)
        where = "%s on partition %d" % (entry["path"], entry["partition"])
        if entry["absent"]:
            return where + " should not be there"
        text = content.decode("utf-8", "replace")
        if entry["content"] and text != entry["content"]:
            return "%s holds %r, not %r" % (where, text[:200], entry["content"])
        if entry["contains"] and entry["contains"] not in text:
            return "%s does not contain %r; it holds %r" % (where, entry["contains"], text[:200])
        return ""


class Test:
    """A scenario, played on its machine."""

    def __init__(self, options, folder, outputs, accel):
        self._options = options
        self._folder = folder
        self._outputs = outputs
        self._accel = accel
        self._began = time.monotonic()
        self._deadline = self._began + int(os.environ.get("TEST_TIMEOUT", _DEFAULT_TIMEOUT)) - _RESERVE_SECONDS
        self._nonce = options["facts"].get("nonce") or secrets.token_hex(16)
        self._medium = None
        self._disks = DiskCheck(options, folder)
        self._variables = None
        self.last_lines = ""

    def report(self, line):
        print("%6.1f s  %s" % (time.monotonic() - self._began, line), flush=True)

    def run(self):
        options = self._options
        self._medium = Medium(options, self._folder)
        starts = [{"expect": options["expect"], "type": options["type"], "medium": True, "firmware_remembers": False}]
        starts += [entry for entry in options["expect"] if entry["what"] == "started_again"]
        for number, start in enumerate(starts, start=1):
            self.report("start %d, %s the medium" % (number, "with" if start["medium"] else "without"))
            self._play(number, start)
        self._medium.check(self.report)
        self._disks.check(self.report)
        self.report("all is as expected")

    def _types(self, start):
        """Entries of `type`, each disc with its file."""
        return [
            entry if entry["kind"] == "typed" else
            {**entry, "image": volume(entry["image"] or self._options["medium"], entry["volume"])} for entry in start["type"]
        ]

    def _play(self, number, start):
        folder = os.path.join(self._folder, "start%d" % number)
        os.mkdir(folder)
        machine = self._machine(folder, start)
        said = ""

        def photograph():
            with contextlib.suppress(virtual_machine.MachineError):  # it has no screen, or is off
                machine.screenshot(os.path.join(folder, "screen.png"))

        with machine:
            try:
                scenario.Start(machine, _DISC_DRIVE, self._types(start), start["expect"], self._nonce, self._deadline, self.report,
                               photograph).play()
            finally:
                photograph()
                said = machine.said()
                self._keep(number, folder, start["type"])
                self.last_lines = scenario.mask(start["type"], "\n".join(
                    filter(None, [scenario.last_lines(said), machine.complaints()])))
        scenario.check_secrets(start["type"], said)

    def _keep(self, number, folder, types):
        """Copies console log and screenshot to the test's outputs."""
        output = os.path.join(self._outputs, "start%d-" % number)
        with open(os.path.join(folder, "console.log"), encoding="utf-8", errors="replace", newline="") as log:
            with open(output + "console.log", "w", encoding="utf-8", newline="") as copy:
                copy.write(scenario.mask(types, log.read()))
        if os.path.exists(os.path.join(folder, "screen.png")):
            shutil.copyfile(os.path.join(folder, "screen.png"), output + "screen.png")

    def _machine(self, folder, start):
        options, facts = self._options, self._options["facts"]
        if options["firmware"] != "bios" and not (start["firmware_remembers"] and self._variables):
            self._variables = os.path.join(folder, "vars.fd")
            virtual_machine.fresh_firmware_variables(options["firmware"], self._variables)
        return virtual_machine.Machine(
            folder, options["firmware"], self._devices(start["medium"]) + _smbios(facts), variables=self._variables,
            nonce=self._nonce, serial=facts["serial_port"], video=facts["screen"], clock=facts["clock"], memory_mb=facts["memory_mb"],
            layout=facts["keyboard_layout"], accel=self._accel)

    def _devices(self, medium):
        """Arguments for what hangs on the machine; the firmware tries the medium before the disks."""
        options = self._options
        order = iter(range(1000))
        arguments = virtual_machine.usb_controller() + virtual_machine.sata_controller()
        if options["facts"]["keyboard"] == "usb":
            arguments += ["-device", "usb-kbd,bus=usb.0"]
        attached = options["attach"] if medium else []
        for number, entry in enumerate(attached):
            index = next(order) if entry["boots_before_medium"] else None
            arguments += _attached(entry, "attached%d" % number, index)
        if medium:
            arguments += self._medium.arguments(next(order))
        for number, (image, disk) in enumerate(zip(self._disks.images, options["disks"])):
            arguments += virtual_machine.disk(
                image, "disk%d" % number, disk["bus"], disk["serial"], disk["model"], disk["sector_size"], next(order))
        return arguments


def _attached(entry, name, boot_index):
    image = volume(entry["image"], entry["volume"])
    if entry["bus"] == _CDROM:
        return virtual_machine.optical_drive(image, name, boot_index)
    return virtual_machine.usb_stick(image, name, boot_index, partition_table.sector_size(image))


def _smbios(facts):
    """Arguments for what the machine says about itself."""
    system = {"manufacturer": "make", "product": "model", "serial": "serial_number", "uuid": "uuid"}
    values = ["%s=%s" % (name, facts[fact].replace(",", ",,")) for name, fact in system.items() if fact in facts]
    arguments = ["-smbios", ",".join(["type=1"] + values)] if values else []
    if "asset_tag" in facts:
        arguments += ["-smbios", "type=3,asset=" + facts["asset_tag"].replace(",", ",,")]
    return arguments


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("scenario")
    parser.add_argument("--accel", choices=["tcg", "kvm", "auto"])
    arguments = parser.parse_args()
    with open(arguments.scenario, encoding="utf-8") as file:
        options = json.load(file)
    accel = arguments.accel or options["accel"]
    if accel == "auto":
        accel = "kvm" if virtual_machine.can_use_kvm() else "tcg"
    for attempt in range(1, _ATTEMPTS + 1):
        with tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR")) as folder:
            outputs = os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR", os.getcwd())
            test = Test(options, folder, outputs, accel)
            try:
                test.run()
                return 0
            except (scenario.Failure, virtual_machine.MachineError) as failure:
                if _STARVED in test.last_lines and attempt < _ATTEMPTS:
                    print("the emulated machine got too little of the processor to start its timer; once more", flush=True)
                    continue
                print("\nFAILED: %s\n\nThe last lines of its console:\n%s\n\nConsole logs and screenshots are in %s" % (
                    failure, test.last_lines, outputs))
                return 1


if __name__ == "__main__":
    sys.exit(main())
