"""What happens, in calm sentences for a log or a pipe. Pure.

Sentences hold text of models and servers as it is: it is made safe where it is printed.
"""

from __future__ import annotations

from functools import singledispatch

from orchestrator import events as e
from orchestrator.state import subject_of
from orchestrator.values import FileChange, Route
from tui.telling import short

_VERDICTS = {
    "propose": "has a change",
    "retry": "is not right yet",
    "escalate": "is too hard for a local model",
    "ask": "did not succeed",
}


@singledispatch
def sentence(event: e.Event) -> str:
    """One line about `event`; empty when it is not worth one."""
    del event
    return ""


# --- plans ---------------------------------------------------------------------------------------


@sentence.register
def _(event: e.GoalWaiting) -> str:
    return f"{event.goal_id} waits: {event.reason}" if event.reason else ""


@sentence.register
def _(event: e.PlanningStarted) -> str:
    again = f", try {event.number}" if event.number > 1 else ""
    return f"{event.goal_id} is planned by {_model(event.route)}{again}: {event.route.reason}"


@sentence.register
def _(event: e.TaskDrafted) -> str:
    spec = event.spec
    return f"  {spec.task_id} {short(spec.description)} -> {spec.output_file}"


@sentence.register
def _(event: e.PlanProposed) -> str:
    count = f"{len(event.tasks)} task" + ("" if len(event.tasks) == 1 else "s")
    by = ", made by a local model because Claude could not" if event.degraded else ""
    return f"{event.goal_id} has a plan of {count}{by}"


@sentence.register
def _(event: e.PlanFailed) -> str:
    return _join(f"{event.goal_id} has no plan: {event.error}", event.hint)


@sentence.register
def _(event: e.PlanRejected) -> str:
    return f"The plan of {event.goal_id} is rejected"


# --- attempts ------------------------------------------------------------------------------------


@sentence.register
def _(event: e.AttemptStarted) -> str:
    route = event.route
    return f"{event.task_id} try {event.number}: {_model(route)} writes, {route.reason}"


@sentence.register
def _(event: e.ResponseReceived) -> str:
    usage, about = event.usage, "" if event.usage.counted else "about "
    return (
        f"{subject_of(event.attempt_id)} answered in {event.seconds:.1f} s,"
        f" {about}{usage.input_tokens:,} tokens in, {usage.output_tokens:,} out"
    )


@sentence.register
def _(event: e.EvidenceGathered) -> str:
    evidence = event.evidence
    told = evidence.passed is False or evidence.kind == "tests"
    return f"{event.task_id} {evidence.kind}: {evidence.summary}" if told else ""


@sentence.register
def _(event: e.AttemptFinished) -> str:
    return f"{event.task_id} {_VERDICTS[event.verdict.action]}: {event.verdict.reason}"


@sentence.register
def _(event: e.AttemptFailed) -> str:
    return _join(f"{event.task_id} got no answer: {event.error}", event.hint)


@sentence.register
def _(event: e.TaskRetried) -> str:
    # By rule it follows a verdict that has told it already.
    return f"{event.task_id} is written once more, as asked" if event.by == "person" else ""


@sentence.register
def _(event: e.TaskEscalated) -> str:
    return f"{event.task_id} goes to Claude"


@sentence.register
def _(event: e.TaskWaiting) -> str:
    return f"{event.task_id} waits: {event.reason}" if event.reason else ""


@sentence.register
def _(event: e.QuestionAsked) -> str:
    return f"Asking {_model(event.route)}: {event.route.reason}"


# --- decisions and files -------------------------------------------------------------------------


@sentence.register
def _(event: e.BreakpointRaised) -> str:
    # Plans and changes were told when they were made; whether they wait tells the outcome.
    if event.kind in {"plan", "diff", "undone"}:
        return ""
    return f"{event.task_id or event.goal_id} waits for you: {event.reason}"


@sentence.register
def _(event: e.TaskRejected) -> str:
    return f"{event.task_id} is rejected"


@sentence.register
def _(event: e.ChangeApplied) -> str:
    kept = f"; your own edits in {', '.join(event.merged)} were kept" if event.merged else ""
    return f"{event.task_id} is applied: {named(event.files)}{kept}"


@sentence.register
def _(event: e.ChangeUndone) -> str:
    return f"{event.task_id} was taken back: {named(event.files)}"


@sentence.register
def _(event: e.WriteAbandoned) -> str:
    return f"{event.task_id} was not written: {event.reason}"


# --- the session ---------------------------------------------------------------------------------


@sentence.register
def _(event: e.NoticeGiven) -> str:
    return _join(event.message, event.hint)


@sentence.register
def _(event: e.SessionResumed) -> str:
    cut_short = ", ".join(event.interrupted)
    return f"Taken up again; {cut_short} had been cut short" if cut_short else ""


def named(files: tuple[FileChange, ...]) -> str:
    """Changed files with their counts of lines."""
    return ", ".join(_counted(file) for file in files)


def _counted(file: FileChange) -> str:
    counted = file.added or file.removed
    return f"{file.path} (+{file.added} -{file.removed})" if counted else file.path


def _model(route: Route) -> str:
    return f"{route.model} on {route.backend}"


def _join(text: str, hint: str) -> str:
    return f"{text} {hint}".strip()
