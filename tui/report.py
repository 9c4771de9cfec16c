"""What came of a task, a goal or a question: for people, and as JSON for scripts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from orchestrator.state import Attempt, Breakpoint, Goal, Question, SessionState, Task
from tui.telling import short

Status = Literal["success", "failed"]
State = Literal["applied", "waiting", "failed", "rejected"]

SUCCESS, FAILED, USAGE, NO_BACKEND, WAITING = 0, 1, 2, 3, 4
"""Exit codes: done; the task failed; bad usage, configuration or spec; no usable backend; a person
has to decide."""

_UNUSABLE = frozenset({"BackendUnreachable", "ModelMissing", "RateLimited"})
"""Causes that mean no backend could be used at all."""


class AttemptReport(msgspec.Struct, frozen=True):
    """One call of a model."""

    backend: str
    model: str
    tokens_in: int
    tokens_out: int
    seconds: float
    """From the request to the end of the answer."""
    verdict: str
    """propose, retry, escalate or ask; failed without an answer; interrupted; running."""
    reason: str


class TaskReport(msgspec.Struct, frozen=True, kw_only=True):
    """What `exec --json` prints.

    `status` is "success" only when the change is in the workspace; `state` tells a change that
    waits for a person from one that could not be made.
    """

    status: Status = "failed"
    state: State = "failed"
    task_id: str = ""
    file: str = ""
    error: str = ""
    hint: str = ""
    session: str = ""
    proven: bool = False
    escalated: bool = False
    attempts: tuple[AttemptReport, ...] = ()
    exit_code: int = FAILED


class GoalReport(msgspec.Struct, frozen=True, kw_only=True):
    """What `run --json` prints; `state` is that of the least finished task."""

    status: Status = "failed"
    state: State = "failed"
    goal_id: str = ""
    goal: str = ""
    summary: str = ""
    degraded: bool = False
    error: str = ""
    hint: str = ""
    session: str = ""
    tasks: tuple[TaskReport, ...] = ()
    exit_code: int = FAILED


class AnswerReport(msgspec.Struct, frozen=True, kw_only=True):
    """What `ask --json` prints."""

    status: Status = "failed"
    answer: str = ""
    error: str = ""
    hint: str = ""
    session: str = ""
    backend: str = ""
    model: str = ""
    exit_code: int = FAILED


Report = TaskReport | GoalReport | AnswerReport


class Commands(msgspec.Struct, frozen=True):
    """The commands a person may type next, as hints name them."""

    session: str
    program: str = "orchestrator-tui"
    """With what has to be repeated, such as --config."""

    def decide(self, word: str, subject: str) -> str:
        """The command that decides about a task or goal."""
        return f"{self.program} {word} {self.session} {subject}"

    def room(self) -> str:
        """The command that opens the session."""
        return f"{self.program} --session {self.session}"


# --- tasks ---------------------------------------------------------------------------------------


def task_report(state: SessionState, task_id: str, commands: Commands) -> TaskReport:
    """How the task stands."""
    task = state.tasks[task_id]
    point = state.breakpoints.get(task.breakpoint_id)
    standing, error, hint, code = _standing(state, task, point, commands)
    attempt = task.candidate_attempt
    return TaskReport(
        status="success" if standing == "applied" else "failed",
        state=standing,
        task_id=task_id,
        file=task.spec.output_file,
        error=error,
        hint=hint,
        session=commands.session,
        proven=bool(attempt and attempt.verdict and attempt.verdict.proven),
        escalated=task.escalated,
        attempts=tuple(_attempt(one) for one in task.attempts),
        exit_code=code,
    )


def _standing(
    state: SessionState, task: Task, point: Breakpoint | None, commands: Commands
) -> tuple[State, str, str, int]:
    """(state, error, hint, exit code)."""
    task_id = task.spec.task_id
    if task.status == "applied":
        return "applied", "", f"To take it back: {commands.decide('undo', task_id)}", SUCCESS
    if task.status == "rejected":
        hint = f"To write it once more: {commands.decide('retry', task_id)}"
        return "rejected", f"{task_id} was rejected.", hint, FAILED
    if point is not None and point.kind in {"diff", "undone"}:
        error = f"The change waits for your approval: {point.reason}"
        return "waiting", error, f"To apply it: {commands.decide('approve', task_id)}", WAITING
    if point is not None and point.kind in {"conflict", "question"}:
        return "waiting", point.reason, f"Decide in: {commands.room()}", WAITING
    if point is not None or task.status == "failed":
        error = point.reason if point else task.error
        return "failed", error, _after_failure(task, commands), _failure_code(task.attempts)
    return _not_written(state, task, commands)


def _not_written(
    state: SessionState, task: Task, commands: Commands
) -> tuple[State, str, str, int]:
    unmet = state.unmet(task)
    if unmet:
        error = f"{task.spec.task_id} waits until {', '.join(unmet)} is applied."
        return "waiting", error, f"Go on in: {commands.room()}", WAITING
    if state.paused:
        return "waiting", "The session is paused.", f"Resume it in: {commands.room()}", WAITING
    error = task.wait_reason or "It has not been written yet."
    return "waiting", error, f"It goes on when you open: {commands.room()}", NO_BACKEND


def _after_failure(task: Task, commands: Commands) -> str:
    if _failure_code(task.attempts) == NO_BACKEND:
        return "See: orchestrator-tui doctor"
    task_id = task.spec.task_id
    again = commands.decide("retry", task_id)
    return f"To write it once more: {again} --note '...'; to decide on screen: {commands.room()}"


def _failure_code(attempts: Iterable[Attempt]) -> int:
    answered = [one for one in attempts if one.status == "finished" or one.cause not in _UNUSABLE]
    return FAILED if answered else NO_BACKEND


def _attempt(attempt: Attempt) -> AttemptReport:
    verdict = attempt.verdict
    return AttemptReport(
        backend=attempt.route.backend,
        model=attempt.route.model,
        tokens_in=attempt.usage.input_tokens,
        tokens_out=attempt.usage.output_tokens,
        seconds=round(attempt.seconds, 3),
        verdict=verdict.action if verdict else attempt.status,
        reason=verdict.reason if verdict else f"{attempt.error} {attempt.hint}".strip(),
    )


# --- goals, questions ----------------------------------------------------------------------------


def goal_report(state: SessionState, goal_id: str, commands: Commands) -> GoalReport:
    """How the goal and its tasks stand."""
    goal = state.goals[goal_id]
    tasks = tuple(task_report(state, task_id, commands) for task_id in goal.task_ids)
    standing, error, hint, code = _goal_standing(state, goal, tasks, commands)
    return GoalReport(
        status="success" if standing == "applied" else "failed",
        state=standing,
        goal_id=goal_id,
        goal=goal.text,
        summary=goal.summary,
        degraded=goal.degraded,
        error=error,
        hint=hint,
        session=commands.session,
        tasks=tasks,
        exit_code=code,
    )


def _goal_standing(
    state: SessionState, goal: Goal, tasks: tuple[TaskReport, ...], commands: Commands
) -> tuple[State, str, str, int]:
    if goal.status == "proposed":
        hint = f"To let its tasks run: {commands.decide('approve', goal.goal_id)}"
        return "waiting", f"A plan of {len(goal.drafts)} tasks waits for you.", hint, WAITING
    if goal.status == "failed":
        code = _failure_code(goal.attempts)
        return "failed", goal.error, goal.hint or f"Decide in: {commands.room()}", code
    if goal.status == "rejected":
        return "rejected", "The plan was rejected.", "", FAILED
    if goal.status == "planning":
        paused = "The session is paused." if state.paused else "It is not planned yet."
        hint = f"It goes on when you open: {commands.room()}"
        return "waiting", goal.wait_reason or paused, hint, WAITING if state.paused else NO_BACKEND
    return _tasks_standing(tasks, commands)


def _tasks_standing(
    tasks: tuple[TaskReport, ...], commands: Commands
) -> tuple[State, str, str, int]:
    failed = [one for one in tasks if one.state in {"failed", "rejected"}]
    waiting = [one for one in tasks if one.state == "waiting"]
    hint = f"Decide in: {commands.room()}"
    if failed:
        names = ", ".join(one.task_id for one in failed)
        code = max((one.exit_code for one in failed), key=(SUCCESS, NO_BACKEND, FAILED).index)
        return "failed", f"Not done: {names}.", hint, code
    if waiting:
        names = ", ".join(one.task_id for one in waiting)
        code = max((one.exit_code for one in waiting), key=(SUCCESS, NO_BACKEND, WAITING).index)
        return "waiting", f"Waiting: {names}.", hint, code
    return "applied", "", "", SUCCESS


def answer_report(question: Question, session: str) -> AnswerReport:
    """What came of a question."""
    return AnswerReport(
        status="failed" if question.error else "success",
        answer=question.answer,
        error=question.error,
        hint=question.hint,
        session=session,
        backend=question.route.backend,
        model=question.route.model,
        exit_code=FAILED if question.error else SUCCESS,
    )


# --- for people ----------------------------------------------------------------------------------


def summary(report: Report) -> list[str]:
    """The outcome in a few lines. Unsafe text: it is made safe where it is printed."""
    if isinstance(report, AnswerReport):
        return [report.answer] if report.answer else _problem(report)
    if isinstance(report, TaskReport):
        return [task_line(report), *_problem(report)]
    head = f"{report.goal_id} {short(report.goal)}: {report.state}"
    return [head, *(f"  {task_line(one)}" for one in report.tasks), *_problem(report)]


def task_line(report: TaskReport) -> str:
    """One line: which file, how it stands, who wrote it."""
    proof = (
        ""
        if report.state in {"failed", "rejected"}
        else ", proven"
        if report.proven
        else ", not proven"
    )
    tries = len(report.attempts)
    by = report.attempts[-1].model if report.attempts else ""
    written = f", {by}, {tries} {'try' if tries == 1 else 'tries'}" if by else ""
    return f"{report.task_id} {report.file}: {report.state}{proof}{written}"


def _problem(report: Report) -> list[str]:
    return [text for text in (report.error, report.hint) if text]
