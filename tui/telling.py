"""The room's sentences about tasks, goals and events. Pure.

Sentences hold text of models and users as it is: it is made safe where it is drawn.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from orchestrator import events as e
from orchestrator.state import Goal, SessionState, Task
from orchestrator.values import FileChange, TaskSpec
from widgets.wording import short_model

_TITLE = 36
"""Characters of a description that leave room for the model beside it."""

Severity = Literal["information", "warning", "error"]


class Toast(msgspec.Struct, frozen=True):
    """A remark that goes away by itself."""

    text: str
    severity: Severity = "information"


def toast_for(event: e.Event) -> Toast | None:
    """What to say about an event in passing."""
    toast: Toast | None = None
    match event:
        case e.ChangeApplied(task_id=task, files=files, merged=merged):
            toast = Toast(f"Applied {task}: {_files(files)}{_kept(merged)}. u takes it back.")
        case e.ChangeUndone(task_id=task, files=files, merged=merged):
            toast = Toast(f"Took {task} back out: {_files(files)}{_kept(merged)}.")
        case e.WriteAbandoned(task_id=task, reason=reason):
            toast = Toast(f"{task} was not written: {reason}", "warning")
        case e.TaskFailed(task_id=task, error=error, hint=hint):
            toast = Toast(_join(f"{task} failed: {error}", hint), "warning")
        case e.PlanFailed(error=error, hint=hint):
            toast = Toast(_join(f"No plan: {error}", hint), "error")
        case e.NoticeGiven(level="info", message=message, hint=hint):
            toast = Toast(_join(message, hint))
        case e.NoticeGiven(level="warning" | "error" as level, message=message, hint=hint):
            toast = Toast(_join(message, hint), level)
    return toast


def output_title(state: SessionState, subject: str) -> str:
    """What is being written, by which model, which try."""
    if task := state.tasks.get(subject):
        parts = [f"{subject} {short(task.spec.description, _TITLE)}"]
        attempts = task.attempts
    elif goal := state.goals.get(subject):
        parts = [f"plan for {short(goal.text, _TITLE)}"]
        attempts = goal.attempts
    else:
        return ""
    if attempts:
        parts.append(short_model(attempts[-1].route.model))
    if len(attempts) > 1:
        parts.append(f"try {attempts[-1].number}")
    return "  ".join(parts)


def no_diff(state: SessionState, subject: str) -> tuple[str, ...]:
    """Sentences for the place of a diff: why there is none, and what comes next."""
    if goal := state.goals.get(subject):
        return _about_plan(goal)
    if task := state.tasks.get(subject):
        return _about_task(state, task)
    return _about_workspace(state)


def _about_task(state: SessionState, task: Task) -> tuple[str, ...]:
    subject, last = task.spec.task_id, task.last
    match task.status:
        case "waiting":
            return (f"{subject} has not been written yet.", _waits_for(state, task))
        case "running":
            model = last.route.model if last else "A model"
            return (f"{model} is writing {subject}.", "The diff appears when the answer is whole.")
        case "decision":
            reason = (last.error if last else "") or task.error
            way_on = "r tries again, e gives it to Claude, x drops it."
            return (f"{subject} has no change to show.", reason, way_on)
        case "failed" | "rejected":
            return (f"{subject} ended without a change.", task.error, task.hint, "r tries again.")
        case _:
            return (f"{subject} changes nothing.",)


def short(text: str, most: int = 60) -> str:
    """The first line of a text, cut to `most` characters."""
    line = text.strip().partition("\n")[0]
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def _about_plan(goal: Goal) -> tuple[str, ...]:
    count = _count(len(goal.drafts) or len(goal.task_ids), "task")
    match goal.status:
        case "planning":
            return ("The plan is being made: it grows in Tasks.", "Nothing runs before you accept.")
        case "proposed":
            head = f"A plan of {count} waits for you: a accepts it, x drops it."
            listed = (line for spec in goal.drafts for line in _about_draft(spec))
            return (head, goal.summary, *listed)
        case "failed":
            return ("There is no plan.", goal.error, goal.hint)
        case "rejected":
            return ("This plan was dropped.", "n states a new goal.")
        case _:
            return (f"A plan of {count}.", "Select a task to read its diff.")


def _about_draft(spec: TaskSpec) -> tuple[str, ...]:
    """What accepting lets happen: the file that is written and the command that is run."""
    after = f", after {', '.join(spec.depends_on)}" if spec.depends_on else ""
    runs = f"runs {spec.test_command}" if spec.test_command else "no tests"
    return (
        f"{spec.task_id} {short(spec.description, 100)}",
        f"      writes {spec.output_file}, {runs}{after}",
    )


def _about_workspace(state: SessionState) -> tuple[str, ...]:
    if not state.goal_order and not state.loose_tasks:
        return ("No goal yet.", "Press n and say what should be built or changed.")
    return ("Nothing has changed in the workspace since this session began.",)


def _waits_for(state: SessionState, task: Task) -> str:
    if task.wait_reason:
        return f"It waits: {task.wait_reason}."
    open_ones = [
        key
        for key in task.spec.depends_on
        if key in state.tasks and state.tasks[key].status != "applied"
    ]
    return f"It waits for {', '.join(open_ones)}." if open_ones else ""


def _files(files: tuple[FileChange, ...]) -> str:
    if len(files) != 1:
        return _count(len(files), "file")
    file = files[0]
    counts = f" (+{file.added} -{file.removed})" if file.added or file.removed else ""
    return f"{file.path}{counts}"


def _kept(merged: tuple[str, ...]) -> str:
    return f", your own edits in {', '.join(merged)} kept" if merged else ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _join(text: str, hint: str) -> str:
    return f"{text} {hint}".strip()
