"""What a list of sessions shows, kept beside each session so that listing opens none."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sessions.database import JournalDatabase
from sessions.documents import Document, decode_object, encode
from sessions.errors import StoreError, told_as_store_error
from sessions.files import Files, write_file
from sessions.identity import is_session_id, sessions_folder
from sessions.recovery import JOURNAL_FILE

SUMMARY_FILE = "summary.json"
SESSION_TABLE = "session"
SESSION_DOC = 1

FIXED = frozenset({"id", "created"})
_NAMED = FIXED | {"title", "workspace", "updated"}


@dataclass(frozen=True)
class SessionSummary:
    """One line in a list of sessions.

    Attributes:
        id: the session's name.
        title: what the user sees; untrusted text.
        workspace: the folder that was worked in.
        created: Unix seconds.
        updated: Unix seconds of the last write.
        details: what else was kept about the session.
        problem: why the session can't be read, empty when nothing is known to be wrong.
    """

    id: str
    title: str = ""
    workspace: str = ""
    created: float = 0.0
    updated: float = 0.0
    details: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""


def summary_of(session_id: str, about: Mapping[str, Any], written: float = 0.0) -> SessionSummary:
    """The line for what is kept about a session.

    Args:
        session_id: its name, which is that of its folder.
        about: the document about it.
        written: Unix seconds of the last write to its files, 0 when that is not known.
    """
    return SessionSummary(
        id=session_id,
        title=str(about.get("title", "")),
        workspace=str(about.get("workspace", "")),
        created=_seconds(about.get("created")),
        updated=max(_seconds(about.get("updated")), written),
        details={key: value for key, value in about.items() if key not in _NAMED},
    )


def write_summary(folder: Path, about: Document, files: Files) -> None:
    """Keeps the document about a session where `list_sessions` finds it.

    It is a copy of what the database holds: if it is lost or old, nothing is lost.

    Raises:
        StoreError: the system refused.
    """
    fresh = folder / f"{SUMMARY_FILE}.new"
    with told_as_store_error(f"write {fresh}"):
        write_file(files, fresh, [encode(about)])
        files.replace(fresh, folder / SUMMARY_FILE)


def list_sessions(state_dir: Path) -> list[SessionSummary]:
    """All sessions, newest first; one that can't be read says why.

    Reads one small file for each session.

    Raises:
        StoreError: the folder of all sessions can't be read.
    """
    parent = sessions_folder(state_dir)
    if not parent.is_dir():
        return []
    with told_as_store_error(f"read {parent}"):
        folders = [path for path in parent.iterdir() if is_session_id(path.name) and path.is_dir()]
    return [_summary(folder) for folder in sorted(folders, reverse=True)]


def _summary(folder: Path) -> SessionSummary:
    about = None
    with suppress(OSError):
        about = decode_object((folder / SUMMARY_FILE).read_bytes())
    try:
        return summary_of(folder.name, about or _about(folder), _written(folder))
    except StoreError as error:
        return SessionSummary(folder.name, problem=error.message)


def _about(folder: Path) -> Document:
    """The long way: from the database, which is only read."""
    database = JournalDatabase.open(folder, read_only=True)
    try:
        about = database.journal_table(SESSION_TABLE).get(doc_id=SESSION_DOC)
        return dict(about or {})
    finally:
        database.close()


def _written(folder: Path) -> float:
    with suppress(OSError):
        return (folder / JOURNAL_FILE).stat().st_mtime
    return 0.0


def _seconds(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
