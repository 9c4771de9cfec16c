"""Beginning a session, and taking one up again after whatever ended it."""

from __future__ import annotations

from orchestrator.changes import Changes
from orchestrator.errors import WorkspaceError
from orchestrator.events import NoticeGiven, QuestionFailed, SessionResumed, SessionStarted
from orchestrator.workbench import Workbench

VERSION = "0.1.0"


async def begin_session(bench: Workbench, session_id: str, changes: Changes) -> None:
    """Brings the stream's state to where work can go on.

    A new session is started with a snapshot of the workspace. An old one is rebuilt from its
    events: what ran then is marked interrupted and runs again, a question that was being answered
    has failed, a write that was cut short is finished or taken back.

    Raises:
        WorkspaceError: the workspace can't be read.
        SessionError: the session can't be read.
    """
    state = await bench.stream.load()
    if not state.seq:
        base = await bench.repository.snapshot()
        await bench.stream.record(
            SessionStarted(
                session_id=session_id,
                workspace=str(bench.workspace),
                version=VERSION,
                base=base,
            )
        )
        return
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
