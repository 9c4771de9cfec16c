"""The one stream: events are numbered, made durable, reduced, then told to whoever listens."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from orchestrator.errors import OrchestratorError, SessionError
from orchestrator.events import (
    Event,
    NoticeGiven,
    OutputShown,
    Passing,
    from_record,
    to_record,
)
from orchestrator.jobs import to_the_end
from orchestrator.reduce import reduce_all
from orchestrator.state import SessionState

_BACKLOG = 10_000
"""Passing events kept for a slow listener; what comes on top is dropped, it can be asked for."""


class EventStore(Protocol):
    """Where a session is kept."""

    async def append(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Makes the records durable, all or none, before it returns."""
        ...

    async def read(self, after: int = 0) -> list[dict[str, Any]]:
        """Records with a higher `seq`, in order."""
        ...

    async def append_output(self, attempt_id: str, text: str) -> None:
        """Adds to the log of an attempt."""
        ...

    async def read_output(self, attempt_id: str) -> str:
        """The log of an attempt; empty when there is none."""
        ...


class _Listener:
    """One subscriber's queue."""

    def __init__(self) -> None:
        self._queue: deque[Event] = deque()
        self._arrived = asyncio.Event()
        self._passing = 0
        self.closed = False

    def put(self, event: Event) -> None:
        if isinstance(event, Passing):
            if self._passing >= _BACKLOG:
                return
            self._passing += 1
        self._queue.append(event)
        self._arrived.set()

    def close(self) -> None:
        self.closed = True
        self._arrived.set()

    async def get(self) -> Event | None:
        """The next event; None when the stream is closed and nothing is left."""
        while not self._queue:
            if self.closed:
                return None
            self._arrived.clear()
            await self._arrived.wait()
        event = self._queue.popleft()
        if isinstance(event, Passing):
            self._passing -= 1
        return event


class EventStream:
    """Records events and tells them on.

    Args:
        store: where durable events go.
        clock: Unix seconds, for the events' `at`.
    """

    def __init__(self, store: EventStore, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._lock = asyncio.Lock()
        self._output = asyncio.Lock()
        self._listeners: set[_Listener] = set()
        self._closed = False
        self.state = SessionState()

    async def load(self) -> SessionState:
        """Rebuilds the state from the stored events.

        Raises:
            SessionError: an event can't be read, or does not fit those before it.
        """
        records = await self._store.read()
        try:
            self.state = reduce_all(_event_in(record) for record in records)
        except KeyError as error:
            raise SessionError(
                f"The session's events do not fit together: {error} was never begun.",
                "Begin another session with --new; this one stays as it is.",
            ) from error
        return self.state

    async def record(self, *events: Event) -> SessionState:
        """Makes `events` durable in one transaction, then shows them; returns the new state.

        Cancelling the caller does not tear the step apart: it ends when the step is shown.

        Raises:
            SessionError: the store failed. The state is as it was, and whoever listens is told.
            KeyError: an event does not fit the state; nothing is kept of the step.
        """
        return await to_the_end(self._record(events))

    async def _record(self, events: Sequence[Event]) -> SessionState:
        async with self._lock:
            now = self._clock()
            numbered = [
                msgspec.structs.replace(event, seq=self.state.seq + index, at=now)
                for index, event in enumerate(events, start=1)
            ]
            after = reduce_all(numbered, self.state)  # first: what does not fit is not kept
            await self._keep(numbered)
            self.state = after
            for event in numbered:
                self._tell(event)
            return after

    async def _keep(self, events: Sequence[Event]) -> None:
        try:
            await self._store.append([to_record(event) for event in events])
        except OrchestratorError as error:
            told = NoticeGiven(level="error", message=error.message, hint=error.hint)
            self._tell(msgspec.structs.replace(told, at=self._clock()))  # it can't be kept
            raise

    def show(self, event: Passing) -> None:
        """Tells a passing event to whoever listens; it is not stored."""
        self._tell(msgspec.structs.replace(event, at=self._clock()))

    async def output(self, event: Passing, attempt_id: str, text: str) -> None:
        """Adds a piece of output to the attempt's log and tells it."""
        async with self._output:
            await self._store.append_output(attempt_id, text)
            self.show(event)

    async def log(self, attempt_id: str, text: str) -> None:
        """Adds to a log without telling."""
        await self._store.append_output(attempt_id, text)

    async def show_output(self, attempt_id: str, subject: str) -> None:
        """Tells all that was logged for an attempt; the next piece told is the one after it."""
        async with self._output:
            text = await self._store.read_output(attempt_id)
            tests = await self._store.read_output(f"{attempt_id}.tests")
            whole = f"{text}\n\n{tests}" if tests else text
            self.show(OutputShown(attempt_id=attempt_id, text=whole, subject_id=subject))

    def _tell(self, event: Event) -> None:
        for listener in self._listeners:
            listener.put(event)

    async def subscribe(self, after: int = 0) -> AsyncGenerator[Event, None]:
        """Durable events with a number above `after`, then everything that happens, without a gap.

        Ends when the stream is closed.
        """
        listener = _Listener()
        listener.closed = self._closed
        self._listeners.add(listener)
        try:
            seen = after
            for record in await self._store.read(after):
                event = _event_in(record)
                seen = event.seq
                yield event
            while (live := await listener.get()) is not None:
                if live.seq == 0 or live.seq > seen:
                    yield live
        finally:
            self._listeners.discard(listener)

    def close(self) -> None:
        """Ends every subscription after what was already told."""
        self._closed = True
        for listener in self._listeners:
            listener.close()


def _event_in(record: Mapping[str, Any]) -> Event:
    """The event kept in `record`.

    Raises:
        SessionError: it is unknown, or has other fields.
    """
    try:
        return from_record(record)
    except msgspec.ValidationError as error:
        raise SessionError(
            f"Event {record.get('seq')} of the session can't be read: {error}.",
            "A newer version of this program may have written it: update, or begin with --new.",
        ) from error
