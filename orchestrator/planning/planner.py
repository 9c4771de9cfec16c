"""Plans a goal: asks a model, shows the plan while it grows, and checks it."""

from __future__ import annotations

from typing import cast

from orchestrator.backends.base import Message
from orchestrator.errors import OrchestratorError, PlanError, RateLimited
from orchestrator.events import (
    BreakpointRaised,
    Event,
    PlanFailed,
    PlanningStarted,
    PlanProposed,
    TaskDrafted,
)
from orchestrator.following import next_breakpoint_id
from orchestrator.generation import generate, request_for
from orchestrator.planning.context import project_tree
from orchestrator.planning.plan import GrowingPlan, plan_schema, read_plan
from orchestrator.state import Goal
from orchestrator.values import Route, TaskSpec
from orchestrator.workbench import Workbench

_TRIES = 2
"""Answers asked for before a person is: the second is told what was wrong with the first."""


class Planner:
    """Turns goals into plans."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench

    async def plan(self, goal_id: str, route: Route) -> None:
        """Plans the goal along `route`; the outcome is told as events.

        A plan that can't be used is asked for once more with the reason; after that, or when the
        server fails, the goal waits for a person.
        """
        note = feedback = self._goal(goal_id).feedback
        for number in range(1, _TRIES + 1):
            try:
                await self._attempt(goal_id, route, feedback)
            except PlanError as error:
                feedback = f"{note}\n\n{error.message}".strip()
                if number == _TRIES:
                    await self.give_up(goal_id, error)
            except RateLimited:
                return  # still planning: the engine routes it again when the window reopens
            except OrchestratorError as error:
                await self.give_up(goal_id, error)
                return
            else:
                return

    def _goal(self, goal_id: str) -> Goal:
        return self._bench.stream.state.goals[goal_id]

    async def _attempt(self, goal_id: str, route: Route, feedback: str) -> None:
        number = len(self._goal(goal_id).attempts) + 1
        attempt_id = f"{goal_id}.{number}"
        await self._bench.stream.record(
            PlanningStarted(goal_id=goal_id, attempt_id=attempt_id, number=number, route=route)
        )
        messages = await self._prompt(goal_id, route, feedback)
        text = await self._ask(goal_id, attempt_id, route, messages)
        summary, tasks = read_plan(text, taken=self._taken(goal_id))
        await self._propose(goal_id, summary, tasks, degraded=route.owner == "local")

    def _taken(self, goal_id: str) -> set[str]:
        """The names of all tasks there are, and of those that other goals propose."""
        state = self._bench.stream.state
        others = (goal for key, goal in state.goals.items() if key != goal_id)
        proposed = (goal for goal in others if goal.status in {"planning", "proposed"})
        return set(state.tasks) | {spec.task_id for goal in proposed for spec in goal.drafts}

    async def _prompt(self, goal_id: str, route: Route, feedback: str) -> tuple[Message, ...]:
        settings = self._bench.settings
        local = route.owner == "local"
        budget = settings.budget
        tokens = budget.local_prompt_tokens if local else budget.cloud_prompt_tokens
        snapshot = await self._bench.repository.snapshot()
        paths = await self._bench.repository.paths(snapshot)
        return self._bench.prompts.render(
            "decompose",
            goal=self._goal(goal_id).text,
            tree=project_tree(paths, tokens // 2),
            contract=settings.contract,
            categories=sorted(settings.routing.categories.items()),
            feedback=feedback,
        )

    async def _ask(
        self, goal_id: str, attempt_id: str, route: Route, messages: tuple[Message, ...]
    ) -> str:
        bench, growing = self._bench, GrowingPlan()

        async def draft(piece: str) -> None:
            found = [TaskDrafted(goal_id=goal_id, spec=spec) for spec in growing.feed(piece)]
            if found:
                await bench.stream.record(*found)

        schema = plan_schema(bench.settings.routing.categories)
        request = request_for(
            bench,
            route,
            messages,
            max_tokens=bench.settings.budget.plan_tokens,
            schema=cast("dict[str, object]", schema),
        )
        completion = await generate(
            bench,
            route,
            request,
            attempt_id=attempt_id,
            role="plan",
            on_text=draft,
        )
        if completion.stop == "length":
            raise PlanError(
                "The plan was cut: it is longer than the answer may be. Use fewer, larger steps."
            )
        if completion.stop == "refusal":
            raise PlanError("The model refused to plan this goal.")
        return completion.text

    async def _propose(
        self, goal_id: str, summary: str, tasks: tuple[TaskSpec, ...], *, degraded: bool
    ) -> None:
        state = self._bench.stream.state
        count = f"{len(tasks)} tasks" if len(tasks) != 1 else "1 task"
        by = ", planned by a local model" if degraded else ""
        await self._bench.stream.record(
            PlanProposed(goal_id=goal_id, summary=summary, tasks=tasks, degraded=degraded),
            BreakpointRaised(
                breakpoint_id=next_breakpoint_id(state, goal_id),
                kind="plan",
                title=_first_line(self._goal(goal_id).text),
                reason=f"{count}{by}: {summary}" if summary else f"{count}{by}",
                goal_id=goal_id,
            ),
        )

    async def give_up(self, goal_id: str, error: OrchestratorError) -> None:
        """Ends planning with `error` and puts the goal in front of a person."""
        state = self._bench.stream.state
        events: list[Event] = [
            PlanFailed(goal_id=goal_id, error=error.message, hint=error.hint),
            BreakpointRaised(
                breakpoint_id=next_breakpoint_id(state, goal_id),
                kind="exhausted",
                title=_first_line(self._goal(goal_id).text),
                reason=str(error),
                goal_id=goal_id,
            ),
        ]
        await self._bench.stream.record(*events)


def _first_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[0][:120]
