"""The system calls that durability rests on, in one place that tests can replace.

Modes are set with fchmod and chmod, so they do not depend on the umask.
"""

from __future__ import annotations

import errno
import fcntl
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700

_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS, errno.EXDEV})


class Files:
    """What the store asks of the operating system. Every method may raise `OSError`."""

    def open(self, path: Path, flags: int) -> int:
        """A descriptor that children do not inherit. Follows no link; a new file has mode 0600."""
        fd = os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW, PRIVATE_FILE)
        if flags & os.O_CREAT:
            try:
                os.fchmod(fd, PRIVATE_FILE)
            except OSError:
                os.close(fd)
                raise
        return fd

    def close(self, fd: int) -> None:
        """Gives the descriptor back."""
        os.close(fd)

    def read(self, path: Path) -> bytes:
        """The whole file."""
        return path.read_bytes()

    def write(self, fd: int, data: bytes | memoryview) -> int:
        """Writes at the descriptor's position and tells how many bytes were taken."""
        return os.write(fd, data)

    def write_at(self, fd: int, data: bytes | memoryview, offset: int) -> int:
        """Writes at an offset and tells how many bytes were taken."""
        return os.pwrite(fd, data, offset)

    def truncate(self, fd: int, length: int) -> None:
        """Cuts the file to this many bytes."""
        os.ftruncate(fd, length)

    def sync_data(self, fd: int) -> None:
        """Returns once the file's content and length are on the disk."""
        if sys.platform == "darwin":
            _full_sync(fd)
        else:
            os.fdatasync(fd)

    def sync(self, fd: int) -> None:
        """Returns once the file and all that is known about it is on the disk."""
        if sys.platform == "darwin":
            _full_sync(fd)
        else:
            os.fsync(fd)

    def sync_folder(self, folder: Path) -> None:
        """Returns once the names in this folder are on the disk."""
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self.sync(fd)
        finally:
            os.close(fd)

    def replace(self, source: Path, target: Path) -> None:
        """Gives the source the name of the target, in one step."""
        source.replace(target)

    def link(self, existing: Path, name: Path) -> None:
        """A second name for a file. Not every file system has that."""
        name.hardlink_to(existing)

    def unlink(self, path: Path) -> None:
        """Removes the name if it is there."""
        path.unlink(missing_ok=True)

    def make_folder(self, folder: Path) -> None:
        """Makes a folder of mode 0700; one that is there already is an error."""
        folder.mkdir(PRIVATE_FOLDER)
        folder.chmod(PRIVATE_FOLDER)


def _full_sync(fd: int) -> None:
    """On macOS fsync leaves data in the drive's cache; F_FULLFSYNC empties that too."""
    if sys.platform == "darwin":
        with suppress(OSError):  # some network file systems do not know it
            fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
            return
    os.fsync(fd)


def write_all(files: Files, fd: int, data: bytes) -> None:
    """Writes every byte, however many calls it takes.

    Raises:
        OSError: the system refused, or took nothing at all.
    """
    rest = memoryview(data)
    while rest:
        taken = files.write(fd, rest)
        if taken <= 0:
            raise OSError(errno.EIO, "the system took no bytes")
        rest = rest[taken:]


def write_all_at(files: Files, fd: int, data: bytes, offset: int) -> None:
    """Writes every byte at its place in the file.

    Raises:
        OSError: the system refused, or took nothing at all.
    """
    done = 0
    while done < len(data):
        taken = files.write_at(fd, data[done:], offset + done)
        if taken <= 0:
            raise OSError(errno.EIO, "the system took no bytes")
        done += taken


def write_file(files: Files, path: Path, chunks: Iterable[bytes]) -> None:
    """Makes or overwrites a file and returns once its content is on the disk.

    The name is durable only after `Files.sync_folder`. A file that could not be written whole
    is removed.
    """
    fd = files.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        for chunk in chunks:
            write_all(files, fd, chunk)
        files.sync(fd)
    except BaseException:
        with suppress(OSError):
            files.unlink(path)
        raise
    finally:
        files.close(fd)


def keep_as_previous(files: Files, path: Path) -> None:
    """Gives the file a second name, `<name>.previous`, in place of the file that had it.

    Where the file system has no hard links, it is copied.
    """
    beside = path.with_name(path.name + ".previous.new")
    files.unlink(beside)  # renaming one link of a file over another does nothing and leaves both
    try:
        files.link(path, beside)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        write_file(files, beside, [files.read(path)])
    files.replace(beside, path.with_name(path.name + ".previous"))


def make_private_folders(files: Files, folder: Path) -> None:
    """Makes a folder and those above it that are missing, each of mode 0700 and durable."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for new in reversed(missing):
        with suppress(FileExistsError):  # another process was faster
            files.make_folder(new)
        files.sync_folder(new.parent)
