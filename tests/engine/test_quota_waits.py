"""A used-up quota is waited for: never asked again at once, never forgotten."""

import time

import pytest

from orchestrator import commands as c
from orchestrator.backends.base import Request
from orchestrator.errors import RateLimited
from orchestrator.scheduling import next_wake
from orchestrator.state import SessionState
from orchestrator.values import QuotaWindow
from tests.engine.house import House, plan, planned, task, until, waits
from tests.engine.models import Said

GOOD = plan(task("T-001"))


def used_up(until_: float, name: str = "5h") -> QuotaWindow:
    return QuotaWindow(name=name, used=1.0, resets_at=until_, status="rejected")


def refused(*windows: QuotaWindow, retry_after: float | None = None) -> Said:
    error = RateLimited("Claude's limit is reached.", "", retry_after)
    error.quota = windows
    return Said(text="", fault=error)


@pytest.mark.parametrize("told", ["retry-after", "window"])
async def test_a_goal_waits_for_the_reset_and_then_goes_on_by_itself(
    house: House, told: str
) -> None:
    def answer(_request: Request) -> Said | str:
        if len(house.claude.asked) > 0:
            return GOOD
        if told == "window":
            return refused(used_up(time.time() + 0.3))
        return refused(retry_after=0.3)

    house.claude.script = answer
    async with house.engine() as engine:
        await engine.submit(c.SubmitGoal(text="Add sums"))
        state = await until(engine, lambda state: bool(state.goals["G1"].wait_until))
        goal = state.goals["G1"]
        assert goal.status == "planning"
        assert "quota" in goal.wait_reason
        assert not state.open_breakpoints
        assert not state.running()
        state = await until(engine, waits("G1:1"))
        assert state.goals["G1"].status == "proposed"
        started = state.goals["G1"].attempts[-1].started_at
        assert started >= (goal.wait_until or 0)
    assert len(house.claude.asked) == 2


async def test_a_goal_that_waits_is_what_the_engine_wakes_up_for(house: House) -> None:
    at = house.clock() + 3600
    house.claude.script = [refused(used_up(at)), GOOD]
    async with house.engine() as engine:
        await engine.submit(c.SubmitGoal(text="Add sums"))
        state = await until(engine, lambda state: bool(state.goals["G1"].wait_until))
        assert next_wake(state) == at
        house.clock.ahead = 3601
        await engine.submit(c.Show())  # any command lets the engine look at the clock
        await until(engine, waits("G1:1"))


@pytest.mark.parametrize(
    "window",
    [
        used_up(time.time() - 100),
        QuotaWindow(name="5h", used=1.0, resets_at=None, status="rejected"),
        QuotaWindow(name="5h", used=0.2, resets_at=None, status="allowed"),
        QuotaWindow(name="requests/min", used=1.0, resets_at=None),
    ],
    ids=["over already", "without a time", "said to be allowed", "of a minute"],
)
@pytest.mark.parametrize("only", ["", "claude"])
async def test_a_refusal_is_never_answered_by_asking_again_at_once(
    house: House, window: QuotaWindow, only: str
) -> None:
    house.claude.script = refused(window)
    async with house.engine(only=only) as engine:
        await engine.submit(c.SubmitGoal(text="Add sums"))
        state = await until(engine, lambda state: bool(state.goals["G1"].wait_until))
        assert (state.goals["G1"].wait_until or 0) > house.clock() + 5
    assert len(house.claude.asked) == 1


async def test_with_claude_alone_a_used_up_quota_is_waited_for(house: House) -> None:
    at = house.clock() + 3600
    house.claude.script = [GOOD, refused(used_up(at))]
    async with house.engine(only="claude") as engine:
        await planned(engine)
        state = await until(engine, lambda state: bool(state.tasks["T-001"].wait_until))
    assert state.tasks["T-001"].wait_until == at
    assert len(house.claude.asked) == 2


async def test_the_wait_is_over_after_reopening_too(house: House) -> None:
    house.claude.script = [refused(used_up(house.clock() + 3600)), GOOD]
    async with house.engine() as engine:
        await engine.submit(c.SubmitGoal(text="Add sums"))
        await until(engine, lambda state: bool(state.goals["G1"].wait_until))
    house.clock.ahead = 4000
    async with house.engine() as engine:
        await until(engine, waits("G1:1"))


async def test_a_pause_while_waiting_costs_nothing(house: House) -> None:
    """A time that has come and must not be used yet is no reason to look at it all the time."""
    house.claude.script = [refused(used_up(house.clock() + 3600)), GOOD]
    async with house.engine() as engine:
        await engine.submit(c.SubmitGoal(text="Add sums"))
        await until(engine, lambda state: bool(state.goals["G1"].wait_until))
        await engine.submit(c.Pause())
        assert next_wake(engine.state) is None
        house.clock.ahead = 4000
        state: SessionState = engine.state
        assert next_wake(state, house.clock()) is None
        await engine.submit(c.Resume())
        await until(engine, waits("G1:1"))
