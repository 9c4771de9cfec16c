"""LLM_DISABLED: no model is asked anything, and everything else goes on."""

import pytest

from orchestrator import commands as c
from orchestrator.errors import CommandRefused
from tests.engine.house import (
    House,
    planned,
    task,
    until,
    waits,
)


async def test_with_llm_disabled_new_work_is_refused_and_it_says_so(house: House) -> None:
    async with house.engine(llm_disabled=True) as engine:
        for command in (
            c.SubmitGoal(text="Add sums"),
            c.SubmitTask(spec=task("T-001")),
            c.AskQuestion(text="why?"),
        ):
            with pytest.raises(CommandRefused, match="LLM_DISABLED") as refusal:
                await engine.submit(command)
            assert refusal.value.hint
        assert any("LLM_DISABLED" in notice.message for notice in engine.state.notices)
        assert not engine.state.goals
    assert not house.claude.asked


async def test_with_llm_disabled_what_waits_can_still_be_approved_and_undone(house: House) -> None:
    async with house.engine() as engine:
        await planned(engine)
        await until(engine, waits("T-001:1"))
    asked = len(house.claude.asked) + len(house.local.asked)
    async with house.engine(llm_disabled=True) as engine:
        await engine.submit(c.Approve(breakpoint_id="T-001:1"))
        assert house.text("calc/add.py")
        await engine.submit(c.Undo(task_id="T-001"))
        assert house.text("calc/add.py") is None
        await engine.submit(c.Retry(breakpoint_id="T-001:2"))
        assert engine.state.tasks["T-001"].status == "waiting"
    assert len(house.claude.asked) + len(house.local.asked) == asked
