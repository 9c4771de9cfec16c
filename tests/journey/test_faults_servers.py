"""Real sockets that break in every way a server can: tries stay few, files stay whole."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from orchestrator import commands as c
from orchestrator.backends.base import Limits
from orchestrator.config import BackendSettings, LimitSettings
from orchestrator.engine import Engine
from orchestrator.state import SessionState, Task
from orchestrator.values import TaskSpec
from tests.journey.scenario import ADD, MODEL, PLAN, World, make_workspace, until, waits
from tests.servers.anthropic import USED_UP, AnthropicServer, refused
from tests.servers.ollama import OllamaServer
from tests.servers.script import Answer, Asked, Fault

SPEC = TaskSpec(
    task_id="T-001",
    description="add(a, b): the sum",
    output_file="calc/add.py",
    test_command="python -c 'import calc.add'",
    category="utility",
)
TWO = TaskSpec(task_id="T-002", description="two()", output_file="calc/two.py")
CODE = f"```python\n{ADD}```"
IMPATIENT = LimitSettings(
    local=Limits(connect=2.0, load=2.0, first_token=0.3, stall=0.3, total=5.0),
    cloud=Limits(connect=2.0, load=2.0, first_token=0.3, stall=0.3, total=5.0),
)
FAULTS = {
    "ends without an end marker": Fault("cut"),
    "ends before its first piece": Fault("cut", after=0),
    "model crashes before the first piece": Fault("crash", after=0),
    "model crashes in the middle": Fault("crash"),
    "connection closes in the middle of a line": Fault("drop"),
    "connection is reset": Fault("reset"),
    "nothing more comes": Fault("stall"),
    "nothing comes at all": Fault("stall", after=0),
    "a line that is no JSON": Fault("malformed"),
    "a line that is no text": Fault("invalid utf-8"),
    "a line without end": Fault("endless line"),
    "an answer without end": Fault("endless"),
    "status 500": Fault("status", status=500),
    "status 503": Fault("status", status=503),
    "status 200 and a web page": Fault("raw", body=b"<html>Welcome to the hotel</html>"),
}
NOT_RETRIED = {"status 429": Fault("status", status=429), "status 400": Fault("status", status=400)}


class Talk:
    """What a server says: one answer after the other, the last one for ever."""

    def __init__(self, *said: str | Answer) -> None:
        self.said = list(said)

    def __call__(self, asked: Asked) -> str | Answer:
        return self.said.pop(0) if len(self.said) > 1 else self.said[0]


@asynccontextmanager
async def servers(
    folder: Path, local: str | Answer | Talk, claude: str | Answer | Talk = CODE
) -> AsyncIterator[World]:
    """A project and two servers that say this; Claude does whatever is asked of it."""
    async with (
        OllamaServer(local, models=[MODEL]) as ollama,
        AnthropicServer(claude, refuses_forcing=()) as anthropic,
    ):
        yield World(folder, make_workspace(folder), ollama, anthropic)


async def run(engine: Engine, spec: TaskSpec = SPEC) -> tuple[SessionState, Task]:
    await engine.submit(c.SubmitTask(spec=spec))
    state = await until(engine, lambda state: bool(state.tasks[spec.task_id].breakpoint_id))
    return state, state.tasks[spec.task_id]


def owners(task: Task) -> list[str]:
    return [attempt.route.owner for attempt in task.attempts]


def untouched(world: World) -> bool:
    names = {path.name for path in (world.workspace / "calc").iterdir()}
    return names == {"__init__.py"}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_local_server_that_always_fails_so_hands_over_to_claude(
    tmp_path: Path, name: str
) -> None:
    broken = Answer(CODE, fault=FAULTS[name])
    async with servers(tmp_path, broken) as here, here.engine(limits=IMPATIENT) as engine:
        _, task = await run(engine)
        assert task.status == "approval"
        assert owners(task) in (["local", "claude"], ["local", "local", "claude"])
        assert all(attempt.error for attempt in task.attempts[:-1])
        assert all(attempt.candidate is None for attempt in task.attempts[:-1])
        assert untouched(here)
        await engine.submit(c.Approve(breakpoint_id="T-001:1"))
        assert here.text("calc/add.py") == ADD


@pytest.mark.parametrize(
    "name", ["ends without an end marker", "status 503", "connection is reset"]
)
async def test_a_local_server_that_failed_once_is_asked_once_more(
    tmp_path: Path, name: str
) -> None:
    talk = Talk(Answer(CODE, fault=FAULTS[name]), CODE)
    async with servers(tmp_path, talk) as here, here.engine() as engine:
        state, task = await run(engine)
        assert owners(task) == ["local", "local"]
        assert task.status == "approval"
        assert state.notices
        assert not here.claude.chats()


@pytest.mark.parametrize("name", [*FAULTS, *NOT_RETRIED])
async def test_without_claude_it_ends_with_a_person_after_a_few_tries(
    tmp_path: Path, name: str
) -> None:
    talk = Talk(Answer(CODE, fault=(FAULTS | NOT_RETRIED)[name]))
    async with (
        servers(tmp_path, talk) as here,
        here.engine(limits=IMPATIENT, only="local") as engine,
    ):
        state, task = await run(engine)
        assert task.status == "decision"
        assert len(here.ollama.chats()) <= 2
        assert state.breakpoints[task.breakpoint_id].reason
        assert untouched(here)
        talk.said = [CODE]
        await engine.submit(c.Retry(breakpoint_id="T-001:1"))
        await until(engine, waits("T-001:2"))


async def test_when_claude_fails_too_it_ends_with_a_person(tmp_path: Path) -> None:
    broken, overloaded = Answer(CODE, fault=Fault("cut")), Answer(CODE, fault=Fault("error"))
    async with servers(tmp_path, broken, overloaded) as here, here.engine() as engine:
        state, task = await run(engine)
        assert owners(task) == ["local", "local", "claude", "claude"]
        assert task.status == "decision"
        assert "Overloaded" in state.breakpoints["T-001:1"].reason
        assert untouched(here)


async def test_a_server_that_dies_in_the_middle_of_the_session(tmp_path: Path) -> None:
    async with servers(tmp_path, CODE) as here, here.engine() as engine:
        await run(engine)
        await here.ollama.__aexit__(None, None, None)
        _, task = await run(engine, TWO)
        assert owners(task) == ["local", "claude"]
        assert "Ollama" in task.attempts[-1].route.reason
        assert "does not answer" in task.attempts[-1].route.reason
        assert task.status == "approval"


@pytest.mark.parametrize("only", ["", "local"])
async def test_a_server_that_is_not_there_at_the_start(tmp_path: Path, only: str) -> None:
    async with servers(tmp_path, CODE) as here:
        await here.ollama.__aexit__(None, None, None)
        async with here.engine(only=only) as engine:
            state, task = await run(engine)
            if only:
                assert not task.attempts
                assert "Start the model server" in state.breakpoints["T-001:1"].reason
            else:
                assert owners(task) == ["claude"]
                assert "Ollama" in task.attempts[0].route.reason


async def test_a_prompt_that_is_too_long_for_the_local_model_goes_to_claude(
    tmp_path: Path,
) -> None:
    async with servers(tmp_path, CODE) as here:
        backends = dict(here.settings().settings.backends)
        backends["ollama"] = BackendSettings(kind="ollama", url=here.ollama.url, context_tokens=50)
        async with here.engine(backends=backends) as engine:
            _, task = await run(engine)
    assert owners(task) == ["local", "claude"]
    assert task.attempts[0].cause == "PromptTooLong"


# --- Claude's quota, as its servers tell of it ----------------------------------------------------


def used_up_for(seconds: float) -> dict[str, str]:
    """Headers of a five-hour window that is used up and resets in so many seconds."""
    reset = str(time.time() + seconds)
    return USED_UP | {
        "anthropic-ratelimit-unified-5h-reset": reset,
        "anthropic-ratelimit-unified-reset": reset,
        "anthropic-ratelimit-unified-7d-utilization": "0.1",
        "retry-after": str(seconds),
    }


@pytest.mark.parametrize("kind", ["API key", "subscription"])
async def test_planning_waits_for_the_reset_and_goes_on_by_itself(
    tmp_path: Path, kind: str
) -> None:
    headers = {"retry-after": "0.5"} if kind == "API key" else used_up_for(0.5)
    no = refused(429, "This request would exceed your account's rate limit.", headers)
    claude = Talk(no, json.dumps(PLAN))
    async with servers(tmp_path, CODE, claude) as here, here.engine() as engine:
        await engine.submit(c.SubmitGoal(text="Add sums"))
        state = await until(engine, lambda state: bool(state.goals["G1"].wait_until))
        assert not state.open_breakpoints
        assert len(here.claude.chats()) == 1
        state = await until(engine, lambda state: bool(state.open_breakpoints))
        assert state.goals["G1"].status == "proposed"
        assert state.goals["G1"].attempts[1].started_at >= (state.goals["G1"].wait_until or 0)
        assert len(here.claude.chats()) == 2


async def test_a_key_that_is_not_accepted_is_said_and_not_tried_again(tmp_path: Path) -> None:
    claude = refused(401, "invalid x-api-key")
    async with servers(tmp_path, CODE, claude) as here, here.engine() as engine:
        await engine.submit(c.SubmitGoal(text="Add sums"))
        state = await until(engine, lambda state: bool(state.open_breakpoints))
        assert "invalid x-api-key" in state.breakpoints["G1:1"].reason
        assert "sk-ant-test" not in str(state)
        assert len(here.claude.chats()) == 1


async def test_an_overloaded_planner_is_said_and_can_be_asked_again(tmp_path: Path) -> None:
    claude = Talk(refused(529, "Overloaded"), json.dumps(PLAN))
    async with servers(tmp_path, CODE, claude) as here, here.engine() as engine:
        await engine.submit(c.SubmitGoal(text="Add sums"))
        state = await until(engine, lambda state: bool(state.open_breakpoints))
        assert "Overloaded" in state.breakpoints["G1:1"].reason
        assert len(here.claude.chats()) == 1
        await engine.submit(c.Retry(breakpoint_id="G1:1"))
        state = await until(engine, lambda state: "G1:2" in state.open_breakpoints)
        assert state.goals["G1"].status == "proposed"
