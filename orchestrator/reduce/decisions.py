"""What waits for a person, and the user's files."""

from __future__ import annotations

from typing import Any

from orchestrator import events as e
from orchestrator.reduce.steps import change_goal, change_task, on, replace
from orchestrator.state import (
    Breakpoint,
    Change,
    SessionState,
)


@on(e.BreakpointRaised)
def _(state: SessionState, event: e.BreakpointRaised) -> SessionState:
    item = Breakpoint(
        breakpoint_id=event.breakpoint_id,
        kind=event.kind,
        title=event.title,
        reason=event.reason,
        task_id=event.task_id,
        goal_id=event.goal_id,
        attempt_id=event.attempt_id,
        raised_at=event.at,
    )
    state = replace(
        state,
        breakpoints=state.breakpoints.insert(event.breakpoint_id, item),
        open_breakpoints=(*state.open_breakpoints, event.breakpoint_id),
    )
    if event.task_id:
        status = "approval" if event.kind in {"diff", "undone"} else "decision"
        return change_task(
            state,
            event.task_id,
            status=status,
            breakpoint_id=event.breakpoint_id,
            since=event.at,
        )
    return change_goal(state, event.goal_id, breakpoint_id=event.breakpoint_id)


@on(e.BreakpointResolved)
def _(state: SessionState, event: e.BreakpointResolved) -> SessionState:
    item = replace(
        state.breakpoints[event.breakpoint_id],
        resolution=event.resolution,
        resolved_by=event.by,
        note=event.note,
    )
    state = replace(
        state,
        breakpoints=state.breakpoints.insert(event.breakpoint_id, item),
        open_breakpoints=tuple(key for key in state.open_breakpoints if key != event.breakpoint_id),
    )
    if item.task_id:
        return change_task(state, item.task_id, breakpoint_id="", since=event.at)
    return change_goal(state, item.goal_id, breakpoint_id="")


@on(e.WriteIntended)
def _(state: SessionState, event: e.WriteIntended) -> SessionState:
    change = Change(
        change_id=event.change_id,
        task_id=event.task_id,
        direction=event.direction,
        before=event.before,
        snapshot=event.snapshot,
        files=event.files,
    )
    state = replace(
        state,
        changes=state.changes.insert(event.change_id, change),
        open_changes=(*state.open_changes, event.change_id),
    )
    return change_task(state, event.task_id, status="applying", since=event.at)


def _end_change(state: SessionState, change_id: str, **changes: Any) -> SessionState:
    change = replace(state.changes[change_id], **changes)
    return replace(
        state,
        changes=state.changes.insert(change_id, change),
        open_changes=tuple(key for key in state.open_changes if key != change_id),
    )


@on(e.ChangeApplied)
def _(state: SessionState, event: e.ChangeApplied) -> SessionState:
    state = _end_change(
        state, event.change_id, status="done", files=event.files, merged=event.merged
    )
    return change_task(
        state, event.task_id, status="applied", change_id=event.change_id, since=event.at
    )


@on(e.ChangeUndone)
def _(state: SessionState, event: e.ChangeUndone) -> SessionState:
    undone = state.tasks[event.task_id].change_id
    state = _end_change(state, event.change_id, status="done", merged=event.merged)
    if undone:
        state = _end_change(state, undone, status="undone")
    return change_task(state, event.task_id, status="approval", change_id="", since=event.at)


@on(e.WriteAbandoned)
def _(state: SessionState, event: e.WriteAbandoned) -> SessionState:
    change = state.changes[event.change_id]
    state = _end_change(state, event.change_id, status="abandoned")
    status = "applied" if change.direction == "undo" else "approval"
    return change_task(state, event.task_id, status=status, since=event.at)
