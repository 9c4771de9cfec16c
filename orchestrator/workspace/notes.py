"""What a git tree can't hold of a change: exact permissions, and which folders we made."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from orchestrator.errors import PathRefused, WorkspaceError
from orchestrator.workspace.beneath import file_mode, folder_of, name_in
from orchestrator.workspace.private import make_private, put


class Notes(msgspec.Struct, frozen=True, kw_only=True):
    """What was so before a change was written."""

    folders: tuple[str, ...] = ()
    """Folders that were not there, upper ones first."""
    modes: dict[str, int] = {}
    """Permissions of the files that the change removed."""


def take_notes(root: Path, written: Iterable[str], removed: Iterable[str]) -> Notes:
    """What is so in the workspace `root`, before `written` and `removed` are.

    Raises:
        WorkspaceError: a path leads through a link, or the system refused.
    """
    above = {folder for path in written for folder in _folders_above(path)}
    missing = sorted(folder for folder in above if not (root / folder).is_dir())
    modes = {path: mode & 0o777 for path in removed if (mode := file_mode(root, path)) is not None}
    return Notes(folders=tuple(missing), modes=modes)


def keep_notes(home: Path, snapshot: str, notes: Notes) -> None:
    """Keeps `notes` for the change that leads to `snapshot`.

    Raises:
        WorkspaceError: the state folder can't be written.
    """
    try:
        make_private(home / "notes")
        put(home / "notes" / f"{snapshot}.json", msgspec.json.encode(notes).decode())
    except OSError as error:
        raise WorkspaceError(
            f"The state folder {home} can't be written: {error.strerror}. Nothing was written.",
            "Free some space there and approve again.",
        ) from error


def read_notes(home: Path, snapshot: str) -> Notes:
    """The notes kept for `snapshot`; empty ones when there are none that can be read."""
    try:
        data = (home / "notes" / f"{snapshot}.json").read_bytes()
        return msgspec.json.decode(data, type=Notes)
    except (OSError, msgspec.DecodeError):
        return Notes()


def remove_empty(root: Path, folders: Iterable[str]) -> None:
    """Removes those of `folders` that are empty, lower ones first."""
    for path in sorted(folders, reverse=True):
        try:
            with folder_of(root, path) as above:
                os.rmdir(name_in(path), dir_fd=above)
        except (OSError, PathRefused):  # not empty, gone, or behind a link: not ours to remove
            continue


def _folders_above(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts))]
