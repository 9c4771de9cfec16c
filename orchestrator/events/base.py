"""What every event has."""

from __future__ import annotations

import re

import msgspec


def tag_of(name: str) -> str:
    """The tag of an event class: "GoalSubmitted" -> "goal_submitted"."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Event(
    msgspec.Struct, frozen=True, kw_only=True, tag=tag_of, tag_field="event", omit_defaults=True
):
    """Base of everything that happened.

    Attributes:
        seq: position in the session, from 1, without gaps; 0 until recorded.
        at: Unix seconds; for people only, order is by `seq`.
    """

    seq: int = 0
    at: float = 0.0


class Passing(Event, frozen=True):
    """Base of events that are shown while they happen and never stored."""
