"""What the engine decides by itself: exactly what it was allowed to."""

import asyncio

import pytest

from orchestrator import commands as c
from orchestrator.engine import Engine
from orchestrator.errors import CommandRefused
from orchestrator.state import SessionState
from tests.engine.house import (
    FAILS,
    PASSES,
    House,
    breakpoint_of,
    plan,
    soon,
    status,
    task,
    until,
    waits,
)
from tests.engine.models import ADD, Said

PROVEN = task("T-001", test_command=PASSES)
UNPROVEN = task("T-001")
FAILING = task("T-001", test_command=FAILS)


def ended(state: SessionState) -> bool:
    """True when the task waits for a person or is applied."""
    found = state.tasks.get("T-001")
    return bool(found and (found.breakpoint_id or found.status == "applied")) and state.settled()


async def run_goal(engine: Engine) -> SessionState:
    await engine.submit(c.SubmitGoal(text="Add sums"))
    return await until(engine, lambda state: ended(state) or bool(state.goals["G1"].breakpoint_id))


async def settle(engine: Engine) -> SessionState:
    """Lets everything happen that is decided without a person."""
    for _ in range(50):
        await asyncio.sleep(0)
    return engine.state


async def test_every_diff_asks_about_the_plan_and_the_proven_diff(house: House) -> None:
    house.claude.script = plan(PROVEN)
    async with house.engine(autonomy="every_diff") as engine:
        await run_goal(engine)
        await settle(engine)
        assert engine.state.open_breakpoints == ("G1:1",)
        await engine.submit(c.Approve(breakpoint_id="G1:1"))
        await until(engine, waits("T-001:1"))
        await settle(engine)
        assert engine.state.open_breakpoints == ("T-001:1",)
    assert house.text("calc/add.py") is None


@pytest.mark.parametrize("autonomy", ["unproven", "nothing"])
async def test_a_proven_diff_is_applied_without_asking(house: House, autonomy: str) -> None:
    house.claude.script = plan(PROVEN)
    async with house.engine(autonomy=autonomy) as engine:
        await engine.submit(c.SubmitGoal(text="Add sums"))
        state = await until(engine, status("T-001", "applied"))
        assert state.breakpoints["T-001:1"].resolved_by == "autonomy"
        assert state.breakpoints["G1:1"].resolved_by == "autonomy"
        assert not state.open_breakpoints
        assert house.text("calc/add.py") == ADD


async def test_unproven_asks_about_a_diff_without_tests(house: House) -> None:
    house.claude.script = plan(UNPROVEN)
    async with house.engine(autonomy="unproven") as engine:
        await engine.submit(c.SubmitGoal(text="Add sums"))
        await until(engine, waits("T-001:1"))
        await settle(engine)
        assert engine.state.open_breakpoints == ("T-001:1",)
        assert "Not proven" in breakpoint_of(engine.state, "T-001")[1]
    assert house.text("calc/add.py") is None


async def test_nothing_applies_a_diff_without_tests(house: House) -> None:
    house.claude.script = plan(UNPROVEN)
    async with house.engine(autonomy="nothing") as engine:
        await engine.submit(c.SubmitGoal(text="Add sums"))
        await until(engine, status("T-001", "applied"))
    assert house.text("calc/add.py") == ADD


@pytest.mark.parametrize("autonomy", ["unproven", "nothing"])
async def test_what_failed_its_tests_is_never_applied_without_asking(
    house: House, autonomy: str
) -> None:
    house.claude.script = [plan(FAILING), Said()]
    async with house.engine(autonomy=autonomy) as engine:
        await engine.submit(c.SubmitGoal(text="Add sums"))
        await until(engine, waits("T-001:1"))
        await settle(engine)
        assert breakpoint_of(engine.state, "T-001")[0] == "exhausted"
    assert house.text("calc/add.py") is None


async def test_a_file_that_steers_tools_is_never_written_without_asking(house: House) -> None:
    house.local.script = "```make\nall:\n\ttrue\n```"
    spec = task("T-001", output_file="Makefile", category="docs", test_command=PASSES)
    async with house.engine(autonomy="nothing") as engine:
        await engine.submit(c.SubmitTask(spec=spec))
        state = await until(engine, lambda state: bool(state.notices))
        assert "its own approval" in state.notices[-1].message
        assert state.open_breakpoints == ("T-001:1",)
    assert house.text("Makefile") is None


async def test_a_conflict_always_waits_for_a_person(house: House) -> None:
    hold = asyncio.Event()
    house.local.script = Said(hold=hold)
    async with house.engine(autonomy="nothing") as engine:
        await engine.submit(c.SubmitTask(spec=PROVEN))
        await soon(house.local.until_asked(1))
        (house.workspace / "calc" / "add.py").write_text("mine = 1\n")
        hold.set()
        state = await until(engine, waits("T-001:2"))
        assert breakpoint_of(state, "T-001")[0] == "conflict"
    assert house.text("calc/add.py") == "mine = 1\n"


async def test_a_plan_that_failed_is_not_approved_by_anyone_but_a_person(house: House) -> None:
    house.claude.script = "no plan"
    async with house.engine(autonomy="nothing") as engine:
        await engine.submit(c.SubmitGoal(text="Add sums"))
        await until(engine, waits("G1:1"))
        await settle(engine)
        assert engine.state.goals["G1"].status == "failed"
        with pytest.raises(CommandRefused):
            await engine.submit(c.Approve(breakpoint_id="G1:1"))


async def test_a_person_and_the_autonomy_at_once_write_once(house: House) -> None:
    house.local.script = Said()
    async with house.engine(autonomy="nothing") as engine:
        await engine.submit(c.SubmitTask(spec=PROVEN))

        async def approve_as_soon_as_it_waits() -> str:
            await until(engine, lambda state: "T-001:1" in state.breakpoints)
            try:
                return await engine.submit(c.Approve(breakpoint_id="T-001:1"))
            except CommandRefused as refused:
                return refused.message

        await asyncio.gather(*(approve_as_soon_as_it_waits() for _ in range(3)))
        state = await until(engine, status("T-001", "applied"))
        assert len(state.changes) == 1
        assert not state.open_breakpoints
        assert house.text("calc/add.py") == ADD


async def test_a_person_who_rejects_while_the_autonomy_approves_is_not_overridden(
    house: House,
) -> None:
    """One of them comes first; what that one decided is what happens, and nothing else."""
    async with house.engine(autonomy="nothing") as engine:
        expected: dict[str, str] = {}
        for turns in (*range(12), 20, 40, 80, 160):
            name, path = f"T-{turns}", f"calc/f{turns}.py"
            spec = task(name, output_file=path, test_command=PASSES)
            await engine.submit(c.SubmitTask(spec=spec))
            await until(engine, lambda state, key=f"{name}:1": key in state.breakpoints)  # type: ignore[misc]
            for _ in range(turns):
                await asyncio.sleep(0)
            try:
                await engine.submit(c.Reject(breakpoint_id=f"{name}:1"))
                expected[name] = "rejected"
            except CommandRefused:
                expected[name] = "applied"
        await engine.submit(c.SubmitTask(spec=PROVEN))  # when it is applied, all is over
        state = await until(engine, status("T-001", "applied"))
        assert {name: state.tasks[name].status for name in expected} == expected
        for name, outcome in expected.items():
            path = state.tasks[name].spec.output_file
            assert (house.text(path) is None) == (outcome == "rejected")


async def test_a_chain_of_tasks_runs_through_without_a_person(house: House) -> None:
    house.claude.script = plan(
        task("A", output_file="calc/a.py", test_command=PASSES),
        task("B", output_file="calc/b.py", test_command=PASSES, depends_on=["A"]),
        task("C", output_file="calc/c.py", test_command=PASSES, depends_on=["B"]),
    )
    async with house.engine(autonomy="unproven") as engine:
        await engine.submit(c.SubmitGoal(text="Add sums"))
        state = await until(engine, status("C", "applied"))
        assert [change.task_id for change in _in_order(state)] == ["A", "B", "C"]


def _in_order(state: SessionState) -> list:  # type: ignore[type-arg]
    return sorted(state.changes.values(), key=lambda change: int(change.change_id[1:]))
