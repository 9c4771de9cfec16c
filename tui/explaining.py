"""Why a task or goal is as it is: the route, the tries, the evidence, the decision. Pure.

The answer to the key `w`: (word, sentence) pairs in the order in which things happened.
"""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.state import Attempt, Goal, SessionState, Task
from tui.situation import entry_of

Told = tuple[str, str]

_STATUS = {
    "waiting": "It has not started.",
    "running": "It is being written or checked.",
    "approval": "It waits for your yes or no.",
    "decision": "It waits for your decision.",
    "applying": "It is being written to your files.",
    "applied": "It is in your workspace; u takes it back out.",
    "failed": "It ended without a change; r tries again.",
    "rejected": "You dropped it; r writes it again.",
    "planning": "The plan is being made.",
    "proposed": "The plan waits for your yes or no.",
    "accepted": "The plan was accepted.",
}

_ACTIONS = {
    "propose": "Good enough to show you",
    "retry": "Written once more",
    "escalate": "Given to Claude",
    "ask": "Left to you",
}


def explain(state: SessionState, subject: str) -> tuple[Told, ...]:
    """The story of a task or goal; empty when there is none of that name."""
    if task := state.tasks.get(subject):
        return tuple(_task(state, task))
    if goal := state.goals.get(subject):
        return tuple(_goal(state, goal))
    return ()


def _task(state: SessionState, task: Task) -> Iterator[Told]:
    spec = task.spec
    yield "Task", spec.description
    yield "Writes", spec.output_file
    if spec.depends_on:
        yield "After", f"It needs {', '.join(spec.depends_on)} first."
    if spec.owner:
        who = "Claude" if spec.owner == "claude" else "a local model"
        yield "Owner", f"The plan gives it to {who}."
    for attempt in task.attempts:
        yield from _attempt(attempt)
    if task.escalated and task.escalation:
        yield "Escalated", f"It goes to Claude: {task.escalation}"
    if task.feedback:
        yield "Next try", f"The model is told: {task.feedback}"
    yield from _ending(state, spec.task_id, task.status, task.wait_reason or task.error, task.hint)


def _goal(state: SessionState, goal: Goal) -> Iterator[Told]:
    yield "Goal", goal.text
    for attempt in goal.attempts:
        yield from _attempt(attempt)
    if goal.summary:
        yield "Plan", goal.summary
    if goal.degraded:
        yield "Degraded", "A local model made the plan, because Claude could not be asked."
    yield from _ending(state, goal.goal_id, goal.status, goal.error, goal.hint)


def _attempt(attempt: Attempt) -> Iterator[Told]:
    route = attempt.route
    yield "Route", f"{route.model} on {route.backend}: {route.reason}"
    yield f"Try {attempt.number}", _cost(attempt)
    for item in attempt.evidence:
        word = {True: "passed", False: "failed", None: "remark"}[item.passed]
        yield "Evidence", f"{item.kind} {word}: {item.summary}"
    if attempt.verdict is not None:
        yield "Verdict", f"{_ACTIONS[attempt.verdict.action]}: {attempt.verdict.reason}"
    if attempt.error:
        yield "Error", f"{attempt.error} {attempt.hint}".strip()


def _cost(attempt: Attempt) -> str:
    if attempt.status == "running":
        return "It runs."
    if attempt.status == "interrupted":
        return "It was interrupted and is run again."
    usage = attempt.usage
    about = "" if usage.counted else "about "
    return (
        f"{attempt.seconds:.1f} s, {about}{usage.input_tokens:,} tokens read, "
        f"{about}{usage.output_tokens:,} written."
    )


def _ending(
    state: SessionState, subject: str, status: str, reason: str, hint: str
) -> Iterator[Told]:
    entry = entry_of(state, subject)
    said = [_STATUS.get(status, status), entry.reason if entry else reason, hint]
    yield "Now", " ".join(part for part in said if part)
