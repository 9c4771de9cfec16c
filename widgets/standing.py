"""How a task or a goal stands, in a few words a person can act on. Pure."""

from __future__ import annotations

from typing import NamedTuple

from orchestrator.state import Goal, SessionState, Task
from widgets.glyphs import Standing
from widgets.wording import clock, duration

_TIMED = {"running", "approval", "decision", "applying"}
_DONE = {"applied", "failed", "rejected"}


class Standpoint(NamedTuple):
    """A standing, what to add to its word, and the whole reason."""

    standing: Standing
    remark: str = ""
    """In place of the standing's word, if not empty: "waits T-005", "14:05"."""
    elapsed: str = ""
    why: str = ""
    """One sentence for the selected row; may be empty."""


def of_task(task: Task, state: SessionState, now: float) -> Standpoint:
    """How `task` stands at the moment `now`."""
    why = _joined(task.error, task.hint)
    if task.status == "waiting":
        return _waiting(task, state, now)
    if task.status in _TIMED:
        attempt = task.last
        verdict = attempt.verdict if attempt and task.status != "running" else None
        entry = state.breakpoints.get(task.breakpoint_id)
        why = why or (entry.reason if entry else "") or (verdict.reason if verdict else "")
        tries = attempt.number if attempt and task.status == "running" else 1
        remark = f"try {tries}" if tries > 1 else ""
        return Standpoint(task.status, remark, duration(now - task.since), why)
    return Standpoint(task.status, why=why)


def _waiting(task: Task, state: SessionState, now: float) -> Standpoint:
    if task.wait_until is not None and task.wait_until > now:
        until = clock(task.wait_until, now)
        return Standpoint(
            "quota", f"waits {until}", why=_joined(task.wait_reason, f"Until {until}")
        )
    unmet = [key for key in task.spec.depends_on if not _applied(state, key)]
    if unmet:
        more = f" +{len(unmet) - 1}" if len(unmet) > 1 else ""
        return Standpoint("waiting", f"waits {unmet[0]}{more}", why=f"Waits for {', '.join(unmet)}")
    if state.paused:
        return Standpoint("paused", why="Nothing new is started until you resume")
    if task.escalated:
        return Standpoint("escalated", why=task.escalation or task.wait_reason)
    return Standpoint("waiting", "queued" if not task.wait_reason else "", why=task.wait_reason)


def _applied(state: SessionState, task_id: str) -> bool:
    task = state.tasks.get(task_id)
    return task is not None and task.status == "applied"


def of_goal(goal: Goal, state: SessionState, now: float) -> Standpoint:
    """How `goal` stands at the moment `now`."""
    why = _joined(goal.error, goal.hint) or goal.summary
    if goal.status == "planning":
        return Standpoint("running", "planning", duration(now - goal.since), why)
    if goal.status == "proposed":
        word = "approve local plan" if goal.degraded else "approve plan"
        return Standpoint("approval", word, why=why)
    if goal.status == "accepted":
        return _accepted(goal, state, why)
    word = "no plan" if goal.status == "failed" else ""
    return Standpoint("failed" if goal.status == "failed" else "rejected", word, why=why)


def _accepted(goal: Goal, state: SessionState, why: str) -> Standpoint:
    tasks = [state.tasks[key] for key in goal.task_ids]
    applied = sum(task.status == "applied" for task in tasks)
    standing: Standing = "running"
    if all(task.status in _DONE for task in tasks):
        standing = "applied" if applied == len(tasks) else "failed"
    return Standpoint(standing, f"{applied} of {len(tasks)} applied", why=why)


def _joined(*parts: str) -> str:
    return ". ".join(part.rstrip(".") for part in parts if part)
