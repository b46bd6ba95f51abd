#!/bin/bash
# GNU cpio and bsdtar read our archives, and we read theirs.
# Arguments: make_cpio list_image.
# shellcheck source=tests/interop/iso/common.sh
source "$(dirname "$0")/common.sh"

make_cpio=$PWD/$1
list_image=$PWD/$2
cd "$TEST_TMPDIR"

make_tree tree
put 1000000 tree/big
"$make_cpio" --root=tree --out=ours.cpio
"$make_cpio" --root=tree --out=reverse.cpio --reverse=true
cmp ours.cpio reverse.cpio || fail "the bytes depend on the order of the entries"

cp -r tree expected
mkdir "expected/dir of link" expected/dev
ln -s ../target "expected/dir of link/link"
list_tree expected >expected.list

# Device nodes need rights that a test has not: they are only listed.
mkdir out
(cd out && cpio --quiet -idm --no-absolute-filenames --nonmatching 'dev/?*' <../ours.cpio)
list_tree out >out.list
same "GNU cpio" expected.list out.list
cpio --quiet -tvn <ours.cpio >cpio.list
expect_line "GNU cpio -tv" cpio.list '^crw------- +1 0 +0 +5, +1 Jan  1  1980 dev/console$'
expect_line "GNU cpio -tv" cpio.list '^brw------- +1 0 +0 +7, +7 Jan  1  1980 dev/loop7$'
expect_line "GNU cpio -tv" cpio.list '^drwxr-xr-x +2 0 +0 +0 Jan  1  1980 d1/d2$'
rm -rf out && mkdir out
bsdtar -C out --exclude 'dev/?*' -xf ours.cpio
list_tree out >out.list
same "bsdtar" expected.list out.list

# Our reader: ours, theirs, and several in a row as the kernel gets them.
{
  cat expected.list
  echo "c 5:1 /dev/console"
  echo "b 7:7 /dev/loop7"
} >all.list
"$list_image" --image=ours.cpio --format=cpio >read.list
same "our reader" all.list read.list
for format in newc crc; do
  (cd expected && find . | cpio --quiet -o -H "$format") >theirs.cpio
  "$list_image" --image=theirs.cpio --format=cpio >read.list
  same "reading GNU cpio's $format" expected.list read.list
done
bsdtar -C expected --format=newc -cf theirs.cpio .
"$list_image" --image=theirs.cpio --format=cpio >read.list
same "reading bsdtar's newc" expected.list read.list
cat ours.cpio ours.cpio >two.cpio
"$list_image" --image=two.cpio --format=cpio >read.list
cat all.list all.list >twice.list
same "two archives in a row" twice.list read.list

echo PASS
