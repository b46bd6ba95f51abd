#!/bin/bash
# ISO images: ours against `xorriso -as mkisofs -R -J` and, for one large file, `cp`.
#
# usage: iso_bench.sh MAKE_ISO [DIRECTORY]      (`tools/bazel run //tests/bench:iso_bench [DIRECTORY]`)
#
# DIRECTORY is on the disk that is to be measured and has 4 GiB of room. Runs alternate; the median of 5 counts; every run
# ends when its output is on the disk (ours always ends so).
set -euo pipefail

make_iso=$(realpath "$1")
cd "${BUILD_WORKING_DIRECTORY:-.}"
work=$(mktemp -d "$(realpath "${2:-.}")/iso_bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
readonly runs=5

# 20,000 files with 56 MB: sizes from 0 to 5,600 bytes, 500 a directory. And 1 GiB that nothing compresses.
python3 - <<'PYTHON'
import os
import random

random.seed(20000)
for i in range(20000):
    directory = f"small/{i // 500:03d}"
    if i % 500 == 0:
        os.makedirs(directory)
    with open(f"{directory}/file number {i}.dat", "wb") as file:
        file.write(random.randbytes(i * 5600 // 19999))
PYTHON
mkdir big
head -c 1073741824 /dev/urandom >big/incompressible

run_ours() { "$make_iso" --root="$1" --out=out.iso --label=BENCH; }
run_xorriso() { xorriso -as mkisofs -quiet -R -J -o out.iso "$1" 2>xorriso.log && sync out.iso; }
run_cp() { cp --reflink=never "$1/incompressible" out.iso && sync out.iso; }
export -f run_ours run_xorriso run_cp
export make_iso

# contest DIRECTORY PROGRAM...: a line of the table for each program.
contest() {
  local input=$1 program i
  shift
  for ((i = 0; i < runs; i++)); do
    for program in "$@"; do
      rm -f out.iso
      sync
      /usr/bin/time -a -o "$program.$input" -f '%e %U %S %M' bash -c "run_$program $input"
    done
  done
  for program in "$@"; do
    sort -n "$program.$input" | awk -v name="$input, $program" '
      { seconds[NR] = $1; cpu[NR] = $2 + $3; if ($4 > peak) peak = $4 }
      END { m = int((NR + 1) / 2)
            printf "%-16s %7.2f %7.2f .. %.2f %7.2f %7d\n", name, seconds[m], seconds[1], seconds[NR], cpu[m], peak / 1024 }'
  done
}

printf '%-16s %7s %15s %7s %7s\n' "" "median" "range [s]" "CPU [s]" "MiB"
contest small ours xorriso
contest big ours cp xorriso
