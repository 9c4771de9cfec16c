"""Cancel, pause, and the end, in the middle of everything: nothing is left behind or half done."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from orchestrator import commands as c
from orchestrator.engine import Engine
from orchestrator.errors import CommandRefused, RateLimited
from orchestrator.jobs import Jobs
from orchestrator.values import TaskSpec
from tests.engine.house import (
    ADD,
    House,
    Said,
    breakpoint_of,
    no_task_left_behind,
    plan,
    planned,
    soon,
    status,
    task,
    until,
    waits,
)
from tests.engine.memory import MemoryStore


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


MOMENTS = [(events, turns) for events in range(1, 8) for turns in (0, 1, 4, 30)]
"""After so many events of the session, and so many turns of the event loop after that."""


async def moment(engine: Engine, events: int, turns: int, name: str = "T-001") -> None:
    """Waits for a moment of a task that has just been submitted, or for its end."""
    goal = engine.state.seq + events
    over = status(name, "approval", "decision", "applied")
    await until(engine, lambda state: state.seq >= goal or over(state))
    for _ in range(turns):
        await asyncio.sleep(0)


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


# --- the end --------------------------------------------------------------------------------------


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
    async with no_task_left_behind():
        async with house.engine() as engine:
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
        async with no_task_left_behind():
            async with house.engine() as engine:
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
    async with no_task_left_behind():
        async with house.engine():
            pass
    async with no_task_left_behind():
        async with house.engine() as engine:
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
        assert all(isinstance(one, CommandRefused) or isinstance(one, str) for one in results)
        assert isinstance(results[0], CommandRefused)
