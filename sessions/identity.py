"""Names that become file names: of sessions, attempts and blobs."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime
from pathlib import Path

from sessions.errors import InvalidName

_SESSION = re.compile(r"[0-9]{8}-[0-9]{4}-[0-9a-f]{4}")
_ATTEMPT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}(\.[A-Za-z0-9_-]{1,64}){0,3}")
_BLOB = re.compile(r"[0-9a-f]{64}")


def new_session_id(now: float) -> str:
    """A name like `20261121-0442-7f3a`: date and time in UTC, then four random digits.

    Args:
        now: Unix seconds.
    """
    return f"{datetime.fromtimestamp(now, UTC):%Y%m%d-%H%M}-{secrets.token_hex(2)}"


def is_session_id(name: str) -> bool:
    """Whether a folder of this name can be a session."""
    return _SESSION.fullmatch(name) is not None


def session_folder(state_dir: Path, session_id: str) -> Path:
    """Where the session of this name is kept.

    Raises:
        InvalidName: the name is not that of a session, so it could lead elsewhere.
    """
    if not is_session_id(session_id):
        raise InvalidName(
            f"{session_id!a} is not the name of a session.",
            "Names look like 20261121-0442-7f3a.",
        )
    return sessions_folder(state_dir) / session_id


def sessions_folder(state_dir: Path) -> Path:
    """Where all sessions are kept."""
    return state_dir / "sessions"


def checked_attempt_id(attempt_id: str) -> str:
    """The name, if it may become that of a log file.

    Raises:
        InvalidName: it may not: only letters, digits, `-`, `_` and single dots inside.
    """
    if _ATTEMPT.fullmatch(attempt_id) is None:
        raise InvalidName(f"{attempt_id!a} can't be the name of an output log.")
    return attempt_id


def checked_blob_id(sha256: str) -> str:
    """The hash, if it is one.

    Raises:
        InvalidName: it is not 64 lower-case hexadecimal digits.
    """
    if _BLOB.fullmatch(sha256) is None:
        raise InvalidName(f"{sha256!a} is not a SHA-256.")
    return sha256
