"""`reduce(state, event) -> state`: the only way a state comes to be. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.events import Event
from orchestrator.reduce import attempts, decisions, plan, session
from orchestrator.reduce.steps import REDUCERS, replace
from orchestrator.state import SessionState

__all__ = ["attempts", "decisions", "plan", "reduce", "reduce_all", "session"]


def reduce(state: SessionState, event: Event) -> SessionState:
    """The state after `event`. Passing events change nothing."""
    reducer = REDUCERS.get(type(event))
    if reducer is None:
        return state
    return replace(reducer(state, event), seq=event.seq, updated_at=event.at)


def reduce_all(events: Iterable[Event], state: SessionState | None = None) -> SessionState:
    """The state after all of `events`, beginning with `state` or an empty one."""
    state = state or SessionState()
    for event in events:
        state = reduce(state, event)
    return state
