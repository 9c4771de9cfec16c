"""What follows from an attempt: the events of the step after it. Pure."""

from __future__ import annotations

from typing import Literal

from orchestrator.config import AttemptSettings
from orchestrator.errors import (
    BackendBusy,
    BackendUnreachable,
    ModelMissing,
    OrchestratorError,
    PromptTooLong,
    RateLimited,
    ServerFailed,
    StreamBroken,
    TimedOut,
)
from orchestrator.events import (
    AttemptFailed,
    AttemptFinished,
    BreakpointRaised,
    Event,
    NoticeGiven,
    TaskEscalated,
    TaskRetried,
)
from orchestrator.state import Attempt, SessionState, Task
from orchestrator.values import Owner, Route, Verdict

_PASSES_BY_ITSELF = (StreamBroken, TimedOut, BackendBusy, ServerFailed)
"""Failures of a server that one more try may well get past."""
_ELSEWHERE = (BackendUnreachable, RateLimited, ModelMissing)
"""Failures after which the router finds another way, or has the task wait."""


def next_breakpoint_id(state: SessionState, subject: str) -> str:
    """A name for the next thing that waits about `subject`: "T-001:2"."""
    count = sum(1 for key in state.breakpoints if key.rpartition(":")[0] == subject)
    return f"{subject}:{count + 1}"


def tries_in_round(task: Task, owner: Owner) -> int:
    """Attempts of one side since a person last decided, the one that runs included.

    What was interrupted, or refused because Claude's quota is used up, was no try.
    """
    return sum(
        1
        for attempt in task.attempts[task.round_start :]
        if attempt.route.owner == owner and not _was_no_try(attempt)
    )


def _was_no_try(attempt: Attempt) -> bool:
    waited = attempt.route.owner == "claude" and attempt.cause == RateLimited.__name__
    return waited or attempt.status == "interrupted"


def raise_breakpoint(
    state: SessionState,
    task: Task,
    kind: Literal["diff", "conflict", "exhausted", "question", "undone"],
    reason: str,
    attempt_id: str = "",
) -> BreakpointRaised:
    """The event that puts `task` in front of a person."""
    return BreakpointRaised(
        breakpoint_id=next_breakpoint_id(state, task.spec.task_id),
        kind=kind,
        title=(task.spec.description.strip().splitlines() or [""])[0][:120],
        reason=reason,
        task_id=task.spec.task_id,
        attempt_id=attempt_id,
    )


def after_verdict(
    state: SessionState, task: Task, attempt: Attempt, verdict: Verdict, feedback: str
) -> list[Event]:
    """The events that end `attempt` with `verdict` and say how the task goes on."""
    task_id = task.spec.task_id
    ended = AttemptFinished(task_id=task_id, attempt_id=attempt.attempt_id, verdict=verdict)
    if verdict.action == "propose":
        return [ended, raise_breakpoint(state, task, "diff", verdict.reason, attempt.attempt_id)]
    if verdict.action == "retry":
        return [ended, TaskRetried(task_id=task_id, feedback=feedback, by="rule")]
    if verdict.action == "escalate":
        retried = TaskRetried(task_id=task_id, feedback=feedback, by="rule")
        return [
            ended,
            retried,
            TaskEscalated(task_id=task_id, reason=verdict.reason, by="rule"),
        ]
    return [ended, raise_breakpoint(state, task, "exhausted", verdict.reason, attempt.attempt_id)]


def after_failure(
    state: SessionState,
    task: Task,
    attempt: Attempt,
    error: OrchestratorError,
    *,
    limits: AttemptSettings,
    claude: bool,
) -> list[Event]:
    """The events that end `attempt` with `error` and say how the task goes on.

    Args:
        state: the session.
        task: as it is with the running attempt.
        attempt: the one that failed.
        error: why.
        limits: tries a round.
        claude: True when Claude may still be asked.
    """
    task_id = task.spec.task_id
    failed = AttemptFailed(
        task_id=task_id,
        attempt_id=attempt.attempt_id,
        error=error.message,
        hint=error.hint,
        cause=type(error).__name__,
        retryable=isinstance(error, (*_PASSES_BY_ITSELF, *_ELSEWHERE)),
    )
    action = _next_step(task, attempt.route, error, limits, claude=claude)
    if action == "again":
        notice = NoticeGiven(
            level="warning", message=f"{task_id}: {error.message}", hint=error.hint
        )
        return [failed, notice, TaskRetried(task_id=task_id, feedback=task.feedback, by="rule")]
    if action == "claude":
        return [failed, TaskEscalated(task_id=task_id, reason=error.message, by="rule")]
    reason = f"{error.message} {error.hint}".strip()
    return [failed, raise_breakpoint(state, task, "exhausted", reason, attempt.attempt_id)]


def _next_step(
    task: Task,
    route: Route,
    error: OrchestratorError,
    limits: AttemptSettings,
    *,
    claude: bool,
) -> Literal["again", "claude", "ask"]:
    owner = route.owner
    if isinstance(error, RateLimited) and owner == "claude":
        return "again"  # the router waits for the window: a refusal costs no tokens
    allowed = limits.local if owner == "local" else limits.claude
    left = tries_in_round(task, owner) < allowed
    if isinstance(error, (*_PASSES_BY_ITSELF, BackendUnreachable)) and left:
        return "again"
    if (
        owner == "local"
        and claude
        and isinstance(error, (*_PASSES_BY_ITSELF, *_ELSEWHERE, PromptTooLong))
    ):
        return "claude"
    return "ask"
