"""A session that can't be written: it is said, nothing is lost, and it goes on when it can."""

import asyncio

import pytest

from orchestrator import commands as c
from orchestrator.engine import Engine
from orchestrator.errors import SessionError
from orchestrator.events import NoticeGiven
from tests.engine.house import House, planned, records_of, soon, status, task, until, waits
from tests.engine.memory import MemoryStore
from tests.engine.models import ADD, Said
from tests.engine.stores import FullStore

INIT = {"calc/__init__.py": ""}
DONE = {**INIT, "calc/add.py": ADD}


async def proposed(house: House) -> None:
    """A session in which T-001 waits with a diff."""
    async with house.engine() as engine:
        await planned(engine)
        await until(engine, waits("T-001:1"))


async def test_when_the_disk_is_full_the_command_is_refused_and_works_when_it_is_freed(
    house: House,
) -> None:
    house.store = store = FullStore()
    async with house.engine() as engine:
        await planned(engine)
        await until(engine, waits("T-001:1"))
        before = engine.state
        store.full = True
        for command in (c.Approve(breakpoint_id="T-001:1"), c.SubmitGoal(text="x"), c.Pause()):
            with pytest.raises(SessionError, match="disk is full"):
                await soon(engine.submit(command))
        assert engine.state == before
        assert house.files() == INIT
        store.full = False
        await engine.submit(c.Approve(breakpoint_id="T-001:1"))
    assert house.files() == DONE


async def test_when_the_disk_is_full_only_after_the_write_it_is_made_up_for(house: House) -> None:
    await proposed(house)
    house.store = store = FullStore(records_of(house.store))
    store.full_after = "write_intended"
    async with house.engine() as engine:
        with pytest.raises(SessionError):
            await soon(engine.submit(c.Approve(breakpoint_id="T-001:1")))
        assert house.files() == DONE
        store.full = False
        await engine.submit(c.Show())
        state = await until(engine, status("T-001", "applied"))
        assert not state.open_changes
        assert not state.open_breakpoints
        store.full_after = "nothing"
        await engine.submit(c.Undo(task_id="T-001"))
    assert house.files() == INIT


async def test_when_the_disk_fills_up_in_an_attempt_it_is_said_and_a_person_can_go_on(
    house: House,
) -> None:
    house.store = store = FullStore()
    hold = asyncio.Event()
    house.local.script = [Said(hold=hold), Said()]
    async with house.engine() as engine:
        await engine.submit(c.SubmitTask(spec=task("T-001")))
        await soon(house.local.until_asked(1))
        told = asyncio.create_task(_first_error(engine))
        await asyncio.sleep(0)
        store.full = True
        hold.set()
        assert "disk is full" in await soon(told)
        assert engine.state.tasks["T-001"].status == "running"  # as far as could be recorded
        for _ in range(200):  # it does not run in circles while nothing can be recorded
            await asyncio.sleep(0)
        assert len(house.local.asked) == 1
        assert store.refused < 10
        store.full = False
        await engine.submit(c.CheckBackends())
        state = await until(engine, waits("T-001:1"))
        assert "disk is full" in state.breakpoints["T-001:1"].reason
        await engine.submit(c.Retry(breakpoint_id="T-001:1"))
        await until(engine, waits("T-001:2"))


async def _first_error(engine: Engine) -> str:
    async for event in engine.subscribe(engine.state.seq):
        if isinstance(event, NoticeGiven) and event.level == "error":
            return event.message
    return ""


async def test_when_the_output_of_an_attempt_can_not_be_kept_a_person_is_told(
    house: House,
) -> None:
    class NoOutput(MemoryStore):
        broken = True

        async def append_output(self, attempt_id: str, text: str) -> None:
            if self.broken:
                raise SessionError("The log can't be written.", "Free some space.")
            await super().append_output(attempt_id, text)

    house.store = store = NoOutput()
    async with house.engine() as engine:
        await engine.submit(c.SubmitTask(spec=task("T-001")))
        state = await until(engine, waits("T-001:1"))
        assert "Free some space." in state.breakpoints["T-001:1"].reason
        store.broken = False
        await engine.submit(c.Retry(breakpoint_id="T-001:1"))
        await until(engine, waits("T-001:2"))


async def test_a_session_that_can_not_be_written_at_all_ends_in_order(house: House) -> None:
    house.store = store = FullStore()
    async with house.engine() as engine:
        await engine.submit(c.SubmitTask(spec=task("T-001")))
        store.full = True
        for _ in range(50):
            await asyncio.sleep(0)
    assert house.local.at_once == 0
