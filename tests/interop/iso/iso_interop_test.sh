#!/bin/bash
# Other people's programs read our ISO images, and we read theirs.
# Arguments: make_iso list_image.
# shellcheck source=tests/interop/iso/common.sh
source "$(dirname "$0")/common.sh"

make_iso=$PWD/$1
list_image=$PWD/$2
cd "$TEST_TMPDIR"

make_tree tree
cp -r tree hard
# Only Rock Ridge holds these as they are.
put 10 "hard/$(repeat a 255)"
put 11 "hard/$(repeat b 130).txt"
put 12 "hard/$(repeat b 130).dat"
put 5 "hard/emoji/😀😀.bin"
put 7 'hard/joliet/a:b*c?d\e.txt'
put 8 'hard/joliet/semi;1'
for i in 1 2 3 4 5; do
  put "$((i * 2048))" "hard/long/$(repeat c 250)$i"
done
put 50000 bios.img
put 512 disk.img
put 70000 uefi/EFI/BOOT/BOOTX64.EFI

for name in tree hard; do
  "$make_iso" --root="$name" --out="$name.iso" --label="Interop Test" --bios=bios.img --disk_boot_sector=disk.img --uefi=uefi
  list_tree "$name" >"$name.list"

  # Our own reader.
  "$list_image" --image="$name.iso" --format=iso >ours.list
  same "$name: our reader" "$name.list" ours.list

  # libisofs and libarchive: Rock Ridge.
  rm -rf out
  xorriso -osirrox on -indev "$name.iso" -extract / out >xorriso.log 2>&1 || fail "xorriso: $(cat xorriso.log)"
  list_tree out >out.list
  same "$name: xorriso" "$name.list" out.list
  chmod -R u+w out && rm -rf out && mkdir out
  bsdtar -C out -xf "$name.iso"
  list_tree out >out.list
  same "$name: bsdtar" "$name.list" out.list
  (cd "$name" && find . -mindepth 1 -printf '/%P\n') >paths.list
  isoinfo -R -f -i "$name.iso" >isoinfo.list
  same "$name: isoinfo -R" paths.list isoinfo.list
done

# 7-Zip takes the Joliet tree.
rm -rf out
7z x -y -oout tree.iso >7z.log || fail "7z: $(cat 7z.log)"
rm -rf 'out/[BOOT]'
list_tree out >out.list
same "7z" tree.list out.list
grep -q 'Warnings' 7z.log && fail "7z warns: $(cat 7z.log)"

# Joliet by isoinfo, which writes what its locale cannot show as '_'; so names in ASCII only.
isoinfo -J -f -i tree.iso | sed 's/;1$//' | LC_ALL=C grep -av '[^ -~]' | grep -av '_' >isoinfo.list
"$list_image" --image=tree.iso --format=iso --names=joliet | sed -E 's/^(d|f [0-9]+ [0-9a-f]+) //' |
  LC_ALL=C grep -av '[^ -~]' | grep -av '_' >ours.list
same "isoinfo -J" ours.list isoinfo.list
[[ $(wc -l <ours.list) -gt 320 ]] || fail "isoinfo -J: too few names were compared"

# Sizes in both trees, by isoinfo.
for names in R J; do
  isoinfo "-$names" -l -i tree.iso >isoinfo.list
  expect_line "isoinfo -$names -l" isoinfo.list '300000 Jan  1 1980 .* payload\.00000'
  isoinfo "-$names" -x "/exact/2049$([[ $names == J ]] && echo ';1')" -i tree.iso | cmp - tree/exact/2049 ||
    fail "isoinfo -$names -x"
done

# Descriptors and boot catalog.
isoinfo -d -i tree.iso >isoinfo.list
expect_line "isoinfo -d" isoinfo.list '^Volume id: INTEROP_TEST$'
expect_line "isoinfo -d" isoinfo.list '^Joliet with UCS level 3 found$'
expect_line "isoinfo -d" isoinfo.list '^Rock Ridge signatures version 1 found$'
expect_line "isoinfo -d" isoinfo.list "^Volume size is: $(($(stat -c %s tree.iso) / 2048))\$"
xorriso -indev tree.iso -pvd_info -report_el_torito plain >xorriso.log 2>&1 || fail "xorriso: $(cat xorriso.log)"
expect_line "xorriso" xorriso.log "^Volume Id    : INTEROP_TEST$"
expect_line "xorriso" xorriso.log "^Modif\. Time  : 2001090901464000$"
expect_line "xorriso" xorriso.log 'El Torito boot img :   1  BIOS  y   none  0x0000  0x00      4 '
expect_line "xorriso" xorriso.log 'El Torito img opts :   1 .*grub2-boot-info'
uefi_sectors=$("$list_image" --image=tree.iso --format=iso --info=true | awk '/^boot ef/ { print $4 }')
uefi_offset=$("$list_image" --image=tree.iso --format=iso --info=true | awk '/^boot ef/ { print $6 }')
expect_line "xorriso" xorriso.log "El Torito boot img :   2  UEFI  y   none  0x0000  0x00 +$uefi_sectors +$((uefi_offset / 2048))\$"
xorriso -indev tree.iso -check_media -- >xorriso.log 2>&1 || fail "xorriso -check_media: $(cat xorriso.log)"
expect_line "xorriso -check_media" xorriso.log "Media region :          0 , +$(($(stat -c %s tree.iso) / 2048)) , \+ good"

# The UEFI image is a file system that others accept.
dd if=tree.iso of=uefi.img bs=512 skip=$((uefi_offset / 512)) count="$uefi_sectors" status=none
fsck.fat -n uefi.img >fsck.log || fail "fsck.fat: $(cat fsck.log)"
mcopy -n -i uefi.img ::/EFI/BOOT/BOOTX64.EFI uefi.out
cmp uefi.out uefi/EFI/BOOT/BOOTX64.EFI || fail "mcopy from the UEFI image"

# Equal input, equal bytes, whatever the process's settings; another order of files changes the order of content only.
(
  umask 077
  TZ=Asia/Tokyo LC_ALL=C "$make_iso" --root=tree --out=again.iso --label="Interop Test" --bios=bios.img --disk_boot_sector=disk.img --uefi=uefi
)
cmp tree.iso again.iso || fail "the same input gave other bytes"
"$make_iso" --root=hard --out=reverse.iso --label="Interop Test" --reverse=true
for names in rockridge joliet plain; do
  "$list_image" --image=hard.iso --format=iso --names="$names" >a.list
  "$list_image" --image=reverse.iso --format=iso --names="$names" >b.list
  cmp a.list b.list || fail "names depend on the order of the files ($names)"
done

# We read what xorriso and genisoimage write: links, more than 8 levels, all kinds of names.
cp -r tree theirs
ln -s ../tree/./x "theirs/exact/link"
ln -s /absolute theirs/absolute
put 4 "theirs/$(repeat n 200)"
put 4 theirs/1/2/3/4/5/6/7/8/9/10/deep
list_tree theirs >theirs.list
xorriso -as mkisofs -quiet -R -J -joliet-long -o xorriso.iso theirs 2>xorriso.log || fail "xorriso: $(cat xorriso.log)"
"$list_image" --image=xorriso.iso --format=iso >ours.list
same "reading xorriso's Rock Ridge" theirs.list ours.list
genisoimage -quiet -R -hide-rr-moved -o genisoimage.iso theirs
"$list_image" --image=genisoimage.iso --format=iso | grep -v '^d /\.rr_moved$' >ours.list
same "reading genisoimage's Rock Ridge" theirs.list ours.list
for program in "genisoimage -D" "xorriso -as mkisofs"; do
  $program -quiet -J -input-charset utf-8 -o joliet.iso tree 2>joliet.log || fail "$program: $(cat joliet.log)"
  "$list_image" --image=joliet.iso --format=iso --names=joliet >ours.list
  same "reading the Joliet names of $program" tree.list ours.list
done
genisoimage -quiet -iso-level 2 -o plain.iso tree/exact
"$list_image" --image=plain.iso --format=iso >ours.list
expect_line "plain names" ours.list "^f 2048 $(sha256sum <tree/exact/2048 | cut -d' ' -f1) /2048\$"

echo PASS
