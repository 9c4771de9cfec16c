"""Whatever comes instead of a plan: it is asked for once more, and then a person decides."""

import json

import pytest

from orchestrator import commands as c
from orchestrator.errors import BackendUnreachable, CommandRefused, StreamBroken
from tests.engine.house import (
    House,
    breakpoint_of,
    event_names,
    plan,
    planned,
    records_of,
    task,
    unlike,
    until,
    waits,
)
from tests.engine.models import Said

GOOD = plan(task("T-001"))
CYCLE = plan(task("A", depends_on=["C"]), task("B", depends_on=["A"]), task("C", depends_on=["B"]))
DEEP = '{"tasks": ' + "[" * 100_000
BAD = {
    "a cycle": (CYCLE, "A -> C -> B -> A"),
    "a task that waits for itself": (plan(task("A", depends_on=["A"])), "A -> A"),
    "an unknown dependency": (plan(task("A", depends_on=["B"])), "A depends on B"),
    "a path outside": (plan(task("A", output_file="../evil.py")), "leaves the workspace"),
    "an absolute path": (plan(task("A", output_file="/etc/passwd")), "not relative"),
    "a context file outside": (plan(task("A", context_files=["../x"])), "leaves the workspace"),
    "git's own folder": (plan(task("A", output_file=".git/config")), "git's own folder"),
    "no JSON": ("I would start with the tests.", "not JSON"),
    "broken JSON": (GOOD[:-3], "not valid JSON"),
    "JSON without end": (DEEP, "not valid JSON"),
    "no tasks": (json.dumps({"summary": "s", "tasks": []}), "no tasks"),
    "a missing field": (json.dumps({"tasks": [{"task_id": "A"}]}), "description"),
    "one id twice": (plan(task("A"), task("A")), "twice"),
    "an id that is a path": (unlike(task("A"), task_id="../A"), "no task id"),
    "half a character": (unlike(task("A"), description="\ud800"), "half a character"),
    "nothing": ("", "not JSON"),
}


@pytest.mark.parametrize("kind", BAD)
async def test_a_bad_plan_is_asked_for_once_more_with_the_reason(house: House, kind: str) -> None:
    bad, reason = BAD[kind]
    house.claude.script = [bad, GOOD]
    async with house.engine() as engine:
        await engine.submit(c.SubmitGoal(text="Add sums"))
        state = await until(engine, waits("G1:1"))
    assert state.goals["G1"].status == "proposed"
    assert [one.status for one in state.goals["G1"].attempts] == ["failed", "finished"]
    assert reason in house.claude.asked[1].messages[-1].content


@pytest.mark.parametrize("kind", BAD)
async def test_a_plan_that_stays_bad_waits_for_a_person_with_the_reason(
    house: House, kind: str
) -> None:
    bad, reason = BAD[kind]
    house.claude.script = bad
    async with house.engine() as engine:
        await engine.submit(c.SubmitGoal(text="Add sums"))
        state = await until(engine, waits("G1:1"))
        assert state.goals["G1"].status == "failed"
        found, why = breakpoint_of(state, "G1")
        assert (found, reason in why) == ("exhausted", True)
        assert reason in state.goals["G1"].error
        assert len(house.claude.asked) == 2
        assert not state.tasks
        assert not state.running()
        await engine.submit(c.Reject(breakpoint_id="G1:1"))
        assert engine.state.goals["G1"].status == "rejected"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (Said(text=GOOD[:40], stop="length"), "cut"),
        (Said(text="I can't help with that.", stop="refusal"), "refused"),
    ],
)
async def test_a_plan_that_is_cut_or_refused_waits_for_a_person(
    house: House, said: Said, reason: str
) -> None:
    house.claude.script = said
    async with house.engine() as engine:
        await engine.submit(c.SubmitGoal(text="Add sums"))
        state = await until(engine, waits("G1:1"))
    assert reason in breakpoint_of(state, "G1")[1]
    assert len(house.claude.asked) == 2


@pytest.mark.parametrize(
    "fault",
    [
        BackendUnreachable("Claude does not answer.", "Start it."),
        StreamBroken("The stream broke.", "Start it."),
        RuntimeError("a bug"),
    ],
)
async def test_a_server_that_fails_while_it_plans_is_told_and_can_be_asked_again(
    house: House, fault: Exception
) -> None:
    house.claude.script = [Said(text=GOOD[:30], fault=fault), GOOD]
    async with house.engine() as engine:
        await engine.submit(c.SubmitGoal(text="Add sums"))
        state = await until(engine, waits("G1:1"))
        assert str(fault.args[0]) in breakpoint_of(state, "G1")[1]
        assert len(house.claude.asked) == 1
        house.claude.up = True
        await engine.submit(c.CheckBackends())
        await engine.submit(c.Retry(breakpoint_id="G1:1"))
        state = await until(engine, waits("G1:2"))
        assert breakpoint_of(state, "G1")[0] == "plan"


async def test_a_stream_without_an_end_is_no_plan(house: House) -> None:
    house.claude.script = Said(text=GOOD, ends=False)
    async with house.engine() as engine:
        await engine.submit(c.SubmitGoal(text="Add sums"))
        state = await until(engine, waits("G1:1"))
    assert "end marker" in breakpoint_of(state, "G1")[1]
    assert not state.tasks


async def test_drafts_of_a_plan_that_failed_are_gone_in_the_next(house: House) -> None:
    house.claude.script = [plan(task("A"), task("B", depends_on=["X"])), GOOD]
    async with house.engine() as engine:
        await engine.submit(c.SubmitGoal(text="Add sums"))
        state = await until(engine, waits("G1:1"))
    assert [spec.task_id for spec in state.goals["G1"].drafts] == ["T-001"]


async def test_a_note_reaches_the_planner_and_the_old_plan_is_gone(house: House) -> None:
    house.claude.script = [GOOD, plan(task("T-007"))]
    async with house.engine() as engine:
        await engine.submit(c.SubmitGoal(text="Add sums"))
        await until(engine, waits("G1:1"))
        await engine.submit(c.Retry(breakpoint_id="G1:1", note="in one step, please"))
        state = await until(engine, waits("G1:2"))
        assert [spec.task_id for spec in state.goals["G1"].drafts] == ["T-007"]
        assert "in one step, please" in house.claude.asked[1].messages[-1].content
        with pytest.raises(CommandRefused, match="retried already"):
            await engine.submit(c.Approve(breakpoint_id="G1:1"))


async def test_a_note_is_not_forgotten_when_the_next_plan_is_bad(house: House) -> None:
    house.claude.script = [GOOD, "no plan", GOOD]
    async with house.engine() as engine:
        await engine.submit(c.SubmitGoal(text="Add sums"))
        await until(engine, waits("G1:1"))
        await engine.submit(c.Retry(breakpoint_id="G1:1", note="in one step, please"))
        await until(engine, waits("G1:2"))
    asked = house.claude.asked[2].messages[-1].content
    assert "not JSON" in asked
    assert "in one step, please" in asked


async def test_a_failed_goal_can_be_planned_again_with_a_note(house: House) -> None:
    house.claude.script = ["no", "no", GOOD]
    async with house.engine() as engine:
        await engine.submit(c.SubmitGoal(text="Add sums"))
        await until(engine, waits("G1:1"))
        await engine.submit(c.Retry(breakpoint_id="G1:1", note="as JSON"))
        state = await until(engine, waits("G1:2"))
    assert state.goals["G1"].status == "proposed"
    assert not state.goals["G1"].error
    assert "as JSON" in house.claude.asked[2].messages[-1].content


async def test_a_rejected_plan_never_runs(house: House) -> None:
    async with house.engine() as engine:
        await engine.submit(c.SubmitGoal(text="Add sums"))
        await until(engine, waits("G1:1"))
        await engine.submit(c.Reject(breakpoint_id="G1:1", note="not now"))
        assert engine.state.goals["G1"].status == "rejected"
        assert not engine.state.tasks
        assert engine.state.settled()
        with pytest.raises(CommandRefused, match="rejected already"):
            await engine.submit(c.Approve(breakpoint_id="G1:1"))


async def test_a_plan_can_not_be_escalated(house: House) -> None:
    async with house.engine() as engine:
        await engine.submit(c.SubmitGoal(text="Add sums"))
        await until(engine, waits("G1:1"))
        with pytest.raises(CommandRefused) as refused:
            await engine.submit(c.Escalate(breakpoint_id="G1:1"))
        assert refused.value.hint


async def test_tasks_of_a_second_goal_get_free_names(house: House) -> None:
    first = plan(task("T-001"), task("T-002", depends_on=["T-001"]))
    house.claude.script = first
    async with house.engine() as engine:
        await engine.submit(c.Pause())
        await engine.submit(c.Resume())
        await planned(engine, "one")
        await engine.submit(c.Pause())
        await engine.submit(c.SubmitGoal(text="two"))
        await engine.submit(c.Resume())
        await until(engine, lambda state: bool(state.goals["G2"].breakpoint_id))
        await engine.submit(c.Approve(breakpoint_id="G2:1"))
        state = engine.state
    assert state.goals["G1"].task_ids == ("T-001", "T-002")
    assert state.goals["G2"].task_ids == ("T-003", "T-004")
    assert state.tasks["T-004"].spec.depends_on == ("T-003",)


async def test_two_plans_that_were_proposed_at_the_same_time_do_not_share_names(
    house: House,
) -> None:
    house.claude.script = plan(task("T-001"), task("T-002", depends_on=["T-001"]))
    async with house.engine() as engine:
        await engine.submit(c.SubmitGoal(text="one"))
        await engine.submit(c.SubmitGoal(text="two"))
        await until(engine, waits("G1:1", "G2:1"))
        await engine.submit(c.Pause())
        await engine.submit(c.Approve(breakpoint_id="G1:1"))
        await engine.submit(c.Approve(breakpoint_id="G2:1"))
        state = engine.state
    assert len(state.tasks) == 4
    names = [*state.goals["G1"].task_ids, *state.goals["G2"].task_ids]
    assert len(set(names)) == 4
    last = state.tasks[names[3]].spec
    assert last.depends_on == (names[2],)


async def test_a_task_that_came_while_a_plan_waited_keeps_its_name(house: House) -> None:
    house.claude.script = plan(task("T-001"), task("T-002", depends_on=["T-001"]))
    async with house.engine() as engine:
        await engine.submit(c.SubmitGoal(text="one"))
        await until(engine, waits("G1:1"))
        mine = task("T-001", description="mine", output_file="calc/mine.py")
        await engine.submit(c.SubmitTask(spec=mine))
        await engine.submit(c.Approve(breakpoint_id="G1:1"))
        assert engine.state.tasks["T-001"].spec == mine
        assert engine.state.goals["G1"].task_ids == ("T-003", "T-002")
        assert engine.state.tasks["T-002"].spec.depends_on == ("T-003",)


@pytest.mark.parametrize("name", ["G1", "Q1", "G12"])
async def test_a_task_is_never_called_like_a_goal_or_a_question(house: House, name: str) -> None:
    house.claude.script = plan(task(name), task("B", depends_on=[name]))
    async with house.engine() as engine:
        await engine.submit(c.SubmitGoal(text="one"))
        state = await until(engine, waits("G1:1"))
        first, second = state.goals["G1"].drafts
        assert (first.task_id, second.depends_on) == ("T-001", ("T-001",))
        with pytest.raises(CommandRefused, match=name):
            await engine.submit(c.SubmitTask(spec=task(name)))


async def test_planning_starts_are_counted_through(house: House) -> None:
    house.claude.script = ["no", "no", "no", GOOD]
    async with house.engine() as engine:
        await engine.submit(c.SubmitGoal(text="Add sums"))
        await until(engine, waits("G1:1"))
        await engine.submit(c.Retry(breakpoint_id="G1:1"))
        await until(engine, waits("G1:2"))
        attempts = engine.state.goals["G1"].attempts
    assert [one.attempt_id for one in attempts] == ["G1.1", "G1.2", "G1.3", "G1.4"]
    names = event_names(records_of(house.store))
    assert names.count("planning_started") == 4
