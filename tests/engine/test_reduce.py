"""The state is what the events say, and nothing else."""

import json
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator import commands as c
from orchestrator import events as e
from orchestrator.errors import SessionError
from orchestrator.events import Event, durable_types, from_record, to_record
from orchestrator.reduce import reduce, reduce_all
from orchestrator.reduce.steps import REDUCERS
from orchestrator.state import SessionState
from orchestrator.stream import EventStream
from tests.engine import stories
from tests.engine.house import FAILS, House, plan, planned, records_of, task, until, waits
from tests.engine.memory import MemoryStore

STORIES = (
    stories.applied_and_undone("A"),
    stories.escalated_and_rejected("B"),
    stories.given_up("C"),
    stories.asked("Q1", answered=True),
    stories.asked("Q2", answered=False),
    stories.refused_plan("G2"),
    stories.of_the_session(),
)
"""Each in its own order; among each other they may come in any."""
BEGINNING = [*stories.began(), *stories.planned("G1", "A", "B", "C")]


def numbered(events: Sequence[Event]) -> list[Event]:
    return [
        msgspec.structs.replace(event, seq=number, at=float(number))
        for number, event in enumerate(events, start=1)
    ]


@st.composite
def journeys(draw: st.DrawFn) -> list[Event]:
    """All the stories, interleaved, and cut off anywhere."""
    left = [list(story) for story in STORIES]
    told = list(BEGINNING)
    while left:
        story = left[draw(st.integers(0, len(left) - 1))]
        told.append(story.pop(0))
        left = [one for one in left if one]
    return numbered(told[: draw(st.integers(0, len(told)))])


def test_every_durable_event_has_a_reducer() -> None:
    missing = {kind.__name__ for kind in durable_types()} - {kind.__name__ for kind in REDUCERS}
    assert not missing


def test_the_stories_tell_every_event_there_is() -> None:
    told = {type(event) for story in (BEGINNING, *STORIES) for event in story}
    assert set(durable_types()) - told == {e.SessionResumed}


@given(journeys())
def test_a_journey_cut_off_anywhere_leads_to_a_state_that_hangs_together(
    events: list[Event],
) -> None:
    state = reduce_all(events)
    assert state.seq == len(events)
    for key in state.open_breakpoints:
        assert not state.breakpoints[key].resolution
    waiting = [one.breakpoint_id for one in state.tasks.values() if one.breakpoint_id]
    waiting += [one.breakpoint_id for one in state.goals.values() if one.breakpoint_id]
    assert sorted(waiting) == sorted(state.open_breakpoints)
    assert all(state.changes[key].status == "intended" for key in state.open_changes)
    assert {one.spec.task_id for one in state.tasks_in_order()} == set(state.tasks)


@given(journeys())
def test_nothing_runs_after_reopening_and_what_ran_is_ready_again(events: list[Event]) -> None:
    state = reduce_all(events)
    cut = tuple(attempt.attempt_id for _, attempt in state.running())
    resumed = e.SessionResumed(version="1", interrupted=cut, seq=state.seq + 1)
    after = reduce(state, resumed)
    assert not after.running()
    for attempt_id in cut:
        subject = attempt_id.rpartition(".")[0]
        if subject in after.tasks:
            assert after.tasks[subject].status == "waiting"
        else:
            assert after.goals[subject].status == "planning"


@given(journeys())
def test_events_survive_being_written_as_json(events: list[Event]) -> None:
    again = [from_record(json.loads(json.dumps(to_record(event)))) for event in events]
    assert again == events


async def test_the_state_rebuilt_from_the_store_is_the_live_state(house: House) -> None:
    house.claude.script = [
        plan(task("T-001"), task("T-002", output_file="calc/two.py", test_command=FAILS)),
        "def two():\n    return 2\n",
    ]
    async with house.engine() as engine:
        await planned(engine)
        await until(engine, waits("T-001:1", "T-002:1"))
        for command in (
            c.Approve(breakpoint_id="T-001:1"),
            c.Undo(task_id="T-001"),
            c.Reject(breakpoint_id="T-002:1", note="no"),
            c.Pause(),
        ):
            await engine.submit(command)
        question = await engine.submit(c.AskQuestion(text="list the files"))
        await until(engine, lambda state: bool(state.questions[question].answer))
        live = engine.state
    rebuilt = reduce_all(from_record(record) for record in records_of(house.store))
    assert rebuilt == live
    assert rebuilt.spent == live.spent


async def test_an_event_of_a_newer_program_is_a_clear_error() -> None:
    record = {"event": "rocket_launched", "seq": 1}
    stream = EventStream(MemoryStore([record]), lambda: 0.0)
    with pytest.raises(SessionError, match="rocket_launched") as refused:
        await stream.load()
    assert refused.value.hint
    assert stream.state == SessionState()


async def test_an_event_without_its_fields_is_a_clear_error() -> None:
    stream = EventStream(MemoryStore([{"event": "goal_submitted", "seq": 1}]), lambda: 0.0)
    with pytest.raises(SessionError, match="goal_id"):
        await stream.load()


async def test_an_event_about_something_that_never_was_is_a_clear_error() -> None:
    record = {"event": "task_failed", "seq": 1, "task_id": "T-404", "error": "e"}
    stream = EventStream(MemoryStore([record]), lambda: 0.0)
    with pytest.raises(SessionError, match="T-404"):
        await stream.load()
