"""The end in the middle of everything: nothing is left behind, and reopening goes on."""

import asyncio
import time

import pytest

from orchestrator import commands as c
from orchestrator.errors import CommandRefused
from tests.engine.house import House, no_task_left_behind, plan, planned, soon, task, until, waits
from tests.engine.memory import MemoryStore
from tests.engine.models import ADD, Said
from tests.engine.moments import MOMENTS, appears, endless_test, is_alive, moment


async def test_the_end_in_the_middle_of_a_stream_leaves_nothing_and_reopening_runs_it_again(
    house: House,
) -> None:
    house.local.script = [Said(hold=asyncio.Event()), Said()]
    async with no_task_left_behind():
        async with house.engine() as engine:
            await engine.submit(c.SubmitTask(spec=task("T-001")))
            await soon(house.local.until_asked(1))
        assert house.local.at_once == 0
    async with house.engine() as engine:
        state = await until(engine, waits("T-001:1"))
        attempts = state.tasks["T-001"].attempts
        assert [one.status for one in attempts] == ["interrupted", "finished"]
        assert state.tasks["T-001"].status == "approval"


async def test_the_end_in_the_middle_of_planning_leaves_nothing_and_reopening_plans_again(
    house: House,
) -> None:
    house.claude.script = [Said(text=plan(task("T-001")), hold=asyncio.Event()), plan(task("A"))]
    async with no_task_left_behind(), house.engine() as engine:
        await engine.submit(c.SubmitGoal(text="Add sums"))
        await soon(house.claude.until_asked(1))
    async with house.engine() as engine:
        state = await until(engine, waits("G1:1"))
        assert [spec.task_id for spec in state.goals["G1"].drafts] == ["A"]


async def test_the_end_in_the_middle_of_a_test_run_leaves_no_process(house: House) -> None:
    spec, told = endless_test(house)
    async with no_task_left_behind():
        async with house.engine() as engine:
            await engine.submit(c.SubmitTask(spec=spec))
            pid = await appears(told)
            began = time.monotonic()
        assert time.monotonic() - began < 5
        assert not is_alive(pid)


async def test_the_end_at_any_moment_leaves_a_session_that_can_be_gone_on_with(
    house: House,
) -> None:
    for events, turns in MOMENTS[::2]:
        async with no_task_left_behind(), house.engine() as engine:
            if not engine.state.tasks:
                await engine.submit(c.SubmitTask(spec=task("T-001")))
            await moment(engine, events, turns)
        assert house.files() == {"calc/__init__.py": ""}
        if engine.state.tasks["T-001"].breakpoint_id:
            house.store = MemoryStore()
    async with house.engine() as engine:
        if not engine.state.tasks:
            await engine.submit(c.SubmitTask(spec=task("T-001")))
        state = await until(engine, waits("T-001:1"))
        assert state.tasks["T-001"].status == "approval"


async def test_the_end_right_after_the_beginning(house: House) -> None:
    async with no_task_left_behind(), house.engine():
        pass
    async with no_task_left_behind(), house.engine() as engine:
        assert engine.state.seq


async def test_the_end_while_a_diff_is_being_applied_waits_for_it(house: House) -> None:
    async with no_task_left_behind():
        async with house.engine() as engine:
            await planned(engine)
            await until(engine, waits("T-001:1"))
            approving = asyncio.create_task(engine.submit(c.Approve(breakpoint_id="T-001:1")))
            await asyncio.sleep(0)
        assert await soon(approving) == "T-001"
    assert house.text("calc/add.py") == ADD
    async with house.engine() as engine:
        assert engine.state.tasks["T-001"].status == "applied"
        assert not engine.state.open_changes


async def test_who_is_cancelled_while_approving_ends_when_all_is_written(house: House) -> None:
    async with house.engine() as engine:
        await planned(engine)
        await until(engine, waits("T-001:1"))
        for turns in range(0, 60, 5):
            approving = asyncio.create_task(
                engine.submit(c.Approve(breakpoint_id=engine.state.open_breakpoints[0]))
            )
            for _ in range(turns):
                await asyncio.sleep(0)
            approving.cancel()
            await asyncio.wait([approving])
            assert not engine.state.open_changes
            applied = engine.state.tasks["T-001"].status == "applied"
            assert house.text("calc/add.py") == (ADD if applied else None)
            if applied:
                await engine.submit(c.Undo(task_id="T-001"))


async def test_commands_after_the_end_are_refused(house: House) -> None:
    async with house.engine() as engine:
        pass
    for command in (
        c.SubmitGoal(text="x"),
        c.AskQuestion(text="why?"),
        c.CheckBackends(),
        c.Show(),
        c.Pause(),
    ):
        with pytest.raises(CommandRefused, match="stopped"):
            await soon(engine.submit(command))


async def test_commands_that_wait_for_the_first_look_are_refused_at_the_end(house: House) -> None:
    never = asyncio.Event()

    class Silent:
        name = "local"

        async def check(self) -> None:
            await never.wait()

        async def aclose(self) -> None:
            return

    house.models["local"] = Silent()  # type: ignore[assignment]
    async with no_task_left_behind():
        async with house.engine() as engine:
            asking = [
                asyncio.create_task(engine.submit(c.AskQuestion(text="why?"))),
                asyncio.create_task(engine.submit(c.CheckBackends())),
            ]
            await asyncio.sleep(0)
            await soon(engine.submit(c.Pause()))  # it holds up nobody else
        results = await soon(asyncio.gather(*asking, return_exceptions=True))
        assert all(isinstance(one, CommandRefused | str) for one in results)
        assert isinstance(results[0], CommandRefused)
