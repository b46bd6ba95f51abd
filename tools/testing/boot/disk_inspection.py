"""What is on the disk of a machine that is switched off: read on the host, never mounted."""

import hashlib
import os
import shutil
import subprocess

import partition_table

_BLKID = "/usr/sbin/blkid"
_FSCK_FAT = "/usr/sbin/fsck.fat"
_SGDISK = "/usr/sbin/sgdisk"
_CHUNK = 1 << 20


class NotFound(Exception):
    """There is no such file, partition or file system; the message says which."""


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def copy_sparse(source, offset, size, destination):
    """Copies a part of a file; holes stay holes."""
    with open(source, "rb") as reader, open(destination, "wb") as writer:
        writer.truncate(size)
        position, end = offset, offset + size
        while position < end:
            try:
                position = os.lseek(reader.fileno(), position, os.SEEK_DATA)
            except OSError:  # ENXIO: no data up to the end
                return
            hole = min(os.lseek(reader.fileno(), position, os.SEEK_HOLE), end)
            while position < hole:
                # Past the buffers of Python's files, which do not know of these positions.
                data = os.pread(reader.fileno(), min(_CHUNK, hole - position), position)
                os.pwrite(writer.fileno(), data, position - offset)
                position += len(data)


class Disk:
    """A disk.

    Args:
      image: its file.
      sector_size: 512 or 4096.
      e2fsprogs: folder of the programs debugfs and e2fsck with their libraries and their loader.
      scratch: folder for copies of partitions.
    """

    def __init__(self, image, sector_size, e2fsprogs, scratch):
        self._image = image
        self._sector_size = sector_size
        self._e2fsprogs = e2fsprogs
        self._scratch = scratch
        self._copies = {}

    def table(self):
        with open(self._image, "rb") as file:
            return partition_table.read(file, self._sector_size)

    def partition(self, number):
        for partition in self.table().partitions:
            if partition.number == number:
                return partition
        raise NotFound("there is no partition %d" % number)

    def file_system(self, number):
        """What blkid(8) says of a partition: {"TYPE": "ext4", "LABEL": ...}; empty if nothing is known."""
        result = subprocess.run([_BLKID, "-p", "-o", "export", self._copy(number)], capture_output=True, check=False)
        pairs = [line.split("=", 1) for line in result.stdout.decode("utf-8", "replace").splitlines() if "=" in line]
        return dict(pairs)

    def read_file(self, number, path):
        """The content of a file, or NotFound. The last component may not be a link."""
        kind = self.file_system(number).get("TYPE", "")
        readers = {"ext4": self._read_ext4, "vfat": self._read_fat, "ntfs": self._read_ntfs}
        if kind not in readers:
            raise NotFound("partition %d holds no file system that can be read: \"%s\"" % (number, kind))
        return readers[kind](self._copy(number), path)

    def complaints(self):
        """What sgdisk and the fsck programs have to complain about; "" if all is well."""
        found = []
        table = self.table()
        if table.style == "GPT" and self._sector_size == 512:
            result = self._run([_SGDISK, "--verify", self._image])
            if "No problems found" not in result.stdout.decode():
                found.append("sgdisk: " + result.stdout.decode())
        for partition in table.partitions:
            kind = self.file_system(partition.number).get("TYPE", "")
            checks = {"ext4": self._check_ext4, "vfat": self._check_fat, "ntfs": self._check_ntfs}
            if kind in checks:
                result = checks[kind](self._copy(partition.number))
                if result.returncode != 0:
                    found.append("partition %d: %s%s" % (partition.number, result.stdout.decode("utf-8", "replace"),
                                                         result.stderr.decode("utf-8", "replace")))
        return "\n".join(found)

    def _copy(self, number):
        """A file that is the partition alone; its ext4 journal is replayed, as a mount would."""
        if number not in self._copies:
            partition = self.partition(number)
            path = os.path.join(self._scratch, "%s.%d" % (os.path.basename(self._image), number))
            copy_sparse(self._image, partition.offset, partition.size, path)
            self._e2fs("e2fsck", "-p", path)  # complains of anything but ext4, which does not matter
            self._copies[number] = path
        return self._copies[number]

    def _run(self, command):
        return subprocess.run(command, capture_output=True, check=False, env={**os.environ, "MTOOLS_SKIP_CHECK": "1"})

    def _e2fs(self, program, *arguments):
        loader = os.path.join(self._e2fsprogs, "ld-linux-x86-64.so.2")
        return self._run([loader, "--library-path", self._e2fsprogs, os.path.join(self._e2fsprogs, program), *arguments])

    def _read_ext4(self, partition, path):
        out = os.path.join(self._scratch, "file")
        if os.path.exists(out):
            os.unlink(out)
        result = self._e2fs("debugfs", "-R", "dump \"%s\" %s" % (path, out), partition)
        if not os.path.exists(out) or b"not found" in result.stderr:
            raise NotFound("there is no file %s" % path)
        with open(out, "rb") as file:
            return file.read()

    def _read_fat(self, partition, path):
        result = self._run(["mcopy", "-n", "-i", partition, "::" + path, "-"])
        if result.returncode != 0:
            raise NotFound("there is no file %s" % path)
        return result.stdout

    def _read_ntfs(self, partition, path):
        listing = self._run(["7z", "l", "-ba", "-slt", "-tNTFS", partition, path.lstrip("/")])
        if b"Path = " not in listing.stdout:
            raise NotFound("there is no file %s" % path)
        return self._run(["7z", "x", "-so", "-tNTFS", partition, path.lstrip("/")]).stdout

    def _check_ext4(self, partition):
        return self._e2fs("e2fsck", "-fn", partition)

    def _check_fat(self, partition):
        return self._run([_FSCK_FAT, "-n", partition])

    def _check_ntfs(self, partition):
        return self._run(["7z", "t", "-tNTFS", partition])


def make_image(path, size, content):
    """Makes a disk's file of `size` bytes that begins like the file `content` (None: empty)."""
    if content:
        copy_sparse(content, 0, os.path.getsize(content), path)
    with open(path, "ab") as file:
        if file.tell() > size:
            raise ValueError("%s is larger than the disk, which has %d bytes" % (content, size))
        file.truncate(size)


def gather(programs, folder):
    """Puts programs and libraries of different folders into one."""
    for program in programs:
        os.chmod(shutil.copy(program, folder), 0o755)
