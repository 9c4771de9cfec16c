"""One writer for each session folder: a lock that lasts as long as the process."""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import suppress
from pathlib import Path

from sessions.errors import SessionMissing
from sessions.files import Files

LOCK_FILE = "lock"

_TAKEN = frozenset({errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES})


class FolderLock:
    """The right to write in a folder. The system gives it back when the process ends."""

    def __init__(self, files: Files, fd: int) -> None:
        self._files = files
        self._fd = fd

    @classmethod
    def take(cls, folder: Path, files: Files) -> FolderLock | None:
        """Takes the lock without waiting; None when another process, or store, has it.

        Raises:
            SessionMissing: the folder was deleted meanwhile.
            OSError: the lock file can't be opened, or the file system has no locks.
        """
        path = folder / LOCK_FILE
        fd = files.open(path, os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _refuse_deleted(path, fd)
        except OSError as error:
            files.close(fd)
            if error.errno in _TAKEN:
                return None
            raise
        except SessionMissing:
            files.close(fd)
            raise
        with suppress(OSError):  # only for the message that others see
            os.ftruncate(fd, 0)
            os.pwrite(fd, b"%d\n" % os.getpid(), 0)
        return cls(files, fd)

    def release(self) -> None:
        """Gives the lock back; more than once does no harm."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            with suppress(OSError):
                self._files.close(fd)


def holder(folder: Path) -> int | None:
    """The process that last took the lock, None when it is not known."""
    try:
        return int((folder / LOCK_FILE).read_bytes())
    except (OSError, ValueError):
        return None


def _refuse_deleted(path: Path, fd: int) -> None:
    """The folder may have been moved away between opening the lock file and locking it."""
    try:
        named = path.stat()
    except FileNotFoundError:
        named = None
    if named is None or named.st_ino != os.fstat(fd).st_ino:
        raise SessionMissing(f"The session {path.parent.name} has been deleted.")
