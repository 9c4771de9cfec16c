"""Random people, random models, random edits and random ends: the session always hangs together."""

import asyncio
import random
from collections.abc import Callable

import pytest

from orchestrator import commands as c
from orchestrator.backends.base import Request
from orchestrator.engine import Engine
from orchestrator.errors import (
    BackendBusy,
    BackendUnreachable,
    OrchestratorError,
    RateLimited,
    StreamBroken,
)
from orchestrator.events import from_record
from orchestrator.reduce import reduce_all
from orchestrator.state import Attempt, SessionState
from orchestrator.values import TaskSpec
from tests.engine.house import (
    FAILS,
    PASSES,
    House,
    no_task_left_behind,
    plan,
    records_of,
    soon,
    task,
    until,
)
from tests.engine.models import Said
from tests.engine.stores import SlowStore

SEEDS = range(8)
STEPS = 40
PATHS = ("calc/a.py", "calc/b.py", "deep/c.py", "Makefile")
FAULTS = (
    BackendUnreachable("The server does not answer.", "Start it."),
    BackendBusy("The server is busy."),
    StreamBroken("The stream broke."),
    RateLimited("The limit is reached.", "", 0.01),
)


class Chaos:
    """Everything that happens by chance, from one seed."""

    def __init__(self, house: House, seed: int) -> None:
        self.house = house
        self.random = random.Random(seed)
        self._tasks = 0
        house.local.script = house.claude.script = self.answer
        house.store = SlowStore()

    def answer(self, request: Request) -> Said:
        """A plan, a file, rubbish, or a fault."""
        chance = self.random.random()
        number = self.random.randrange(1000)
        if "You are the planner" in request.messages[0].content:
            first, second = self.task("A"), self.task("B", depends_on=["A"])
            good = plan(first, second)
        else:
            good = f"```python\nvalue = {number}\n```"
        if chance < 0.15:
            return Said(text=good[: len(good) // 2], fault=self.random.choice(FAULTS))
        if chance < 0.25:
            return Said(text="I would rather talk about it.")
        return Said(text=good, ends=chance > 0.3)

    def task(self, name: str = "", **fields: object) -> TaskSpec:
        self._tasks += 1
        return task(
            name or f"T-{self._tasks}",
            output_file=self.random.choice(PATHS),
            test_command=self.random.choice(["", PASSES, PASSES, FAILS]),
            category=self.random.choice(["utility", "bugfix"]),
            **fields,
        )

    def command(self, state: SessionState) -> c.Command:
        """Something a person might do now, or might not."""
        point = self.random.choice([*state.open_breakpoints, "nothing"])
        name = self.random.choice([*state.tasks, "nothing"])
        busy = self.random.choice([*(key for key, _ in state.running()), name])
        choices: list[Callable[[], c.Command]] = [
            lambda: c.SubmitGoal(text="do it"),
            lambda: c.SubmitTask(spec=self.task()),
            *[lambda: c.Approve(breakpoint_id=point, protected=self.random.random() < 0.5)] * 6,
            lambda: c.Retry(breakpoint_id=point, note="better"),
            lambda: c.Escalate(breakpoint_id=point),
            lambda: c.Reject(breakpoint_id=point),
            *[lambda: c.Undo(task_id=name)] * 3,
            *[lambda: c.Cancel(task_id=busy)] * 3,
            lambda: c.RetryTask(task_id=name),
            c.Pause,
            *[c.Resume] * 2,
            lambda: c.Show(subject_id=name),
            lambda: c.AskQuestion(text="why?"),
        ]
        return self.random.choice(choices)()

    def edit(self) -> None:
        """A person saves, or removes, a file."""
        file = self.house.workspace / self.random.choice(PATHS)
        if self.random.random() < 0.2:
            file.unlink(missing_ok=True)
            return
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"mine = {self.random.randrange(1000)}\n")

    async def pass_some_time(self) -> None:
        for _ in range(self.random.choice([0, 1, 5, 30, 100, 1000])):
            await asyncio.sleep(0)


def hangs_together(state: SessionState) -> None:
    waiting = [one.breakpoint_id for one in state.tasks.values() if one.breakpoint_id]
    waiting += [one.breakpoint_id for one in state.goals.values() if one.breakpoint_id]
    assert sorted(waiting) == sorted(state.open_breakpoints)
    assert not any(state.breakpoints[key].resolution for key in state.open_breakpoints)
    assert len({attempt.attempt_id for attempt in all_attempts(state)}) == len(all_attempts(state))
    said = [one.message for one in state.notices]
    said += [one.reason for one in state.breakpoints.values()]
    said += [one.error for one in state.questions.values()]
    assert not [one for one in said if "Internal error" in one]


def all_attempts(state: SessionState) -> list[Attempt]:
    tasks = [attempt for owner in state.tasks.values() for attempt in owner.attempts]
    return tasks + [attempt for owner in state.goals.values() for attempt in owner.attempts]


async def calm_down(engine: Engine, house: House) -> None:
    """Every model does its best, and a person decides about everything that waits."""
    house.local.script = "```python\nvalue = 1\n```"
    house.claude.script = lambda request: (
        plan(task("A")) if "planner" in request.messages[0].content else "```python\nvalue = 2\n```"
    )
    await engine.submit(c.Resume())
    for _ in range(200):
        state = await until(engine, lambda state: bool(state.open_breakpoints) or state.settled())
        if not state.open_breakpoints:
            return
        await engine.submit(c.Reject(breakpoint_id=state.open_breakpoints[0]))
    raise AssertionError("it never calms down")


@pytest.mark.parametrize("seed", SEEDS)
async def test_whatever_happens_the_session_hangs_together(house: House, seed: int) -> None:
    print(f"seed {seed}")
    chaos = Chaos(house, seed)
    done, said = 0, [""]
    while done < STEPS:
        settings = {"autonomy": chaos.random.choice(["every_diff", "unproven", "nothing"])}
        async with no_task_left_behind(), house.engine(**settings) as engine:
            for _ in range(chaos.random.randrange(5, 20)):
                done += 1
                if chaos.random.random() < 0.2:
                    chaos.edit()
                try:
                    await soon(engine.submit(chaos.command(engine.state)))
                except OrchestratorError as refused:
                    said.append(refused.message)
                await chaos.pass_some_time()
                hangs_together(engine.state)
    async with house.engine() as engine:
        await calm_down(engine, house)
        hangs_together(engine.state)
        assert not engine.state.running()
        assert not engine.state.open_changes
        live = engine.state
    assert not [one for one in said if "Internal error" in one]
    assert reduce_all(from_record(record) for record in records_of(house.store)) == live
    assert not [name for name in house.files() if name.endswith(".tmp")]
