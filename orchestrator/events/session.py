"""The session itself, its questions and its fuel."""

from __future__ import annotations

from typing import Literal

from orchestrator.events.base import Event
from orchestrator.values import (
    QuotaWindow,
    Route,
)


class SessionStarted(Event, frozen=True):
    """A new session in a workspace."""

    session_id: str
    workspace: str
    version: str
    base: str = ""
    """Snapshot of the workspace when the session began."""


class SessionResumed(Event, frozen=True):
    """The session was opened again; what ran then does not run any more."""

    version: str
    interrupted: tuple[str, ...] = ()
    """Attempts that had not ended: they are run again."""


class NoticeGiven(Event, frozen=True):
    """Something a person should know that needs no answer."""

    level: Literal["info", "warning", "error"]
    message: str
    hint: str = ""


class Paused(Event, frozen=True):
    """No new attempts are started."""


class Resumed(Event, frozen=True):
    """Attempts are started again."""


class QuestionAsked(Event, frozen=True):
    """A person asked for an answer, not for a change."""

    question_id: str
    text: str
    route: Route


class QuestionAnswered(Event, frozen=True):
    """The answer arrived."""

    question_id: str
    text: str


class QuestionFailed(Event, frozen=True):
    """There is no answer."""

    question_id: str
    error: str
    hint: str = ""


class QuotaObserved(Event, frozen=True):
    """A provider told how much of its windows is used."""

    provider: str
    windows: tuple[QuotaWindow, ...]
