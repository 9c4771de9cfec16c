from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orchestrator.commands import Approve, Reject, SubmitGoal, SubmitTask, Undo
from orchestrator.values import TaskSpec
from tests.journey.scenario import ADD, MEAN_RIGHT, World, until, waits, world


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as made:
        yield made


async def test_a_goal_becomes_approved_changes_and_everything_is_there_after_reopening(
    here: World,
) -> None:
    async with here.engine() as engine:
        await engine.submit(SubmitGoal(text="Add sums and means"))
        state = await until(engine, waits("G1:1"))
        assert [spec.task_id for spec in state.goals["G1"].drafts] == ["T-001", "T-002"]
        assert not here.ollama.chats()  # nothing runs before the plan is accepted

        await engine.submit(Approve(breakpoint_id="G1:1"))
        state = await until(engine, waits("T-001:1", "T-002:1"))
        assert here.text("calc/add.py") is None  # nothing unapproved touches the files

        first, second = state.tasks["T-001"], state.tasks["T-002"]
        assert [a.route.owner for a in first.attempts] == ["local"]
        assert [a.route.owner for a in second.attempts] == ["local", "local", "claude"]
        verdicts = [a.verdict.action for a in second.attempts if a.verdict]
        assert verdicts == ["retry", "escalate", "propose"]
        assert all(a.verdict and a.verdict.proven for a in (first.attempts[0], second.attempts[2]))
        assert "ZeroDivisionError" in second.feedback  # the retry was told what went wrong
        windows = {window.name: window.used for window in state.quota["anthropic"]}
        assert windows == {"5h": 0.42, "7d": 0.81}

        await engine.submit(Approve(breakpoint_id="T-001:1"))
        await engine.submit(Approve(breakpoint_id="T-002:1"))
        assert here.text("calc/add.py") == ADD
        assert here.text("calc/mean.py") == MEAN_RIGHT

        await engine.submit(Undo(task_id="T-002"))
        assert here.text("calc/mean.py") is None
        assert here.text("calc/add.py") == ADD
        left = engine.state

    async with here.engine() as engine:
        again = engine.state
        assert again.tasks == left.tasks
        assert again.goals == left.goals
        assert again.open_breakpoints == left.open_breakpoints == ("T-002:2",)
        await engine.submit(Approve(breakpoint_id="T-002:2"))
        assert here.text("calc/mean.py") == MEAN_RIGHT


async def test_what_is_rejected_never_reaches_the_workspace(here: World) -> None:
    async with here.engine() as engine:
        await engine.submit(SubmitGoal(text="Add sums and means"))
        await until(engine, waits("G1:1"))
        await engine.submit(Approve(breakpoint_id="G1:1"))
        await until(engine, waits("T-001:1", "T-002:1"))
        await engine.submit(Reject(breakpoint_id="T-001:1", note="not needed"))
        assert engine.state.tasks["T-001"].status == "rejected"
        assert here.text("calc/add.py") is None


async def test_a_file_too_long_for_the_local_model_is_never_cut_but_goes_to_claude(
    here: World,
) -> None:
    long = "".join(f"LINE_{number} = {number}\n" for number in range(1000))
    (here.workspace / "calc" / "mean.py").write_text(long)
    async with here.engine() as engine:
        spec = TaskSpec(task_id="T-7", description="mean", output_file="calc/mean.py")
        await engine.submit(SubmitTask(spec=spec))
        state = await until(engine, waits("T-7:1"))
    first, second = state.tasks["T-7"].attempts
    assert (first.cause, first.route.owner, second.route.owner) == (
        "PromptTooLong",
        "local",
        "claude",
    )
    assert not here.ollama.chats()
    assert "LINE_999 = 999" in here.claude.chats()[-1].prompt
