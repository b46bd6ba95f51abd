"""Reads partition tables: GPT (UEFI 2.10, section 5.3) and MBR."""

import collections
import struct
import uuid
import zlib

# offset and size in bytes; type: a GUID in upper case, or two hexadecimal digits; name: "" in an MBR.
Partition = collections.namedtuple("Partition", ["number", "type", "name", "offset", "size", "active"])
PartitionTable = collections.namedtuple("PartitionTable", ["style", "partitions"])

# What people call the types that media use.
TYPES = {
    "BIOS_BOOT": "21686148-6449-6E6F-744E-656564454649",
    "EFI": "C12A7328-F81F-11D2-BA4B-00A0C93EC93B",
    "LINUX": "0FC63DAF-8483-4772-8E79-3D69D8477DE4",
    "MICROSOFT_BASIC": "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7",
    "WINDOWS_RECOVERY": "DE94BBA4-06D1-4D40-A16A-BFD50179D6AC",
}

_SIGNATURE = b"EFI PART"
_LARGE_SECTOR = 4096
_GPT_HEADER = struct.Struct("<8s4sII4xQQQQ16sQIII")
_GPT_ENTRY = struct.Struct("<16s16sQQQ72s")
_MBR_ENTRY = struct.Struct("<B3sB3sII")
_MBR_ENTRIES = 446
_PROTECTIVE = 0xEE
_MAX_ENTRIES = 1024


class BadPartitionTable(Exception):
    """The disk has no partition table, or a broken one; the message says which."""


def _sector(file, number, sector_size, count=1):
    file.seek(number * sector_size)
    return file.read(count * sector_size)


def _mbr(sector, sector_size):
    partitions = []
    for number in range(1, 5):
        flags, _, kind, _, first, count = _MBR_ENTRY.unpack_from(sector, _MBR_ENTRIES + (number - 1) * 16)
        if kind != 0:
            partitions.append(Partition(number, "%02X" % kind, "", first * sector_size, count * sector_size, flags == 0x80))
    return partitions


def _gpt_header(file, number, sector_size):
    """Fields of a valid header, else a BadPartitionTable."""
    sector = _sector(file, number, sector_size)
    fields = _GPT_HEADER.unpack_from(sector)
    signature, _, size, crc = fields[:4]
    if signature != _SIGNATURE or not _GPT_HEADER.size <= size <= sector_size:
        raise BadPartitionTable("sector %d holds no GPT header" % number)
    if zlib.crc32(sector[:16] + b"\0\0\0\0" + sector[20:size]) != crc:
        raise BadPartitionTable("the GPT header in sector %d has a wrong checksum" % number)
    return fields


def _gpt(file, number, sector_size):
    fields = _gpt_header(file, number, sector_size)
    own, other, entries_at, count, entry_size, entries_crc = fields[4], fields[5], *fields[-4:]
    if own != number or entry_size < _GPT_ENTRY.size or count > _MAX_ENTRIES:
        raise BadPartitionTable("the GPT header in sector %d contradicts itself" % number)
    file.seek(entries_at * sector_size)
    entries = file.read(count * entry_size)
    if zlib.crc32(entries) != entries_crc:
        raise BadPartitionTable("the GPT entries of the header in sector %d have a wrong checksum" % number)
    partitions = []
    for i in range(count):
        kind, _, first, last, _, name = _GPT_ENTRY.unpack_from(entries, i * entry_size)
        if kind != bytes(16):
            partitions.append(Partition(
                i + 1, str(uuid.UUID(bytes_le=kind)).upper(), name.decode("utf-16-le").rstrip("\0"),
                first * sector_size, (last - first + 1) * sector_size, False))
    return partitions, other


def sector_size(path):
    """Bytes of a sector of the drive that an image is made for: its GPT begins in the second sector."""
    with open(path, "rb") as file:
        if _sector(file, 1, 512).startswith(_SIGNATURE):
            return 512
        return _LARGE_SECTOR if _sector(file, 1, _LARGE_SECTOR).startswith(_SIGNATURE) else 512


def read(file, sector_size=512):
    """The partition table of a disk image: both copies of a GPT have to be valid and equal."""
    sector = _sector(file, 0, sector_size)
    if sector[510:512] != b"\x55\xaa":
        raise BadPartitionTable("the disk has no partition table")
    partitions = _mbr(sector, sector_size)
    if not any(int(partition.type, 16) == _PROTECTIVE for partition in partitions):
        return PartitionTable("MBR", partitions)
    main, backup_at = _gpt(file, 1, sector_size)
    file.seek(0, 2)
    if (backup_at + 1) * sector_size != file.tell():
        raise BadPartitionTable("the GPT's copy is not at the end of the disk")
    backup, main_at = _gpt(file, backup_at, sector_size)
    if main_at != 1 or backup != main:
        raise BadPartitionTable("the two copies of the GPT differ")
    return PartitionTable("GPT", main)
