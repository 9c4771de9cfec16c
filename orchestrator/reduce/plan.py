"""From a goal to tasks."""

from __future__ import annotations

from orchestrator import events as e
from orchestrator.reduce.steps import change_goal, change_last_attempt, on, replace
from orchestrator.state import (
    Attempt,
    Goal,
    SessionState,
    Task,
)


def _add_tasks(state: SessionState, added: e.TasksAdded) -> SessionState:
    ids = tuple(spec.task_id for spec in added.tasks)
    tasks = state.tasks
    for spec in added.tasks:
        tasks = tasks.insert(
            spec.task_id,
            Task(
                spec=spec,
                goal_id=added.goal_id,
                escalated=spec.owner == "claude",
                since=added.at,
            ),
        )
    state = replace(state, tasks=tasks)
    if added.goal_id:
        goal = state.goals[added.goal_id]
        return change_goal(state, added.goal_id, task_ids=(*goal.task_ids, *ids))
    return replace(state, loose_tasks=(*state.loose_tasks, *ids))


@on(e.GoalSubmitted)
def _(state: SessionState, event: e.GoalSubmitted) -> SessionState:
    goal = Goal(goal_id=event.goal_id, text=event.text, since=event.at)
    return replace(
        state,
        goals=state.goals.insert(event.goal_id, goal),
        goal_order=(*state.goal_order, event.goal_id),
    )


@on(e.PlanningStarted)
def _(state: SessionState, event: e.PlanningStarted) -> SessionState:
    state = _end_running(state, event.goal_id)
    goal = state.goals[event.goal_id]
    attempt = Attempt(event.attempt_id, event.number, event.route, event.at)
    return change_goal(
        state,
        event.goal_id,
        status="planning",
        drafts=(),
        error="",
        hint="",
        wait_reason="",
        wait_until=None,
        attempts=(*goal.attempts, attempt),
        since=event.at,
    )


@on(e.GoalWaiting)
def _(state: SessionState, event: e.GoalWaiting) -> SessionState:
    state = _end_running(state, event.goal_id)
    return change_goal(
        state,
        event.goal_id,
        status="planning",
        feedback=event.feedback or state.goals[event.goal_id].feedback,
        wait_reason=event.reason,
        wait_until=event.until,
        since=event.at,
    )


def _end_running(state: SessionState, goal_id: str) -> SessionState:
    """An attempt that was still open gave no usable plan."""
    attempts = state.goals[goal_id].attempts
    if attempts and attempts[-1].status == "running":
        return change_last_attempt(state, goal_id, status="failed")
    return state


@on(e.TaskDrafted)
def _(state: SessionState, event: e.TaskDrafted) -> SessionState:
    goal = state.goals[event.goal_id]
    return change_goal(state, event.goal_id, drafts=(*goal.drafts, event.spec))


@on(e.PlanProposed)
def _(state: SessionState, event: e.PlanProposed) -> SessionState:
    state = change_last_attempt(state, event.goal_id, status="finished")
    return change_goal(
        state,
        event.goal_id,
        status="proposed",
        summary=event.summary,
        drafts=event.tasks,
        degraded=event.degraded,
        since=event.at,
    )


@on(e.PlanAccepted)
def _(state: SessionState, event: e.PlanAccepted) -> SessionState:
    return change_goal(state, event.goal_id, status="accepted", drafts=(), since=event.at)


@on(e.PlanRejected)
def _(state: SessionState, event: e.PlanRejected) -> SessionState:
    return change_goal(state, event.goal_id, status="rejected", error=event.note, since=event.at)


@on(e.PlanFailed)
def _(state: SessionState, event: e.PlanFailed) -> SessionState:
    state = change_last_attempt(state, event.goal_id, status="failed", error=event.error)
    return change_goal(
        state, event.goal_id, status="failed", error=event.error, hint=event.hint, since=event.at
    )


@on(e.TasksAdded)
def _(state: SessionState, event: e.TasksAdded) -> SessionState:
    return _add_tasks(state, event)
