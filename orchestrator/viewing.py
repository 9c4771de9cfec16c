"""What the room is shown beside the state: outputs from the log, and diffs that follow the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import aclosing, contextmanager, suppress
from typing import Literal

from orchestrator.errors import Conflict, OrchestratorError, WorkspaceError
from orchestrator.events import (
    AttemptFinished,
    CandidateStaged,
    ChangeApplied,
    ChangeUndone,
    DiffShown,
    EvidenceGathered,
    NoticeGiven,
)
from orchestrator.state import Candidate, Task
from orchestrator.values import Evidence
from orchestrator.workbench import Workbench
from orchestrator.workspace.apply import plan_apply
from orchestrator.workspace.beneath import read_file
from orchestrator.workspace.diff import diff_files
from orchestrator.workspace.stage import Stage
from orchestrator.workspace.watch import watch

_SEEN_IN_A_DIFF = (
    CandidateStaged,
    EvidenceGathered,
    AttemptFinished,
    ChangeApplied,
    ChangeUndone,
)
_MOST_FILES = 200
"""Files of the workspace diff that are drawn."""


class Viewing:
    """Keeps one subject in view: a task, or the whole workspace.

    Its diff is told again whenever files change on disk, in the workspace or in the task's stage.
    """

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._shown: str | None = None
        self._stages: dict[str, _Watched] = {}
        self._last: DiffShown | None = None
        self._problem = ""
        self._stop = asyncio.Event()
        self._watching = False
        self._jobs: set[asyncio.Task[None]] = set()

    async def show(self, subject: str) -> None:
        """Tells the output and the diff of `subject` (empty: the workspace), and keeps at it."""
        self._shown, self._last = subject, None
        if not self._watching:  # before the disk is read, so that no change falls in between
            self._watching = True
            self._begin(self._follow_workspace())
        attempt_id = self._newest_attempt(subject)
        if attempt_id:
            await self._bench.stream.show_output(attempt_id, subject)
        await self.refresh()
        self._follow_stage(subject)

    async def refresh(self) -> None:
        """Tells the diff of what is in view, if it is another than last time."""
        subject = self._shown
        if subject is None:
            return
        try:
            shown = await self._diff(subject)
        except OrchestratorError as error:
            self._bench.stream.show(DiffShown(subject_id=subject, files=(), source="workspace"))
            await self._say(error)
            return
        self._problem = ""
        if shown != self._last and subject == self._shown:
            self._last = shown
            self._bench.stream.show(shown)

    async def _say(self, error: OrchestratorError) -> None:
        """Tells a problem, once. Where it can't be recorded, whoever listens was told that."""
        if error.message == self._problem:
            return
        self._problem = error.message
        with suppress(OrchestratorError):
            await self._bench.stream.record(
                NoticeGiven(level="warning", message=error.message, hint=error.hint)
            )

    # --- following the disk ------------------------------------------------------------------

    def start(self) -> None:
        """Begins to follow the session; the workspace is watched once something is in view."""
        self._begin(self._follow_session())

    async def stop(self) -> None:
        """Ends all watching."""
        self._stop.set()
        for job in list(self._jobs):
            job.cancel()
        await asyncio.gather(*self._jobs, return_exceptions=True)

    @contextmanager
    def following(self, task_id: str, stage: Stage) -> Iterator[None]:
        """While the block runs the task's diff is what its stage holds, as it changes."""
        ended = asyncio.Event()
        self._stages[task_id] = _Watched(stage, ended)
        if self._shown == task_id:
            self._follow_stage(task_id)
        try:
            yield
        finally:
            ended.set()
            self._stages.pop(task_id, None)

    def _follow_stage(self, task_id: str) -> None:
        """Watches the task's stage, once. A stage that nobody looks at costs nothing."""
        watched = self._stages.get(task_id)
        if watched and not watched.followed:
            watched.followed = True
            self._begin(self._follow(task_id, watched))

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        job = asyncio.create_task(work)
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)

    async def _follow_workspace(self) -> None:
        try:
            async with aclosing(watch(self._bench.workspace, self._stop)) as changes:
                async for _changed in changes:
                    await self.refresh()
        except WorkspaceError as error:
            await self._say(error)
        finally:
            self._watching = False  # what is shown next has it watched again

    async def _follow_session(self) -> None:
        """What is known of the task in view changes with its evidence and its writes."""
        stream = self._bench.stream
        async for event in stream.subscribe(stream.state.seq):
            if isinstance(event, _SEEN_IN_A_DIFF) and event.task_id == self._shown:
                await self.refresh()

    async def _follow(self, task_id: str, watched: _Watched) -> None:
        await self.refresh()
        with suppress(WorkspaceError):
            async with aclosing(watch(watched.stage.path, watched.ended)) as changes:
                async for _changed in changes:
                    if self._shown == task_id:
                        await self.refresh()

    # --- what there is to show ---------------------------------------------------------------

    def _newest_attempt(self, subject: str) -> str:
        state = self._bench.stream.state
        owner = state.tasks.get(subject) or state.goals.get(subject)
        return owner.attempts[-1].attempt_id if owner and owner.attempts else ""

    async def _diff(self, subject: str) -> DiffShown:
        task = self._bench.stream.state.tasks.get(subject)
        if task is None:
            return await self._workspace_diff(subject)
        if subject in self._stages and task.last and task.last.candidate:
            return await self._stage_diff(task, self._stages[subject].stage, task.last.candidate)
        change = self._bench.stream.state.changes.get(task.change_id)
        if task.status == "applied" and change:
            paths = [file.path for file in change.files]
            return await self._between(task, change.before, change.snapshot, paths, "applied")
        attempt = task.candidate_attempt
        if attempt and attempt.candidate:
            return await self._candidate_diff(task, attempt.candidate)
        return DiffShown(subject_id=subject, files=(), source="candidate")

    async def _workspace_diff(self, subject: str) -> DiffShown:
        """Everything that changed since the session began, whoever did it."""
        repository, base = self._bench.repository, self._bench.stream.state.base
        now = await repository.snapshot()
        paths = await repository.changed(base, now)
        read = repository.read
        before = {path: await read(base, path) for path in paths[:_MOST_FILES]}
        after = {path: await read(now, path) for path in paths[:_MOST_FILES]}
        files = await asyncio.to_thread(diff_files, before, after)
        return DiffShown(subject_id=subject, files=files, source="workspace")

    async def _stage_diff(self, task: Task, stage: Stage, candidate: Candidate) -> DiffShown:
        paths = [file.path for file in candidate.files]
        before = {path: await self._bench.repository.read(candidate.base, path) for path in paths}
        after = {path: await asyncio.to_thread(read_file, stage.path, path) for path in paths}
        return DiffShown(
            subject_id=task.spec.task_id,
            files=await asyncio.to_thread(diff_files, before, after),
            source="stage",
            evidence=_evidence(task),
        )

    async def _candidate_diff(self, task: Task, candidate: Candidate) -> DiffShown:
        """What approving would do to the workspace as it is right now."""
        paths = [file.path for file in candidate.files]
        try:
            plan = await plan_apply(
                self._bench.repository,
                base=candidate.base,
                candidate=candidate.snapshot,
                paths=paths,
                allow_protected=True,
            )
        except Conflict:  # shown against what it was made from; approving says what is in the way
            base, target = candidate.base, candidate.snapshot
        else:
            base, target = plan.before, plan.snapshot
        return await self._between(task, base, target, paths, "candidate")

    async def _between(
        self,
        task: Task,
        base: str,
        target: str,
        paths: Sequence[str],
        source: Literal["candidate", "applied"],
    ) -> DiffShown:
        read = self._bench.repository.read
        before = {path: await read(base, path) for path in paths}
        after = {path: await read(target, path) for path in paths}
        return DiffShown(
            subject_id=task.spec.task_id,
            files=await asyncio.to_thread(diff_files, before, after),
            source=source,
            evidence=_evidence(task),
        )


def _evidence(task: Task) -> tuple[Evidence, ...]:
    """The evidence of the candidate that is shown."""
    attempt = task.candidate_attempt
    return attempt.evidence if attempt else ()


class _Watched:
    """A stage in use."""

    def __init__(self, stage: Stage, ended: asyncio.Event) -> None:
        self.stage = stage
        self.ended = ended
        self.followed = False
