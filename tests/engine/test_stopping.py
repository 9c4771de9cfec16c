"""Cancel and pause, at any moment: nothing is left behind or half done."""

import asyncio
import time

import pytest

from orchestrator import commands as c
from orchestrator.errors import CommandRefused, RateLimited
from orchestrator.events import TaskRetried
from orchestrator.jobs import Jobs
from tests.engine.house import House, breakpoint_of, planned, soon, status, task, until, waits
from tests.engine.models import ADD, Said
from tests.engine.moments import MOMENTS, appears, endless_test, is_alive, moment

# --- cancel ---------------------------------------------------------------------------------------


async def test_stopping_a_stream_frees_the_server_and_puts_the_task_before_a_person(
    house: House,
) -> None:
    house.local.script = [Said(hold=asyncio.Event()), Said()]
    async with house.engine() as engine:
        await engine.submit(c.SubmitTask(spec=task("T-001")))
        await soon(house.local.until_asked(1))
        await soon(engine.submit(c.Cancel(task_id="T-001")))
        assert house.local.at_once == 0
        assert breakpoint_of(engine.state, "T-001") == ("exhausted", "You stopped it.")
        assert engine.state.tasks["T-001"].attempts[0].status == "failed"
        assert not engine.state.running()
        await engine.submit(c.Retry(breakpoint_id="T-001:1"))
        await until(engine, waits("T-001:2"))


async def test_stopping_a_test_run_ends_its_processes(house: House) -> None:
    spec, told = endless_test(house)
    async with house.engine() as engine:
        await engine.submit(c.SubmitTask(spec=spec))
        pid = await appears(told)
        began = time.monotonic()
        await soon(engine.submit(c.Cancel(task_id="T-001")))
        assert time.monotonic() - began < 5
        assert not is_alive(pid)
        assert breakpoint_of(engine.state, "T-001")[0] == "exhausted"
        await engine.submit(c.Approve(breakpoint_id="T-001:1"))  # the candidate is still there
        assert house.text("calc/add.py") == ADD


async def test_stopping_at_any_moment_leaves_one_breakpoint_and_no_running_attempt(
    house: House,
) -> None:
    house.local.script = Said()
    stopped = 0
    async with house.engine() as engine:
        for number, (events, turns) in enumerate(MOMENTS):
            name = f"T-{number}"
            await engine.submit(c.SubmitTask(spec=task(name, output_file=f"calc/f{number}.py")))
            await moment(engine, events, turns, name)
            try:
                await soon(engine.submit(c.Cancel(task_id=name)))
                stopped += 1
            except CommandRefused:
                pass  # it was over
            state = await until(engine, status(name, "decision", "approval"))
            assert not [key for key, _ in state.running() if key == name]
            mine = [key for key in state.open_breakpoints if key.startswith(f"{name}:")]
            assert mine == [state.tasks[name].breakpoint_id]
            assert len([key for key in state.breakpoints if key.startswith(f"{name}:")]) == 1
    assert stopped > len(MOMENTS) // 2


async def test_stopping_a_task_that_is_just_about_to_be_tried_again(house: House) -> None:
    house.local.script = "no code at all"
    async with house.engine() as engine:
        await engine.submit(c.SubmitTask(spec=task("T-001")))
        async with asyncio.timeout(10):
            async for event in engine.subscribe(engine.state.seq):
                if isinstance(event, TaskRetried):
                    await engine.submit(c.Cancel(task_id="T-001"))
                    break
        for _ in range(50):
            await asyncio.sleep(0)
        assert engine.state.tasks["T-001"].status == "decision"
        assert not engine.state.running()
        assert len(house.local.asked) == 1


async def test_stopping_what_does_not_run_is_refused(house: House) -> None:
    async with house.engine() as engine:
        await planned(engine)
        await until(engine, waits("T-001:1"))
        with pytest.raises(CommandRefused, match="does not run"):
            await engine.submit(c.Cancel(task_id="T-001"))
        assert engine.state.open_breakpoints == ("T-001:1",)


async def test_a_task_that_waits_for_quota_can_be_stopped_and_dropped(house: House) -> None:
    error = RateLimited("The limit is reached.", "", 3600.0)
    house.claude.script = Said(text="", fault=error)
    async with house.engine() as engine:
        await engine.submit(c.SubmitTask(spec=task("T-001", category="bugfix")))
        await until(engine, lambda state: bool(state.tasks["T-001"].wait_until))
        await engine.submit(c.Cancel(task_id="T-001"))
        assert engine.state.open_breakpoints == ("T-001:1",)
        await engine.submit(c.Reject(breakpoint_id="T-001:1"))
        assert engine.state.tasks["T-001"].status == "rejected"


async def test_a_job_that_is_stopped_before_its_first_step_is_gone_too() -> None:
    ran: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ran.append("cleaned up")

    async def on_crash(_name: str, _error: Exception) -> None:
        raise AssertionError

    jobs = Jobs(on_crash)
    jobs.start("T-001", work())
    assert await jobs.cancel("T-001")
    assert "T-001" not in jobs
    assert ran == ["cleaned up"]
    jobs.start("T-001", work())
    await jobs.stop()
    assert "T-001" not in jobs


# --- pause ----------------------------------------------------------------------------------------


async def test_in_a_pause_what_runs_ends_and_nothing_begins(house: House) -> None:
    hold = asyncio.Event()
    house.local.script = Said(hold=hold)
    async with house.engine() as engine:
        await engine.submit(c.SubmitTask(spec=task("T-001")))
        await soon(house.local.until_asked(1))
        await engine.submit(c.Pause())
        await engine.submit(c.Pause())  # twice is once
        await engine.submit(c.SubmitTask(spec=task("T-002", output_file="calc/two.py")))
        await engine.submit(c.SubmitGoal(text="more"))
        hold.set()
        await until(engine, status("T-001", "approval"))
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(house.local.asked) == 1
        assert not house.claude.asked
        assert engine.state.settled() is False  # a goal is to be planned
        await engine.submit(c.Approve(breakpoint_id="T-001:1"))  # deciding goes on
        assert house.text("calc/add.py") == ADD
        await engine.submit(c.Resume())
        await until(engine, waits("T-002:1", "G1:1"))


async def test_a_pause_lasts_through_the_end_of_the_program(house: House) -> None:
    async with house.engine() as engine:
        await engine.submit(c.Pause())
        await engine.submit(c.SubmitTask(spec=task("T-001")))
    async with house.engine() as engine:
        assert engine.state.paused
        for _ in range(20):
            await asyncio.sleep(0)
        assert not house.local.asked
        await engine.submit(c.Resume())
        await until(engine, waits("T-001:1"))


async def test_a_failing_task_is_not_retried_in_a_pause(house: House) -> None:
    hold = asyncio.Event()
    house.local.script = Said(text="no code at all", hold=hold)
    async with house.engine() as engine:
        await engine.submit(c.SubmitTask(spec=task("T-001")))
        await soon(house.local.until_asked(1))
        await engine.submit(c.Pause())
        hold.set()
        state = await until(engine, status("T-001", "waiting"))
        assert state.settled()
        assert len(house.local.asked) == 1
