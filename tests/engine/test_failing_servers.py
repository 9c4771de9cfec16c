"""Servers that fail in every way, are not there, or come back: what runs goes on or is said."""

import pytest

from orchestrator import commands as c
from orchestrator.backends.base import Request
from orchestrator.errors import (
    BackendBusy,
    BackendError,
    BackendUnreachable,
    ModelMissing,
    PromptTooLong,
    RateLimited,
    RequestRefused,
    ServerFailed,
    StreamBroken,
    TimedOut,
)
from orchestrator.state import Task
from orchestrator.values import QuotaWindow
from tests.engine.house import FAILS, House, breakpoint_of, run_task, soon, task, until, waits
from tests.engine.models import ADD, Said

GOOD = Said()
PASSING = (
    StreamBroken("The stream ended without an end marker."),
    TimedOut("Nothing came for 30 s.", limit="stall"),
    BackendBusy("The server is busy."),
    ServerFailed("The model crashed.", "A retry often helps."),
)
GONE = BackendUnreachable("The server does not answer.", "Start it.")


def owners(task_: Task) -> list[str]:
    return [attempt.route.owner for attempt in task_.attempts]


def nothing_was_written(house: House) -> None:
    assert house.files() == {"calc/__init__.py": ""}


# --- the server fails -----------------------------------------------------------------------------


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: type(fault).__name__)
async def test_a_failure_that_may_pass_is_tried_once_more(
    house: House, fault: BackendError
) -> None:
    house.local.script = [Said(text=ADD, fault=fault), GOOD]
    async with house.engine() as engine:
        state = await run_task(engine, task("T-001"))
    found = state.tasks["T-001"]
    assert owners(found) == ["local", "local"]
    assert [attempt.status for attempt in found.attempts] == ["failed", "finished"]
    assert found.status == "approval"
    assert any(fault.message in notice.message for notice in state.notices)


@pytest.mark.parametrize("fault", [*PASSING, GONE], ids=lambda fault: type(fault).__name__)
async def test_a_failure_that_stays_goes_to_claude_and_says_why(
    house: House, fault: BackendError
) -> None:
    house.local.script = Said(text="def ", fault=fault)
    house.claude.script = GOOD
    async with house.engine() as engine:
        state = await run_task(engine, task("T-001"))
    found = state.tasks["T-001"]
    assert owners(found)[-1] == "claude"
    assert len(house.local.asked) <= 2
    assert found.attempts[-1].route.reason
    assert found.status == "approval"
    nothing_was_written(house)


@pytest.mark.parametrize("fault", [*PASSING, GONE], ids=lambda fault: type(fault).__name__)
async def test_a_failure_that_stays_waits_for_a_person_where_there_is_no_claude(
    alone: House, fault: BackendError
) -> None:
    alone.local.script = Said(text="def ", fault=fault)
    async with alone.engine() as engine:
        state = await run_task(engine, task("T-001"))
        found = state.tasks["T-001"]
        assert len(found.attempts) <= 2
        assert found.status == "decision"
        assert breakpoint_of(state, "T-001")[0] == "exhausted"
        assert not state.running()
        alone.local.script = GOOD
        await engine.submit(c.Retry(breakpoint_id="T-001:1"))
        state = await until(engine, waits("T-001:2"))
        assert state.tasks["T-001"].status == "approval"
    nothing_was_written(alone)


async def test_when_both_sides_fail_it_ends_with_a_person(house: House) -> None:
    house.local.script = house.claude.script = Said(text="def ", fault=PASSING[0])
    async with house.engine() as engine:
        state = await run_task(engine, task("T-001"))
    assert owners(state.tasks["T-001"]) == ["local", "local", "claude", "claude"]
    assert breakpoint_of(state, "T-001")[0] == "exhausted"


async def test_a_stream_without_an_end_marker_is_never_a_candidate(alone: House) -> None:
    alone.local.script = Said(ends=False)
    async with alone.engine() as engine:
        state = await run_task(engine, task("T-001"))
    found = state.tasks["T-001"]
    assert found.candidate_attempt is None
    assert all("end marker" in attempt.error for attempt in found.attempts)


async def test_a_prompt_that_is_too_long_for_the_local_model_goes_to_claude(house: House) -> None:
    house.local.script = Said(text="", fault=PromptTooLong("9000 tokens; 8192 fit.", "Shorten it."))
    house.claude.script = GOOD
    async with house.engine() as engine:
        state = await run_task(engine, task("T-001"))
    assert owners(state.tasks["T-001"]) == ["local", "claude"]
    assert "9000 tokens" in state.tasks["T-001"].escalation


async def test_a_prompt_that_is_too_long_for_everyone_waits_for_a_person(house: House) -> None:
    house.local.script = house.claude.script = Said(
        text="", fault=PromptTooLong("Far too long.", "Shorten it.")
    )
    async with house.engine() as engine:
        state = await run_task(engine, task("T-001"))
    assert owners(state.tasks["T-001"]) == ["local", "claude"]
    assert "Shorten it." in breakpoint_of(state, "T-001")[1]


async def test_a_missing_model_is_named_with_what_is_installed(alone: House) -> None:
    alone.local.script = Said(
        text="", fault=ModelMissing("There is no model small.", "Installed: llama3:8b.")
    )
    async with alone.engine() as engine:
        state = await run_task(engine, task("T-001"))
    assert "Installed: llama3:8b." in breakpoint_of(state, "T-001")[1]
    assert len(alone.local.asked) == 1


async def test_a_model_that_a_check_did_not_find_is_not_even_asked_for(alone: House) -> None:
    alone.local.installed = ("llama3:8b",)
    async with alone.engine() as engine:
        state = await run_task(engine, task("T-001"))
    reason = breakpoint_of(state, "T-001")[1]
    assert "small" in reason
    assert "llama3:8b" in reason
    assert not alone.local.asked


async def test_a_request_that_is_refused_is_not_repeated(house: House) -> None:
    house.local.script = Said(text="", fault=RequestRefused("Bad option.", "Mend the settings."))
    async with house.engine() as engine:
        state = await run_task(engine, task("T-001"))
    assert len(house.local.asked) == 1
    assert "Mend the settings." in breakpoint_of(state, "T-001")[1]


async def test_a_local_server_with_a_limit_is_not_asked_again_and_again(house: House) -> None:
    house.local.script = Said(text="", fault=RateLimited("Too many requests.", "", 30.0))
    house.claude.script = GOOD
    async with house.engine() as engine:
        state = await run_task(engine, task("T-001"))
    assert len(house.local.asked) <= 2
    assert owners(state.tasks["T-001"])[-1] == "claude"


async def test_without_claude_a_local_server_with_a_limit_waits_for_a_person(alone: House) -> None:
    alone.local.script = Said(text="", fault=RateLimited("Too many requests.", "Wait 30 s.", 30.0))
    async with alone.engine() as engine:
        state = await run_task(engine, task("T-001"))
    assert len(alone.local.asked) <= 2
    assert "Wait 30 s." in breakpoint_of(state, "T-001")[1]


async def test_claude_refusing_for_lack_of_quota_is_no_try(house: House) -> None:
    def answer(_request: Request) -> Said:
        error = RateLimited("The limit is reached.", "", 0.1)
        return Said(text="", fault=error) if len(house.claude.asked) < 3 else GOOD

    house.claude.script = answer
    async with house.engine() as engine:
        state = await run_task(engine, task("T-001", category="bugfix", test_command=FAILS))
    found = state.tasks["T-001"]
    assert [attempt.cause for attempt in found.attempts[:3]] == ["RateLimited"] * 3
    assert len(found.attempts) == 5  # and two real tries after them


async def test_a_task_that_is_claudes_waits_for_the_reset_and_is_then_written(
    house: House,
) -> None:
    window = QuotaWindow(name="5h", used=1.0, resets_at=house.clock() + 0.3, status="rejected")
    error = RateLimited("The limit is reached.")
    error.quota = (window,)
    house.claude.script = [Said(text="", fault=error), GOOD]
    async with house.engine() as engine:
        await engine.submit(c.SubmitTask(spec=task("T-001", category="bugfix")))
        state = await until(engine, lambda state: bool(state.tasks["T-001"].wait_until))
        assert "quota" in state.tasks["T-001"].wait_reason
        assert not state.open_breakpoints
        state = await until(engine, waits("T-001:1"))
        assert state.tasks["T-001"].status == "approval"


# --- servers that are not there, and come back ----------------------------------------------------


async def test_a_server_that_is_down_at_the_start_means_claude_with_a_visible_reason(
    house: House,
) -> None:
    house.local.up = False
    house.claude.script = GOOD
    async with house.engine() as engine:
        state = await run_task(engine, task("T-001"))
    (attempt,) = state.tasks["T-001"].attempts
    assert attempt.route.owner == "claude"
    assert "local does not answer" in attempt.route.reason
    assert not house.local.asked


async def test_a_server_that_is_down_without_claude_waits_for_a_person_with_a_hint(
    alone: House,
) -> None:
    alone.local.up = False
    async with alone.engine() as engine:
        state = await run_task(engine, task("T-001"))
        kind, reason = breakpoint_of(state, "T-001")
        assert kind == "exhausted"
        assert "Start the model server" in reason
        assert not state.tasks["T-001"].attempts


async def test_retrying_after_the_server_was_started_finds_it(alone: House) -> None:
    alone.local.up = False
    async with alone.engine() as engine:
        await run_task(engine, task("T-001"))
        alone.local.up = True
        await engine.submit(c.Retry(breakpoint_id="T-001:1"))
        state = await until(engine, waits("T-001:2"))
        assert state.tasks["T-001"].status == "approval"


async def test_a_server_that_died_and_came_back_is_found_by_a_retry(alone: House) -> None:
    alone.local.script = [GOOD, Said(text="def", fault=GONE), GOOD]
    async with alone.engine() as engine:
        await run_task(engine, task("T-001"))
        alone.local.up = False
        await engine.submit(c.SubmitTask(spec=task("T-002", output_file="calc/two.py")))
        await until(engine, waits("T-001:1", "T-002:1"))
        alone.local.up = True
        await engine.submit(c.Retry(breakpoint_id="T-002:1"))
        state = await until(engine, waits("T-001:1", "T-002:2"))
        assert state.tasks["T-002"].status == "approval"


async def test_looking_for_servers_holds_up_no_command(alone: House) -> None:
    alone.local.up = False
    async with alone.engine() as engine:
        await engine.submit(c.CheckBackends())
        alone.local.answers_checks.clear()
        await engine.submit(c.SubmitTask(spec=task("T-001")))
        await soon(alone.local.until_checked(2))
        await soon(engine.submit(c.Pause()))
        await soon(engine.submit(c.Resume()))
        alone.local.answers_checks.set()
        await until(engine, waits("T-001:1"))


async def test_no_server_at_all_is_looked_for_again_but_not_for_ever(alone: House) -> None:
    alone.local.up = False
    async with alone.engine() as engine:
        for number in range(5):
            await engine.submit(c.SubmitTask(spec=task(f"T-{number}")))
        await until(engine, waits(*(f"T-{number}:1" for number in range(5))))
    assert alone.local.checks <= 7
