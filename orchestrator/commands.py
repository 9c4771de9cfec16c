"""What one may ask of the engine: the one way in.

Keys, palette, command line and tests all become one of these, handed to `Engine.submit`.
"""

from __future__ import annotations

import msgspec

from orchestrator.values import TaskSpec


class Command(msgspec.Struct, frozen=True, kw_only=True, tag=True, tag_field="command"):
    """Base of all commands."""


class SubmitGoal(Command, frozen=True):
    """Plan this goal."""

    text: str
    """In the user's words; may have several lines."""


class SubmitTask(Command, frozen=True):
    """Run one task as given, without planning."""

    spec: TaskSpec


class AskQuestion(Command, frozen=True):
    """Answer this question; no file is changed."""

    text: str


class Approve(Command, frozen=True):
    """Yes to what waits: accept the plan, apply the diff."""

    breakpoint_id: str
    protected: bool = False
    """Yes also to files that steer tools or carry secrets; asked for separately."""


class Retry(Command, frozen=True):
    """Once more; `note` tells the model what should be different."""

    breakpoint_id: str
    note: str = ""


class Escalate(Command, frozen=True):
    """Let Claude write it."""

    breakpoint_id: str


class Reject(Command, frozen=True):
    """No: drop the plan or the candidate."""

    breakpoint_id: str
    note: str = ""


class Undo(Command, frozen=True):
    """Take an applied task back out of the workspace. Its diff waits for approval again."""

    task_id: str


class RetryTask(Command, frozen=True):
    """Reopen a task that ended (failed, rejected) or is waiting, and write it once more."""

    task_id: str
    note: str = ""


class Cancel(Command, frozen=True):
    """Stop a task that runs or waits for its turn; the task then waits for a decision."""

    task_id: str


class Pause(Command, frozen=True):
    """Start nothing new; what runs goes on."""


class Resume(Command, frozen=True):
    """Start attempts again."""


class Show(Command, frozen=True):
    """Send the diff and the output of a task or goal on the stream, and keep the diff fresh.

    An empty `subject_id` means the workspace: everything since the session began.
    """

    subject_id: str = ""


class CheckBackends(Command, frozen=True):
    """Look again which model servers are there."""
