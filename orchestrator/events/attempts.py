"""A model writes a task, and what came of it."""

from __future__ import annotations

from typing import Literal

from orchestrator.events.base import Event
from orchestrator.values import (
    Evidence,
    FileChange,
    Role,
    Route,
    Usage,
    Verdict,
)


class TaskWaiting(Event, frozen=True):
    """A task can't start for a reason other than its dependencies."""

    task_id: str
    reason: str
    until: float | None = None


class AttemptStarted(Event, frozen=True):
    """A model was chosen and is being asked to write a task."""

    task_id: str
    attempt_id: str
    number: int
    route: Route


class ResponseReceived(Event, frozen=True):
    """A model's answer arrived whole. Its text is in the output log of `attempt_id`."""

    attempt_id: str
    usage: Usage
    seconds: float
    first_token_seconds: float = 0.0
    stop: str = "stop"
    role: Role = "write"
    model: str = ""
    """The model the server says it used."""


class CandidateStaged(Event, frozen=True):
    """The answer became files in a stage, kept as a snapshot of its own."""

    task_id: str
    attempt_id: str
    base: str
    """Snapshot the stage began from."""
    snapshot: str
    """Snapshot that holds the candidate."""
    files: tuple[FileChange, ...]


class EvidenceGathered(Event, frozen=True):
    """One check ended."""

    task_id: str
    attempt_id: str
    evidence: Evidence


class AttemptFinished(Event, frozen=True):
    """An attempt ended with a verdict."""

    task_id: str
    attempt_id: str
    verdict: Verdict


class AttemptFailed(Event, frozen=True):
    """An attempt ended without a candidate: server, stream or answer failed."""

    task_id: str
    attempt_id: str
    error: str
    hint: str = ""
    retryable: bool = True
    cause: str = ""
    """Name of the error class."""


class TaskRetried(Event, frozen=True):
    """The task will be written once more, with what was learned."""

    task_id: str
    feedback: str
    by: Literal["person", "rule"]


class TaskEscalated(Event, frozen=True):
    """The task goes to Claude."""

    task_id: str
    reason: str
    by: Literal["person", "rule"]


class TaskFailed(Event, frozen=True):
    """The task ended without a change; nothing more will be tried by itself."""

    task_id: str
    error: str
    hint: str = ""


class TaskRejected(Event, frozen=True):
    """A person does not want this change."""

    task_id: str
    note: str = ""
