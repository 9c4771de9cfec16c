"""Shown while it happens, never stored: the lasting form is a log file, a snapshot, or nothing."""

from __future__ import annotations

from typing import Literal

from orchestrator.events.base import Passing
from orchestrator.values import (
    BackendStatus,
    Evidence,
    FileDiff,
)


class OutputArrived(Passing, frozen=True):
    """A piece of a model's answer, or of a test's output."""

    attempt_id: str
    text: str
    kind: Literal["text", "thinking", "test"] = "text"
    task_id: str = ""
    """Task or goal the piece belongs to."""


class OutputShown(Passing, frozen=True):
    """The stored output of an attempt, asked for with `Show`."""

    attempt_id: str
    text: str
    subject_id: str = ""


class DiffShown(Passing, frozen=True):
    """What a task would change, or has changed, or is changing in its stage right now.

    For the workspace itself `subject_id` is empty: everything since the session began.
    """

    subject_id: str
    files: tuple[FileDiff, ...]
    source: Literal["stage", "candidate", "applied", "workspace"]
    evidence: tuple[Evidence, ...] = ()


class BackendsChecked(Passing, frozen=True):
    """What is there to work with."""

    backends: tuple[BackendStatus, ...]
    claude: str = ""
    """Name of the backend that plays Claude; empty when there is none."""
