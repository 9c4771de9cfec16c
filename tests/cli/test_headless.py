"""Headless work ends when nothing moves without a person, no sooner and no later."""

import asyncio

import pytest

from orchestrator import commands as c
from orchestrator import events as e
from orchestrator.config import Autonomy
from orchestrator.errors import CommandRefused, OrchestratorError
from orchestrator.reduce import reduce_all
from orchestrator.state import SessionState
from tests.cli import scripted as s
from tui.headless import INTERRUPTED, TERMINATED, Waits, Watch, motion, run_to_end

SUBMIT = c.SubmitTask(spec=s.spec())
ADDED = e.TasksAdded(tasks=(s.spec(),))


def watch(
    engine: s.ScriptedEngine,
    told: list[e.Event] | None = None,
    *,
    autonomy: Autonomy = "every_diff",
    dispatches: bool = True,
    waits: Waits = s.QUICK,
) -> Watch:
    def tell(event: e.Event, _state: SessionState) -> None:
        if told is not None:
            told.append(event)

    return Watch(
        engine,
        tell,
        autonomy=autonomy,
        dispatches=dispatches,
        waits=waits,
        clock=lambda: s.NOW,
    )


def state(*events: e.Event) -> SessionState:
    return reduce_all(events)


# --- what moves ----------------------------------------------------------------------------------

STARTED = e.AttemptStarted(task_id="T-001", attempt_id="T-001.1", number=1, route=s.LOCAL)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], "stands"),
        ([ADDED], "moves"),
        ([ADDED, STARTED], "moves"),
        ([ADDED, *s.attempt(1, s.PROVEN), s.waits()], "stands"),
        ([ADDED, *s.attempt(1, s.PROVEN), s.waits(), *s.applied()[:1]], "moves"),
        ([ADDED, *s.attempt(1, s.PROVEN), s.waits(), *s.applied()], "stands"),
        ([ADDED, e.Paused()], "stands"),
        ([ADDED, STARTED, e.Paused()], "moves"),
        ([ADDED, e.TaskWaiting(task_id="T-001", reason="quota", until=s.NOW + 9)], "waits"),
        ([ADDED, e.TaskWaiting(task_id="T-001", reason="quota", until=s.NOW - 9)], "moves"),
        ([e.GoalSubmitted(goal_id="G1", text="x")], "moves"),
        (
            [
                e.GoalSubmitted(goal_id="G1", text="x"),
                e.GoalWaiting(goal_id="G1", reason="quota", until=s.NOW + 9),
            ],
            "waits",
        ),
        (
            [
                e.TasksAdded(tasks=(s.spec(), s.spec("T-002", depends_on=["T-001"]))),
                *s.attempt(1, s.PROVEN),
                s.waits(),
            ],
            "stands",
        ),
    ],
)
def test_what_goes_on_by_itself(events: list[e.Event], expected: str) -> None:
    assert motion(state(*events), s.NOW) == expected


def test_with_the_kill_switch_nothing_that_waits_is_started() -> None:
    assert motion(state(ADDED), s.NOW, dispatches=False) == "stands"
    assert motion(state(ADDED, STARTED), s.NOW, dispatches=False) == "moves"


# --- following -----------------------------------------------------------------------------------


async def test_everything_that_follows_is_told_in_order() -> None:
    events = [ADDED, *s.attempt(1, s.PROVEN), s.waits()]
    told: list[e.Event] = []
    subject = await watch(s.ScriptedEngine(lambda _: events), told).carry_out(SUBMIT)
    assert subject == "T-001"
    assert [type(event) for event in told] == [type(event) for event in events]


async def test_what_happened_before_is_not_told_again() -> None:
    told: list[e.Event] = []
    engine = s.ScriptedEngine(lambda _: [e.Paused()], before=[ADDED])
    await watch(engine, told).carry_out(c.Pause())
    assert [type(event) for event in told] == [e.Paused]


async def test_work_that_runs_is_waited_for() -> None:
    engine = s.ScriptedEngine(lambda _: [ADDED, STARTED])
    following = asyncio.create_task(watch(engine).carry_out(SUBMIT))
    await asyncio.sleep(0)
    for event in (*s.attempt(1, s.PROVEN)[1:], s.waits()):
        assert not following.done()
        await engine.play_now(event)
    assert await asyncio.wait_for(following, 5) == "T-001"


async def test_a_command_that_changes_nothing_ends_at_once() -> None:
    await asyncio.wait_for(watch(s.ScriptedEngine()).carry_out(c.Show()), 5)


async def test_a_refusal_is_passed_on() -> None:
    engine = s.ScriptedEngine(refusal=CommandRefused("Nothing to approve."))
    with pytest.raises(CommandRefused):
        await watch(engine).carry_out(c.Approve(breakpoint_id="x"))


async def test_an_engine_that_stops_is_an_error() -> None:
    engine = s.ScriptedEngine(lambda _: [ADDED, STARTED])
    following = asyncio.create_task(watch(engine).carry_out(SUBMIT))
    await asyncio.sleep(0)
    await engine.close()
    with pytest.raises(OrchestratorError, match="engine has stopped"):
        await asyncio.wait_for(following, 5)


async def test_the_last_event_can_be_named() -> None:
    engine = s.ScriptedEngine(
        lambda _: [e.QuestionAsked(question_id="Q1", text="?", route=s.LOCAL)]
    )

    def answered(event: e.Event, subject: str) -> bool:
        return isinstance(event, e.QuestionAnswered) and event.question_id == subject

    asking = asyncio.create_task(watch(engine).carry_out(c.AskQuestion(text="?"), until=answered))
    for _ in range(50):
        await asyncio.sleep(0)
    assert not asking.done()  # though all tasks stand still
    await engine.play_now(e.QuestionAnswered(question_id="Q1", text=""))
    assert await asyncio.wait_for(asking, 5) == "Q1"


# --- waiting for quota ---------------------------------------------------------------------------


def waiting(seconds: float) -> list[e.Event]:
    return [ADDED, e.TaskWaiting(task_id="T-001", reason="quota", until=s.NOW + seconds)]


async def test_a_wait_that_is_too_long_is_not_begun() -> None:
    engine = s.ScriptedEngine(lambda _: waiting(3600))
    patient = Waits(patience=600, grace=600)
    await asyncio.wait_for(watch(engine, waits=patient).carry_out(SUBMIT), 5)


async def test_a_short_wait_is_waited_for() -> None:
    engine = s.ScriptedEngine(lambda _: waiting(5))
    patient = Waits(patience=600, grace=600)
    following = asyncio.create_task(watch(engine, waits=patient).carry_out(SUBMIT))
    await asyncio.sleep(0)
    await engine.play_now(*s.attempt(1, s.PROVEN), s.waits())
    await asyncio.wait_for(following, 5)
    assert engine.state.settled()


async def test_patience_ends() -> None:
    engine = s.ScriptedEngine(lambda _: waiting(0.01))
    await asyncio.wait_for(watch(engine).carry_out(SUBMIT), 5)


# --- what the engine decides by itself -----------------------------------------------------------


@pytest.mark.parametrize(
    ("autonomy", "verdict"),
    [("unproven", s.PROVEN), ("nothing", s.PROVEN), ("nothing", s.UNPROVEN)],
)
async def test_what_the_autonomy_applies_is_waited_for(
    autonomy: Autonomy, verdict: e.AttemptFinished
) -> None:
    script = [ADDED, *s.attempt(1, verdict), s.waits()]  # type: ignore[arg-type]
    engine = s.ScriptedEngine(lambda _: script)
    patient = Waits(patience=600, grace=600)
    following = asyncio.create_task(
        watch(engine, autonomy=autonomy, waits=patient).carry_out(SUBMIT)
    )
    for _ in range(50):
        await asyncio.sleep(0)
    assert not following.done()
    await engine.play_now(*s.applied())
    await asyncio.wait_for(following, 5)


@pytest.mark.parametrize(
    ("autonomy", "kind", "proven"),
    [
        ("every_diff", "diff", True),
        ("unproven", "diff", False),
        ("nothing", "conflict", True),
        ("nothing", "exhausted", True),
        ("nothing", "undone", True),
    ],
)
async def test_what_the_autonomy_leaves_to_a_person_ends_the_work(
    autonomy: Autonomy,
    kind: str,
    proven: bool,  # noqa: FBT001
) -> None:
    verdict = s.PROVEN if proven else s.UNPROVEN
    engine = s.ScriptedEngine(lambda _: [ADDED, *s.attempt(1, verdict), s.waits(kind)])
    patient = Waits(patience=600, grace=600)
    await asyncio.wait_for(watch(engine, autonomy=autonomy, waits=patient).carry_out(SUBMIT), 5)


async def test_an_approval_that_failed_is_not_waited_for() -> None:
    warning = e.NoticeGiven(level="warning", message="Makefile is protected.")
    script = [ADDED, *s.attempt(1, s.PROVEN), s.waits(), warning]
    engine = s.ScriptedEngine(lambda _: script)
    patient = Waits(patience=600, grace=600)
    await asyncio.wait_for(watch(engine, autonomy="unproven", waits=patient).carry_out(SUBMIT), 5)


async def test_an_approval_that_never_comes_is_given_up() -> None:
    engine = s.ScriptedEngine(lambda _: [ADDED, *s.attempt(1, s.PROVEN), s.waits()])
    await asyncio.wait_for(watch(engine, autonomy="unproven").carry_out(SUBMIT), 5)


async def test_what_waited_before_is_not_waited_for() -> None:
    before = [ADDED, *s.attempt(1, s.PROVEN), s.waits()]
    engine = s.ScriptedEngine(lambda _: [e.Paused(), e.Resumed()], before=before)
    patient = Waits(patience=600, grace=600)
    await asyncio.wait_for(
        watch(engine, autonomy="unproven", waits=patient).carry_out(c.Pause()), 5
    )


# --- ending --------------------------------------------------------------------------------------


def test_the_exit_code_of_the_work_is_that_of_the_program() -> None:
    async def work() -> int:
        return 4

    assert run_to_end(work(), lambda: None) == 4


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt, INTERRUPTED)])
def test_an_interrupted_program_says_what_was_kept(error: type[BaseException], code: int) -> None:
    said: list[str] = []

    async def work() -> int:
        raise error

    assert run_to_end(work(), lambda: said.append("kept")) == code
    assert said == ["kept"]


def test_a_cancelled_program_was_terminated() -> None:
    async def work() -> int:
        raise asyncio.CancelledError

    assert run_to_end(work(), lambda: None) == TERMINATED
