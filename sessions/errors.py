"""What can go wrong with a kept session; every message says what to do."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestrator.errors import SessionError

DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})

_HINTS = {
    errno.ENOSPC: "Free some disk space: writing goes on by itself as soon as there is room.",
    errno.EDQUOT: "Your disk quota is used up: writing goes on as soon as there is room.",
    errno.EACCES: "Check the permissions of the state folder.",
    errno.EPERM: "Check the permissions of the state folder.",
    errno.EROFS: "The file system is mounted read-only: choose another state folder.",
    errno.EIO: "The disk reported a fault: check it, then open the session again.",
    errno.EMFILE: "Too many files are open: close other programs or raise the limit (ulimit -n).",
    errno.ENFILE: "Too many files are open on this machine: close other programs.",
}


class StoreError(SessionError):
    """Base of every error of the session store."""


class StoreFull(StoreError):
    """The disk is full. The write was taken back whole, and the next one tries again."""


class StoreWriteFailed(StoreError):
    """A write or sync failed. The database is read-only until it is opened again."""


class StoreReadOnly(StoreError):
    """A write was asked of a database that is open for reading only."""


class StoreClosed(StoreError):
    """The store was used after it had been closed."""


class StoreTooNew(StoreError):
    """The session was written by a newer version of this program."""


class StoreDamaged(StoreError):
    """The files of a session do not add up, so nothing of them is used.

    Attributes:
        path: the file that is wrong or missing.
        set_aside: where the file was moved, None when it lies where it was.
    """

    def __init__(
        self, message: str, hint: str = "", *, path: Path, set_aside: Path | None = None
    ) -> None:
        super().__init__(message, hint)
        self.path = path
        self.set_aside = set_aside


class SessionMissing(StoreError):
    """There is no session of this name."""


class SessionExists(StoreError):
    """A session of this name is there already."""


class SessionInUse(StoreError):
    """Another process has the session open."""


class InvalidName(StoreError):
    """A name that may not become a file name: of a session, an attempt or a blob."""


class InvalidDocument(StoreError):
    """A document or event that can't be kept: not JSON, or out of order."""


def hint_for(error: OSError) -> str:
    """What the user can do about this system error, empty when nothing is known."""
    return _HINTS.get(error.errno or 0, "")


@contextmanager
def told_as_store_error(action: str) -> Iterator[None]:
    """Turns a system error inside into a `StoreError`.

    Args:
        action: what was being done, as in "can't {action}".

    Raises:
        StoreError: for any `OSError` inside.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StoreError(f"Can't {action}: {reason}.", hint_for(error)) from error
