"""sessions list, show and delete: what is kept."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import click
import msgspec

from orchestrator.events import from_record
from orchestrator.reduce import reduce_all
from orchestrator.state import Goal, SessionState, Task
from sessions.removal import delete_session
from sessions.store import SessionStore
from sessions.summary import SessionSummary, list_sessions
from tui.commands.choice import Choice
from tui.commands.console import Console
from tui.commands.ending import Misuse
from tui.commands.outside import Outside
from tui.report import FAILED, SUCCESS
from tui.telling import short
from widgets.wording import count, duration, plural


def find_session(state_dir: Path, name: str) -> SessionSummary:
    """The session whose name is `name` or begins with it.

    Raises:
        Misuse: there is none, or more than one.
        StoreError: the folder of sessions can't be read.
    """
    found = [one for one in list_sessions(state_dir) if one.id.startswith(name) and name]
    if len(found) == 1:
        return found[0]
    if not found:
        raise Misuse(f"There is no session {name}.", "See: orchestrator-tui sessions list")
    names = ", ".join(one.id for one in found[:5])
    raise Misuse(f"{len(found)} sessions begin with {name}: {names}.", "Type more of the name.")


# --- list ----------------------------------------------------------------------------------------


def list_kept(choice: Choice, outside: Outside, console: Console) -> int:
    """Print the sessions, newest first; with --workspace only those of that folder."""
    found = sorted(list_sessions(_state_dir(choice, outside)), key=lambda one: -one.updated)
    if choice.workspace:
        folder = str(outside.workspace(choice).resolve())
        found = [one for one in found if one.workspace == folder]
    if choice.json:
        console.json({"sessions": [_as_json(one) for one in found]})
        return SUCCESS
    if not found:
        console.say("No sessions are kept. Begin one with: orchestrator-tui")
    now = time.time()
    for one in found:
        console.line(_row(one, now))
    return SUCCESS


def _as_json(one: SessionSummary) -> dict[str, object]:
    return {
        "session": one.id,
        "title": one.title,
        "workspace": one.workspace,
        "created": one.created,
        "updated": one.updated,
        "problem": one.problem,
    }


def _row(one: SessionSummary, now: float) -> str:
    if one.problem:
        return f"{one.id}  can't be read: {one.problem}"
    age = f"{duration(now - one.updated)} ago"
    return f"{one.id}  {age:>10}  {short(one.title):<24}  {one.workspace}"


def _state_dir(choice: Choice, outside: Outside) -> Path:
    return Path(outside.settings(choice).settings.state_dir)


# --- show ----------------------------------------------------------------------------------------


def show_kept(name: str, choice: Choice, outside: Outside, console: Console) -> int:
    """Print goals, tasks, attempts, decisions and what waits."""
    state_dir = _state_dir(choice, outside)
    found = find_session(state_dir, name)
    state = asyncio.run(_read(state_dir, found.id))
    if choice.json:
        console.json(_state_as_json(state))
        return SUCCESS
    _show_head(found, state, console)
    for goal_id in state.goal_order:
        _show_goal(state, state.goals[goal_id], console)
    for task_id in state.loose_tasks:
        _show_task(state, state.tasks[task_id], console)
    _show_questions(state, console)
    _show_waiting(state, console)
    return SUCCESS


async def _read(state_dir: Path, session_id: str) -> SessionState:
    async with await SessionStore.open(state_dir, session_id) as store:
        return reduce_all(from_record(record) for record in await store.read())


def _state_as_json(state: SessionState) -> object:
    plain = {name: getattr(state, name) for name in state.__struct_fields__}
    for name in ("goals", "tasks", "breakpoints", "changes", "questions", "quota"):
        plain[name] = dict(plain[name].items())
    plain["spent"] = [
        {"owner": owner, "model": model, "role": role, **msgspec.to_builtins(spent)}
        for (owner, model, role), spent in state.spent.items()
    ]
    return msgspec.to_builtins(plain)


def _show_head(found: SessionSummary, state: SessionState, console: Console) -> None:
    console.line(f"Session {found.id}", "bold")
    console.line(f"  {state.workspace or found.workspace}")
    begun = time.strftime("%Y-%m-%d %H:%M", time.localtime(state.started_at or found.created))
    console.line(f"  begun {begun}, {plural(state.seq, 'event')}{_paused(state)}")
    for (owner, model, role), spent in sorted(state.spent.items()):
        console.line(
            f"  {owner} {model}, {role}: {plural(spent.calls, 'call')},"
            f" {count(spent.input_tokens)} tokens in, {count(spent.output_tokens)} out"
        )


def _paused(state: SessionState) -> str:
    return ", paused" if state.paused else ""


def _show_goal(state: SessionState, goal: Goal, console: Console) -> None:
    console.line("")
    console.line(f"{goal.goal_id} {short(goal.text, 100)}: {goal.status}", "bold")
    if goal.summary:
        console.line(f"  {goal.summary}")
    for attempt in goal.attempts:
        how = f" {attempt.error}" if attempt.error else ""
        console.line(f"  planned by {attempt.route.model}: {attempt.status}{how}")
    for spec in goal.drafts:
        console.line(f"  {spec.task_id} {short(spec.description)} -> {spec.output_file}")
    for task_id in goal.task_ids:
        _show_task(state, state.tasks[task_id], console)


def _show_task(state: SessionState, task: Task, console: Console) -> None:
    spec = task.spec
    status = "waits for approval" if task.status == "approval" else task.status
    console.line(f"  {spec.task_id} {short(spec.description)} -> {spec.output_file}: {status}")
    for attempt in task.attempts:
        verdict = attempt.verdict
        came = verdict.reason if verdict else f"{attempt.status} {attempt.error}".strip()
        spent = f"{attempt.usage.input_tokens:,} in, {attempt.usage.output_tokens:,} out"
        console.line(
            f"    {attempt.number}. {attempt.route.model}, {attempt.seconds:.1f} s, {spent}: {came}"
        )
    for point in state.breakpoints.values():
        if point.task_id == spec.task_id and point.resolution:
            note = f": {point.note}" if point.note else ""
            console.line(f"    {point.kind} {point.resolution} by {point.resolved_by}{note}")


def _show_questions(state: SessionState, console: Console) -> None:
    for question in state.questions.values():
        console.line("")
        console.line(f"{question.question_id} {short(question.text, 100)}", "bold")
        console.text(question.answer or question.error or "not answered")


def _show_waiting(state: SessionState, console: Console) -> None:
    waiting = state.needs_you()
    if not waiting:
        return
    console.line("")
    console.line(f"Waiting for you: {len(waiting)}", "bold")
    for point in waiting:
        subject = point.task_id or point.goal_id
        console.line(f"  {subject} {point.kind}: {point.reason}", "yellow")
        word = "approve" if point.kind in {"plan", "diff", "undone"} else "retry"
        console.line(f"    orchestrator-tui {word} {state.session_id} {subject}")


# --- delete --------------------------------------------------------------------------------------


def delete_kept(name: str, choice: Choice, outside: Outside, console: Console) -> int:
    """Delete a session with its logs; the workspace is not touched. Asks first without --yes."""
    state_dir = _state_dir(choice, outside)
    found = find_session(state_dir, name)
    if not choice.yes and not _agreed(found, console):
        console.say("Nothing was deleted.")
        return FAILED
    delete_session(state_dir, found.id)
    if choice.json:
        console.json({"deleted": found.id})
    else:
        console.line(f"Deleted {found.id}. The workspace was not touched.")
    return SUCCESS


def _agreed(found: SessionSummary, console: Console) -> bool:
    console.say(f"This deletes {found.id} ({found.title}, {found.workspace}) with all its history.")
    try:
        return click.confirm("Delete it?", default=False, err=True)
    except click.Abort:
        console.say("")
        return False
