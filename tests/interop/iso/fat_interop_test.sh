#!/bin/bash
# fsck.fat, mtools and 7-Zip read our FAT file systems, and we read theirs.
# Arguments: make_fat list_image.
# shellcheck source=tests/interop/iso/common.sh
source "$(dirname "$0")/common.sh"

make_fat=$PWD/$1
list_image=$PWD/$2
cd "$TEST_TMPDIR"

make_tree tree
put 30 "tree/$(repeat a 255)"
for i in 1 2 3 4 5; do
  put "$((i * 3000))" "tree/long/$(repeat c 250)$i"
done
list_tree tree >tree.list

# check WHAT TYPE OPTION...
check() {
  local what=$1 type=$2
  shift 2
  "$make_fat" --root=tree --out=fat.img --label="MY LABEL" "$@"
  "$list_image" --image=fat.img --format=fat >ours.list
  same "$what: our reader" tree.list ours.list
  "$list_image" --image=fat.img --format=fat --info=true >info.list
  expect_line "$what" info.list "^type $type\$"
  fsck.fat -n -v fat.img >fsck.log || fail "$what: fsck.fat: $(cat fsck.log)"
  # It says so when it finds something that it may leave alone.
  grep -iE 'differen|dirty|wrong|differ|free cluster|not |invalid' fsck.log | grep -vE 'Checking|free cluster summary' &&
    fail "$what: fsck.fat complains"
  rm -rf out && mkdir out
  mcopy -s -n -i fat.img '::/*' out/
  list_tree out >out.list
  same "$what: mtools" tree.list out.list
  rm -rf out
  7z x -y -oout fat.img >7z.log || fail "$what: 7z: $(cat 7z.log)"
  list_tree out >out.list
  same "$what: 7z" tree.list out.list
  mdir -i fat.img :: >mdir.log
  expect_line "$what: mdir" mdir.log '^ Volume in drive : is MY LABEL'
  expect_line "$what: mdir" mdir.log '^ Volume Serial Number is 1234-5678'
  expect_line "$what: mdir" mdir.log '^EMPTY +0 1980-01-01   0:00  empty'
  "$make_fat" --root=tree --out=again.img --label="MY LABEL" "$@"
  cmp fat.img again.img || fail "$what: the same input gave other bytes"
}

check "smallest" FAT12
check "FAT12 of a given size" FAT12 --size=1474560
check "FAT16" FAT16 --type=16
check "largest of El Torito" FAT16 --size=33553920
check "FAT32 of 33 MiB" FAT32 --type=32 --size=34603008
check "FAT32 of 300 MiB" FAT32 --type=32 --size=314572800
check "FAT32 with 4 KiB sectors" FAT32 --type=32 --size=276824064 --sector_size=4096

# mtools write into ours: the tables are good for more than reading.
"$make_fat" --root=tree --out=fat.img --size=4194304
put 200000 new
mcopy -i fat.img new '::/a new file.bin'
mdel -i fat.img '::/many/A name with blanks 7 and a long tail.text'
fsck.fat -n fat.img >fsck.log || fail "fsck.fat after writing: $(cat fsck.log)"
"$list_image" --image=fat.img --format=fat --extract='/A NEW file.bin' | cmp - new || fail "a file written by mtools"

# We read what mkfs.fat and mtools write.
for type in 12 16 32; do
  rm -f theirs.img
  case $type in
    12) size=4096 ;;
    16) size=16384 ;;
    32) size=307200 ;; # sparse; mtools cannot extend a root directory of 512-byte clusters by two at once
  esac
  mkfs.fat -F "$type" -n "THEIRS" -i cafe0001 -C theirs.img "$size" >/dev/null
  mcopy -s -i theirs.img tree/* tree/.hidden ::/
  "$list_image" --image=theirs.img --format=fat >ours.list
  same "reading FAT$type" tree.list ours.list
  "$list_image" --image=theirs.img --format=fat --info=true >info.list
  expect_line "reading FAT$type" info.list '^label THEIRS$'
  expect_line "reading FAT$type" info.list "^type FAT$type\$"
  expect_line "reading FAT$type" info.list '^serial cafe0001$'
done

# A fragmented file.
mdel -i theirs.img '::/many/A name with blanks 5 and a long tail.text'
mdel -i theirs.img '::/exact/2049'
mcopy -i theirs.img new ::/fragmented
"$list_image" --image=theirs.img --format=fat --extract=/fragmented | cmp - new || fail "a fragmented file"

echo PASS
