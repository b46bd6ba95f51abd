"""Makes media that somebody tampered with, and disks that somebody used before, out of good ones or of nothing.

derive.py tamper MEDIUM PATH first|middle|last OUT     flips a bit in a file of an ISO: in its first, middle or last 4 MiB block
derive.py uefi_boot_image MEDIUM OUT                   the FAT image that UEFI boots from a disc
derive.py debian_stick OUT                             a USB stick that Debian's signed GRUB takes for its own
derive.py foreign_boot IMAGE OUT                       the image of a USB drive with a boot configuration that says FOREIGN-GRUB-CFG
derive.py copied_stick MEDIUM OUT                      a USB stick with one FAT32 partition, onto which the files of an ISO were copied
derive.py logs_stick OUT                               a USB stick with an empty FAT32 partition labelled TSMLOGS
derive.py used_disk linux|lvm_raid|broken_gpt|ntfs OUT [FILE...]   FILE: those of //tools/testing/boot:e2fsprogs, and mke2fs
"""

import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

_SECTOR = 512
_DISC_SECTOR = 2048
_BLOCK = 4 << 20
_DISK_SIZE = 200 << 20
_PARTITION_START = 1 << 20

_FOREIGN_CONFIGURATION = "echo FOREIGN-GRUB-CFG\nserial\nterminal_output serial console\necho FOREIGN-GRUB-CFG\nhalt\n"


def _run(*command):
    return subprocess.run(command, check=True, capture_output=True).stdout.decode()


# ---- Media ------------------------------------------------------------------------------------------------------------


def _find(medium, path):
    """Offset and size of a file of an ISO."""
    report = _run("xorriso", "-indev", medium, "-find", path, "-exec", "report_lba")
    [line] = [line for line in report.splitlines() if line.startswith("File data lba:")]
    fields = [field.strip() for field in line.split(":", 1)[1].split(",")]
    return int(fields[1]) * _DISC_SECTOR, int(fields[3])


def tamper(medium, path, where, out):
    offset, size = _find(medium, path)
    blocks = -(-size // _BLOCK)
    block = {"first": 0, "middle": blocks // 2, "last": blocks - 1}[where]
    in_block = min(_BLOCK, size - block * _BLOCK)
    shutil.copyfile(medium, out)
    with open(out, "r+b") as file:
        file.seek(offset + block * _BLOCK + in_block // 2)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))


def uefi_boot_image(medium, out):
    """El Torito 1.0, figures 2 to 5."""
    with open(medium, "rb") as file:

        def read(sector, size):
            file.seek(sector * _DISC_SECTOR)
            return file.read(size)

        catalog = read(int.from_bytes(read(17, _DISC_SECTOR)[71:75], "little"), _DISC_SECTOR)
        # After the entry for BIOS comes a section for platform 0xEF with one entry.
        assert catalog[64:66] == b"\x91\xef", catalog[64:66]
        sectors, start = int.from_bytes(catalog[102:104], "little"), int.from_bytes(catalog[104:108], "little")
        with open(out, "wb") as image:
            image.write(read(start, sectors * _SECTOR))


def debian_stick(out):
    """It looks for /.disk/info on every disk and then runs that disk's grub.cfg."""
    with open(out, "wb") as file:
        file.truncate(64 << 20)
    with tempfile.TemporaryDirectory() as folder:
        files = {
            "info": "Debian GNU/Linux 13.1.0 \"Trixie\" - Official amd64 NETINST\n",
            "grub.cfg": _FOREIGN_CONFIGURATION,
        }
        for name, text in files.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        _run("/usr/sbin/mkfs.fat", "-F", "16", "-n", "DEBIAN", out)
        _run("mmd", "-i", out, "::/.disk", "::/boot", "::/boot/grub")
        _run("mcopy", "-i", out, os.path.join(folder, "info"), "::/.disk/info")
        _run("mcopy", "-i", out, os.path.join(folder, "grub.cfg"), "::/boot/grub/grub.cfg")


def foreign_boot(image, out):
    shutil.copyfile(image, out)
    os.chmod(out, 0o644)
    [esp] = [line.split() for line in _run("/usr/sbin/sgdisk", "--print", out).splitlines() if " EF00 " in line]
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as file:
        file.write(_FOREIGN_CONFIGURATION)
        file.flush()
        _run("mcopy", "-o", "-i", "%s@@%d" % (out, int(esp[1]) * _SECTOR), file.name, "::/boot/grub/grub.cfg")


def copied_stick(medium, out):
    with tempfile.TemporaryDirectory() as folder:
        files = os.path.join(folder, "files")
        _run("xorriso", "-osirrox", "on", "-indev", medium, "-extract", "/", files)
        size = os.path.getsize(medium) + (64 << 20)
        with open(out, "wb") as file:
            file.truncate(size)
        _write(out, 0, _mbr([(0x0c, _PARTITION_START // _SECTOR, (size - _PARTITION_START) // _SECTOR)]))
        _run("/usr/sbin/mkfs.fat", "-F", "32", "-s", "1", "-n", "MY STICK", "--offset=%d" % (_PARTITION_START // _SECTOR), out,
             str((size - _PARTITION_START) >> 10))
        names = [os.path.join(files, name) for name in sorted(os.listdir(files))]
        _run("mcopy", "-s", "-i", "%s@@%d" % (out, _PARTITION_START), *names, "::/")


def logs_stick(out):
    with open(out, "wb") as file:
        file.truncate(64 << 20)
    _run("/usr/sbin/sgdisk", "--new=1:2048:+60M", "--typecode=1:0700", out)
    # In KiB, which is what mkfs.fat counts in.
    _run("/usr/sbin/mkfs.fat", "-F", "32", "-n", "TSMLOGS", "--offset=2048", out, str(60 << 10))


# ---- Disks ------------------------------------------------------------------------------------------------------------


def _mbr(partitions):
    """A sector with these (type, first sector, number of sectors)."""
    entries = b"".join(struct.pack("<B3sB3sII", 0x80 if i == 0 else 0, b"\0\0\0", kind, b"\0\0\0", first, count)
                       for i, (kind, first, count) in enumerate(partitions))
    # Code that somebody would notice if it survived.
    return b"\xeb\xfeOLD BOOT SECTOR".ljust(446, b"\x90") + entries.ljust(64, b"\0") + b"\x55\xaa"


def _write(path, offset, data):
    with open(path, "r+b") as file:
        file.seek(offset)
        file.write(data)


def _expect_blkid(path, offset, size, kind):
    """The disk is what it is meant to be in the eyes of others."""
    found = _run("/usr/sbin/blkid", "-p", "-o", "value", "-s", "TYPE", "--offset", str(offset), "--size", str(size), path).strip()
    assert found == kind, "blkid says '%s', not '%s'" % (found, kind)


def _linux(path, files):
    """An MBR and a root file system that fills the disk."""
    size = _DISK_SIZE - _PARTITION_START
    with tempfile.TemporaryDirectory() as folder:
        for file in files:
            os.chmod(shutil.copy(file, folder), 0o755)
        root = os.path.join(folder, "root")
        os.makedirs(os.path.join(root, "etc"))
        with open(os.path.join(root, "etc", "hostname"), "w", encoding="utf-8") as file:
            file.write("old-machine\n")
        _run(os.path.join(folder, "ld-linux-x86-64.so.2"), "--library-path", folder, os.path.join(folder, "mke2fs"), "-q",
             "-t", "ext4", "-L", "old", "-d", root, "-E", "offset=%d" % _PARTITION_START, path, "%dk" % (size >> 10))
    _write(path, 0, _mbr([(0x83, _PARTITION_START // _SECTOR, size // _SECTOR)]))
    _expect_blkid(path, _PARTITION_START, size, "ext4")


def _lvm_label(size):
    """A physical volume's first sectors (lvm2, lib/format_text/layout.h and lib/label/label.h)."""
    header = b"0123456789abcdef0123456789abcdef" + struct.pack("<Q", size) + bytes(32)
    checked = struct.pack("<I", 32) + b"LVM2 001" + header
    checked = checked.ljust(_SECTOR - 20, b"\0")
    crc = zlib.crc32(checked, 0xf597a6cf ^ 0xffffffff) ^ 0xffffffff
    return b"LABELONE" + struct.pack("<QI", 1, crc) + checked


def _raid_superblock(offset):
    """A member of a RAID of version 1.2 (linux/include/uapi/linux/raid/md_p.h, struct mdp_superblock_1)."""
    block = bytearray(256)
    struct.pack_into("<II", block, 0, 0xa92b4efc, 1)
    block[16:32] = bytes(range(16))
    block[32:40] = b"old:md0\0"
    struct.pack_into("<IQII", block, 72, 1, 1 << 17, 0, 2)  # level 1, sectors, chunk, disks
    struct.pack_into("<QQQ", block, 128, 2048, 1 << 17, offset // _SECTOR)
    words = struct.unpack("<64I", block)
    total = sum(words)
    struct.pack_into("<I", block, 216, (total & 0xffffffff) + (total >> 32) & 0xffffffff)
    return bytes(block)


def _lvm_raid(path, _):
    """A physical volume and a member of a RAID, where the new partitions will begin as well."""
    half = 64 << 20
    partitions = [(_PARTITION_START, half), (_PARTITION_START + half, _DISK_SIZE - _PARTITION_START - half)]
    for start, size in partitions:
        _write(path, start + _SECTOR, _lvm_label(size))
        _expect_blkid(path, start, size, "LVM2_member")
        _write(path, start + _SECTOR, bytes(_SECTOR))
        _write(path, start + 4096, _raid_superblock(4096))
        _expect_blkid(path, start, size, "linux_raid_member")
        _write(path, start + _SECTOR, _lvm_label(size))
    _write(path, 0, _mbr([(0x8e, start // _SECTOR, size // _SECTOR) for start, size in partitions]))


def _broken_gpt(path, _):
    """Four partitions in a GPT whose header is damaged and whose copy is another disk's."""
    _run("/usr/sbin/sgdisk", "--new=1:0:+20M", "--new=2:0:+20M", "--new=3:0:+20M", "--new=4:0:0", path)
    with open(path, "rb") as file:
        file.seek(_SECTOR)
        header = bytearray(file.read(_SECTOR))
        file.seek(-_SECTOR, os.SEEK_END)
        copy = bytearray(file.read(_SECTOR))
    header[40] ^= 1
    copy[56:72] = bytes(16)
    _write(path, _SECTOR, header)
    _write(path, _DISK_SIZE - _SECTOR, copy)


def _ntfs(path, _):
    """An NTFS boot sector at the beginning of a partition and its copy at the end, and the file table's first records
    (linux/fs/ntfs3/ntfs.h)."""
    size = _DISK_SIZE - _PARTITION_START
    boot = bytearray(_SECTOR)
    boot[:11] = b"\xeb\x52\x90NTFS    "
    struct.pack_into("<HB", boot, 11, _SECTOR, 8)
    boot[21] = 0xf8
    struct.pack_into("<QQQ", boot, 40, size // _SECTOR - 1, 4, size // 4096 // 2)
    struct.pack_into("<b3xb3xQ", boot, 64, -10, 1, 0x1122334455667788)
    boot[510:] = b"\x55\xaa"
    _write(path, _PARTITION_START, boot)
    for record in range(16):
        _write(path, _PARTITION_START + 4 * 4096 + record * 1024, b"FILE")
    _expect_blkid(path, _PARTITION_START, size, "ntfs")
    _write(path, _DISK_SIZE - _SECTOR, boot)
    _write(path, 0, _mbr([(0x07, _PARTITION_START // _SECTOR, size // _SECTOR)]))


def used_disk(kind, out, *files):
    with open(out, "wb") as file:
        file.truncate(_DISK_SIZE)
    {"linux": _linux, "lvm_raid": _lvm_raid, "broken_gpt": _broken_gpt, "ntfs": _ntfs}[kind](out, files)


if __name__ == "__main__":
    {"copied_stick": copied_stick, "debian_stick": debian_stick, "foreign_boot": foreign_boot, "logs_stick": logs_stick, "tamper": tamper,
     "uefi_boot_image": uefi_boot_image, "used_disk": used_disk}[sys.argv[1]](*sys.argv[2:])
