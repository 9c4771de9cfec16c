"""Folders and files of ours that one process at a time may use."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from orchestrator.errors import WorkspaceError
from orchestrator.workspace.private import make_private

_LONGEST_WAIT = 600.0
"""Seconds; the first snapshot of a very large workspace takes minutes."""
_LOOK_AGAIN = 0.02


@asynccontextmanager
async def held(path: Path) -> AsyncIterator[int]:
    """Holds the lock file `path` until the block ends; others wait.

    Gives its descriptor. A child that inherits it holds the lock too, until it has ended: so when
    the lock is free nobody is at work any more, however the one before ended.

    Raises:
        WorkspaceError: the file can't be made, or another process holds it for too long.
    """
    waited = 0.0
    while (fd := try_hold(path)) is None:
        if waited > _LONGEST_WAIT:
            raise WorkspaceError(
                f"Another process works in {path.parent} all the time.",
                "Close other windows on this workspace.",
            )
        await asyncio.sleep(_LOOK_AGAIN)
        waited += _LOOK_AGAIN
    try:
        yield fd
    finally:
        os.close(fd)


def try_hold(path: Path) -> int | None:
    """A descriptor that holds the lock file `path` until it is closed; None when it is taken.

    Raises:
        WorkspaceError: the file can't be made.
    """
    try:
        make_private(path.parent)
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise WorkspaceError(
            f"The state folder {path.parent} can't be written: {error.strerror}.",
            "Set ORCHESTRATOR_STATE_DIR to a folder you may write to.",
        ) from error
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    except OSError:  # the file system has no locks: one process alone is what is left
        return fd
    return fd
