"""Writing approved changes into the workspace, and taking them out again.

A write is planned first (nothing is touched), told as an intent with hashes by the caller, and then
performed. Every step looks at hashes: what is not as expected is the user's, and stays.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from orchestrator.errors import Conflict, PathRefused, WorkspaceError
from orchestrator.values import FileChange
from orchestrator.workspace.beneath import read_file, remove_file, write_file
from orchestrator.workspace.diff import diff_files
from orchestrator.workspace.paths import is_protected
from orchestrator.workspace.snapshots import ShadowRepository

Outcome = Literal["written", "untouched", "edited"]


class WritePlan(msgspec.Struct, frozen=True, kw_only=True):
    """What will be written."""

    before: str
    """Snapshot of the workspace just before: the backup."""
    snapshot: str
    """Snapshot that holds the new contents."""
    files: tuple[FileChange, ...]
    """Files that will really change; empty when the workspace is already as wanted."""
    merged: tuple[str, ...]
    """Files in which the user's edits and the change were put together."""


def describe_change(path: str, before: bytes | None, after: bytes | None) -> FileChange:
    """What the change of one file is called in events: hashes, and lines added and removed."""
    (diff,) = diff_files({path: before}, {path: after})
    return FileChange(
        path=path,
        before=digest(before),
        after=digest(after),
        added=diff.added,
        removed=diff.removed,
    )


def digest(data: bytes | None) -> str | None:
    """sha256 of a file's bytes; None for no file."""
    return None if data is None else hashlib.sha256(data).hexdigest()


async def plan_apply(
    repository: ShadowRepository,
    *,
    base: str,
    candidate: str,
    paths: Sequence[str],
    allow_protected: bool = False,
) -> WritePlan:
    """How `paths` get from the workspace as it is to the candidate, keeping the user's edits.

    Args:
        repository: of the workspace.
        base: snapshot the candidate was made from.
        candidate: snapshot that holds it.
        paths: the files it changes.
        allow_protected: True when a person approved files that steer tools (see `is_protected`).

    Raises:
        Conflict: the user changed the same lines since `base`; nothing is written.
        PathRefused: a protected file without its own approval, or a path that is no plain file.
    """
    protected = [path for path in paths if is_protected(path)]
    if protected and not allow_protected:
        raise PathRefused(
            f"{', '.join(protected)} steers tools or carries secrets: it needs its own approval.",
            "Approve it by hand in the room.",
        )
    return await _plan(repository, base, candidate, paths)


async def plan_undo(
    repository: ShadowRepository, *, before: str, applied: str, paths: Sequence[str]
) -> WritePlan:
    """How `paths` get back to what they were before a change, keeping later edits of the user.

    Raises:
        Conflict: the user changed the same lines since; nothing is written.
    """
    return await _plan(repository, applied, before, paths)


async def _plan(
    repository: ShadowRepository, base: str, target: str, paths: Sequence[str]
) -> WritePlan:
    before = await repository.snapshot()
    wanted: dict[str, bytes | None] = {}
    files: list[FileChange] = []
    merged, conflicts = [], []
    for path in paths:
        old, new = await repository.read(base, path), await repository.read(target, path)
        ours = await asyncio.to_thread(read_file, repository.workspace, path)
        result = await _combine(repository, old, ours, new)
        if isinstance(result, Conflict):
            conflicts.append(path)
            continue
        wanted[path] = result
        if ours not in (old, new):
            merged.append(path)
        if result != ours:
            files.append(describe_change(path, ours, result))
    if conflicts:
        raise Conflict(
            f"{', '.join(conflicts)} was edited meanwhile, on the same lines. Nothing was written.",
            "Save or revert your edit and approve again, or retry to have it written anew.",
            paths=tuple(conflicts),
        )
    snapshot = await repository.write_snapshot(before, wanted)
    return WritePlan(before=before, snapshot=snapshot, files=tuple(files), merged=tuple(merged))


async def _combine(
    repository: ShadowRepository, old: bytes | None, ours: bytes | None, new: bytes | None
) -> bytes | Conflict | None:
    """What the file should become: the change when the user did nothing, a merge otherwise."""
    if ours in (old, new):
        return new
    if ours is None or old is None or new is None:
        return Conflict("both sides changed it")
    result = await repository.merge(old, ours, new)
    return Conflict("both sides changed it") if result is None else result


async def perform(repository: ShadowRepository, plan: WritePlan) -> None:
    """Writes the files of `plan`, all of them or none.

    Raises:
        Conflict: a file is not as it was when the write was planned; nothing is left written.
        WorkspaceError: the system refused; what was written before that is taken back.
    """
    contents = {
        change.path: await repository.read(plan.snapshot, change.path) for change in plan.files
    }
    modes = {
        change.path: await repository.mode(plan.snapshot, change.path) for change in plan.files
    }
    backups = {
        change.path: await repository.read(plan.before, change.path) for change in plan.files
    }
    await asyncio.to_thread(_write_all, repository.workspace, plan.files, contents, modes, backups)


def _write_all(
    root: Path,
    files: Sequence[FileChange],
    contents: Mapping[str, bytes | None],
    modes: Mapping[str, int | None],
    backups: Mapping[str, bytes | None],
) -> None:
    written: list[FileChange] = []
    try:
        for change in files:
            if digest(read_file(root, change.path)) != change.before:
                raise Conflict(
                    f"{change.path} was edited just now. Nothing was written.",
                    "Approve again to merge your edit.",
                    paths=(change.path,),
                )
            _put(root, change.path, contents[change.path], modes[change.path])
            written.append(change)
    except WorkspaceError:
        _take_back(root, written, backups)
        raise


def _take_back(
    root: Path, written: Sequence[FileChange], backups: Mapping[str, bytes | None]
) -> None:
    for change in reversed(written):
        if digest(read_file(root, change.path)) == change.after:
            _put(root, change.path, backups[change.path], None)


def _put(root: Path, path: str, data: bytes | None, mode: int | None) -> None:
    if data is None:
        remove_file(root, path)
    else:
        write_file(root, path, data, mode)


async def recover(
    repository: ShadowRepository, *, before: str, files: Sequence[FileChange]
) -> Outcome:
    """Puts right a write that was cut short: taken back, unless it was complete.

    Returns:
        "written" when every file is as intended, "untouched" when every file is as before (by
        then), "edited" when a file is neither: that one is the user's, and nothing was touched.
    """
    root = repository.workspace
    now = {
        change.path: digest(await asyncio.to_thread(read_file, root, change.path))
        for change in files
    }
    if all(now[change.path] == change.after for change in files):
        return "written"
    if any(now[change.path] not in (change.before, change.after) for change in files):
        return "edited"
    written = [change for change in files if now[change.path] == change.after]
    backups = {change.path: await repository.read(before, change.path) for change in written}
    await asyncio.to_thread(_take_back, root, written, backups)
    return "untouched"
