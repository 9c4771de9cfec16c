"""What can happen to goals, tasks and questions, as event sequences that belong together."""

from __future__ import annotations

from orchestrator import events as e
from orchestrator.values import (
    Evidence,
    FileChange,
    QuotaWindow,
    Route,
    TaskSpec,
    Usage,
    Verdict,
)

LOCAL = Route(backend="local", model="m", owner="local", reason="atomic work stays local")
CLAUDE = Route(backend="claude", model="sonnet", owner="claude", reason="escalated")
FILES = (FileChange(path="a.py", before=None, after="0" * 64, added=2),)


def spec(task_id: str) -> TaskSpec:
    return TaskSpec(task_id=task_id, description="d", output_file=f"{task_id}.py")


def began() -> list[e.Event]:
    return [e.SessionStarted(session_id="s", workspace="/w", version="1", base="tree")]


def planned(goal_id: str, *task_ids: str) -> list[e.Event]:
    """A goal whose first plan was no plan, whose second waited, and whose third was accepted."""
    specs = tuple(spec(key) for key in task_ids)
    first, second = f"{goal_id}.1", f"{goal_id}.2"
    return [
        e.GoalSubmitted(goal_id=goal_id, text="goal"),
        e.PlanningStarted(goal_id=goal_id, attempt_id=first, number=1, route=CLAUDE),
        e.PlanFailed(goal_id=goal_id, error="not JSON"),
        e.BreakpointRaised(
            breakpoint_id=f"{goal_id}:1", kind="exhausted", title="t", reason="r", goal_id=goal_id
        ),
        e.BreakpointResolved(breakpoint_id=f"{goal_id}:1", resolution="retried", by="person"),
        e.GoalWaiting(goal_id=goal_id, reason="quota", until=5.0),
        e.PlanningStarted(goal_id=goal_id, attempt_id=second, number=2, route=CLAUDE),
        *(e.TaskDrafted(goal_id=goal_id, spec=one) for one in specs),
        e.ResponseReceived(attempt_id=second, usage=Usage(), seconds=1.0, role="plan"),
        e.PlanProposed(goal_id=goal_id, summary="s", tasks=specs),
        e.BreakpointRaised(
            breakpoint_id=f"{goal_id}:2", kind="plan", title="t", reason="r", goal_id=goal_id
        ),
        e.BreakpointResolved(breakpoint_id=f"{goal_id}:2", resolution="approved", by="person"),
        e.PlanAccepted(goal_id=goal_id, by="person"),
        e.TasksAdded(tasks=specs, goal_id=goal_id),
    ]


def refused_plan(goal_id: str) -> list[e.Event]:
    return [
        e.GoalSubmitted(goal_id=goal_id, text="goal"),
        e.PlanningStarted(goal_id=goal_id, attempt_id=f"{goal_id}.1", number=1, route=LOCAL),
        e.PlanProposed(goal_id=goal_id, summary="s", tasks=(spec("X"),), degraded=True),
        e.BreakpointRaised(
            breakpoint_id=f"{goal_id}:1", kind="plan", title="t", reason="r", goal_id=goal_id
        ),
        e.BreakpointResolved(breakpoint_id=f"{goal_id}:1", resolution="rejected", by="person"),
        e.PlanRejected(goal_id=goal_id, note="no"),
    ]


def attempt(task_id: str, number: int, route: Route = LOCAL) -> list[e.Event]:
    """An attempt up to its evidence."""
    attempt_id = f"{task_id}.{number}"
    return [
        e.AttemptStarted(task_id=task_id, attempt_id=attempt_id, number=number, route=route),
        e.ResponseReceived(attempt_id=attempt_id, usage=Usage(output_tokens=3), seconds=1.0),
        e.CandidateStaged(
            task_id=task_id, attempt_id=attempt_id, base="b", snapshot="s", files=FILES
        ),
        e.EvidenceGathered(
            task_id=task_id,
            attempt_id=attempt_id,
            evidence=Evidence(kind="tests", passed=True, summary="1/1 tests"),
        ),
    ]


def ended(task_id: str, number: int, action: str) -> e.Event:
    verdict = Verdict(action=action, reason="r")  # type: ignore[arg-type]
    return e.AttemptFinished(task_id=task_id, attempt_id=f"{task_id}.{number}", verdict=verdict)


def raised(task_id: str, number: int, kind: str, attempt_number: int = 1) -> e.Event:
    return e.BreakpointRaised(
        breakpoint_id=f"{task_id}:{number}",
        kind=kind,  # type: ignore[arg-type]
        title="t",
        reason="r",
        task_id=task_id,
        attempt_id=f"{task_id}.{attempt_number}",
    )


def resolved(task_id: str, number: int, resolution: str) -> e.Event:
    return e.BreakpointResolved(
        breakpoint_id=f"{task_id}:{number}",
        resolution=resolution,  # type: ignore[arg-type]
        by="person",
    )


def intended(task_id: str, change: str, direction: str) -> e.Event:
    return e.WriteIntended(
        change_id=change,
        task_id=task_id,
        direction=direction,  # type: ignore[arg-type]
        before="b",
        files=FILES,
        snapshot="s",
    )


def applied_and_undone(task_id: str) -> list[e.Event]:
    """Right at the second try, a write that was abandoned, one that was done, and its undo."""
    one, two, three = (f"C-{task_id}-{number}" for number in (1, 2, 3))
    return [
        *attempt(task_id, 1),
        ended(task_id, 1, "retry"),
        e.TaskRetried(task_id=task_id, feedback="f", by="rule"),
        e.TaskWaiting(task_id=task_id, reason="no room", until=9.0),
        *attempt(task_id, 2),
        ended(task_id, 2, "propose"),
        raised(task_id, 1, "diff", 2),
        intended(task_id, one, "apply"),
        e.WriteAbandoned(change_id=one, task_id=task_id, reason="disk full"),
        intended(task_id, two, "apply"),
        resolved(task_id, 1, "approved"),
        e.ChangeApplied(change_id=two, task_id=task_id, files=FILES),
        intended(task_id, three, "undo"),
        e.ChangeUndone(change_id=three, task_id=task_id, files=FILES, merged=("a.py",)),
        raised(task_id, 2, "undone", 2),
    ]


def escalated_and_rejected(task_id: str) -> list[e.Event]:
    """A server that failed, Claude, a conflict, and a person who does not want it."""
    return [
        e.AttemptStarted(task_id=task_id, attempt_id=f"{task_id}.1", number=1, route=LOCAL),
        e.AttemptFailed(task_id=task_id, attempt_id=f"{task_id}.1", error="gone", cause="X"),
        e.NoticeGiven(level="warning", message="gone"),
        e.TaskEscalated(task_id=task_id, reason="gone", by="rule"),
        *attempt(task_id, 2, CLAUDE),
        ended(task_id, 2, "propose"),
        raised(task_id, 1, "diff", 2),
        resolved(task_id, 1, "superseded"),
        raised(task_id, 2, "conflict", 2),
        resolved(task_id, 2, "rejected"),
        e.TaskRejected(task_id=task_id, note="no"),
    ]


def given_up(task_id: str) -> list[e.Event]:
    return [
        *attempt(task_id, 1)[:2],
        e.TaskFailed(task_id=task_id, error="e", hint="h"),
    ]


def asked(question_id: str, *, answered: bool) -> list[e.Event]:
    end: e.Event = (
        e.QuestionAnswered(question_id=question_id, text="because")
        if answered
        else e.QuestionFailed(question_id=question_id, error="gone", hint="start it")
    )
    return [
        e.QuestionAsked(question_id=question_id, text="why?", route=LOCAL),
        e.ResponseReceived(
            attempt_id=f"{question_id}.1", usage=Usage(), seconds=1.0, role="answer", model="m"
        ),
        end,
    ]


def of_the_session() -> list[e.Event]:
    window = QuotaWindow(name="5h", used=0.4, resets_at=9.0)
    return [
        e.Paused(),
        e.QuotaObserved(provider="claude", windows=(window,)),
        e.Resumed(),
        e.NoticeGiven(level="info", message="hello"),
    ]
