"""How long the sample boot image takes to its agent, and with how little memory: `tools/bazel run //tests/bench:boot_time`.

Starts the sample medium in QEMU without KVM, which any machine can do, and measures from the start of QEMU to the agent's
first line, and to its verdict about the medium: firmware, boot loader, kernel, drivers, verification.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

MEDIUM = "media_defs/branch_office_open.iso"
MEDIACTL = "tools/mediactl/mediactl"
OVMF = "/usr/share/OVMF/"
FIRST_LINE, VERDICT = "rules_tsmedia: started", "Verdict: accepted"


def start(folder, firmware, memory):
    command = ["qemu-system-x86_64", "-nodefaults", "-accel", "tcg", "-smp", "1", "-m", str(memory), "-vga", "std",
               "-display", "none", "-rtc", "base=2026-07-01T12:00:00", "-serial", f"file:{folder}/serial", "-cdrom", MEDIUM]
    if firmware == "UEFI":
        shutil.copyfile(OVMF + "OVMF_VARS_4M.fd", f"{folder}/variables")
        command += ["-machine", "q35", "-drive", f"if=pflash,format=raw,readonly=on,file={OVMF}OVMF_CODE_4M.fd", "-drive",
                    f"if=pflash,format=raw,file={folder}/variables"]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)


def measure(firmware, memory, limit):
    """Seconds to the agent's first line and to its verdict; nothing where it did not come."""
    seen = {}
    with tempfile.TemporaryDirectory() as folder:
        begin = time.monotonic()
        machine = start(folder, firmware, memory)
        try:
            while VERDICT not in seen and time.monotonic() - begin < limit:
                serial = pathlib.Path(folder, "serial")
                text = serial.read_text(errors="replace") if serial.exists() else ""
                for words in (FIRST_LINE, VERDICT):
                    if words in text:
                        seen.setdefault(words, time.monotonic() - begin)
                time.sleep(0.05)
        finally:
            machine.kill()
            machine.wait()
    return [f"{seen[words]:.1f} s" if words in seen else "never" for words in (FIRST_LINE, VERDICT)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limit", type=float, default=180, help="seconds for each start (default: %(default)s)")
    limit = parser.parse_args().limit
    shown = json.loads(subprocess.run([MEDIACTL, "show", "--format=json", MEDIUM], check=True, stdout=subprocess.PIPE,
                                      stderr=subprocess.DEVNULL).stdout)["boot"]
    minimum = shown["minimum_memory_mb"]
    print(f"{shown['size'] / (1 << 20):.1f} MiB; load before: {os.getloadavg()[0]:.1f}\n")
    print("| firmware | memory | agent | verdict |\n|---|---|---|---|")
    for firmware, memory in (("BIOS", 1024), ("UEFI", 1024), ("BIOS", minimum), ("UEFI", minimum)):
        print(f"| {firmware} | {memory} MB | {' | '.join(measure(firmware, memory, limit))} |", flush=True)


if __name__ == "__main__":
    main()
