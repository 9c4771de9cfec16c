"""What a session is at one moment: frozen, rebuilt by `orchestrator.reduce` from events alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec
from rpds import HashTrieMap

from orchestrator.values import (
    Evidence,
    FileChange,
    QuotaWindow,
    Role,
    Route,
    TaskSpec,
    Usage,
    Verdict,
)

TaskStatus = Literal[
    "waiting", "running", "approval", "decision", "applying", "applied", "failed", "rejected"
]
GoalStatus = Literal["planning", "proposed", "accepted", "failed", "rejected"]
AttemptStatus = Literal["running", "finished", "failed", "interrupted"]


class Candidate(msgspec.Struct, frozen=True):
    """What an attempt would change."""

    base: str
    snapshot: str
    files: tuple[FileChange, ...]


class Attempt(msgspec.Struct, frozen=True):
    """One call of a model for one task, plan or answer, and what came of it."""

    attempt_id: str
    number: int
    route: Route
    started_at: float
    status: AttemptStatus = "running"
    usage: Usage = Usage()
    seconds: float = 0.0
    candidate: Candidate | None = None
    evidence: tuple[Evidence, ...] = ()
    verdict: Verdict | None = None
    error: str = ""
    hint: str = ""
    retryable: bool = True
    cause: str = ""


class Task(msgspec.Struct, frozen=True):
    """A task and everything that was tried."""

    spec: TaskSpec
    goal_id: str = ""
    status: TaskStatus = "waiting"
    attempts: tuple[Attempt, ...] = ()
    escalated: bool = False
    escalation: str = ""
    """Why it goes to Claude."""
    round_start: int = 0
    """Number of attempts that lie before the last decision of a person: limits count from here."""
    feedback: str = ""
    """What the next attempt is told."""
    breakpoint_id: str = ""
    change_id: str = ""
    wait_reason: str = ""
    wait_until: float | None = None
    error: str = ""
    hint: str = ""
    since: float = 0.0
    """Unix time of the last change of status."""

    @property
    def last(self) -> Attempt | None:
        """The newest attempt."""
        return self.attempts[-1] if self.attempts else None

    @property
    def candidate_attempt(self) -> Attempt | None:
        """The newest attempt that has a candidate."""
        return next((a for a in reversed(self.attempts) if a.candidate), None)

    @property
    def ended(self) -> bool:
        """True when nothing more happens by itself."""
        return self.status in {"applied", "failed", "rejected"}


class Goal(msgspec.Struct, frozen=True):
    """A goal and its plan."""

    goal_id: str
    text: str
    status: GoalStatus = "planning"
    summary: str = ""
    drafts: tuple[TaskSpec, ...] = ()
    """Tasks as the plan grows, and as proposed until it is accepted."""
    task_ids: tuple[str, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    degraded: bool = False
    breakpoint_id: str = ""
    feedback: str = ""
    wait_reason: str = ""
    wait_until: float | None = None
    error: str = ""
    hint: str = ""
    since: float = 0.0


class Breakpoint(msgspec.Struct, frozen=True):
    """Something that waits for a person."""

    breakpoint_id: str
    kind: Literal["plan", "diff", "conflict", "exhausted", "question", "undone"]
    title: str
    reason: str
    task_id: str
    goal_id: str
    attempt_id: str
    raised_at: float
    resolution: str = ""
    """Empty while it waits."""
    resolved_by: str = ""
    note: str = ""


class Change(msgspec.Struct, frozen=True):
    """A write to the user's files, from intent to end."""

    change_id: str
    task_id: str
    direction: Literal["apply", "undo"]
    before: str
    snapshot: str
    files: tuple[FileChange, ...]
    merged: tuple[str, ...] = ()
    status: Literal["intended", "done", "abandoned", "undone"] = "intended"


class Question(msgspec.Struct, frozen=True):
    """A question and its answer."""

    question_id: str
    text: str
    route: Route
    answer: str = ""
    error: str = ""
    hint: str = ""


class Notice(msgspec.Struct, frozen=True):
    """A remark that needs no answer."""

    level: Literal["info", "warning", "error"]
    message: str
    hint: str
    at: float


class Spent(msgspec.Struct, frozen=True):
    """Tokens spent by one model for one purpose."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0


class SessionState(msgspec.Struct, frozen=True):
    """Everything known about a session after the event with number `seq`."""

    seq: int = 0
    session_id: str = ""
    workspace: str = ""
    base: str = ""
    started_at: float = 0.0
    updated_at: float = 0.0
    paused: bool = False
    goal_order: tuple[str, ...] = ()
    loose_tasks: tuple[str, ...] = ()
    """Tasks that belong to no goal, in order."""
    goals: HashTrieMap[str, Goal] = HashTrieMap()
    tasks: HashTrieMap[str, Task] = HashTrieMap()
    breakpoints: HashTrieMap[str, Breakpoint] = HashTrieMap()
    open_breakpoints: tuple[str, ...] = ()
    """Oldest first."""
    changes: HashTrieMap[str, Change] = HashTrieMap()
    open_changes: tuple[str, ...] = ()
    """Writes that were intended and have not ended."""
    questions: HashTrieMap[str, Question] = HashTrieMap()
    quota: HashTrieMap[str, tuple[QuotaWindow, ...]] = HashTrieMap()
    spent: HashTrieMap[tuple[str, str, Role], Spent] = HashTrieMap()
    """By (owner, model, role)."""
    notices: tuple[Notice, ...] = ()
    """The newest twenty, oldest first."""

    def needs_you(self) -> tuple[Breakpoint, ...]:
        """What waits for a person, oldest first."""
        return tuple(self.breakpoints[key] for key in self.open_breakpoints)

    def tasks_in_order(self) -> Iterator[Task]:
        """Every task: by goal in order of the plan, then the loose ones."""
        for goal_id in self.goal_order:
            for task_id in self.goals[goal_id].task_ids:
                yield self.tasks[task_id]
        for task_id in self.loose_tasks:
            yield self.tasks[task_id]

    def running(self) -> tuple[tuple[str, Attempt], ...]:
        """(task or goal id, attempt) of every attempt that runs."""
        found: list[tuple[str, Attempt]] = []
        for goal_id in self.goal_order:
            found.extend((goal_id, a) for a in self.goals[goal_id].attempts[-1:])
        found.extend((t.spec.task_id, a) for t in self.tasks_in_order() for a in t.attempts[-1:])
        return tuple((key, a) for key, a in found if a.status == "running")

    def unmet(self, task: Task) -> list[str]:
        """The dependencies of `task` that are not applied yet."""
        return [
            key
            for key in task.spec.depends_on
            if key in self.tasks and self.tasks[key].status != "applied"
        ]

    def settled(self) -> bool:
        """True when nothing runs and nothing will start until a person acts."""
        if any(goal.status == "planning" for goal in self.goals.values()):
            return False
        if any(task.status in {"running", "applying"} for task in self.tasks.values()):
            return False
        if self.paused:
            return True
        return not any(
            task.status == "waiting" and not self.unmet(task) for task in self.tasks.values()
        )


def subject_of(attempt_id: str) -> str:
    """The task, goal or question an attempt belongs to: "T-001.2" -> "T-001"."""
    return attempt_id.rpartition(".")[0]
