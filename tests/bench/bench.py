"""What rules_tsmedia costs, against programs that do the same work: `tools/bazel run //tests/bench`.

Prints one table. The programs take turns, the median of the runs counts, and every run ends when its output is flushed to
the disk. Inputs are in the page cache, for all alike. Ours are the actions that Bazel runs, one after the other; what they
write is a medium that `mediactl verify` accepts, so it contains their digests and the signature.
"""

import argparse
import dataclasses
import hashlib
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

MIB = 1 << 20
PACKAGE = "BENCH001"
LOADER = "EFI/BOOT/BOOTX64.EFI"
XORRISO = "xorriso -as mkisofs -R -J"
# Peak memory of ours: 64 MiB and 1 KiB a file.
MEMORY_GOAL_KIB = 64 * 1024

SEQUENCE = f"""# proto-file: tools/sequence/sequence.proto
# proto-message: tsmedia.TaskSequence

name: "Benchmark"

steps {{
  name: "Run"
  run_command_line {{
    command_line: "sh run.sh"
    package: "{PACKAGE}"
  }}
}}
"""


@dataclasses.dataclass
class Program:
    """One line of the table: shell commands that write `output`, a file or a directory (nothing if it is empty)."""
    name: str
    commands: list
    output: str
    # Ours have a goal for the memory, and goals for the time: at most so many times that of another program.
    ours: bool = False
    at_most: dict = dataclasses.field(default_factory=dict)
    runs: list = dataclasses.field(default_factory=list)  # (seconds, CPU seconds, peak KiB)
    stored: int = 0  # bytes of the output, if it is a file

    def median(self, column):
        return statistics.median(run[column] for run in self.runs)

    def remove_output(self):
        if os.path.isdir(self.output):
            shutil.rmtree(self.output)
        elif self.output:
            pathlib.Path(self.output).unlink(missing_ok=True)

    def measure(self):
        self.remove_output()
        os.sync()
        start = time.monotonic()
        cpu, peak = 0, 0
        for command in self.commands:
            # wait4 would count this process as a part of the one that it starts, until that executes its program;
            # time(1) is small.
            subprocess.run(["time", "-o", "time.log", "-f", "%U %S %M", "bash", "-e", "-o", "pipefail", "-c", command],
                           check=True)
            user, system, memory = pathlib.Path("time.log").read_text().split()
            cpu += float(user) + float(system)
            peak = max(peak, int(memory))
        self.runs.append((time.monotonic() - start, cpu, peak))
        self.stored = os.path.getsize(self.output) if self.output else 0


@dataclasses.dataclass
class Work:
    title: str
    files: int
    programs: list

    def run(self, runs):
        """Ours stays: later works read it, and in the end it is verified."""
        for turn in range(runs):
            for program in self.programs:
                print(f"{self.title}: {program.name}, {turn + 1} of {runs}", file=sys.stderr)
                program.measure()
        for program in self.programs:
            if not program.ours:
                program.remove_output()

    def lines(self):
        by_name = {program.name: program for program in self.programs}
        for program in self.programs:
            seconds = sorted(run[0] for run in program.runs)
            median, peak = program.median(0), max(run[2] for run in program.runs)
            goals = []
            for name, goal in program.at_most.items():
                ratio = median / by_name[name].median(0)
                goals.append(f"{ratio:.2f} x {name} (at most {goal:g})" + ("" if ratio <= goal else " **missed**"))
            if program.ours:
                limit = MEMORY_GOAL_KIB + self.files
                goals.append(f"at most {limit / 1024:.0f} MiB" + ("" if peak <= limit else " **missed**"))
            yield (f"| {self.title} | {program.name} | {median:.2f} | {seconds[0]:.2f} to {seconds[-1]:.2f} "
                   f"| {program.median(1):.2f} | {peak / 1024:.0f} | {'; '.join(goals)} |")


# ---------------------------------------------------------------------------------------------------------------- inputs


def make_incompressible(path, size):
    with open(path, "wb") as file:
        while size > 0:
            part = os.urandom(min(size, 16 * MIB))
            file.write(part)
            size -= len(part)


def make_small_files(root, count):
    """Random bytes, 0 to 5,600 a file (20,000 files: 56 MB), 500 files a directory."""
    generator = random.Random(20000)
    for index in range(count):
        folder = os.path.join(root, f"{index // 500:03d}")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, f"file_number_{index}.dat"), "wb") as file:
            file.write(generator.randbytes(index * 5600 // count))


def make_text_files(root, count):
    """Text of the sizes that source trees have (median 1.6 KB, mean 3.8 KB), 200 files a directory."""
    generator = random.Random(1)
    words = [generator.randbytes(4).hex()[:length].encode() for length in range(2, 9) for _ in range(700)]
    for index in range(count):
        folder = os.path.join(root, f"dir{index // 200:03d}")
        os.makedirs(folder, exist_ok=True)
        size = min(int(generator.paretovariate(1.2) * 900), 200000)
        with open(os.path.join(folder, f"file{index % 200:03d}.txt"), "wb") as file:
            file.write(b" ".join(generator.choices(words, k=size // 5 + 1))[:size])


def make_system(root, size):
    """Files of 0 to 400 KB, every other one text, 100 a directory."""
    generator = random.Random(2)
    words = [generator.randbytes(4).hex()[:length].encode() for length in range(2, 9) for _ in range(700)]
    text = b" ".join(generator.choices(words, k=4 * MIB))
    for index in range(10 ** 9):
        length = min(generator.randrange(400000), size)
        start = generator.randrange(len(text) - length)
        folder = os.path.join(root, f"usr/{index // 100:03d}")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, f"file{index % 100:02d}"), "wb") as file:
            file.write(text[start:start + length] if index % 2 else generator.randbytes(length))
        size -= length
        if size == 0:
            return


def files_below(root):
    return sorted(os.path.join(folder, name) for folder, _, names in os.walk(root) for name in names)


# ----------------------------------------------------------------------------------------------------------------- media


class Tools:
    """The actions' programs and the other runfiles, found before the working directory changes."""

    def __init__(self):
        self.root = pathlib.Path.cwd()
        for name in ("pack", "seal", "seal_media", "validate", "plan", "manifest", "sign", "volume"):
            setattr(self, name, self.root / "tools/actions" / name)
        self.apply = self.root / "tests/bench/apply"
        self.mediactl = self.root / "tools/mediactl/mediactl"
        self.public_key = self.root / "testdata/keys/test_release.pub"
        self.secret_key = self.root / "testdata/keys/test_release.sec"
        self.recipient = self.root / "testdata/keys/test.recipient"
        self.seal_secret = self.root / "testdata/keys/test.seal"
        self.identity = self.root / "testdata/keys/test.identity.age"
        self.password = self.root / "testdata/keys/test.password"

    def boot_info(self, out, files):
        """The list of a boot image with these files: path on the medium -> file."""
        lines = ['context: "tsmedia/boot/v1"', 'arch: "x86_64"', f'boot_image_id: "{"x" * 32}"']
        for path, file in sorted(files.items()):
            data = pathlib.Path(file).read_bytes()
            sha256 = "".join(f"\\{byte:03o}" for byte in hashlib.sha256(data).digest())
            role = {"boot/vmlinuz": "KERNEL", "boot/initrd.0": "INITRD", LOADER: "EFI_BINARY"}.get(path, "BOOT_DATA")
            lines.append(f'files {{ path: "{path}" size: {len(data)} sha256: "{sha256}" role: {role} }}')
        encoded = subprocess.run(["protoc", "-I.", "--encode=tsmedia.BootInfo", "tools/plan/boot.proto"], cwd=self.root,
                                 input="\n".join(lines).encode(), stdout=subprocess.PIPE, check=True).stdout
        pathlib.Path(out).write_bytes(encoded)


def action(tool, name, lines):
    """The command that runs an action with an argument file, which is written now."""
    path = pathlib.Path(f"{name}.args").absolute()
    path.write_text("".join(f"{line}\n" for line in ["--target=//bench:bench", *lines]))
    return f"'{tool}' '@{path}'"


def prepare(command):
    """Runs what is not measured, without its warnings."""
    result = subprocess.run(command, shell=True, stderr=subprocess.PIPE, text=True, check=False)
    if result.returncode != 0:
        raise SystemExit(f"{command}: {result.stderr}")


def pack_arguments(content, name, *more):
    return [f"--package_id={PACKAGE}", "--version=1", "--kind=package", f"--out_pack={name}.pack",
            f"--out_info={name}.info", *more, *content]


def content_arguments(name):
    return ["--kind=standalone", "--label=BENCH", "--arch=x86_64", "--unattended=false", "--keep_unlocked=false", "--verify_first=false", "--sequence=sequence.binpb",
            f"--pack={name}.info", f"--reference={PACKAGE}"]  # yapf: disable


def medium_commands(tools, name, boot_files, pack="", sealed=(), form=("--format=iso",)):
    """From packs and boot files to the signed image: what Bazel runs when a medium's content is packed already.

    `pack` and `sealed` are for a protected medium: the sealed pack, and further arguments of the plan."""
    pathlib.Path("sequence.textproto").write_text(SEQUENCE)
    prepare(action(tools.validate, "validate", [
        "--sequence=sequence.textproto", "--media_kind=standalone", f"--reference=package={PACKAGE}=1",
        "--out=sequence.binpb"]))
    pathlib.Path("boot").write_bytes(b"stands for kernel and initrd")
    boot_files = {"boot/vmlinuz": "boot", "boot/initrd.0": "boot", **boot_files}
    tools.boot_info(f"{name}.boot", boot_files)
    inputs = [f"--input=boot/{path}={file}" for path, file in boot_files.items()]
    inputs += [argument for argument in sealed if argument.startswith("--input=")]
    return [
        action(tools.plan, f"{name}.plan", [
            *form, f"--boot={name}.boot", f"--public_key={tools.public_key}", f"--out_plan={name}.plan",
            f"--out_report={name}.report.txt", f"--out_json_report={name}.report.json", *content_arguments(name),
            *[argument for argument in sealed if argument not in inputs], *inputs]),
        action(tools.manifest, f"{name}.manifest", [
            f"--plan={name}.plan", *inputs, f"--out={name}.manifest"]),
        action(tools.sign, f"{name}.sign", [
            f"--manifest={name}.manifest", f"--secret_key={tools.secret_key}", f"--public_key={tools.public_key}",
            f"--out={name}.sig"]),
        action(tools.volume, f"{name}.volume", [
            f"--plan={name}.plan", f"--input=pack/{PACKAGE}/1={pack or name + '.pack'}",
            f"--input=manifest={name}.manifest", f"--input=signature={name}.sig", *inputs,
            f"--out={'sealed_' if sealed else ''}{name}.{'iso' if form[0] == '--format=iso' else 'img'}"]),
    ]  # yapf: disable


def seal_command(tools, name="large"):
    """TsmSeal for a pack and the TEST-ONLY media key."""
    return action(tools.seal, f"{name}.seal", [
        f"--pack={name}.pack", f"--info={name}.info", f"--recipient={tools.recipient}",
        f"--seal_secret={tools.seal_secret}", f"--out_sealed={name}.sealed", f"--out_info={name}.sealinfo"])


def protected_medium_commands(tools, name="large"):
    """From a pack to a signed ISO that is protected with the TEST-ONLY media key."""
    objects = ("variables", "sequence", "inventory")
    seal_media = action(tools.seal_media, f"{name}.seal_media", [
        *content_arguments(name), f"--recipient={tools.recipient}", f"--seal_secret={tools.seal_secret}",
        *[f"--out_{kind}={kind}.age" for kind in objects]])
    sealed = [f"--recipient={tools.recipient}", f"--sealed={name}.sealinfo",
              f"--input=sealed/tsmedia/identity.age={tools.identity}",
              *[f"--input=sealed/tsmedia/{kind}.binpb.age={kind}.age" for kind in objects]]  # yapf: disable
    return [seal_command(tools, name), seal_media, *medium_commands(tools, name, {}, f"{name}.sealed", sealed)]


def xorriso(root):
    return f"xorriso -as mkisofs -quiet -R -J -o xorriso.iso '{root}' 2>xorriso.log; sync xorriso.iso"


def large_file(tools, size):
    os.mkdir("large")
    make_incompressible("large/image.wim", size)
    pack = action(tools.pack, "large.pack", pack_arguments(
        ["--file=9:image.wim=large/image.wim"], "large", "--format=file", "--compression=none"))
    prepare(pack)
    commands = medium_commands(tools, "large", {})
    return Work(f"{size / MIB:.0f} MiB incompressible to ISO", 1, [
        Program("rules_tsmedia", commands, "large.iso", ours=True, at_most={"cp": 1.5, XORRISO: 1}),
        Program("rules_tsmedia, packing included", [pack, *commands], "large.iso", ours=True),
        Program("cp", ["cp --reflink=never large/image.wim copy.iso; sync copy.iso"], "copy.iso"),
        Program(XORRISO, [xorriso("large")], "xorriso.iso"),
    ])  # yapf: disable


def drive_image(tools, size):
    """The pack of large_file as the image of a USB drive; its plan, manifest and signature are there."""
    shutil.copy("large.info", "stick.info")
    pathlib.Path("loader").write_bytes(b"stands for a loader")
    *before, volume = medium_commands(tools, "stick", {LOADER: "loader"}, "large.pack",
                                      form=("--format=usb", "--sector_size=512"))
    for command in before:
        prepare(command)
    theirs = "mkfs.fat, mcopy"
    kibibytes = (size + 64 * MIB) // 1024
    return Work(f"{size / MIB:.0f} MiB to the image of a USB drive", 1, [
        Program("rules_tsmedia (from the plan)", [volume], "stick.img", ours=True, at_most={theirs: 0.5}),
        Program(theirs, [f"/usr/sbin/mkfs.fat -C -F 32 mtools.img {kibibytes} >mkfs.log; mcopy -i mtools.img large.pack ::; "
                         "sync mtools.img"], "mtools.img"),
    ])  # yapf: disable


def drive(tools, size):
    """The ISO of large_file, onto a file that stands for a drive."""
    theirs = "dd, sha256sum"
    write = f"'{tools.mediactl}' write --public_key='{tools.public_key}' --yes --allow-test-key large.iso drive.img >write.log"
    return Work(f"{size / MIB:.0f} MiB to a drive, read back", 1, [
        Program("rules_tsmedia (verify, write, read back)", [write], "drive.img", ours=True, at_most={theirs: 1}),
        Program(theirs, ["dd if=large.iso of=dd.img bs=4M conv=fsync 2>dd.log; sha256sum dd.img >dd.sha256"], "dd.img"),
    ])  # yapf: disable


def sealing(tools, size):
    """The pack of large_file."""
    return Work(f"{size / MIB:.0f} MiB sealed", 1, [
        Program("rules_tsmedia", [seal_command(tools)], "large.sealed", ours=True, at_most={"age -r": 0.6}),
        Program("age -r", [f"age -R '{tools.recipient}' -o large.age large.pack; sync large.age"], "large.age"),
        Program("rage -r", [f"rage -R '{tools.recipient}' -o large.rage large.pack; sync large.rage"], "large.rage"),
    ])  # yapf: disable


def protected_medium(tools, size):
    """The pack of large_file."""
    theirs = f"age -r, {XORRISO}"
    os.mkdir("sealed")
    return Work(f"{size / MIB:.0f} MiB sealed, to ISO", 1, [
        Program("rules_tsmedia", protected_medium_commands(tools), "sealed_large.iso", ours=True, at_most={theirs: 0.6}),
        Program(theirs, [f"age -R '{tools.recipient}' -o sealed/large.age large.pack; {xorriso('sealed')}"],
                "xorriso.iso"),
    ])  # yapf: disable


def reading(tools, size):
    """The ISO of protected_medium. age gets its identity in clear, we a password."""
    prepare("age-keygen -o identity.txt; age -r $(age-keygen -y identity.txt) -o large.age large.pack")
    key = f"--public_key='{tools.public_key}' --password-file='{tools.password}' sealed_large.iso"
    return Work(f"{size / MIB:.0f} MiB sealed, read", 1, [
        Program("rules_tsmedia (verify, without the password)", [
            f"'{tools.mediactl}' verify --public_key='{tools.public_key}' sealed_large.iso >verify.log"],
            "", ours=True, at_most={"age -d": 0.7}),
        Program("rules_tsmedia (verify, and open what is sealed)", [f"'{tools.mediactl}' verify {key} >verify.log"], "",
                ours=True, at_most={"age -d": 0.7}),
        Program("rules_tsmedia (extract)", [f"'{tools.mediactl}' extract {key} extracted >extract.log; sync -f extracted"],
                "extracted", ours=True, at_most={"age -d to a file": 0.7}),
        Program("age -d", ["age -d -i identity.txt large.age >/dev/null"], ""),
        Program("age -d to a file", ["age -d -i identity.txt -o opened large.age; sync opened"], "opened"),
    ])  # yapf: disable


def applying(tools, size):
    """An operating system image: a tar, half of it text, compressed and sealed. age gets its identity in clear."""
    make_system("system", size)
    prepare("tar c --format=pax -C system -f image.tar .")
    prepare(action(tools.pack, "image.pack", pack_arguments(
        ["--file=9:image.tar=image.tar"], "image", "--format=file", "--compression=zstd")))
    for command in protected_medium_commands(tools, "image"):
        prepare(command)
    prepare("zstd -q -3 -T0 -c image.tar | age -r $(age-keygen -y identity.txt) -o image.age")
    theirs = "age -d, zstd -d, tar x"
    empty = "rm -rf applied; mkdir applied; "
    return Work(f"{size / MIB:.0f} MiB of an image applied", 1, [
        Program("rules_tsmedia", [
            f"{empty}'{tools.apply}' --public_key='{tools.public_key}' --password_file='{tools.password}' "
            "sealed_image.iso applied; sync -f applied"], "applied", ours=True, at_most={theirs: 0.7}),
        Program(theirs, [
            f"{empty}age -d -i identity.txt image.age | zstd -q -d | tar x -C applied; sync -f applied"], "applied"),
    ])  # yapf: disable


def many_files(tools, count):
    make_small_files("many", count)
    pathlib.Path("run.sh").write_text("#!/bin/sh\n")
    prepare(action(tools.pack, "many.pack", pack_arguments(
        ["--file=6:run.sh=run.sh"], "many", "--format=tree", "--compression=zstd")))
    # Files of a boot image are the ones that are on the ISO as they are.
    boot_files = {"boot/" + path: path for path in files_below("many")}
    return Work(f"{count:,} small files, each a file of the ISO", count, [
        Program("rules_tsmedia", medium_commands(tools, "many", boot_files), "many.iso", ours=True,
                at_most={XORRISO: 1}),
        Program(XORRISO, [xorriso("many")], "xorriso.iso"),
    ])


def pack(tools, count):
    make_text_files("text", count)
    listed = [path[len("text/"):] for path in files_below("text")]
    options = ["--format=tree", "--compression=zstd"]
    gnu = "tar to zstd -T0 -3"
    return Work(f"{count:,} files to a pack", count, [
        Program("rules_tsmedia (files)", [action(tools.pack, "files", pack_arguments(
            [f"--file={len(path)}:{path}=text/{path}" for path in listed], "files", *options))],
            "files.pack", ours=True, at_most={gnu: 1}),
        Program("rules_tsmedia (a directory)", [action(tools.pack, "tree", pack_arguments(
            ["--tree=0:=text"], "tree", *options))], "tree.pack", ours=True, at_most={gnu: 1}),
        Program(gnu, ["tar c -C text . | zstd -q -T0 -3 -f -o gnu.tar.zst; sync gnu.tar.zst"], "gnu.tar.zst"),
    ])  # yapf: disable


# ----------------------------------------------------------------------------------------------------------------- table


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), "unknown CPU")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    file_system = subprocess.run(["stat", "-f", "-c", "%T", "."], stdout=subprocess.PIPE, check=True, text=True).stdout
    return (f"{model}, {os.cpu_count()} processors, {memory:.0f} GiB of memory, Linux {os.uname().release}, "
            f"{file_system.strip()}; load before: {os.getloadavg()[0]:.1f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--directory", default=os.environ.get("TEST_TMPDIR", "/var/tmp"),
                        help="on the disk to be measured, with 18 GiB of room (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--smoke", action="store_true", help="one run with a thousandth of the work, to test this program")
    options = parser.parse_args()
    # Paths are those of the working directory, not of the one in which `bazel run` was called.
    os.environ.pop("BUILD_WORKING_DIRECTORY", None)
    runs, scale = (1, 1000) if options.smoke else (options.runs, 1)
    tools = Tools()
    work_directory = tempfile.mkdtemp(prefix="bench.", dir=options.directory)
    try:
        os.chdir(work_directory)
        header = machine()
        works = []
        for make, amount in ((large_file, 1024 * MIB), (drive_image, 1024 * MIB), (drive, 1024 * MIB), (sealing, 1024 * MIB),
                             (protected_medium, 1024 * MIB), (reading, 1024 * MIB), (applying, 1024 * MIB),
                             (many_files, 20000), (pack, 100000)):
            work = make(tools, amount // scale)
            work.run(runs)
            works.append(work)
        for image in ("large.iso", "stick.img", "sealed_large.iso", "sealed_image.iso", "many.iso"):
            subprocess.run([tools.mediactl, "verify", f"--public_key={tools.public_key}", image], check=True,
                           stdout=subprocess.DEVNULL)
    finally:
        shutil.rmtree(work_directory)
    print(f"{header}\n\n| work | program | median s | range s | CPU s | peak MiB | goals |\n|---|---|---|---|---|---|---|")
    print("\n".join(line for work in works for line in work.lines()))
    stored = {program.output: program.stored / 1e6 for work in works for program in work.programs}
    print(f"\nStored: {stored['files.pack']:.1f} MB in our pack, {stored['gnu.tar.zst']:.1f} MB in the other.")


if __name__ == "__main__":
    main()
