"""What waits for a person, and the user's files."""

from __future__ import annotations

from typing import Literal

from orchestrator.events.base import Event
from orchestrator.values import (
    FileChange,
)


class BreakpointRaised(Event, frozen=True):
    """Something waits for a person."""

    breakpoint_id: str
    kind: Literal["plan", "diff", "conflict", "exhausted", "question", "undone"]
    title: str
    reason: str
    task_id: str = ""
    goal_id: str = ""
    attempt_id: str = ""


class BreakpointResolved(Event, frozen=True):
    """A person, or a rule they set, decided."""

    breakpoint_id: str
    resolution: Literal["approved", "retried", "escalated", "rejected", "superseded"]
    by: Literal["person", "autonomy", "rule"]
    note: str = ""


class WriteIntended(Event, frozen=True):
    """Files are about to be written. Durable before the first byte moves."""

    change_id: str
    task_id: str
    direction: Literal["apply", "undo"]
    before: str
    """Snapshot of the workspace just before: the backup."""
    files: tuple[FileChange, ...]
    """`before` and `after` of what will really be written (after a merge)."""
    snapshot: str
    """Snapshot that holds the new contents."""


class ChangeApplied(Event, frozen=True):
    """The files are in the workspace."""

    change_id: str
    task_id: str
    files: tuple[FileChange, ...]
    merged: tuple[str, ...] = ()
    """Files in which the user's own edits were kept by a three-way merge."""


class ChangeUndone(Event, frozen=True):
    """The files are as before the change."""

    change_id: str
    task_id: str
    files: tuple[FileChange, ...]
    merged: tuple[str, ...] = ()


class WriteAbandoned(Event, frozen=True):
    """An intended write did not take place; the files are as they were."""

    change_id: str
    task_id: str
    reason: str
