"""The table of reducers, and small steps that several of them take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from orchestrator.events import Event
from orchestrator.state import SessionState

replace = msgspec.structs.replace
_Event = TypeVar("_Event", bound=Event)
_Reducer = Callable[[SessionState, Any], SessionState]
REDUCERS: dict[type[Event], _Reducer] = {}
"""Filled by the modules of this package when they are imported."""


def on(
    kind: type[_Event],
) -> Callable[[Callable[[SessionState, _Event], SessionState]], None]:
    """Decorator: the function reduces events of `kind`."""

    def register(reducer: Callable[[SessionState, _Event], SessionState]) -> None:
        REDUCERS[kind] = reducer

    return register


def change_task(state: SessionState, task_id: str, **changes: Any) -> SessionState:
    """The state with fields of one task replaced."""
    task = replace(state.tasks[task_id], **changes)
    return replace(state, tasks=state.tasks.insert(task_id, task))


def change_goal(state: SessionState, goal_id: str, **changes: Any) -> SessionState:
    """The state with fields of one goal replaced."""
    goal = replace(state.goals[goal_id], **changes)
    return replace(state, goals=state.goals.insert(goal_id, goal))


def change_last_attempt(state: SessionState, subject: str, **changes: Any) -> SessionState:
    """The newest attempt of a task or goal, changed."""
    owner = state.tasks.get(subject) or state.goals.get(subject)
    if owner is None or not owner.attempts:
        return state
    attempts = (*owner.attempts[:-1], replace(owner.attempts[-1], **changes))
    step = change_task if subject in state.tasks else change_goal
    return step(state, subject, attempts=attempts)
