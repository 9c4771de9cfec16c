"""What is decided without asking, as far as the user allows it."""

from __future__ import annotations

import asyncio

from orchestrator import commands as c
from orchestrator.deciding import Deciding
from orchestrator.errors import OrchestratorError
from orchestrator.events import NoticeGiven
from orchestrator.state import Breakpoint
from orchestrator.workbench import Workbench


class Autonomy:
    """Approves what the setting `autonomy` does not ask a person about.

    every_diff: a person is asked about every plan and diff. unproven: plans run and proven diffs
    are applied. nothing: diffs without tests are applied too, as long as no check failed.
    Conflicts and exhausted retries always wait for a person.
    """

    def __init__(self, bench: Workbench, deciding: Deciding, commands: asyncio.Lock) -> None:
        """`commands` is held while the engine carries out a command, and here while approving."""
        self._bench = bench
        self._deciding = deciding
        self._commands = commands

    async def after_plan(self, goal_id: str) -> None:
        """The goal was planned."""
        point = self._waiting(self._bench.stream.state.goals[goal_id].breakpoint_id)
        if point and point.kind == "plan" and self._bench.settings.autonomy != "every_diff":
            await self._approve(point)

    async def after_attempt(self, task_id: str) -> None:
        """An attempt at the task has ended."""
        point = self._waiting(self._bench.stream.state.tasks[task_id].breakpoint_id)
        if point and point.kind == "diff" and self._may_apply(task_id):
            await self._approve(point)

    def _waiting(self, breakpoint_id: str) -> Breakpoint | None:
        return self._bench.stream.state.breakpoints.get(breakpoint_id)

    def _may_apply(self, task_id: str) -> bool:
        attempt = self._bench.stream.state.tasks[task_id].candidate_attempt
        proven = bool(attempt and attempt.verdict and attempt.verdict.proven)
        setting = self._bench.settings.autonomy
        return setting == "nothing" or (setting == "unproven" and proven)

    async def _approve(self, point: Breakpoint) -> None:
        try:
            async with self._commands:
                await self._deciding.approve(
                    c.Approve(breakpoint_id=point.breakpoint_id), by="autonomy"
                )
        except OrchestratorError as error:
            await self._bench.stream.record(
                NoticeGiven(level="warning", message=error.message, hint=error.hint)
            )
