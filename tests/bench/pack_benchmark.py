"""Packing 100,000 small files: TsmPack against `tar c | zstd -T0 -3`.

usage: pack_benchmark.py PACK [--files=100000] [--runs=5]

Runs alternate and both sides flush to the disk; the table has medians. Ours does more in that time: it hashes every file and
every block of the output. `//tests/bench:pack_benchmark` runs it.
"""

import argparse
import os
import random
import shutil
import statistics
import subprocess
import tempfile
import time


def make_tree(root, files):
    """Text of the sizes that source trees have (median 1.6 KB, mean 3.8 KB), 200 files a directory."""
    generator = random.Random(1)
    words = [generator.randbytes(4).hex()[:length].encode() for length in range(2, 9) for _ in range(700)]
    for index in range(files):
        folder = os.path.join(root, "dir%03d" % (index // 200))
        os.makedirs(folder, exist_ok=True)
        size = min(int(generator.paretovariate(1.2) * 900), 200000)
        with open(os.path.join(folder, "file%03d.txt" % (index % 200)), "wb") as file:
            file.write(b" ".join(generator.choices(words, k=size // 5 + 1))[:size])


def write_arguments(path, content):
    with open(path, "w", encoding="utf-8") as file:
        file.write("--target=//bench:x\n--package_id=LAB00012\n--version=1\n--kind=package\n--format=tree\n"
                   "--compression=zstd\n--threads=2\n--out_pack=out.pack\n--out_info=out.info\n")
        file.writelines(line + "\n" for line in content)


def measure(command):
    start = time.monotonic()
    process = subprocess.Popen(command, shell=isinstance(command, str))
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit("%r failed" % (command,))
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pack")
    parser.add_argument("--files", type=int, default=100000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    pack = os.path.abspath(options.pack)
    root = tempfile.mkdtemp(dir=os.environ.get("TEST_TMPDIR", "."))
    os.chdir(root)
    make_tree("in", options.files)
    files = [os.path.join(folder, name) for folder, _, names in os.walk("in") for name in names]
    write_arguments("tree.args", ["--tree=0:=in"])
    write_arguments("files.args", ["--file=%d:%s=%s" % (len(path) - 3, path[3:], path) for path in files])
    write_arguments("archive.args", ["--archive=0:=in.tar"])
    subprocess.run(["tar", "c", "-f", "in.tar", "-C", "in", "."], check=True)
    cases = {
        "tar | zstd -T0 -3": "tar c -C in . | zstd -q -T0 -3 -f -o gnu.tar.zst && sync gnu.tar.zst",
        "pack --tree": [pack, "@tree.args"],
        "pack --file ...": [pack, "@files.args"],
        "pack --archive (tar)": [pack, "@archive.args"],
    }
    results = {name: [] for name in cases}
    for command in cases.values():
        measure(command)  # warms the page cache
    for _ in range(options.runs):
        for name, command in cases.items():
            results[name].append(measure(command))
    total = sum(os.path.getsize(path) for path in files)
    print("%d files, %.0f MB, %d processors" % (len(files), total / 1e6, os.cpu_count()))
    print("| what | seconds | ratio | CPU seconds | peak MiB |\n|---|---|---|---|---|")
    reference = statistics.median(seconds for seconds, _, _ in results["tar | zstd -T0 -3"])
    for name, runs in results.items():
        seconds, cpu, memory = (statistics.median(values) for values in zip(*runs))
        print("| %s | %.2f | %.2f | %.2f | %.0f |" % (name, seconds, seconds / reference, cpu, memory / 1024))
    print("stored: %d bytes, tar | zstd: %d bytes" % (os.path.getsize("out.pack"), os.path.getsize("gnu.tar.zst")))
    shutil.rmtree(root)


if __name__ == "__main__":
    main()
