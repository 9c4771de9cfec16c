"""A real engine on a real workspace, with models that are scripted in this process.

Only the models and the disk of the session stand in; git, files, stages and tests are real.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
import time
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from orchestrator.backends.base import Backend
from orchestrator.commands import Approve, Command, SubmitGoal, SubmitTask
from orchestrator.config import BackendSettings, GateSettings, ProfileSettings, Settings
from orchestrator.engine import Engine
from orchestrator.planning.prompts import Prompts
from orchestrator.routing.health import Health
from orchestrator.routing.router import Router
from orchestrator.state import SessionState
from orchestrator.stream import EventStore, EventStream
from orchestrator.values import TaskSpec
from orchestrator.workbench import Workbench
from orchestrator.workspace.snapshots import ShadowRepository
from orchestrator.workspace.stage import StagePool
from tests.engine.memory import MemoryStore
from tests.engine.models import ScriptedModel

T = TypeVar("T")
PASSES = "python -c 'import calc'"
"""A test command that passes at once and proves something."""
FAILS = "false"
"""A test command that fails at once."""


class Clock:
    """Unix seconds that run with the real ones and can be moved ahead."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


class House:
    """A workspace, models, and a session that engines can be opened on."""

    def __init__(self, folder: Path, *, claude: bool = True) -> None:
        self.folder = folder
        self.workspace = folder / "project"
        if not self.workspace.exists():
            (self.workspace / "calc").mkdir(parents=True)
            (self.workspace / "calc" / "__init__.py").write_text("")
        self.store: EventStore = MemoryStore()
        self.clock = Clock()
        self.local = ScriptedModel("local")
        self.claude = ScriptedModel("claude", plan(task("T-001")))
        self.models: dict[str, Backend] = {"local": self.local}
        if claude:
            self.models["claude"] = self.claude

    def settings(self, **changes: object) -> Settings:
        """Settings for the scripted models."""
        known = Settings(
            backends={
                "local": BackendSettings(kind="recorded"),
                "claude": BackendSettings(kind="recorded", owner="claude"),
            },
            profiles={"code": ProfileSettings(backend="local", model="small")},
            tests=GateSettings(path=(str(Path(sys.executable).parent),), timeout_seconds=20),
            state_dir=str(self.folder / "state"),
        )
        return msgspec.structs.replace(known, **changes)

    def engine(self, **changes: object) -> Engine:
        """An engine on the session; use it as an async context manager."""
        return Engine(self.bench(**changes), "s1")

    def bench(self, **changes: object) -> Workbench:
        """The parts, put together anew, as after a restart."""
        settings = self.settings(**changes)
        repository = ShadowRepository(self.workspace, self.folder / "state" / "workspace")
        health = Health(settings.routing.cooldown_seconds, time.monotonic)
        claude = "claude" if "claude" in self.models else ""
        return Workbench(
            settings=settings,
            stream=EventStream(self.store, self.clock),
            backends=self.models,
            router=Router(settings, health, claude, settings.only),
            health=health,
            prompts=Prompts(),
            workspace=self.workspace,
            repository=repository,
            stages=StagePool(repository, 4),
            clock=self.clock,
            monotonic=time.monotonic,
        )

    def text(self, path: str) -> str | None:
        """A file of the workspace; None when there is none."""
        file = self.workspace / path
        return file.read_text() if file.is_file() else None

    def files(self) -> dict[str, str]:
        """Every file of the workspace; nothing partial may be among them."""
        found = (path for path in self.workspace.rglob("*") if path.is_file())
        return {str(path.relative_to(self.workspace)): path.read_text() for path in found}


def task(task_id: str, **fields: object) -> TaskSpec:
    """A task that writes calc/add.py."""
    known = {"task_id": task_id, "description": "add(a, b): the sum", "output_file": "calc/add.py"}
    return msgspec.convert({"category": "utility", **known, **fields}, TaskSpec)


def plan(*specs: TaskSpec, summary: str = "A plan") -> str:
    """The planner's answer with these tasks."""
    return json.dumps({"summary": summary, "tasks": [msgspec.to_builtins(one) for one in specs]})


def unlike(*specs: TaskSpec, **fields: object) -> str:
    """A planner's answer whose first task has other fields."""
    found = json.loads(plan(*specs))
    found["tasks"][0].update(fields)
    return json.dumps(found)


async def soon(work: Awaitable[T]) -> T:
    """The outcome of `work`; what takes ten seconds hangs."""
    async with asyncio.timeout(10):
        return await work


async def until(engine: Engine, fits: Callable[[SessionState], bool]) -> SessionState:
    """Waits until the state fits, event by event; what takes ten seconds never comes."""
    try:
        return await soon(_until(engine, fits))
    except TimeoutError:
        raise AssertionError(f"it never came to that: {told(engine.state)}") from None


async def _until(engine: Engine, fits: Callable[[SessionState], bool]) -> SessionState:
    if fits(engine.state):
        return engine.state
    async for _event in engine.subscribe(engine.state.seq):
        if fits(engine.state):
            return engine.state
    raise AssertionError("the engine closed before that")


def told(state: SessionState) -> str:
    """Where everything is, for a test that fails."""
    tasks = [f"{one.spec.task_id} {one.status} ({one.wait_reason})" for one in state.tasks.values()]
    goals = [f"{one.goal_id} {one.status} ({one.wait_reason})" for one in state.goals.values()]
    notices = [one.message for one in state.notices]
    return f"{goals} {tasks} waiting: {state.open_breakpoints} notices: {notices}"


def waits(*breakpoints: str) -> Callable[[SessionState], bool]:
    """True when exactly these wait for a person and nothing else goes on."""
    return lambda state: set(state.open_breakpoints) == set(breakpoints) and state.settled()


def status(task_id: str, *wanted: str) -> Callable[[SessionState], bool]:
    """True when the task has one of these statuses."""
    return lambda state: task_id in state.tasks and state.tasks[task_id].status in wanted


def digest(data: bytes | None) -> str | None:
    """The hash by which events name a content; None for no file."""
    return None if data is None else hashlib.sha256(data).hexdigest()


async def planned(engine: Engine, text: str = "Add sums") -> SessionState:
    """Submits a goal, approves its plan, and gives the state at that moment."""
    goal = await engine.submit(SubmitGoal(text=text))
    await until(engine, lambda state: bool(state.goals[goal].breakpoint_id))
    await engine.submit(Approve(breakpoint_id=engine.state.goals[goal].breakpoint_id))
    return engine.state


async def run_task(engine: Engine, spec: TaskSpec) -> SessionState:
    """Submits a task and waits until it wants a person."""
    await engine.submit(SubmitTask(spec=spec))
    return await until(engine, lambda state: bool(state.tasks[spec.task_id].breakpoint_id))


async def in_turn(engine: Engine, *commands: Command) -> None:
    """Submits one after the other."""
    for command in commands:
        await engine.submit(command)


@asynccontextmanager
async def no_task_left_behind() -> AsyncIterator[None]:
    """Fails when the block leaves an asyncio task running."""
    before = asyncio.all_tasks()
    yield
    left = asyncio.all_tasks() - before
    assert not left, f"left behind: {[one.get_name() for one in left]}"


def breakpoint_of(state: SessionState, subject: str) -> tuple[str, str]:
    """(kind, reason) of what waits about a task or goal."""
    owner = state.tasks.get(subject) or state.goals.get(subject)
    assert owner is not None
    point = state.breakpoints[owner.breakpoint_id]
    return point.kind, point.reason


def records_of(store: EventStore) -> list[dict[str, Any]]:
    """A copy of what a memory store holds: the session as a crash would leave it."""
    assert isinstance(store, MemoryStore)
    return [dict(record) for record in store.records]


def event_names(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """The tags of stored events."""
    return [str(record["event"]) for record in records]
