"""A program that works on a session and dies: `python -m tests.engine.dying FOLDER SESSION POINT`.

It runs one task to the point and kills itself there, or says a line and waits to be killed.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from orchestrator import commands as c
from orchestrator.engine import Engine
from orchestrator.events import OutputArrived
from orchestrator.stream import EventStore
from sessions.store import SessionStore
from tests.engine.house import House, event_names, run_task, task
from tests.engine.models import Said

POINTS = ("proposing", "intended", "written", "undoing", "undone", "streaming", "testing")
BEFORE = {"proposing": "breakpoint_raised", "written": "change_applied", "undone": "change_undone"}
"""Killed just before the event is kept: what it tells of has happened."""
AFTER = {"intended": "write_intended", "undoing": "write_intended"}
"""Killed as soon as the event is kept."""


class KillingStore:
    """Passes everything on to a real store, and kills the program at its point.

    Attributes:
        armed: False lets events pass.
    """

    def __init__(self, store: EventStore, point: str) -> None:
        self._store = store
        self._point = point
        self.armed = point not in {"undoing", "undone"}

    async def append(self, events: Sequence[Mapping[str, Any]]) -> None:
        self._die_at(BEFORE, events)
        await self._store.append(events)
        self._die_at(AFTER, events)

    def _die_at(self, points: Mapping[str, str], events: Sequence[Mapping[str, Any]]) -> None:
        if self.armed and points.get(self._point) in event_names(events):
            os.kill(os.getpid(), signal.SIGKILL)

    async def read(self, after: int = 0) -> list[dict[str, Any]]:
        return await self._store.read(after)

    async def append_output(self, attempt_id: str, text: str) -> None:
        await self._store.append_output(attempt_id, text)

    async def read_output(self, attempt_id: str) -> str:
        return await self._store.read_output(attempt_id)


async def main(folder: Path, session_id: str, point: str) -> None:
    """Works until it dies."""
    house = House(folder, claude=False)
    async with await SessionStore.open(folder / "state", session_id) as store:
        house.store = killing = KillingStore(store, point)
        if point == "streaming":
            house.local.script = Said(hold=asyncio.Event())
        command = "python -c 'import os, time; print(os.getpid(), flush=True); time.sleep(60)'"
        spec = task("T-001", test_command=command if point == "testing" else "")
        async with house.engine() as engine:
            running = asyncio.create_task(run_task(engine, spec))
            if point == "streaming":
                await house.local.until_asked(1)
                print("streaming", flush=True)
            if point == "testing":
                print(await _first_test_output(engine), flush=True)
            await running
            await engine.submit(c.Approve(breakpoint_id="T-001:1"))
            killing.armed = True
            await engine.submit(c.Undo(task_id="T-001"))


async def _first_test_output(engine: Engine) -> str:
    async for event in engine.subscribe(0):
        if isinstance(event, OutputArrived) and event.kind == "test":
            return event.text.strip()
    return ""


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
