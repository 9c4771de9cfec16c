"""Real kills of a real program at each named point; then the session is opened again."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from orchestrator import commands as c
from orchestrator.engine import Engine
from sessions.store import SessionStore
from tests.engine.dying import POINTS
from tests.engine.house import House, until, waits
from tests.engine.models import ADD

ROOT = Path(__file__).parents[2]


async def kill_at(folder: Path, point: str) -> tuple[str, str]:
    """(session id, first line the program said) after it was killed."""
    async with await SessionStore.create(folder / "state", workspace=str(folder)) as store:
        session_id = store.session_id
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.engine.dying", str(folder), session_id, point),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert program.stdout
    said = (await asyncio.wait_for(program.stdout.readline(), 20)).decode().strip()
    if said:
        program.kill()
    assert await program.wait() == -signal.SIGKILL
    return session_id, said


@asynccontextmanager
async def reopened(folder: Path, session_id: str) -> AsyncIterator[tuple[House, Engine]]:
    house = House(folder, claude=False)
    async with await SessionStore.open(folder / "state", session_id) as store:
        house.store = store
        async with house.engine() as engine:
            yield house, engine


async def is_gone(pid: int) -> bool:
    """True when the process ends within five seconds."""
    for _ in range(500):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        await asyncio.sleep(0.01)
    return False


@pytest.mark.parametrize("point", POINTS)
async def test_after_a_kill_everything_is_exactly_before_or_after_and_work_goes_on(
    tmp_path: Path, point: str
) -> None:
    session_id, said = await kill_at(tmp_path, point)
    async with reopened(tmp_path, session_id) as (house, engine):
        told = "\n".join(notice.message for notice in engine.state.notices)
        assert not engine.state.open_changes
        match point:
            case "intended":  # nothing had been written
                assert house.text("calc/add.py") is None
                assert "taken back" in told
                waiting = "T-001:1"
            case "written":  # only the record of it was missing
                assert house.text("calc/add.py") == ADD
                assert "written completely" in told
                assert engine.state.tasks["T-001"].status == "applied"
                await engine.submit(c.Undo(task_id="T-001"))
                waiting = "T-001:2"
            case "undoing":
                assert house.text("calc/add.py") == ADD
                assert engine.state.tasks["T-001"].status == "applied"
                await engine.submit(c.Undo(task_id="T-001"))
                waiting = "T-001:2"
            case "undone":
                assert house.text("calc/add.py") is None
                waiting = "T-001:2"
            case _:  # an attempt was cut short: it runs again
                assert house.text("calc/add.py") is None
                first = engine.state.tasks["T-001"].attempts[0]
                assert first.status == "interrupted"
                if point == "testing":
                    assert await is_gone(int(said))
                    await until(engine, lambda state: bool(state.running()))
                    await engine.submit(c.Cancel(task_id="T-001"))
                waiting = "T-001:1"
        await until(engine, waits(waiting))
        await engine.submit(c.Approve(breakpoint_id=waiting))
        assert house.text("calc/add.py") == ADD
        applied = [one for one in engine.state.changes.values() if one.status == "done"]
        assert [one.direction for one in applied].count("apply") == 1
    assert not list((tmp_path / "project").rglob("*.tmp"))
