"""The door to the user's files: intended first, then written, then done."""

from __future__ import annotations

import asyncio

from orchestrator.errors import CommandRefused, WorkspaceError
from orchestrator.events import (
    BreakpointResolved,
    ChangeApplied,
    ChangeUndone,
    Event,
    NoticeGiven,
    WriteAbandoned,
    WriteIntended,
)
from orchestrator.following import raise_breakpoint
from orchestrator.jobs import to_the_end
from orchestrator.state import Candidate, Change
from orchestrator.workbench import Workbench
from orchestrator.workspace.apply import WritePlan, perform, plan_apply, plan_undo, recover


class Changes:
    """Applies and undoes, one at a time. A write that was begun is finished, come what may."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._lock = asyncio.Lock()

    async def apply(
        self,
        task_id: str,
        candidate: Candidate,
        approved: BreakpointResolved,
        *,
        protected: bool = False,
    ) -> None:
        """Writes the candidate into the workspace, keeping what the user edited meanwhile.

        Args:
            task_id: the task the candidate belongs to.
            candidate: what was approved.
            approved: recorded together with the intent.
            protected: True when files that steer tools were approved too.

        Raises:
            Conflict: the user edited the same lines; nothing was written, nothing resolved.
            WorkspaceError: the files could not be written; they are as they were.
        """
        async with self._lock:
            await self.recover(task_id)  # a write whose end could not be recorded comes first
            point = self._bench.stream.state.breakpoints[approved.breakpoint_id]
            if point.resolution:
                raise CommandRefused(f"{point.breakpoint_id} was {point.resolution} already.")
            plan = await plan_apply(
                self._bench.repository,
                base=candidate.base,
                candidate=candidate.snapshot,
                paths=[change.path for change in candidate.files],
                allow_protected=protected,
            )
            intent = self._intent(task_id, plan)
            done = ChangeApplied(
                change_id=intent.change_id, task_id=task_id, files=plan.files, merged=plan.merged
            )
            await to_the_end(self._write(plan, approved, intent, done))

    async def _write(
        self, plan: WritePlan, approved: BreakpointResolved, intent: WriteIntended, done: Event
    ) -> None:
        """The write of an approval. When it fails the approval never was: the diff waits again."""
        record = self._bench.stream.record
        await record(intent)
        try:
            await perform(self._bench.repository, plan)
        except WorkspaceError as error:
            await record(
                WriteAbandoned(
                    change_id=intent.change_id, task_id=intent.task_id, reason=error.message
                )
            )
            raise
        await record(approved, done)

    def _intent(self, task_id: str, plan: WritePlan, *, undo: bool = False) -> WriteIntended:
        return WriteIntended(
            change_id=f"C{len(self._bench.stream.state.changes) + 1}",
            task_id=task_id,
            direction="undo" if undo else "apply",
            before=plan.before,
            files=plan.files,
            snapshot=plan.snapshot,
        )

    async def undo(self, task_id: str) -> None:
        """Takes an applied change out of the workspace; its diff then waits for approval again.

        Raises:
            Conflict: the user edited the same lines since; nothing was written.
            WorkspaceError: the files could not be written; they are as they were.
        """
        async with self._lock:
            state = self._bench.stream.state
            applied = state.changes[state.tasks[task_id].change_id]
            plan = await plan_undo(
                self._bench.repository,
                before=applied.before,
                applied=applied.snapshot,
                paths=[change.path for change in applied.files],
            )
            intent = self._intent(task_id, plan, undo=True)
            await to_the_end(self._write_undo(plan, intent))

    async def _write_undo(self, plan: WritePlan, intent: WriteIntended) -> None:
        stream = self._bench.stream
        await stream.record(intent)
        try:
            await perform(self._bench.repository, plan)
        except WorkspaceError as error:
            await stream.record(
                WriteAbandoned(
                    change_id=intent.change_id, task_id=intent.task_id, reason=error.message
                )
            )
            raise
        await stream.record(*self._undone(intent.change_id, intent.task_id, plan.merged))

    def _undone(self, change_id: str, task_id: str, merged: tuple[str, ...]) -> list[Event]:
        state = self._bench.stream.state
        task = state.tasks[task_id]
        attempt = task.candidate_attempt
        return [
            ChangeUndone(
                change_id=change_id,
                task_id=task_id,
                files=state.changes[change_id].files,
                merged=merged,
            ),
            raise_breakpoint(
                state,
                task,
                "undone",
                "You took it back; approve to apply it again.",
                attempt.attempt_id if attempt else "",
            ),
        ]

    # --- after a crash -----------------------------------------------------------------------

    async def recover(self, task_id: str = "") -> None:
        """Ends every write that was cut short, or those of one task, by what the hashes say.

        Raises:
            WorkspaceError: a file can't be looked at. Its write stays open; the others are ended.
        """
        state = self._bench.stream.state
        failure: WorkspaceError | None = None
        for change in [state.changes[change_id] for change_id in state.open_changes]:
            if task_id not in {"", change.task_id}:
                continue
            try:
                await self._bench.stream.record(*await self._settle(change))
            except WorkspaceError as error:
                failure = error
        if failure:
            raise failure

    async def _settle(self, change: Change) -> list[Event]:
        outcome = await recover(
            self._bench.repository,
            before=change.before,
            files=change.files,
            snapshot=change.snapshot,
        )
        names = ", ".join(file.path for file in change.files)
        if outcome == "written":
            told = self._told(f"{change.task_id}: {names} had been written completely.")
            return [told, *self._completed(change)]
        abandoned = WriteAbandoned(
            change_id=change.change_id, task_id=change.task_id, reason="it was cut short"
        )
        if outcome == "untouched":
            told = self._told(f"{change.task_id}: writing {names} was cut short and taken back.")
            return [told, abandoned]
        warned = NoticeGiven(
            level="warning",
            message=f"{change.task_id}: writing {names} was cut short, and you edited it since.",
            hint="Nothing was touched. Look at the file, then approve again or reject.",
        )
        return [warned, abandoned]

    def _told(self, message: str) -> NoticeGiven:
        return NoticeGiven(level="info", message=f"Recovered: {message}")

    def _completed(self, change: Change) -> list[Event]:
        if change.direction == "undo":
            return self._undone(change.change_id, change.task_id, change.merged)
        task = self._bench.stream.state.tasks[change.task_id]
        point = BreakpointResolved(
            breakpoint_id=task.breakpoint_id, resolution="approved", by="person"
        )
        applied = ChangeApplied(
            change_id=change.change_id,
            task_id=change.task_id,
            files=change.files,
            merged=change.merged,
        )
        return [point, applied] if task.breakpoint_id else [applied]
