"""A model writes a task, and what came of it."""

from __future__ import annotations

from orchestrator import events as e
from orchestrator.reduce.steps import change_last_attempt, change_task, on, replace
from orchestrator.state import (
    Attempt,
    Candidate,
    SessionState,
    Spent,
    subject_of,
)
from orchestrator.values import Role, Route, Usage


@on(e.TaskWaiting)
def _(state: SessionState, event: e.TaskWaiting) -> SessionState:
    return change_task(
        state,
        event.task_id,
        status="waiting",
        wait_reason=event.reason,
        wait_until=event.until,
        since=event.at,
    )


@on(e.AttemptStarted)
def _(state: SessionState, event: e.AttemptStarted) -> SessionState:
    task = state.tasks[event.task_id]
    attempt = Attempt(event.attempt_id, event.number, event.route, event.at)
    return change_task(
        state,
        event.task_id,
        status="running",
        attempts=(*task.attempts, attempt),
        wait_reason="",
        wait_until=None,
        error="",
        hint="",
        since=event.at,
    )


@on(e.ResponseReceived)
def _(state: SessionState, event: e.ResponseReceived) -> SessionState:
    subject = subject_of(event.attempt_id)
    state = change_last_attempt(state, subject, usage=event.usage, seconds=event.seconds)
    route = _route_of(state, subject)
    key = (route.owner if route else "local", event.model or (route.model if route else ""))
    return _spend(state, (*key, event.role), event.usage)


def _route_of(state: SessionState, subject: str) -> Route | None:
    if subject in state.questions:
        return state.questions[subject].route
    owner = state.tasks.get(subject) or state.goals.get(subject)
    return owner.attempts[-1].route if owner and owner.attempts else None


def _spend(state: SessionState, key: tuple[str, str, Role], usage: Usage) -> SessionState:
    spent = state.spent.get(key) or Spent()
    return replace(
        state,
        spent=state.spent.insert(
            key,
            Spent(
                calls=spent.calls + 1,
                input_tokens=spent.input_tokens + usage.input_tokens,
                output_tokens=spent.output_tokens + usage.output_tokens,
            ),
        ),
    )


@on(e.CandidateStaged)
def _(state: SessionState, event: e.CandidateStaged) -> SessionState:
    candidate = Candidate(event.base, event.snapshot, event.files)
    return change_last_attempt(state, event.task_id, candidate=candidate)


@on(e.EvidenceGathered)
def _(state: SessionState, event: e.EvidenceGathered) -> SessionState:
    last = state.tasks[event.task_id].last
    evidence = (*(last.evidence if last else ()), event.evidence)
    return change_last_attempt(state, event.task_id, evidence=evidence)


@on(e.AttemptFinished)
def _(state: SessionState, event: e.AttemptFinished) -> SessionState:
    return change_last_attempt(state, event.task_id, status="finished", verdict=event.verdict)


@on(e.AttemptFailed)
def _(state: SessionState, event: e.AttemptFailed) -> SessionState:
    return change_last_attempt(
        state,
        event.task_id,
        status="failed",
        error=event.error,
        hint=event.hint,
        retryable=event.retryable,
        cause=event.cause,
    )


@on(e.TaskRetried)
def _(state: SessionState, event: e.TaskRetried) -> SessionState:
    task = state.tasks[event.task_id]
    return change_task(
        state,
        event.task_id,
        status="waiting",
        feedback=event.feedback,
        round_start=len(task.attempts) if event.by == "person" else task.round_start,
        since=event.at,
    )


@on(e.TaskEscalated)
def _(state: SessionState, event: e.TaskEscalated) -> SessionState:
    task = state.tasks[event.task_id]
    return change_task(
        state,
        event.task_id,
        status="waiting",
        escalated=True,
        escalation=event.reason,
        round_start=len(task.attempts) if event.by == "person" else task.round_start,
        since=event.at,
    )


@on(e.TaskFailed)
def _(state: SessionState, event: e.TaskFailed) -> SessionState:
    return change_task(
        state, event.task_id, status="failed", error=event.error, hint=event.hint, since=event.at
    )


@on(e.TaskRejected)
def _(state: SessionState, event: e.TaskRejected) -> SessionState:
    return change_task(state, event.task_id, status="rejected", error=event.note, since=event.at)
