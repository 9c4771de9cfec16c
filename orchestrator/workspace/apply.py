"""Writing approved changes into the workspace, and taking them out again.

A write is planned first (nothing is touched), told as an intent with hashes by the caller, and then
performed. Every step looks at hashes: what is not as expected is the user's, and stays.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Literal

import msgspec

from orchestrator.errors import Conflict, PathRefused, WorkspaceError
from orchestrator.values import FileChange
from orchestrator.workspace.beneath import digest, read_file, remove_leftovers
from orchestrator.workspace.diff import diff_files
from orchestrator.workspace.merge import merge_file
from orchestrator.workspace.notes import (
    Notes,
    keep_notes,
    read_notes,
    remove_empty,
    take_notes,
)
from orchestrator.workspace.paths import is_protected
from orchestrator.workspace.replacement import Replacement
from orchestrator.workspace.snapshots import ShadowRepository

__all__ = (
    "Outcome",
    "WritePlan",
    "describe_change",
    "digest",
    "perform",
    "plan_apply",
    "plan_undo",
    "recover",
)

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
    undoes: str = ""
    """Snapshot of the change that is taken back; empty when a change is applied."""


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
    try:
        plan = await _plan(repository, applied, before, paths)
    except Conflict as conflict:
        conflict.hint = "Take your edit of those lines back, then undo again."
        raise
    return msgspec.structs.replace(plan, undoes=applied)


async def _plan(
    repository: ShadowRepository, base: str, target: str, paths: Sequence[str]
) -> WritePlan:
    before = await repository.snapshot()
    there: dict[str, bytes | None] = {}
    wanted: dict[str, bytes | None] = {}
    files: list[FileChange] = []
    merged, conflicts = [], []
    for path in paths:
        old, new = await repository.read(base, path), await repository.read(target, path)
        there[path] = ours = await asyncio.to_thread(read_file, repository.workspace, path)
        result = await _combine(repository, old, ours, new)
        if isinstance(result, Conflict):
            conflicts.append(path)
            continue
        wanted[path] = result
        if result != ours:
            if ours != old:
                merged.append(path)
            files.append(describe_change(path, ours, result))
    if conflicts:
        raise Conflict(
            f"{', '.join(conflicts)} was edited meanwhile, on the same lines. Nothing was written.",
            "Save or revert your edit and approve again, or retry to have it written anew.",
            paths=tuple(conflicts),
        )
    before = await repository.with_files(before, there)  # what is replaced must be in the backup
    snapshot = await repository.write_snapshot(before, wanted)
    return WritePlan(before=before, snapshot=snapshot, files=tuple(files), merged=tuple(merged))


async def _combine(
    repository: ShadowRepository, old: bytes | None, ours: bytes | None, new: bytes | None
) -> bytes | Conflict | None:
    """What the file should become: the change when the user did nothing, a merge otherwise."""
    if ours in (old, new):
        return new
    if old == new:
        return ours
    if ours is None or old is None or new is None:
        return Conflict("both sides changed it")
    result = await merge_file(repository.home, base=old, ours=ours, theirs=new)
    return Conflict("both sides changed it") if result is None else result


async def perform(repository: ShadowRepository, plan: WritePlan) -> None:
    """Writes the files of `plan`, all of them or none.

    Raises:
        Conflict: a file is not as it was when the write was planned; nothing is left written.
        WorkspaceError: the system refused, or the backup is damaged; nothing is left written.
    """
    undone = await asyncio.to_thread(read_notes, repository.home, plan.undoes)
    replacements = [
        Replacement(
            repository.workspace,
            change.path,
            change.before,
            await _kept(repository, plan.snapshot, change.path, change.after),
            await repository.mode(plan.snapshot, change.path),
            undone.modes.get(change.path),
        )
        for change in plan.files
    ]
    for change in plan.files:
        await _kept(repository, plan.before, change.path, change.before)
    await asyncio.to_thread(_write, repository, plan, replacements, undone)


def _write(
    repository: ShadowRepository,
    plan: WritePlan,
    replacements: Sequence[Replacement],
    undone: Notes,
) -> None:
    """Performs the replacements; folders made for them go again when nobody else used them."""
    root = repository.workspace
    made = [change.path for change in plan.files if change.before is None]
    removed = [change.path for change in plan.files if change.after is None]
    notes = take_notes(root, made, removed)
    keep_notes(repository.home, plan.snapshot, notes)
    try:
        _replace_all(replacements)
    except BaseException:
        remove_empty(root, notes.folders)
        raise
    remove_empty(root, undone.folders)


async def _kept(
    repository: ShadowRepository, snapshot: str, path: str, expected: str | None
) -> bytes | None:
    """What `snapshot` holds of `path`, made sure of by its sha256."""
    data = await repository.read(snapshot, path)
    if digest(data) != expected:
        raise WorkspaceError(
            f"The snapshot of {path} is damaged. Nothing was written.",
            "Retry the task, so that it is made anew.",
        )
    return data


def _replace_all(replacements: Sequence[Replacement]) -> None:
    """Everything is written beside the files first, so that a full disk changes nothing."""
    try:
        for one in replacements:
            one.prepare()
        try:
            for one in replacements:
                one.put()
        except BaseException:
            _take_back_all(replacements)
            raise
    finally:
        for one in replacements:
            one.close()


def _take_back_all(replacements: Sequence[Replacement]) -> None:
    problems = []
    for one in reversed(replacements):
        try:
            one.take_back()
        except WorkspaceError as error:
            problems.append(error.message)
    if problems:
        raise WorkspaceError(
            f"Part of the change was written and could not be taken back: {' '.join(problems)}",
            "Mend what is in the way, then open the session again.",
        )


async def recover(
    repository: ShadowRepository, *, before: str, files: Sequence[FileChange], snapshot: str = ""
) -> Outcome:
    """Puts right a write that was cut short: taken back, unless it was complete.

    With `snapshot` (`WritePlan.snapshot` of the write) folders that were made for it are removed
    again, and removed files get back their exact permissions.

    Returns:
        "written" when every file is as intended, "untouched" when every file is as before (by
        then), "edited" when a file is neither: that one is the user's, and nothing was touched.

    Raises:
        WorkspaceError: the workspace is gone or can't be read; ask again later.
    """
    root = repository.workspace
    if not root.is_dir():
        raise WorkspaceError(f"The workspace {root} is gone.", "Restore it and open it again.")
    for change in files:
        hashes = {change.before, change.after}
        await asyncio.to_thread(remove_leftovers, root, change.path, hashes)
    try:
        now = {
            change.path: digest(await asyncio.to_thread(read_file, root, change.path))
            for change in files
        }
    except PathRefused:  # a folder or a link where the file was: the user's doing
        return "edited"
    if all(now[change.path] == change.after for change in files):
        return "written"
    if any(now[change.path] not in (change.before, change.after) for change in files):
        return "edited"
    try:
        notes = await asyncio.to_thread(read_notes, repository.home, snapshot)
        written = [change for change in files if now[change.path] != change.before]
        await _restore(repository, before, written, notes)
    except (Conflict, PathRefused):
        return "edited"
    return "untouched"


async def _restore(
    repository: ShadowRepository, before: str, files: Sequence[FileChange], notes: Notes
) -> None:
    """Gives `files`, which hold what was written, the bytes of `before` again."""
    replacements = [
        Replacement(
            repository.workspace,
            change.path,
            change.after,
            await _kept(repository, before, change.path, change.before),
            await repository.mode(before, change.path),
            notes.modes.get(change.path),
        )
        for change in files
    ]
    await asyncio.to_thread(_replace_all, replacements)
    await asyncio.to_thread(remove_empty, repository.workspace, notes.folders)
