"""Stores that are slow, full, held up, or die."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from orchestrator.errors import SessionError
from tests.engine.house import (
    event_names,
)
from tests.engine.memory import MemoryStore


class SlowStore(MemoryStore):
    """Lets others run before and after each step."""

    async def append(self, events: Sequence[Mapping[str, Any]]) -> None:
        await asyncio.sleep(0)
        await super().append(events)
        await asyncio.sleep(0)

    async def read(self, after: int = 0) -> list[dict[str, Any]]:
        await asyncio.sleep(0)
        found = await super().read(after)
        await asyncio.sleep(0)
        return found


class HeldStore(MemoryStore):
    """Waits with every step until `go` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.go = asyncio.Event()
        self.asked = asyncio.Event()

    async def append(self, events: Sequence[Mapping[str, Any]]) -> None:
        self.asked.set()
        await self.go.wait()
        await super().append(events)


class FullStore(MemoryStore):
    """The disk is full for a while, or from an event on."""

    full = False
    full_after = "nothing"
    refused = 0

    async def append(self, events: Sequence[Mapping[str, Any]]) -> None:
        if self.full:
            self.refused += 1
            raise SessionError("The disk is full.", "Free some space.")
        await super().append(events)
        self.full = self.full_after in event_names(events)


class DyingStore(MemoryStore):
    """Keeps so many steps, or all steps up to an event, and then nothing more."""

    def __init__(
        self,
        records: list[dict[str, Any]] | None = None,
        *,
        steps: int = 10**9,
        before: str = "",
        after: str = "",
    ) -> None:
        super().__init__(records)
        self.died = asyncio.Event()
        self._steps = steps
        self._before = before
        self._after = after

    async def append(self, events: Sequence[Mapping[str, Any]]) -> None:
        names = event_names(events)
        if not self._steps or self._before in names:
            self.died.set()
        if self.died.is_set():
            raise SessionError("The program is dead.")
        self._steps -= 1
        await super().append(events)
        if self._after in names:
            self.died.set()

    async def append_output(self, attempt_id: str, text: str) -> None:
        if not self.died.is_set():
            await super().append_output(attempt_id, text)
