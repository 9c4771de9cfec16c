"""Several tasks at once: as many as a backend has room for, in the order of what they need."""

import asyncio
from pathlib import Path

import pytest

from orchestrator import commands as c
from orchestrator.backends.base import Request
from orchestrator.config import BackendSettings, ProfileSettings
from orchestrator.errors import StreamBroken
from orchestrator.values import TaskSpec
from tests.engine.house import House, in_turn, plan, planned, soon, status, task, until, waits
from tests.engine.models import Said, ScriptedModel

FIVE = tuple(task(f"T-{number}", output_file=f"calc/f{number}.py") for number in range(5))


def with_room(house: House, **rooms: int) -> dict[str, BackendSettings]:
    """The backends of the house, each with this much room."""
    known = house.settings().backends
    return {
        name: BackendSettings(kind="recorded", owner=backend.owner, concurrency=rooms.get(name, 1))
        for name, backend in known.items()
    }


def points(*specs: TaskSpec) -> list[str]:
    return [f"{spec.task_id}:1" for spec in specs]


async def submit_all(house: House, room: int) -> int:
    """Runs five tasks; gives how many were asked for at once at the most."""
    gate = asyncio.Event()
    house.local.script = Said(hold=gate)
    async with house.engine(backends=with_room(house, local=room)) as engine:
        await in_turn(engine, *(c.SubmitTask(spec=spec) for spec in FIVE))
        await soon(house.local.until_asked(room))
        assert house.local.at_once == room
        gate.set()
        await until(engine, waits(*points(*FIVE)))
    assert house.local.at_once == 0
    return house.local.most


@pytest.mark.parametrize("room", [1, 2, 4])
async def test_a_backend_gets_as_many_at_once_as_it_has_room_for(house: House, room: int) -> None:
    assert await submit_all(house, room) == room


async def test_two_backends_work_at_the_same_time(house: House, tmp_path: Path) -> None:
    other = ScriptedModel("other")
    house.models["other"] = other
    gate = asyncio.Event()
    house.local.script = other.script = Said(hold=gate)
    settings = {
        "backends": {**house.settings().backends, "other": BackendSettings(kind="recorded")},
        "profiles": {
            "code": ProfileSettings(backend="local", model="m"),
            "fast": ProfileSettings(backend="other", model="m"),
        },
    }
    async with house.engine(**settings) as engine:
        await in_turn(
            engine,
            c.SubmitTask(spec=FIVE[0]),
            c.SubmitTask(spec=FIVE[1]),
            c.SubmitTask(spec=task("T-9", output_file="calc/nine.py", profile="fast")),
        )
        await soon(house.local.until_asked(1))
        await soon(other.until_asked(1))  # though the first backend is full
        assert (house.local.at_once, other.at_once) == (1, 1)
        gate.set()
        await until(engine, waits("T-0:1", "T-1:1", "T-9:1"))


async def test_a_local_model_and_claude_work_at_the_same_time(house: House) -> None:
    gate = asyncio.Event()
    house.local.script = house.claude.script = Said(hold=gate)
    async with house.engine() as engine:
        await in_turn(
            engine,
            c.SubmitTask(spec=FIVE[0]),
            c.SubmitTask(spec=task("T-9", output_file="calc/nine.py", owner="claude")),
        )
        await soon(house.local.until_asked(1))
        await soon(house.claude.until_asked(1))
        assert (house.local.at_once, house.claude.at_once) == (1, 1)
        gate.set()
        await until(engine, waits("T-0:1", "T-9:1"))


async def test_a_model_is_free_again_while_its_answer_is_tested(house: House) -> None:
    """The next task is asked for before the first one's tests have ended."""
    house.local.script = Said()
    async with house.engine() as engine:
        first = task("T-1", test_command="sleep 15")
        await in_turn(engine, c.SubmitTask(spec=first), c.SubmitTask(spec=FIVE[2]))
        await until(engine, status("T-2", "approval"))
        assert engine.state.tasks["T-1"].status == "running"


async def test_what_depends_on_something_waits_until_that_is_applied(house: House) -> None:
    house.claude.script = plan(
        task("A", output_file="calc/a.py"),
        task("B", output_file="calc/b.py", depends_on=["A"]),
        task("C", output_file="calc/c.py", depends_on=["A", "B"]),
    )
    async with house.engine() as engine:
        await planned(engine)
        for name in "ABC":
            state = await until(engine, waits(f"{name}:1"))
            started = [one.spec.task_id for one in state.tasks_in_order() if one.attempts]
            assert started == list("ABC")[: "ABC".index(name) + 1]
            await engine.submit(c.Approve(breakpoint_id=f"{name}:1"))
        assert engine.state.settled()


async def test_what_depends_on_something_rejected_never_starts_and_the_engine_rests(
    house: House,
) -> None:
    house.claude.script = plan(
        task("A", output_file="calc/a.py"), task("B", output_file="calc/b.py", depends_on=["A"])
    )
    async with house.engine() as engine:
        await planned(engine)
        await until(engine, waits("A:1"))
        await engine.submit(c.Reject(breakpoint_id="A:1"))
        assert engine.state.settled()
        assert not engine.state.tasks["B"].attempts
        await engine.submit(c.RetryTask(task_id="A"))  # the way forward
        await until(engine, waits("A:2"))
        await engine.submit(c.Approve(breakpoint_id="A:2"))
        await until(engine, waits("B:1"))


async def test_a_task_that_depends_on_itself_is_refused(house: House) -> None:
    async with house.engine() as engine:
        with pytest.raises(Exception, match="depends on itself"):
            await engine.submit(c.SubmitTask(spec=task("A", depends_on=["A"])))
        assert not engine.state.tasks


FAULTS = {
    "an answer": Said(),
    "no file": Said(text="Use the plus operator."),
    "a broken stream": Said(text="def", fault=StreamBroken("gone")),
    "a bug": Said(text="def", fault=ZeroDivisionError("bug")),
    "no end marker": Said(ends=False),
}


@pytest.mark.parametrize("kind", FAULTS)
async def test_a_place_is_given_back_whatever_happens(alone: House, kind: str) -> None:
    def answer(_request: Request) -> Said:
        return FAULTS[kind] if len(alone.local.asked) < 2 else Said()

    alone.local.script = answer
    async with alone.engine() as engine:
        await in_turn(engine, *(c.SubmitTask(spec=spec) for spec in FIVE[:3]))
        await until(engine, waits(*points(*FIVE[:3])))
        assert engine.state.tasks["T-2"].status == "approval"
    assert alone.local.most == 1
    assert alone.local.at_once == 0


async def test_a_place_is_given_back_when_an_attempt_is_stopped(alone: House) -> None:
    hold = asyncio.Event()
    alone.local.script = [Said(hold=hold), Said()]
    async with alone.engine() as engine:
        await engine.submit(c.SubmitTask(spec=FIVE[0]))
        await soon(alone.local.until_asked(1))
        await engine.submit(c.SubmitTask(spec=FIVE[1]))
        await engine.submit(c.Cancel(task_id="T-0"))
        state = await until(engine, waits("T-0:1", "T-1:1"))
        assert state.tasks["T-1"].status == "approval"
        assert state.tasks["T-0"].status == "decision"


async def test_a_place_is_given_back_when_planning_fails(house: House) -> None:
    house.claude.script = ["no plan", "no plan", plan(task("A"))]
    async with house.engine() as engine:
        await in_turn(engine, c.SubmitGoal(text="one"), c.SubmitGoal(text="two"))
        await until(engine, waits("G1:1", "G2:1"))
    assert house.claude.most == 1


async def test_many_tasks_all_end_in_front_of_a_person(house: House) -> None:
    specs = [task(f"T-{number}", output_file=f"calc/f{number}.py") for number in range(20)]
    async with house.engine(backends=with_room(house, local=3)) as engine:
        await in_turn(engine, *(c.SubmitTask(spec=spec) for spec in specs))
        await until(engine, waits(*points(*specs)))
        for spec in specs:
            await engine.submit(c.Approve(breakpoint_id=f"{spec.task_id}:1"))
        assert all(house.text(spec.output_file) for spec in specs)
    assert 1 <= house.local.most <= 3
