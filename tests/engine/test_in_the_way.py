"""Test commands and files of all kinds: nothing runs or is written that should not be."""

import sys
from typing import Any

import msgspec
import pytest

from orchestrator import commands as c
from orchestrator.engine import Engine
from orchestrator.errors import OrchestratorError
from orchestrator.routing.router import Router, Wait
from orchestrator.values import Route, TaskSpec
from tests.engine.house import PASSES, House, breakpoint_of, plan, run_task, task, until, waits
from tests.engine.models import ADD, Said

GOOD = Said()


def nothing_was_written(house: House) -> None:
    assert house.files() == {"calc/__init__.py": ""}


# --- programs that test ---------------------------------------------------------------------------


async def test_a_test_command_that_is_not_there_waits_for_a_person(house: House) -> None:
    async with house.engine() as engine:
        state = await run_task(engine, task("T-001", test_command="no-such-program --now"))
    kind, reason = breakpoint_of(state, "T-001")
    assert kind == "exhausted"
    assert "no-such-program" in reason
    nothing_was_written(house)


@pytest.mark.parametrize("command", ["true && rm -rf .", "echo 'unclosed", "cat $(pwd)"])
async def test_a_test_command_is_never_given_to_a_shell(house: House, command: str) -> None:
    async with house.engine() as engine:
        with pytest.raises(OrchestratorError, match="test command") as refused:
            await engine.submit(c.SubmitTask(spec=task("T-001", test_command=command)))
        assert refused.value.hint
        assert not engine.state.tasks
    nothing_was_written(house)


@pytest.mark.parametrize("command", ["true && rm -rf .", "echo 'unclosed", "cat $(pwd)"])
async def test_a_plan_with_a_test_command_for_a_shell_never_runs_it(
    house: House, command: str
) -> None:
    house.claude.script = plan(task("T-001", test_command=command))
    async with house.engine(autonomy="nothing") as engine:
        await engine.submit(c.SubmitGoal(text="Add sums"))
        state = await until(engine, lambda state: bool(state.open_breakpoints) and state.settled())
        point = state.needs_you()[0]
        assert point.kind == "exhausted"
        assert "test command" in point.reason
    nothing_was_written(house)


async def test_a_candidate_is_tested_with_itself_in_place(house: House) -> None:
    command = f"{sys.executable} -c 'import calc.add; assert calc.add.add(2, 3) == 5'"
    async with house.engine() as engine:
        state = await run_task(engine, task("T-001", test_command=command))
    (attempt,) = state.tasks["T-001"].attempts
    assert attempt.verdict
    assert attempt.verdict.proven
    nothing_was_written(house)


async def test_what_a_test_writes_stays_in_its_stage(house: House) -> None:
    program = 'open("calc/evil.py", "w").write("x"); open("calc/add.py", "w").write("x")'
    async with house.engine() as engine:
        command = f"{sys.executable} -c '{program}'"
        await run_task(engine, task("T-001", test_command=command))
        nothing_was_written(house)
        await engine.submit(c.Approve(breakpoint_id="T-001:1"))
        assert house.files() == {"calc/__init__.py": "", "calc/add.py": ADD}


# --- files that are in the way --------------------------------------------------------------------


async def test_an_output_file_where_a_folder_is_waits_for_a_person(house: House) -> None:
    async with house.engine() as engine:
        state = await run_task(engine, task("T-001", output_file="calc", test_command=PASSES))
        kind, reason = breakpoint_of(state, "T-001")
        assert (kind, "calc" in reason) == ("exhausted", True)
    assert not house.local.asked
    nothing_was_written(house)


async def test_an_output_file_below_a_file_waits_for_a_person(house: House) -> None:
    path = "calc/__init__.py/add.py"
    async with house.engine() as engine:
        state = await run_task(engine, task("T-001", output_file=path, test_command=PASSES))
        kind, reason = breakpoint_of(state, "T-001")
        assert (kind, path in reason) == ("exhausted", True)
    assert not house.local.asked
    nothing_was_written(house)


async def test_an_output_file_that_is_a_link_waits_for_a_person(house: House) -> None:
    outside = house.folder / "outside.py"
    outside.write_text("secret = 1\n")
    (house.workspace / "calc" / "add.py").symlink_to(outside)
    async with house.engine() as engine:
        state = await run_task(engine, task("T-001"))
        assert "link" in breakpoint_of(state, "T-001")[1]
    assert not house.local.asked
    assert outside.read_text() == "secret = 1\n"


async def test_a_bug_where_work_is_started_is_said_and_other_work_goes_on(house: House) -> None:
    class Buggy(Router):
        def write(self, spec: TaskSpec, *args: Any, **more: Any) -> Route | Wait:
            if spec.task_id == "T-666":
                raise ZeroDivisionError("a bug")
            return super().write(spec, *args, **more)

    bench = house.bench()
    router = Buggy(bench.settings, bench.health, "claude")
    async with Engine(msgspec.structs.replace(bench, router=router), "s1") as engine:
        await engine.submit(c.SubmitTask(spec=task("T-666")))
        await until(engine, lambda state: bool(state.notices))
        assert "ZeroDivisionError" in engine.state.notices[0].message
        await engine.submit(c.Cancel(task_id="T-666"))
        await engine.submit(c.SubmitTask(spec=task("T-001")))
        await until(engine, waits("T-001:1", "T-666:1"))


async def test_a_bug_of_this_program_is_said_and_the_task_waits_for_a_person(house: House) -> None:
    house.local.script = Said(text="def ", fault=ZeroDivisionError("a bug"))
    async with house.engine() as engine:
        state = await run_task(engine, task("T-001"))
        kind, reason = breakpoint_of(state, "T-001")
        assert kind == "exhausted"
        assert "ZeroDivisionError" in reason
        assert "bug" in reason
        house.local.script = GOOD
        await engine.submit(c.Retry(breakpoint_id="T-001:1"))
        await until(engine, waits("T-001:2"))
