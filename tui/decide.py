"""From a key and a situation to what should happen. Pure: nothing is sent or drawn here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from orchestrator import commands as c
from orchestrator.state import Breakpoint
from orchestrator.workspace.paths import is_protected
from tui.situation import Situation, needs_diff


class Send(msgspec.Struct, frozen=True):
    """Hand these commands to the engine."""

    commands: tuple[c.Command, ...]
    entries: tuple[str, ...] = ()
    """Breakpoints decided by them."""
    said: str = ""
    """What to tell once the engine has taken them."""


class Ask(msgspec.Struct, frozen=True):
    """Open the prompt line; `then` makes commands of what is typed."""

    label: str
    placeholder: str
    then: Callable[[str], Outcome]


class Confirm(msgspec.Struct, frozen=True):
    """Ask once more before `then`."""

    question: str
    lines: tuple[str, ...]
    then: Send


class Say(msgspec.Struct, frozen=True):
    """Nothing is done; this is why."""

    text: str
    hint: str = ""
    level: Literal["information", "warning"] = "information"


class LookFirst(msgspec.Struct, frozen=True):
    """Nothing is done; the entry's diff is put on the screen and this is said."""

    breakpoint_id: str
    text: str


Outcome = Send | Ask | Confirm | Say | LookFirst


def approve(now: Situation) -> Outcome:
    """Yes to the selected entry, if what it would do has been on the screen."""
    entry = now.entry
    if entry is None:
        return _elsewhere(now)
    return _in_the_way(now, entry) or _approval(now, entry)


def _in_the_way(now: Situation, entry: Breakpoint) -> Outcome | None:
    """Why the entry can't be approved yet; None when it can."""
    if entry.breakpoint_id in now.sent:
        return Say("This decision is already on its way.")
    if entry.kind == "exhausted" and not needs_diff(now.state, entry):
        return Say("There is no change to approve.", "r tries again, e asks Claude, x drops it.")
    if not now.shown:
        return LookFirst(entry.breakpoint_id, f"{_what(now, entry)} Read it, then press a again.")
    if now.unread and needs_diff(now.state, entry):
        lines = (
            "1 suspicious line has" if now.unread == 1 else f"{now.unread} suspicious lines have"
        )
        text = f"{lines} not been on the screen. Read on in the diff, then press a again."
        return LookFirst(entry.breakpoint_id, text)
    return None


def _approval(now: Situation, entry: Breakpoint) -> Outcome:
    protected = _protected(now, entry)
    command = c.Approve(breakpoint_id=entry.breakpoint_id, protected=bool(protected))
    send = _send(command, entry)
    if not protected:
        return send
    why = "Files like this steer tools, run by themselves or carry secrets."
    return Confirm(f"Really write {', '.join(protected)}?", (why,), send)


def _protected(now: Situation, entry: Breakpoint) -> tuple[str, ...]:
    """The files of the entry's candidate that need an approval of their own."""
    task = now.state.tasks.get(entry.task_id)
    attempt = task.candidate_attempt if task else None
    candidate = attempt.candidate if attempt else None
    files = candidate.files if candidate else ()
    return tuple(file.path for file in files if is_protected(file.path))


def approve_all(now: Situation) -> Outcome:
    """Yes to every diff whose checks all passed, after one question that names them."""
    proven = [
        entry
        for entry in now.proven
        if entry.breakpoint_id not in now.sent and not _protected(now, entry)
    ]
    if not proven:
        return Say("No proven change waits.", "Proven: tests ran on it and every check passed.")
    what = "1 proven change" if len(proven) == 1 else f"{len(proven)} proven changes"
    send = Send(
        tuple(c.Approve(breakpoint_id=entry.breakpoint_id) for entry in proven),
        tuple(entry.breakpoint_id for entry in proven),
    )
    return Confirm(f"Apply {what}?", tuple(f"{e.task_id} {e.title}" for e in proven), send)


def retry(now: Situation) -> Outcome:
    """Once more, with a note to the model that may be empty."""
    entry = now.entry
    if entry is not None:
        return _ask_note(
            "What should be different?",
            lambda note: _send(c.Retry(breakpoint_id=entry.breakpoint_id, note=note), entry),
        )
    if now.reopens:
        return _ask_note(
            "Write it again. What should be different?",
            lambda note: Send((c.RetryTask(task_id=now.subject, note=note),)),
        )
    return Say("Nothing here can be retried.", "Select what waits for you, or a task that ended.")


def escalate(now: Situation) -> Outcome:
    """Let Claude write it."""
    entry = now.entry
    if entry is None:
        return Say("Nothing here can be escalated.", "Select an entry of Needs you.")
    said = f"{now.subject} goes to Claude." if entry.task_id else ""
    return _send(c.Escalate(breakpoint_id=entry.breakpoint_id), entry, said)


def reject(now: Situation) -> Outcome:
    """Drop the plan or the candidate; stop the attempt when one runs."""
    entry = now.entry
    if entry is not None:
        again = f"Rejected {now.subject}. r writes it again." if entry.task_id else "Plan rejected."
        return _send(c.Reject(breakpoint_id=entry.breakpoint_id), entry, again)
    if now.running:
        return Send((c.Cancel(task_id=now.subject),), said=f"Stopping {now.subject}.")
    return Say("Nothing here can be rejected or stopped.", "Select an entry of Needs you.")


def undo(now: Situation) -> Outcome:
    """Take the selected applied task, or the one applied last, out of the workspace."""
    if now.to_undo:
        return Send((c.Undo(task_id=now.to_undo),))
    return Say("Nothing to undo.", "Select a task that was applied.")


def goal(now: Situation) -> Outcome:
    """State a new goal."""
    del now

    def send(text: str) -> Outcome:
        if not text.strip():
            return Say("An empty goal was not sent.")
        return Send((c.SubmitGoal(text=text.strip()),))

    return Ask("Goal", "what should be built or changed?", send)


def pause(now: Situation) -> Outcome:
    """Start nothing new, or start again."""
    if now.state.paused:
        return Send((c.Resume(),), said="Work goes on.")
    return Send((c.Pause(),), said="Paused: what runs goes on, nothing new starts.")


def backends(now: Situation) -> Outcome:
    """Look again which model servers are there."""
    del now
    return Send((c.CheckBackends(),), said="Looking for model servers ...")


DECISIONS: dict[str, Callable[[Situation], Outcome]] = {
    "approve": approve,
    "approve_all": approve_all,
    "retry": retry,
    "escalate": escalate,
    "reject": reject,
    "undo": undo,
    "goal": goal,
    "pause": pause,
    "backends": backends,
}
"""By the word that a binding's action carries."""


def _elsewhere(now: Situation) -> Outcome:
    """Approve was pressed where nothing waits: go to what waits, if anything does."""
    waiting = [key for key in now.state.open_breakpoints if key not in now.sent]
    if not waiting:
        return Say("Nothing waits for approval.")
    entry = now.state.breakpoints[now.listed if now.listed in waiting else waiting[0]]
    name = entry.task_id or "The plan"
    return LookFirst(entry.breakpoint_id, f"{name} waits. Read it, then press a again.")


def _what(now: Situation, entry: Breakpoint) -> str:
    if entry.kind == "plan":
        return "The plan has not been on the screen yet."
    if needs_diff(now.state, entry):
        return "The diff has not been on the screen yet."
    return "This has not been on the screen yet."


def _send(command: c.Command, entry: Breakpoint, said: str = "") -> Send:
    return Send((command,), (entry.breakpoint_id,), said)


def _ask_note(label: str, then: Callable[[str], Outcome]) -> Ask:
    return Ask(label, "a note to the model, or just Enter", then)
