"""From a goal to tasks."""

from __future__ import annotations

from typing import Literal

from orchestrator.events.base import Event
from orchestrator.values import (
    Route,
    TaskSpec,
)


class GoalSubmitted(Event, frozen=True):
    """A person stated a goal."""

    goal_id: str
    text: str


class PlanningStarted(Event, frozen=True):
    """A model began to plan; what was drafted before for this goal no longer counts."""

    goal_id: str
    attempt_id: str
    number: int
    route: Route


class GoalWaiting(Event, frozen=True):
    """A goal is to be planned, now or later."""

    goal_id: str
    reason: str
    """What it waits for; empty when it may start at once."""
    feedback: str = ""
    """What the planner is told about its last plan; empty leaves it as it was."""
    until: float | None = None


class TaskDrafted(Event, frozen=True):
    """One task of the growing plan could be read. A draft: it may still change."""

    goal_id: str
    spec: TaskSpec


class PlanProposed(Event, frozen=True):
    """The plan is whole and checked."""

    goal_id: str
    summary: str
    tasks: tuple[TaskSpec, ...]
    degraded: bool = False
    """True when a local model planned because Claude could not."""


class PlanAccepted(Event, frozen=True):
    """The plan's tasks may run."""

    goal_id: str
    by: Literal["person", "autonomy"]


class PlanRejected(Event, frozen=True):
    """The plan is dropped."""

    goal_id: str
    note: str = ""


class PlanFailed(Event, frozen=True):
    """No usable plan could be had."""

    goal_id: str
    error: str
    hint: str = ""


class TasksAdded(Event, frozen=True):
    """Tasks that came without a plan, from a spec file."""

    tasks: tuple[TaskSpec, ...]
    goal_id: str = ""
