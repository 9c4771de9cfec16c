"""Questions are answered, or it is said why not; no file changes."""

import asyncio

import msgspec
import pytest

from orchestrator import commands as c
from orchestrator.config import BudgetSettings
from orchestrator.engine import Engine
from orchestrator.errors import BackendUnreachable, CommandRefused, OrchestratorError
from orchestrator.planning.prompts import Prompts
from orchestrator.state import Question, SessionState
from orchestrator.values import QuotaWindow
from tests.engine.house import House, no_task_left_behind, soon, until
from tests.engine.models import Said


async def ask(engine: Engine, text: str = "list the files") -> Question:
    """The question when it is answered or has failed."""
    key = await engine.submit(c.AskQuestion(text=text))

    def over(state: SessionState) -> bool:
        return bool(state.questions[key].answer or state.questions[key].error)

    return (await until(engine, over)).questions[key]


async def test_a_question_is_answered_and_counted(house: House) -> None:
    house.claude.script = "Because."
    async with house.engine() as engine:
        question = await ask(engine, "why is the sky blue?")
        assert (question.answer, question.error) == ("Because.", "")
        assert question.route.owner == "claude"
        assert [key[2] for key in engine.state.spent] == ["answer"]
    assert house.files() == {"calc/__init__.py": ""}


async def test_with_local_alone_a_local_model_answers(house: House) -> None:
    house.local.script = "Because."
    async with house.engine(only="local") as engine:
        question = await ask(engine)
        assert (question.answer, question.route.owner) == ("Because.", "local")
    assert not house.claude.asked


async def test_without_claude_a_local_model_answers(alone: House) -> None:
    alone.local.script = "Because."
    async with alone.engine() as engine:
        assert (await ask(engine)).answer == "Because."


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (Said(text="Be", fault=BackendUnreachable("Gone.", "Start it.")), "Gone."),
        (Said(text="Because", ends=False), "end marker"),
        (Said(text=""), "nothing"),
        (Said(text=" \n"), "nothing"),
        (Said(text="Be", fault=ZeroDivisionError("bug")), "ZeroDivisionError"),
    ],
)
async def test_a_question_without_an_answer_says_why(house: House, said: Said, reason: str) -> None:
    house.claude.script = said
    async with house.engine() as engine:
        question = await ask(engine)
        assert not question.answer
        assert reason in question.error
        house.claude.script = house.local.script = "Because."
        assert (await ask(engine)).answer == "Because."


async def test_a_broken_template_is_said(house: House) -> None:
    folder = house.folder / "templates"
    folder.mkdir()
    (folder / "answer.md.j2").write_text("{{ no_such_value }}\n=====\n")
    bench = house.bench()
    broken = msgspec.structs.replace(bench, prompts=Prompts(folder))
    async with Engine(broken, "s1") as engine:
        question = await ask(engine)
    assert "answer.md.j2" in question.error
    assert question.hint


async def test_without_any_server_the_question_is_refused_with_a_hint(alone: House) -> None:
    alone.local.up = False
    async with alone.engine() as engine:
        with pytest.raises(OrchestratorError) as refused:
            await engine.submit(c.AskQuestion(text="why?"))
        assert refused.value.hint
        assert not engine.state.questions


async def test_an_empty_question_is_refused(house: House) -> None:
    async with house.engine() as engine:
        with pytest.raises(CommandRefused, match="empty"):
            await engine.submit(c.AskQuestion(text="  "))


async def test_a_question_that_would_have_to_wait_for_quota_is_refused(house: House) -> None:
    used = QuotaWindow(name="5h", used=1.0, resets_at=house.clock() + 99, status="rejected")
    house.claude.script = Said(text="Because.", quota=(used,))
    async with house.engine() as engine:
        await ask(engine)
        with pytest.raises(CommandRefused) as refused:
            await engine.submit(c.AskQuestion(text="redesign the architecture"))
        assert "--local" in refused.value.hint


async def test_several_questions_get_answers_of_their_own(house: House) -> None:
    hold = asyncio.Event()
    house.claude.script = lambda request: Said(text=request.messages[-1].content[-5:], hold=hold)
    async with house.engine(budget=BudgetSettings()) as engine:
        names = await soon(
            asyncio.gather(*(engine.submit(c.AskQuestion(text=f"why {n}?")) for n in "abc"))
        )
        assert len(set(names)) == 3
        await soon(house.claude.until_asked(3))
        hold.set()
        state = await until(
            engine, lambda state: all(one.answer for one in state.questions.values())
        )
    assert {one.text[-2:]: one.answer.strip()[-2:] for one in state.questions.values()} == {
        f"{n}?": f"{n}?" for n in "abc"
    }


async def test_a_question_cut_short_by_the_end_has_failed_after_reopening(house: House) -> None:
    house.claude.script = Said(text="Because.", hold=asyncio.Event())
    async with no_task_left_behind(), house.engine() as engine:
        await engine.submit(c.AskQuestion(text="why?"))
        await soon(house.claude.until_asked(1))
    async with house.engine() as engine:
        question = engine.state.questions["Q1"]
        assert "cut short" in question.error
        assert question.hint
