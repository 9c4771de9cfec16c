"""What a person, or the autonomy they chose, decides about what waits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

from orchestrator import commands as c
from orchestrator.changes import Changes
from orchestrator.errors import CommandRefused, Conflict
from orchestrator.events import (
    AttemptFailed,
    BreakpointResolved,
    Event,
    GoalWaiting,
    PlanAccepted,
    PlanRejected,
    TaskEscalated,
    TaskRejected,
    TaskRetried,
    TasksAdded,
)
from orchestrator.following import raise_breakpoint
from orchestrator.planning.plan import renumbered
from orchestrator.state import Breakpoint, Goal, SessionState, Task
from orchestrator.workbench import Workbench

_By = Literal["person", "autonomy"]
_Resolution = Literal["approved", "retried", "escalated", "rejected", "superseded"]


class Deciding:
    """Carries out decisions.

    Args:
        bench: the parts.
        changes: the door to the user's files.
        cancel: stops the running job of a task or goal; tells whether there was one.
    """

    def __init__(
        self, bench: Workbench, changes: Changes, cancel: Callable[[str], Awaitable[bool]]
    ) -> None:
        self._bench = bench
        self._changes = changes
        self._cancel_job = cancel

    @property
    def _state(self) -> SessionState:
        return self._bench.stream.state

    # --- approve -----------------------------------------------------------------------------

    async def approve(self, command: c.Approve, by: _By = "person") -> str:
        """Accepts the plan, or applies the diff.

        Raises:
            CommandRefused: nothing by that name waits, or there is nothing to apply.
            WorkspaceError: the files could not be written; they are as they were.
        """
        point = self._waiting(command.breakpoint_id)
        if point.kind == "plan":
            return await self._accept_plan(point, by)
        task = self._state.tasks.get(point.task_id)
        attempt = task.candidate_attempt if task else None
        if task is None or attempt is None or attempt.candidate is None:
            raise CommandRefused(
                f"{point.task_id or point.goal_id} has nothing to approve.",
                "Retry it with r, escalate it with e, or reject it with x.",
            )
        try:
            await self._changes.apply(
                task.spec.task_id,
                attempt.candidate,
                self._resolved(point, "approved", by),
                protected=command.protected,
            )
        except Conflict as conflict:
            await self._conflict(point, task, conflict)
            raise
        return point.task_id

    async def _accept_plan(self, point: Breakpoint, by: _By) -> str:
        goal = self._state.goals[point.goal_id]
        await self._bench.stream.record(
            self._resolved(point, "approved", by),
            PlanAccepted(goal_id=goal.goal_id, by=by),
            TasksAdded(tasks=renumbered(goal.drafts, set(self._state.tasks)), goal_id=goal.goal_id),
        )
        return goal.goal_id

    async def _conflict(self, point: Breakpoint, task: Task, conflict: Conflict) -> None:
        if point.kind == "conflict":
            return  # it waits as a conflict already
        resolved = BreakpointResolved(
            breakpoint_id=point.breakpoint_id, resolution="superseded", by="rule"
        )
        raised = raise_breakpoint(self._state, task, "conflict", str(conflict), point.attempt_id)
        await self._bench.stream.record(resolved, raised)

    # --- retry, escalate, reject -------------------------------------------------------------

    async def retry(self, command: c.Retry) -> str:
        """Has the task written, or the goal planned, once more.

        Raises:
            CommandRefused: nothing by that name waits.
        """
        point = self._waiting(command.breakpoint_id)
        resolved = self._resolved(point, "retried", "person", command.note)
        if point.goal_id:
            again = self._plan_again(self._state.goals[point.goal_id], command.note)
        else:
            task = self._state.tasks[point.task_id]
            again = TaskRetried(
                task_id=point.task_id, feedback=_feedback(task, command.note), by="person"
            )
        await self._bench.stream.record(resolved, again)
        return point.task_id or point.goal_id

    def _plan_again(self, goal: Goal, note: str) -> Event:
        return GoalWaiting(goal_id=goal.goal_id, reason="", feedback=note)

    async def retry_task(self, command: c.RetryTask) -> str:
        """Reopens a task that was rejected, failed or waits, and has it written once more.

        Raises:
            CommandRefused: there is no such task, or it runs or is applied.
        """
        task = self._known(command.task_id)
        if task.breakpoint_id:
            return await self.retry(c.Retry(breakpoint_id=task.breakpoint_id, note=command.note))
        if task.status not in {"failed", "rejected", "waiting"}:
            raise CommandRefused(
                f"{command.task_id} is {task.status}: it can't be retried now.",
                "Undo it first with u." if task.status == "applied" else "",
            )
        await self._bench.stream.record(
            TaskRetried(
                task_id=command.task_id, feedback=_feedback(task, command.note), by="person"
            )
        )
        return command.task_id

    async def escalate(self, command: c.Escalate) -> str:
        """Has Claude write the task.

        Raises:
            CommandRefused: nothing by that name waits, it is a plan, or there is no Claude.
        """
        point = self._waiting(command.breakpoint_id)
        if point.goal_id:
            raise CommandRefused(
                "A plan can't be escalated.", "Retry it with r, with a note on what to change."
            )
        if self._bench.router.only == "local":
            raise CommandRefused(
                "This run is local only: nothing goes to Claude.", "Start without --local."
            )
        if not self._bench.router.claude:
            raise CommandRefused(
                "Claude is not set up.",
                "Set ANTHROPIC_API_KEY, or install the claude program and log in.",
            )
        task = self._state.tasks[point.task_id]
        await self._bench.stream.record(
            self._resolved(point, "escalated", "person"),
            TaskRetried(task_id=point.task_id, feedback=_feedback(task, ""), by="person"),
            TaskEscalated(task_id=point.task_id, reason="you sent it to Claude", by="person"),
        )
        return point.task_id

    async def reject(self, command: c.Reject) -> str:
        """Drops the plan or the candidate.

        Raises:
            CommandRefused: nothing by that name waits.
        """
        point = self._waiting(command.breakpoint_id)
        dropped: Event = (
            PlanRejected(goal_id=point.goal_id, note=command.note)
            if point.goal_id
            else TaskRejected(task_id=point.task_id, note=command.note)
        )
        await self._bench.stream.record(
            self._resolved(point, "rejected", "person", command.note), dropped
        )
        return point.task_id or point.goal_id

    # --- undo, cancel ------------------------------------------------------------------------

    async def undo(self, command: c.Undo) -> str:
        """Takes an applied task back out of the workspace; its diff waits for approval again.

        Raises:
            CommandRefused: the task is not applied.
            Conflict: the user edited the same lines since; nothing was written.
            WorkspaceError: the files could not be written; they are as they were.
        """
        task = self._known(command.task_id)
        if task.status != "applied":
            raise CommandRefused(f"{command.task_id} is {task.status}: there is nothing to undo.")
        await self._changes.undo(command.task_id)
        return command.task_id

    async def cancel(self, command: c.Cancel) -> str:
        """Stops a task that runs or waits for its turn; it then waits for a decision.

        Raises:
            CommandRefused: the task does neither.
        """
        task = self._known(command.task_id)
        if task.status not in {"running", "waiting"}:
            raise CommandRefused(f"{command.task_id} does not run.")
        await self._cancel_job(command.task_id)
        task = self._known(command.task_id)
        attempt_id = task.last.attempt_id if task.last else ""
        stopped = AttemptFailed(
            task_id=command.task_id,
            attempt_id=attempt_id,
            error="You stopped it.",
            cause="Cancelled",
        )
        raised = raise_breakpoint(self._state, task, "exhausted", "You stopped it.", attempt_id)
        if task.status == "running":
            await self._bench.stream.record(stopped, raised)
        elif task.status == "waiting":
            await self._bench.stream.record(raised)
        return command.task_id

    # --- looking things up -------------------------------------------------------------------

    def _waiting(self, breakpoint_id: str) -> Breakpoint:
        point = self._state.breakpoints.get(breakpoint_id)
        if point is None or point.resolution:
            done = f" It was {point.resolution} already." if point else ""
            raise CommandRefused(f"Nothing called {breakpoint_id} waits for you.{done}")
        return point

    def _known(self, task_id: str) -> Task:
        task = self._state.tasks.get(task_id)
        if task is None:
            raise CommandRefused(f"There is no task {task_id} in this session.")
        return task

    def _resolved(
        self, point: Breakpoint, resolution: _Resolution, by: _By, note: str = ""
    ) -> BreakpointResolved:
        return BreakpointResolved(
            breakpoint_id=point.breakpoint_id, resolution=resolution, by=by, note=note
        )


def _feedback(task: Task, note: str) -> str:
    """What the next attempt is told: the person's note first, then what the last one showed."""
    last = task.last
    found = [e.detail or e.summary for e in last.evidence if e.passed is False] if last else []
    said = [f"The developer says: {note.strip()}"] if note.strip() else []
    return "\n\n".join([*said, *found])
