"""Starts what may start: goals are planned, ready tasks go to a backend that has room."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Self

from orchestrator.autonomy import Autonomy
from orchestrator.changes import Changes
from orchestrator.errors import OrchestratorError, WorkspaceError, unforeseen
from orchestrator.events import GoalWaiting, NoticeGiven, TaskWaiting
from orchestrator.following import raise_breakpoint
from orchestrator.jobs import Jobs
from orchestrator.routing.complexity import classify
from orchestrator.routing.router import NoRoute, Wait
from orchestrator.scheduling import next_wake, ready
from orchestrator.state import Goal, Task
from orchestrator.values import Route
from orchestrator.viewing import Viewing
from orchestrator.workbench import Workbench

if TYPE_CHECKING:
    from orchestrator.pipeline import Pipeline
    from orchestrator.planning.planner import Planner

_LOOK_AGAIN = 60.0
"""Seconds after which everything is looked at again: clocks jump, disks are freed, limits end."""


class Dispatch:
    """The loop that keeps work going until nothing may start without a person.

    Args:
        bench: the parts.
        autonomy: asked after each plan and attempt.
        changes: ends writes that could not be recorded.
        viewing: told what is in a stage.
        commands: held while work is started, so that no command comes in between.
        look: checks which model servers are there.
    """

    def __init__(
        self,
        bench: Workbench,
        autonomy: Autonomy,
        changes: Changes,
        viewing: Viewing,
        *,
        commands: asyncio.Lock,
        look: Callable[[], Awaitable[None]],
    ) -> None:
        self._bench = bench
        self._autonomy = autonomy
        self._changes = changes
        self._commands = commands
        self._look = look
        self._missing = False
        self._unsaid: dict[str, OrchestratorError] = {}
        self._viewing = viewing
        self._jobs = Jobs(on_crash=self._crashed, on_end=self.wake)
        self._busy: Counter[str] = Counter()
        self._changed = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None

    # Made with the first work: a room is drawn without what plans, writes and checks.

    @cached_property
    def _planner(self) -> Planner:
        from orchestrator.planning.planner import Planner

        return Planner(self._bench)

    @cached_property
    def _pipeline(self) -> Pipeline:
        from orchestrator.pipeline import Pipeline

        return Pipeline(self._bench, self._viewing)

    def start(self) -> None:
        """Begins to start work."""
        self._loop = asyncio.create_task(self._run(), name="dispatch")

    async def stop(self) -> None:
        """Stops the loop and everything that runs; what was cut short runs again on reopening."""
        if self._loop:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
        await self._jobs.stop()

    def wake(self) -> None:
        """Something changed: look again what may start."""
        self._changed.set()

    async def cancel(self, subject: str) -> bool:
        """Stops the job of a task or goal; False when none runs."""
        return await self._jobs.cancel(subject)

    # --- the loop ----------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            self._changed.clear()
            pause = await self._look_around()
            try:
                async with asyncio.timeout(pause):
                    await self._changed.wait()
            except TimeoutError:
                continue

    async def _look_around(self) -> float:
        """Starts what may start; gives the seconds after which to look again."""
        try:
            await self._start_what_may_start(looked=False)
            if self._missing:  # a server may have been started since it was looked for
                await self._look()
                await self._start_what_may_start(looked=True)
        except OrchestratorError:
            return _LOOK_AGAIN  # nothing can be recorded; whoever listens was told so
        except Exception as error:  # noqa: BLE001 - said to the session; the loop goes on
            await self._crashed("dispatch", error)
            return _LOOK_AGAIN
        now = self._bench.clock()
        wake = next_wake(self._bench.stream.state, now)
        return _LOOK_AGAIN if wake is None else min(wake - now, _LOOK_AGAIN)

    async def _make_up(self) -> None:
        """Records what could not be recorded when it happened. No write is under way here."""
        with suppress(WorkspaceError):  # what can't be ended stays open, and is tried again
            await self._changes.recover()
        while self._unsaid:
            subject, error = next(iter(self._unsaid.items()))
            await self._put_forward(subject, error)
            del self._unsaid[subject]

    async def _start_what_may_start(self, *, looked: bool) -> None:
        """Starts it. Work without a server sets `_missing`, and goes to a person if `looked`.

        Args:
            looked: True when the servers have just been looked at.
        """
        async with self._commands:
            await self._make_up()
            self._missing = False
            if self._bench.settings.llm_disabled:
                return
            now = self._bench.clock()
            for goal in self._plannable(now):
                await self._start_goal(goal, looked=looked)
            for task in ready(self._bench.stream.state, now):
                if task.spec.task_id not in self._jobs:
                    await self._start_task(task, looked=looked)

    def _plannable(self, now: float) -> list[Goal]:
        state = self._bench.stream.state
        if state.paused:
            return []
        goals = (state.goals[key] for key in state.goal_order)
        return [
            goal
            for goal in goals
            if goal.status == "planning"
            and goal.goal_id not in self._jobs
            and (goal.wait_until is None or goal.wait_until <= now)
        ]

    async def _start_goal(self, goal: Goal, *, looked: bool) -> None:
        try:
            route = self._bench.router.plan(self._bench.quota())
        except NoRoute as error:
            self._missing = True
            if not looked:
                return
            await self._planner.give_up(goal.goal_id, error)
            return
        if isinstance(route, Wait):
            waiting = GoalWaiting(
                goal_id=goal.goal_id, reason=route.reason, until=self._until(route)
            )
            await self._bench.stream.record(waiting)
            return
        slot = self._take_slot(route.backend)
        if slot:
            self._jobs.start(goal.goal_id, self._plan(goal.goal_id, route, slot))

    async def _start_task(self, task: Task, *, looked: bool) -> None:
        try:
            route = self._route(task)
        except NoRoute as error:
            self._missing = True
            if not looked:
                return
            state = self._bench.stream.state
            await self._bench.stream.record(raise_breakpoint(state, task, "exhausted", str(error)))
            return
        if isinstance(route, Wait):
            waiting = TaskWaiting(
                task_id=task.spec.task_id, reason=route.reason, until=self._until(route)
            )
            await self._bench.stream.record(waiting)
            return
        slot = self._take_slot(route.backend)
        if slot:
            task_id = task.spec.task_id
            self._jobs.start(task_id, self._write(task_id, route, slot))

    def _until(self, wait: Wait) -> float:
        return wait.until or self._bench.clock() + _LOOK_AGAIN

    def _route(self, task: Task) -> Route | Wait:
        return self._bench.router.write(
            task.spec,
            classify(task.spec),
            self._bench.quota(),
            escalated=task.escalation,
        )

    # --- room on a backend -------------------------------------------------------------------

    def _take_slot(self, backend: str) -> Slot | None:
        """A place on the backend; None when all are taken."""
        settings = self._bench.settings.backends.get(backend)
        if self._busy[backend] >= (settings.concurrency if settings else 1):
            return None
        self._busy[backend] += 1
        return Slot(lambda: self._free(backend))

    def _free(self, backend: str) -> None:
        self._busy[backend] -= 1
        self.wake()

    # --- the work ----------------------------------------------------------------------------

    async def _plan(self, goal_id: str, route: Route, slot: Slot) -> None:
        with slot:
            await self._planner.plan(goal_id, route)
        await self._autonomy.after_plan(goal_id)

    async def _write(self, task_id: str, route: Route, slot: Slot) -> None:
        with slot:
            await self._pipeline.attempt(task_id, route, on_answered=slot.release)
        await self._autonomy.after_attempt(task_id)

    async def _crashed(self, subject: str, error: Exception) -> None:
        """A job ended with an error that nobody foresaw: it is put in front of a person."""
        failure = unforeseen(error)
        try:
            await self._put_forward(subject, failure)
        except OrchestratorError:
            self._unsaid[subject] = failure

    async def _put_forward(self, subject: str, error: OrchestratorError) -> None:
        state = self._bench.stream.state
        goal, task = state.goals.get(subject), state.tasks.get(subject)
        if goal and goal.status == "planning":
            await self._planner.give_up(subject, error)
        elif task and task.status in {"running", "waiting"}:
            await self._pipeline.give_up(task, error)
        else:
            notice = NoticeGiven(
                level="error", message=f"{subject}: {error.message}", hint=error.hint
            )
            await self._bench.stream.record(notice)


class Slot:
    """One place on a backend, given back once. A context manager."""

    def __init__(self, give_back: Callable[[], None]) -> None:
        self._give_back: Callable[[], None] | None = give_back

    def release(self) -> None:
        """Gives the place back; later calls do nothing."""
        if self._give_back:
            give_back, self._give_back = self._give_back, None
            give_back()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.release()
