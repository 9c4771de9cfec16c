"""Beginning a session, and taking one up again after whatever ended it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

from orchestrator.changes import Changes
from orchestrator.errors import CommandRefused, WorkspaceError
from orchestrator.events import NoticeGiven, QuestionFailed, SessionResumed, SessionStarted
from orchestrator.workbench import Workbench

VERSION = "0.1.0"


class Beginning:
    """The beginning of a session, in the background, for others to wait for."""

    def __init__(self, work: Coroutine[None, None, None]) -> None:
        self._task = asyncio.create_task(work)

    async def wait(self, seconds: float | None = None) -> None:
        """Returns when it has ended, or after so many seconds.

        Raises:
            OrchestratorError: it has ended with this error, or was stopped.
        """
        await asyncio.wait({self._task}, timeout=seconds)
        if self._task.cancelled():
            raise CommandRefused("The engine has stopped.", "Open the session again.")
        if self._task.done():
            self._task.result()

    async def stop(self) -> None:
        """Stops it, if it has not ended, and waits for that."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def begin_session(bench: Workbench, session_id: str) -> None:
    """Starts a new session with a snapshot of the workspace.

    Raises:
        WorkspaceError: the workspace can't be read.
    """
    base = await bench.repository.snapshot()
    started = SessionStarted(
        session_id=session_id, workspace=str(bench.workspace), version=VERSION, base=base
    )
    await bench.stream.record(started)


async def resume_session(bench: Workbench, changes: Changes) -> None:
    """Brings the state of a session that was kept to where work can go on.

    What ran is marked interrupted and runs again, a question that was being answered has failed,
    a write that was cut short is finished or taken back.
    """
    state = bench.stream.state
    interrupted = tuple(attempt.attempt_id for _, attempt in state.running())
    unanswered = [
        QuestionFailed(question_id=key, error="The answer was cut short.", hint="Ask again.")
        for key, question in state.questions.items()
        if not question.answer and not question.error
    ]
    await bench.stream.record(SessionResumed(version=VERSION, interrupted=interrupted), *unanswered)
    try:
        await changes.recover()
    except WorkspaceError as error:  # the write stays open: it is ended as soon as it can be
        await bench.stream.record(
            NoticeGiven(level="warning", message=error.message, hint=error.hint)
        )
