# Shared by the tests of this folder: a tree to put into images, its reference listing, comparisons.
# shellcheck shell=bash

set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC
# fsck.fat and mkfs.fat are for the administrator only, Debian thinks.
export PATH=$PATH:/usr/sbin

fail() {
  echo "FAIL: $*" >&2
  exit 1
}

# same WHAT EXPECTED ACTUAL: two files with lines in any order.
same() {
  diff <(LC_ALL=C sort "$2") <(LC_ALL=C sort "$3") >&2 || fail "$1"
}

# expect_line WHAT FILE PATTERN: a line that matches the extended regular expression.
expect_line() {
  grep -Eq -- "$3" "$2" || {
    cat "$2" >&2
    fail "$1: no line matches: $3"
  }
}

# list_tree DIRECTORY: what list_image prints for it.
list_tree() {
  python3 - "$1" <<'PYTHON'
import hashlib, os, sys
root = sys.argv[1]
for folder, directories, files in os.walk(root):
    for name in directories + files:
        path = os.path.join(folder, name)
        shown = path[len(root):]
        if os.path.islink(path):
            print("l", shown, "->", os.readlink(path))
        elif os.path.isdir(path):
            print("d", shown)
        else:
            with open(path, "rb") as file:
                content = file.read()
            print("f", len(content), hashlib.sha256(content).hexdigest(), shown)
PYTHON
}

# put SIZE PATH: a file with bytes that depend on its name.
put() {
  mkdir -p "$(dirname "$2")"
  # A keystream: as good as random, and the same in every run.
  head -c "$1" /dev/zero | openssl enc -aes-128-ctr -nosalt -pass "pass:$2" -md sha256 2>/dev/null >"$2" ||
    fail "cannot make $2"
}

repeat() { printf "%0.s$1" $(seq "$2"); }

# make_tree DIRECTORY: names that every format of this folder can hold as they are.
make_tree() {
  local i
  put 5000 "$1/EFI/BOOT/BOOTX64.EFI"
  put 0 "$1/empty"
  put 3 "$1/.hidden"
  put 2048 "$1/exact/2048"
  put 2049 "$1/exact/2049"
  put 300000 "$1/tsmedia/packages/LAB00001/1.0-beta+1~2/payload.00000"
  put 1 "$1/tsmedia/packages/LAB00001/1.0-beta+1~2/payload.00001"
  put 20 "$1/Straße/größe – ü.txt"
  put 6 "$1/日本語/日本.txt"
  put 9 "$1/d1/d2/d3/d4/d5/d6/d7/f"
  put 64 "$1/$(repeat j 64)"
  for i in $(seq 300); do
    mkdir -p "$1/many"
    echo "$i" >"$1/many/A name with blanks $i and a long tail.text"
  done
  put 1 "$1/alike/read me.txt"
  put 2 "$1/alike/read+me.txt"
  put 3 "$1/alike/read-me.txt"
  put 4 "$1/alike/read_me.txt"
}
