"""Moments of a running task to interrupt it at, and processes that must be gone then."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from orchestrator.engine import Engine
from orchestrator.values import TaskSpec
from tests.engine.house import (
    House,
    status,
    task,
    until,
)

MOMENTS = [(events, turns) for events in range(1, 8) for turns in (0, 1, 4, 30)]
"""After so many events of the session, and so many turns of the event loop after that."""


async def moment(engine: Engine, events: int, turns: int, name: str = "T-001") -> None:
    """Waits for a moment of a task that has just been submitted, or for its end."""
    goal = engine.state.seq + events
    over = status(name, "approval", "decision", "applied")
    await until(engine, lambda state: state.seq >= goal or over(state))
    for _ in range(turns):
        await asyncio.sleep(0)


def endless_test(house: House) -> tuple[TaskSpec, Path]:
    """A task whose test leaves its process id and never ends by itself."""
    told = house.folder / "test.pid"
    program = f'import os, time; open("{told}.new", "w").write(str(os.getpid())); '
    program += f'os.rename("{told}.new", "{told}"); time.sleep(60)'
    return task("T-001", test_command=f"python -c '{program}'"), told


async def appears(path: Path) -> int:
    """Waits until another process has written its id."""
    async with asyncio.timeout(10):
        while not path.exists():
            await asyncio.sleep(0.01)
    return int(path.read_text())


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
