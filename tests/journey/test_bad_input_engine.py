"""Bad input gets a clear message with what to do, and nothing is lost."""

import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orchestrator import commands as c
from orchestrator.engine import Engine
from orchestrator.errors import CommandRefused, OrchestratorError, SpecError, WorkspaceError
from orchestrator.planning.spec_file import read_spec
from orchestrator.values import TaskSpec
from sessions.identity import checked_attempt_id
from tests.journey.scenario import ADD, World, make_workspace, until, waits, world
from tests.servers.anthropic import AnthropicServer
from tests.servers.ollama import OllamaServer
from tests.servers.script import Answer, Asked

SPEC = TaskSpec(task_id="T-001", description="add(a, b)", output_file="calc/add.py")
CODE = f"```python\n{ADD}```"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as made:
        yield made


async def run(engine: Engine, spec: TaskSpec = SPEC) -> str:
    """The reason of what waits about the task when it wants a person."""
    await engine.submit(c.SubmitTask(spec=spec))
    state = await until(engine, lambda state: bool(state.tasks[spec.task_id].breakpoint_id))
    return state.breakpoints[state.tasks[spec.task_id].breakpoint_id].reason


# --- models ---------------------------------------------------------------------------------------


async def test_a_model_that_is_not_installed_is_named_with_those_that_are(tmp_path: Path) -> None:
    async with (
        OllamaServer(CODE, models=["llama3:8b", "phi4:latest"]) as ollama,
        AnthropicServer(CODE) as claude,
    ):
        here = World(tmp_path, make_workspace(tmp_path), ollama, claude)
        async with here.engine(only="local") as engine:
            reason = await run(engine)
            assert "qwen2.5:14b-instruct-q4_K_M" in reason
            assert "llama3:8b" in reason
            assert "ollama pull" in reason
            assert not ollama.chats()
            ollama.installed.add("qwen2.5:14b-instruct-q4_K_M")  # somebody pulls it
            await engine.submit(c.Retry(breakpoint_id="T-001:1"))
            await until(engine, waits("T-001:2"))


async def test_a_model_that_vanishes_during_the_session_is_named_too(here: World) -> None:
    async with here.engine(only="local") as engine:
        await engine.submit(c.CheckBackends())
        here.ollama.installed = {"llama3:8b"}
        reason = await run(engine)
        assert "llama3:8b" in reason
        assert len(here.ollama.chats()) <= 1


@pytest.mark.parametrize(
    ("said", "word"),
    [
        (Answer(""), "empty"),
        (Answer("I'm sorry, I can't help with that."), "refus"),
        (Answer(CODE[:30], stop="length"), "cut"),
        (Answer("Use the plus operator, it adds numbers."), "no content"),
    ],
)
async def test_answers_that_are_no_file_are_said_in_words(
    tmp_path: Path, said: Answer, word: str
) -> None:
    async with (
        OllamaServer(said, models=["qwen2.5:14b-instruct-q4_K_M"]) as ollama,
        AnthropicServer(said) as claude,
        World(tmp_path, make_workspace(tmp_path), ollama, claude).engine() as engine,
    ):
        reason = await run(engine)
        attempts = engine.state.tasks["T-001"].attempts
        summaries = [one.summary for found in attempts for one in found.evidence]
        assert word in (reason + " ".join(summaries)).lower()
        assert [one.route.owner for one in attempts] == ["local"] * 2 + ["claude"] * 2
    assert not (tmp_path / "calculator" / "calc" / "add.py").exists()


# --- specs ----------------------------------------------------------------------------------------

HOSTILE_IDS = [
    "",
    " ",
    ".",
    "..",
    "../T-001",
    "a/b",
    "a\\b",
    "T-001.2",
    "T-001:1",
    "T 001",
    "-rf",
    "\u202eT-001",
    "T\x00",
    "T\n",
    "x" * 33,
    "T-001\n",
    "CON ",
    "é",
]


@pytest.mark.parametrize("name", HOSTILE_IDS)
def test_a_task_id_that_could_not_be_a_log_name_is_refused(name: str) -> None:
    spec = {"task_id": name, "description": "d", "output_file": "a.py"}
    with pytest.raises(SpecError, match="task_id") as refused:
        read_spec(json.dumps(spec).encode(), "spec.json")
    assert refused.value.hint


@pytest.mark.parametrize("name", ["T-001", "a", "Z" * 32, "A-b_C-9"])
def test_every_task_id_that_is_taken_gives_attempts_that_can_be_logged(name: str) -> None:
    spec = {"task_id": name, "description": "d", "output_file": "a.py"}
    task = read_spec(json.dumps(spec).encode(), "spec.json")
    for attempt in (f"{task.task_id}.1", f"{task.task_id}.12345"):
        assert checked_attempt_id(attempt) == attempt
        assert checked_attempt_id(f"{attempt}.tests") == f"{attempt}.tests"


async def test_a_task_whose_name_is_taken_is_refused_with_a_free_one(here: World) -> None:
    async with here.engine() as engine:
        await run(engine)
        with pytest.raises(CommandRefused) as refused:
            await engine.submit(c.SubmitTask(spec=SPEC))
        assert "T-002" in refused.value.hint
        assert engine.state.open_breakpoints == ("T-001:1",)


async def test_text_that_can_not_be_written_is_refused_and_the_session_goes_on(
    here: World,
) -> None:
    """A lone half of a character, as an argument that is no UTF-8 becomes."""
    async with here.engine() as engine:
        with pytest.raises(OrchestratorError):
            await engine.submit(c.SubmitGoal(text="Add \udcff sums"))
        assert not engine.state.goals
        assert await run(engine)


@pytest.mark.parametrize("text", ["", "  ", "\n\t"])
async def test_an_empty_goal_is_refused(here: World, text: str) -> None:
    async with here.engine() as engine:
        with pytest.raises(CommandRefused, match="empty"):
            await engine.submit(c.SubmitGoal(text=text))


# --- workspaces -----------------------------------------------------------------------------------


async def test_a_workspace_without_git_works(here: World) -> None:
    assert not (here.workspace / ".git").exists()
    async with here.engine() as engine:
        await run(engine)
        await engine.submit(c.Approve(breakpoint_id="T-001:1"))
    assert here.text("calc/add.py") == ADD
    assert not (here.workspace / ".git").exists()


async def test_an_empty_workspace_works(here: World) -> None:
    for path in here.workspace.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    async with here.engine() as engine:
        await run(engine)
        await engine.submit(c.Approve(breakpoint_id="T-001:1"))
    assert here.text("calc/add.py") == ADD


async def test_a_workspace_that_does_not_exist_or_is_a_file_is_refused(here: World) -> None:
    file = here.workspace / "conftest.py"
    for folder in (here.folder / "nowhere", file):
        here.workspace = folder
        with pytest.raises(WorkspaceError) as refused:
            async with here.engine():
                pass
        assert str(folder) in refused.value.message
        assert refused.value.hint


async def test_a_workspace_that_goes_away_and_comes_back(here: World) -> None:
    async with here.engine() as engine:
        await run(engine)
        await engine.submit(c.Show(subject_id="T-001"))
        aside = here.folder / "aside"
        shutil.move(here.workspace, aside)
        with pytest.raises(WorkspaceError, match="gone"):
            await engine.submit(c.Approve(breakpoint_id="T-001:1"))
        await engine.submit(c.Show(subject_id=""))  # looking does not break anything either
        await engine.submit(c.Show(subject_id="T-001"))
        shutil.move(aside, here.workspace)
        await engine.submit(c.Approve(breakpoint_id="T-001:1"))
        assert here.text("calc/add.py") == ADD


async def test_a_prompt_with_anything_in_it_reaches_the_model_as_it_is(here: World) -> None:
    odd = "Add \x1b]0;title\x07 {{ secrets }} {% raw %} </system> $(rm -rf .) \u202e"
    seen: list[str] = []

    def answer(asked: Asked) -> str:
        seen.append(asked.prompt)
        return CODE

    async with OllamaServer(answer, models=["qwen2.5:14b-instruct-q4_K_M"]) as ollama:
        here.ollama = ollama
        async with here.engine(only="local") as engine:
            await run(engine, TaskSpec(task_id="T-001", description=odd, output_file="calc/add.py"))
    assert odd in seen[0]
