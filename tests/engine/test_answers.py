"""Answers that are no file, and tests that fail: tries are bounded, a person can go on."""

import pytest

from orchestrator import commands as c
from orchestrator.config import AttemptSettings
from orchestrator.state import Task
from tests.engine.house import FAILS, PASSES, House, breakpoint_of, run_task, task, until, waits
from tests.engine.models import ADD, Said

GOOD = Said()
REFUSED = Said(text="I'm sorry, but I can't help with that.", stop="stop")
UNUSABLE = {
    "refused": REFUSED,
    "refused by the server": Said(text="", stop="refusal"),
    "empty": Said(text=""),
    "only spaces": Said(text="  \n "),
    "cut": Said(text="```python\ndef add(a, b):\n    ret", stop="length"),
    "not code": Said(text="You could use the plus operator to add two numbers."),
    "a syntax error": Said(text="```python\ndef add(a, b:\n    return a + b\n```"),
}


def owners(task_: Task) -> list[str]:
    return [attempt.route.owner for attempt in task_.attempts]


def nothing_was_written(house: House) -> None:
    assert house.files() == {"calc/__init__.py": ""}


@pytest.mark.parametrize("kind", UNUSABLE)
async def test_an_answer_that_is_no_file_is_tried_again_then_given_to_claude_then_to_a_person(
    house: House, kind: str
) -> None:
    house.local.script = house.claude.script = UNUSABLE[kind]
    async with house.engine() as engine:
        state = await run_task(engine, task("T-001"))
        found = state.tasks["T-001"]
        assert owners(found)[:1] == ["local"]
        assert owners(found)[-1:] == ["claude"]
        assert len(found.attempts) <= 4
        assert found.status == "decision"
        assert found.candidate_attempt is None or kind == "a syntax error"
        assert breakpoint_of(state, "T-001")[0] == "exhausted"
        nothing_was_written(house)
        house.local.script = house.claude.script = GOOD
        await engine.submit(c.Retry(breakpoint_id="T-001:1"))  # and there is a way forward
        state = await until(engine, waits("T-001:2"))
        assert breakpoint_of(state, "T-001")[0] == "diff"


async def test_without_claude_a_bad_answer_ends_with_a_person(alone: House) -> None:
    alone.local.script = UNUSABLE["not code"]
    async with alone.engine() as engine:
        state = await run_task(engine, task("T-001"))
        assert owners(state.tasks["T-001"]) == ["local", "local"]
        kind, reason = breakpoint_of(state, "T-001")
        assert kind == "exhausted"
        assert "no Claude" in reason
        nothing_was_written(alone)


async def test_the_retry_is_told_what_was_wrong(house: House) -> None:
    house.local.script = [UNUSABLE["a syntax error"], GOOD]
    async with house.engine() as engine:
        state = await run_task(engine, task("T-001"))
    assert owners(state.tasks["T-001"]) == ["local", "local"]
    assert "does not parse" in house.local.asked[1].messages[-1].content


async def test_what_does_not_parse_is_not_run(house: House) -> None:
    house.local.script = [UNUSABLE["a syntax error"], GOOD]
    async with house.engine() as engine:
        state = await run_task(engine, task("T-001", test_command=PASSES))
    kinds = [{one.kind for one in found.evidence} for found in state.tasks["T-001"].attempts]
    assert ["tests" in found for found in kinds] == [False, True]


async def test_an_answer_that_changes_nothing_is_no_candidate(house: House) -> None:
    (house.workspace / "calc" / "add.py").write_text(ADD)
    house.local.script = house.claude.script = GOOD
    async with house.engine() as engine:
        state = await run_task(engine, task("T-001"))
    found = state.tasks["T-001"]
    assert owners(found) == ["local", "local", "claude", "claude"]
    assert found.candidate_attempt is None
    assert "changes nothing" in breakpoint_of(state, "T-001")[1]


async def test_failing_tests_exhaust_both_sides_and_the_diff_can_still_be_looked_at(
    house: House,
) -> None:
    house.claude.script = GOOD
    async with house.engine() as engine:
        state = await run_task(engine, task("T-001", test_command=FAILS))
        found = state.tasks["T-001"]
        assert owners(found) == ["local", "local", "claude", "claude"]
        assert found.status == "decision"
        nothing_was_written(house)
        await engine.submit(c.Approve(breakpoint_id="T-001:1"))  # a person may know better
        assert house.text("calc/add.py") == ADD


async def test_limits_of_attempts_are_kept_as_configured(house: House) -> None:
    house.claude.script = GOOD
    async with house.engine(attempts=AttemptSettings(local=3, claude=1)) as engine:
        state = await run_task(engine, task("T-001", test_command=FAILS))
    assert owners(state.tasks["T-001"]) == ["local", "local", "local", "claude"]


async def test_a_person_who_retries_gives_a_new_round(alone: House) -> None:
    async with alone.engine() as engine:
        await run_task(engine, task("T-001", test_command=FAILS))
        await engine.submit(c.Retry(breakpoint_id="T-001:1", note="think of zero"))
        state = await until(engine, waits("T-001:2"))
    assert owners(state.tasks["T-001"]) == ["local"] * 4
    assert "think of zero" in alone.local.asked[2].messages[-1].content
