"""approve, retry, escalate, reject and undo: decisions about a session, from a script."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from orchestrator.commands import Approve, Command, Escalate, Reject, Retry, RetryTask, Undo
from orchestrator.errors import CommandRefused, OrchestratorError
from orchestrator.state import SessionState
from sessions.summary import SessionSummary
from tui.commands.choice import Choice
from tui.commands.console import Console
from tui.commands.ending import Misuse
from tui.commands.kept import find_session
from tui.commands.outside import Outside
from tui.commands.work import Job, refused
from tui.door import EngineDoor
from tui.headless import Watch
from tui.report import SUCCESS, Commands, Report, TaskReport, goal_report, task_report

Word = Literal["approve", "retry", "escalate", "reject", "undo"]


@dataclass(frozen=True)
class Decision:
    """What a person decided.

    Attributes:
        word: approve, retry, escalate, reject or undo.
        session: the session's name, or enough of its beginning.
        subject: a task, a goal, or something that waits (T-001, G1, T-001:2).
        note: what the model is told, or why not.
        protected: approve also files that steer tools or carry secrets.
    """

    word: Word
    session: str
    subject: str
    note: str = ""
    protected: bool = False


def decide(decision: Decision, choice: Choice, outside: Outside, console: Console) -> int:
    """Carry out a decision, let follow what follows, and give the exit code."""

    async def step(door: EngineDoor, watch: Watch, commands: Commands) -> Report:
        done = await watch.carry_out(command_for(decision, door.state))
        return _report(decision.word, door.state, done, commands)

    try:
        loaded = outside.settings(choice)
        found = find_session(Path(loaded.settings.state_dir), decision.session)
        chosen = Choice(session=found.id, json=choice.json, config=choice.config)
        workspace = _workspace_of(found)
        return Job(loaded, workspace, chosen, outside, console, new=False).perform(step)
    except OrchestratorError as error:
        return refused(error, TaskReport(session=decision.session), choice, console)


def _workspace_of(session: SessionSummary) -> Path:
    folder = Path(session.workspace)
    if not session.workspace or not folder.is_dir():
        raise Misuse(f"The workspace {folder} of {session.id} is gone.", "Bring it back first.")
    return folder


def command_for(decision: Decision, state: SessionState) -> Command:
    """The command that a decision means.

    Raises:
        CommandRefused: nothing by that name is there, or it does not wait for a decision.
    """
    subject, note = decision.subject, decision.note
    if decision.word == "undo":
        return Undo(task_id=subject)
    point = _waiting(subject, state)
    if decision.word == "retry":
        again = Retry(breakpoint_id=point, note=note)
        return again if point else RetryTask(task_id=subject, note=note)
    if not point:
        raise CommandRefused(f"{subject} does not wait for a decision.", _what_waits(state))
    if decision.word == "approve":
        return Approve(breakpoint_id=point, protected=decision.protected)
    if decision.word == "escalate":
        return Escalate(breakpoint_id=point)
    return Reject(breakpoint_id=point, note=note)


def _waiting(subject: str, state: SessionState) -> str:
    """Id of the breakpoint that is meant; empty when the subject has none that waits."""
    if subject in state.open_breakpoints:
        return subject
    owner = state.tasks.get(subject) or state.goals.get(subject)
    if owner is None:
        raise CommandRefused(f"There is no task or goal {subject}.", _what_waits(state))
    return owner.breakpoint_id


def _what_waits(state: SessionState) -> str:
    names = [point.task_id or point.goal_id for point in state.needs_you()]
    return f"Waiting: {', '.join(names)}." if names else "Nothing waits in this session."


def _report(word: str, state: SessionState, subject: str, commands: Commands) -> Report:
    about = goal_report if subject in state.goals else task_report
    report = about(state, subject, commands)
    if word not in {"reject", "undo"}:
        return report
    # What was asked for has happened, though the change is not in the workspace.
    return msgspec.structs.replace(report, status="success", error="", exit_code=SUCCESS)
