"""The one stream: events are numbered, made durable, reduced, then told to whoever listens."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from orchestrator.events import Event, Passing, from_record, to_record
from orchestrator.reduce import reduce, reduce_all
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
        self._listeners: set[_Listener] = set()
        self._closed = False
        self.state = SessionState()

    async def load(self) -> SessionState:
        """Rebuilds the state from the stored events."""
        records = await self._store.read()
        self.state = reduce_all(from_record(record) for record in records)
        return self.state

    async def record(self, *events: Event) -> SessionState:
        """Makes `events` durable in one transaction, then shows them; returns the new state.

        Cancelling the caller does not tear the step apart: it is written and shown, or neither.
        """
        return await asyncio.shield(self._record(events))

    async def _record(self, events: Sequence[Event]) -> SessionState:
        async with self._lock:
            now = self._clock()
            numbered = [
                msgspec.structs.replace(event, seq=self.state.seq + index, at=now)
                for index, event in enumerate(events, start=1)
            ]
            await self._store.append([to_record(event) for event in numbered])
            for event in numbered:
                self.state = reduce(self.state, event)
            for event in numbered:
                self._tell(event)
            return self.state

    def show(self, event: Passing) -> None:
        """Tells a passing event to whoever listens; it is not stored."""
        self._tell(msgspec.structs.replace(event, at=self._clock()))

    async def output(self, event: Passing, attempt_id: str, text: str) -> None:
        """Tells a piece of output and adds it to the attempt's log."""
        self.show(event)
        await self.log(attempt_id, text)

    async def log(self, attempt_id: str, text: str) -> None:
        """Adds to the log of an attempt."""
        await self._store.append_output(attempt_id, text)

    async def read_output(self, attempt_id: str) -> str:
        """What was logged for an attempt."""
        return await self._store.read_output(attempt_id)

    def _tell(self, event: Event) -> None:
        for listener in self._listeners:
            listener.put(event)

    async def subscribe(self, after: int = 0) -> AsyncIterator[Event]:
        """Durable events with a number above `after`, then everything that happens, without a gap.

        Ends when the stream is closed.
        """
        listener = _Listener()
        listener.closed = self._closed
        self._listeners.add(listener)
        try:
            seen = after
            for record in await self._store.read(after):
                event = from_record(record)
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
