#!/bin/bash
# Benchmark of ISO images: ours against xorriso and cp.
#
# usage: iso_bench.sh MAKE_ISO DIRECTORY
#
# MAKE_ISO is //tests/interop/iso:make_iso, DIRECTORY an empty place on a real disk with 5 GiB of room. Runs alternate; the
# median of 5 counts; every run ends when its output is flushed to the disk.
set -euo pipefail

make_iso=$(realpath "$1")
cd "$2"
runs=5

# A directory of 20,000 files with 56 MB: sizes from 0 to 5,600 bytes.
if [[ ! -d small ]]; then
  python3 - <<'PYTHON'
import os, random
random.seed(20000)
for i in range(20000):
    directory = f"small/{i // 500:03d}"
    if i % 500 == 0:
        os.makedirs(directory)
    with open(f"{directory}/file number {i}.dat", "wb") as f:
        f.write(random.randbytes(i * 5600 // 19999))
PYTHON
  mkdir big
  head -c 1073741824 /dev/urandom >big/incompressible
  sync
fi

ours() { "$make_iso" --root="$1" --out=out.iso --label=BENCH; }
xorriso_mkisofs() { xorriso -as mkisofs -quiet -R -J -o out.iso "$1" 2>xorriso.log && sync out.iso; }
copy() { cp --reflink=never "$1/incompressible" out.iso && sync out.iso; }

# measure COMMAND ARGUMENT: appends "seconds KiB" to COMMAND.times.
measure() {
  rm -f out.iso
  sync
  /usr/bin/time -a -o "$1.times" -f '%e %M' bash -c "$(declare -f "$1"); make_iso='$make_iso'; $1 '$2'"
}

# contest ARGUMENT COMMAND...
contest() {
  local argument=$1 command
  shift
  rm -f ./*.times
  for ((i = 0; i < runs; i++)); do
    for command in "$@"; do
      measure "$command" "$argument"
    done
  done
  for command in "$@"; do
    sort -n "$command.times" | awk -v n="$command" -v work="$argument" \
      '{ t[NR] = $1; if ($2 > m) m = $2 } END { printf "%-8s %-16s median %6.2f s  (%.2f to %.2f)  peak %d MiB\n", work, n, t[int((NR + 1) / 2)], t[1], t[NR], m / 1024 }'
  done
}

contest small ours xorriso_mkisofs
contest big ours copy xorriso_mkisofs
rm -f out.iso
