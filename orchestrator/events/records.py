"""Events as JSON-able records and back."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from orchestrator.events.base import Event, Passing, tag_of


def durable_types() -> tuple[type[Event], ...]:
    """Every event class that is journaled."""
    return tuple(
        cls for cls in _subclasses(Event) if cls is not Passing and not issubclass(cls, Passing)
    )


@cache
def _by_tag() -> dict[str, type[Event]]:
    return {tag_of(cls.__name__): cls for cls in durable_types()}


def _subclasses(cls: type[Event]) -> list[type[Event]]:
    found: list[type[Event]] = []
    for child in cls.__subclasses__():
        found.append(child)
        found.extend(_subclasses(child))
    return found


def to_record(event: Event) -> dict[str, Any]:
    """The event as a JSON-able mapping, tagged with its class under "event"."""
    record: dict[str, Any] = msgspec.to_builtins(event)
    return record


def from_record(record: object) -> Event:
    """The event kept in `record`.

    Raises:
        msgspec.ValidationError: unknown event or wrong fields.
    """
    tag = record.get("event") if isinstance(record, dict) else None
    cls = _by_tag().get(str(tag))
    if cls is None:
        raise msgspec.ValidationError(f"unknown event {tag!r}")
    return msgspec.convert(record, cls)
