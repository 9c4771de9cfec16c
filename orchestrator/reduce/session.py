"""The session itself, its questions and its fuel."""

from __future__ import annotations

from typing import Any

from orchestrator import events as e
from orchestrator.reduce.steps import change_last_attempt, change_task, on, replace
from orchestrator.state import (
    Notice,
    Question,
    SessionState,
    subject_of,
)

_KEPT_NOTICES = 20


@on(e.SessionStarted)
def _(state: SessionState, event: e.SessionStarted) -> SessionState:
    return replace(
        state,
        session_id=event.session_id,
        workspace=event.workspace,
        base=event.base,
        started_at=event.at,
    )


@on(e.SessionResumed)
def _(state: SessionState, event: e.SessionResumed) -> SessionState:
    for attempt_id in event.interrupted:
        subject = subject_of(attempt_id)
        state = change_last_attempt(state, subject, status="interrupted")
        if subject in state.tasks:
            state = change_task(state, subject, status="waiting", since=event.at)
    return state


@on(e.NoticeGiven)
def _(state: SessionState, event: e.NoticeGiven) -> SessionState:
    notice = Notice(event.level, event.message, event.hint, event.at)
    return replace(state, notices=(*state.notices, notice)[-_KEPT_NOTICES:])


@on(e.Paused)
def _(state: SessionState, event: e.Paused) -> SessionState:
    del event
    return replace(state, paused=True)


@on(e.Resumed)
def _(state: SessionState, event: e.Resumed) -> SessionState:
    del event
    return replace(state, paused=False)


@on(e.QuestionAsked)
def _(state: SessionState, event: e.QuestionAsked) -> SessionState:
    question = Question(event.question_id, event.text, event.route)
    return replace(state, questions=state.questions.insert(event.question_id, question))


def _question(state: SessionState, question_id: str, **changes: Any) -> SessionState:
    question = replace(state.questions[question_id], **changes)
    return replace(state, questions=state.questions.insert(question_id, question))


@on(e.QuestionAnswered)
def _(state: SessionState, event: e.QuestionAnswered) -> SessionState:
    return _question(state, event.question_id, answer=event.text)


@on(e.QuestionFailed)
def _(state: SessionState, event: e.QuestionFailed) -> SessionState:
    return _question(state, event.question_id, error=event.error, hint=event.hint)


@on(e.QuotaObserved)
def _(state: SessionState, event: e.QuotaObserved) -> SessionState:
    known = {window.name: window for window in state.quota.get(event.provider) or ()}
    known.update({window.name: window for window in event.windows})
    windows = tuple(known[name] for name in sorted(known))
    return replace(state, quota=state.quota.insert(event.provider, windows))
