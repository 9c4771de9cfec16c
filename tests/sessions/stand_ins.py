"""Files whose system calls wait for nothing, fail, are held up, or are written down."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

from sessions.files import Files


class FastFiles(Files):
    """Does not wait for the disk: for tests that make thousands of databases."""

    def sync_data(self, fd: int) -> None:
        pass

    def sync(self, fd: int) -> None:
        pass

    def sync_folder(self, folder: Path) -> None:
        pass


class FailingFiles(FastFiles):
    """Lets some calls fail, counted from 1.

    Attributes:
        calls: the names of the calls so far.
    """

    def __init__(self, fail_at: int, code: int, *, for_ever: bool = False) -> None:
        self.calls: list[str] = []
        self._fail_at = fail_at
        self._code = code
        self._for_ever = for_ever

    def _count(self, name: str) -> None:
        self.calls.append(name)
        number = len(self.calls)
        if number == self._fail_at or (self._for_ever and 0 < self._fail_at < number):
            raise OSError(self._code, os.strerror(self._code))

    def open(self, path: Path, flags: int) -> int:
        self._count("open")
        return super().open(path, flags)

    def read(self, path: Path) -> bytes:
        self._count("read")
        return super().read(path)

    def write(self, fd: int, data: bytes | memoryview) -> int:
        self._count("write")
        return super().write(fd, data)

    def write_at(self, fd: int, data: bytes | memoryview, offset: int) -> int:
        self._count("write_at")
        return super().write_at(fd, data, offset)

    def truncate(self, fd: int, length: int) -> None:
        self._count("truncate")
        super().truncate(fd, length)

    def sync_data(self, fd: int) -> None:
        self._count("sync_data")

    def sync(self, fd: int) -> None:
        self._count("sync")

    def sync_folder(self, folder: Path) -> None:
        self._count("sync_folder")

    def replace(self, source: Path, target: Path) -> None:
        self._count("replace")
        super().replace(source, target)

    def link(self, existing: Path, name: Path) -> None:
        self._count("link")
        super().link(existing, name)

    def unlink(self, path: Path) -> None:
        self._count("unlink")
        super().unlink(path)


class ShortFiles(FailingFiles):
    """The Nth call, if it writes, takes half of the bytes; the next call finds the disk full."""

    def __init__(self, fail_at: int) -> None:
        super().__init__(0, errno.ENOSPC)
        self._short_at = fail_at

    def write(self, fd: int, data: bytes | memoryview) -> int:
        if len(self.calls) + 1 == self._short_at:
            self._fail_at = self._short_at + 1
            return super().write(fd, data[: len(data) // 2])
        return super().write(fd, data)


class FullDisk(FastFiles):
    """A disk that can be filled and freed, and whose syncs can fail.

    Attributes:
        full: writes take half of the bytes, then none.
        sync_fails: syncs of journals and logs fail.
    """

    def __init__(self, code: int = errno.ENOSPC) -> None:
        self._code = code
        self.full = False
        self.sync_fails = False

    def write(self, fd: int, data: bytes | memoryview) -> int:
        if self.full and len(data) < 2:
            raise OSError(self._code, os.strerror(self._code))
        return super().write(fd, data[: len(data) // 2] if self.full else data)

    def sync_data(self, fd: int) -> None:
        if self.sync_fails:
            raise OSError(errno.EIO, os.strerror(errno.EIO))


class NoLinks(FastFiles):
    """A file system without hard links."""

    def link(self, existing: Path, name: Path) -> None:
        raise OSError(errno.EPERM, "no links here")


class HeldFiles(FastFiles):
    """Every sync of a journal or log waits until it is let go.

    Attributes:
        reached: set once a sync waits.
        let_go: set it to let all syncs through.
    """

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.let_go = threading.Event()

    def sync_data(self, fd: int) -> None:
        self.reached.set()
        assert self.let_go.wait(10), "nobody let the sync go"
