"""What is so at this moment: the state, what is selected, what has been shown. Pure.

Keys ask it whether they apply, decisions ask it what they act on.
"""

from __future__ import annotations

import msgspec

from orchestrator.state import Breakpoint, Goal, SessionState, Task

PLAIN_APPROVAL = {"plan", "question"}
"""Breakpoints that are approved without a diff."""


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a key needs to know. Built anew whenever something changes."""

    state: SessionState
    subject: str = ""
    """Task or goal whose diff and output are on the screen; empty for the workspace."""
    listed: str = ""
    """Breakpoint under the cursor of the list of what needs a person."""
    shown: bool = False
    """True when the diff that belongs to the subject's breakpoint has been on the screen."""
    unread: int = 0
    """Suspicious lines of the diff that have not been on the screen."""
    applied: tuple[str, ...] = ()
    """Tasks applied while this room was open, oldest first: what undo takes back."""
    sent: frozenset[str] = frozenset()
    """Breakpoints whose decision is on its way."""
    pane: str = ""
    """Key of the focused pane, see `tui.screens.layout`."""

    @property
    def task(self) -> Task | None:
        """The selected task."""
        return self.state.tasks.get(self.subject)

    @property
    def goal(self) -> Goal | None:
        """The selected goal."""
        return self.state.goals.get(self.subject)

    @property
    def entry(self) -> Breakpoint | None:
        """What waits for a person at the selected task or goal."""
        return entry_of(self.state, self.subject)

    @property
    def running(self) -> bool:
        """True while an attempt at the selected task is being written or checked."""
        return self.task is not None and self.task.status == "running"

    @property
    def busy(self) -> int:
        """How many attempts run in the whole session."""
        return len(self.state.running())

    @property
    def reopens(self) -> bool:
        """True when the selected task has no entry and may be written again."""
        task = self.task
        return (
            task is not None
            and self.entry is None
            and task.status in {"failed", "rejected", "waiting"}
        )

    @property
    def to_undo(self) -> str:
        """The task that undo would take back: the selected one, else the last one applied."""
        if self.task is not None and self.task.status == "applied":
            return self.subject
        still = (key for key in reversed(self.applied) if _is_applied(self.state, key))
        return next(still, "")

    @property
    def proven(self) -> tuple[Breakpoint, ...]:
        """Diffs that wait and whose every check passed, tests included."""
        return tuple(e for e in self.state.needs_you() if e.kind == "diff" and self._proven(e))

    def _proven(self, entry: Breakpoint) -> bool:
        task = self.state.tasks.get(entry.task_id)
        attempt = task.candidate_attempt if task else None
        return attempt is not None and attempt.verdict is not None and attempt.verdict.proven


def entry_of(state: SessionState, subject: str) -> Breakpoint | None:
    """The open breakpoint of a task or goal."""
    owner = state.tasks.get(subject) or state.goals.get(subject)
    if owner is None or owner.breakpoint_id not in state.open_breakpoints:
        return None
    return state.breakpoints[owner.breakpoint_id]


def subject_of_entry(state: SessionState, breakpoint_id: str) -> str:
    """The task or goal a breakpoint is about; empty when there is none."""
    entry = state.breakpoints.get(breakpoint_id)
    return (entry.task_id or entry.goal_id) if entry else ""


def candidate_of(state: SessionState, subject: str) -> str:
    """Name of the candidate that would be applied; empty when there is none."""
    task = state.tasks.get(subject)
    attempt = task.candidate_attempt if task else None
    return attempt.attempt_id if attempt else ""


def needs_diff(state: SessionState, entry: Breakpoint) -> bool:
    """True when yes to this entry changes files, so a person must have seen the diff."""
    return entry.kind not in PLAIN_APPROVAL and bool(candidate_of(state, entry.task_id))


def next_subject(state: SessionState, current: str) -> str:
    """What to look at when nobody chose.

    `current` while it waits, is planned or runs, else the oldest thing that waits for a person,
    else what runs, else `current`, else the newest goal.
    """
    goal = state.goals.get(current)
    if entry_of(state, current) is not None or (goal and goal.status == "planning"):
        return current
    running = [key for key, _ in state.running()]
    if current in running:
        return current
    if state.open_breakpoints:
        return subject_of_entry(state, state.open_breakpoints[0])
    if running:
        return running[0]
    return current or (state.goal_order[-1] if state.goal_order else "")


def _is_applied(state: SessionState, task_id: str) -> bool:
    task = state.tasks.get(task_id)
    return task is not None and task.status == "applied"
