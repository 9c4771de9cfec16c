"""Deleting a session: out of sight in one step, then off the disk."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

from sessions.errors import SessionInUse, SessionMissing, told_as_store_error
from sessions.files import Files
from sessions.identity import session_folder
from sessions.lock import FolderLock

_DELETED = ".deleted-"


def delete_session(state_dir: Path, session_id: str, files: Files | None = None) -> None:
    """Deletes a session with everything that belongs to it.

    What an earlier deletion could not finish is deleted too.

    Raises:
        InvalidName: this is not the name of a session.
        SessionMissing: there is none of this name.
        SessionInUse: it is open somewhere; nothing was deleted.
        StoreError: the system refused.
    """
    files = files or Files()
    folder = session_folder(state_dir, session_id)
    if not folder.is_dir() or folder.is_symlink():
        raise SessionMissing(f"There is no session {session_id}.")
    with told_as_store_error(f"delete the session {session_id}"):
        lock = FolderLock.take(folder, files)
        if lock is None:
            raise SessionInUse(
                f"The session {session_id} is open and can't be deleted.", "Close it first."
            )
        try:
            gone = folder.with_name(f"{_DELETED}{session_id}-{secrets.token_hex(4)}")
            files.replace(folder, gone)
            files.sync_folder(folder.parent)
        finally:
            lock.release()
        for leftover in folder.parent.glob(f"{_DELETED}*"):
            shutil.rmtree(leftover)
