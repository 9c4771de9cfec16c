"""Escalating, retrying and rejecting: what a person decides happens, or it is said why not."""

import pytest

from orchestrator import commands as c
from orchestrator.errors import CommandRefused
from tests.engine.house import House, breakpoint_of, run_task, status, task, until, waits
from tests.engine.models import Said


async def test_an_escalated_task_is_written_by_claude_and_says_so(house: House) -> None:
    house.claude.script = "```python\ndef add(a, b):\n    return sum((a, b))\n```"
    async with house.engine() as engine:
        await run_task(engine, task("T-001"))
        await engine.submit(c.Escalate(breakpoint_id="T-001:1"))
        state = await until(engine, waits("T-001:2"))
        attempt = state.tasks["T-001"].attempts[-1]
        assert attempt.route.owner == "claude"
        assert "you sent it to Claude" in attempt.route.reason
        await engine.submit(c.Approve(breakpoint_id="T-001:2"))
    assert "sum((a, b))" in (house.text("calc/add.py") or "")


async def test_claude_is_told_what_failed_before(house: House) -> None:
    house.claude.script = Said()
    command = "python -c 'raise SystemExit(\"seventeen is no sum\")'"
    async with house.engine() as engine:
        await run_task(engine, task("T-001", test_command=command))
        assert "seventeen is no sum" in house.claude.asked[0].messages[-1].content


async def test_without_claude_escalating_is_refused_with_a_hint(alone: House) -> None:
    async with alone.engine() as engine:
        await run_task(engine, task("T-001"))
        with pytest.raises(CommandRefused) as refused:
            await engine.submit(c.Escalate(breakpoint_id="T-001:1"))
        assert "ANTHROPIC_API_KEY" in refused.value.hint
        assert engine.state.open_breakpoints == ("T-001:1",)


async def test_in_a_local_run_escalating_is_refused(house: House) -> None:
    async with house.engine(only="local") as engine:
        await run_task(engine, task("T-001"))
        with pytest.raises(CommandRefused, match="local only"):
            await engine.submit(c.Escalate(breakpoint_id="T-001:1"))
        assert engine.state.open_breakpoints == ("T-001:1",)
    assert not house.claude.asked


async def test_a_rejected_task_can_be_reopened_and_an_applied_one_only_after_undo(
    house: House,
) -> None:
    async with house.engine() as engine:
        await run_task(engine, task("T-001"))
        await engine.submit(c.Reject(breakpoint_id="T-001:1", note="no"))
        assert engine.state.settled()
        await engine.submit(c.RetryTask(task_id="T-001", note="better"))
        await until(engine, waits("T-001:2"))
        assert "better" in house.local.asked[-1].messages[-1].content
        await engine.submit(c.Approve(breakpoint_id="T-001:2"))
        with pytest.raises(CommandRefused) as refused:
            await engine.submit(c.RetryTask(task_id="T-001"))
        assert "Undo" in refused.value.hint
        await engine.submit(c.Undo(task_id="T-001"))
        await engine.submit(c.RetryTask(task_id="T-001"))
        await until(engine, waits("T-001:4"))


async def test_nothing_to_approve_is_said_with_what_to_do(alone: House) -> None:
    alone.local.script = "no code at all"
    async with alone.engine() as engine:
        state = await run_task(engine, task("T-001"))
        assert breakpoint_of(state, "T-001")[0] == "exhausted"
        with pytest.raises(CommandRefused, match="nothing to approve") as refused:
            await engine.submit(c.Approve(breakpoint_id="T-001:1"))
        assert "r" in refused.value.hint
        await engine.submit(c.Reject(breakpoint_id="T-001:1"))
        await until(engine, status("T-001", "rejected"))
