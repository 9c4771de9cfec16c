"""One goal from beginning to end, against stand-ins that speak the real protocols.

The plan has two tasks for a local model. T-001 is right at once. T-002 fails its tests, fails them
again after the retry, goes to Claude, and passes.
"""

import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from orchestrator.config import BackendSettings, GateSettings, Loaded, ProfileSettings, Settings
from orchestrator.engine import Engine
from orchestrator.state import SessionState
from tests.servers.anthropic import SUBSCRIPTION, AnthropicServer
from tests.servers.ollama import OllamaServer
from tests.servers.script import Answer, Asked
from tui.compose import open_engine

MODEL = "qwen2.5:14b-instruct-q4_K_M"
TEST_ADD = "from calc.add import add\n\n\ndef test_add():\n    assert add(2, 3) == 5\n"
TEST_MEAN = (
    "from calc.mean import mean\n\n\ndef test_mean():\n    assert mean([1, 2, 6]) == 3\n\n\n"
    "def test_nothing():\n    assert mean([]) == 0\n"
)
ADD = "def add(a, b):\n    return a + b\n"
MEAN_WRONG = "def mean(values):\n    return sum(values) / len(values)\n"
MEAN_RIGHT = "def mean(values):\n    return sum(values) / len(values) if values else 0\n"


def planned(task_id: str, name: str, description: str, depends_on: tuple[str, ...] = ()) -> object:
    return {
        "task_id": task_id,
        "description": description,
        "output_file": f"calc/{name}.py",
        "context_files": [f"tests/test_{name}.py"],
        "constraints": [],
        "test_command": f"python -m pytest -q -p no:cacheprovider tests/test_{name}.py",
        "category": "utility",
        "depends_on": list(depends_on),
        "owner": "local",
    }


PLAN = {
    "summary": "Two small functions",
    "tasks": [
        planned("T-001", "add", "add(a, b): the sum"),
        planned("T-002", "mean", "mean(values): the mean, 0 for no values"),
    ],
}


def local_answer(asked: Asked) -> str:
    """What the local model writes."""
    return f"```python\n{ADD if 'Task T-001' in asked.prompt else MEAN_WRONG}```"


def claude_answer(asked: Asked) -> Answer:
    """What Claude plans and writes."""
    planning = "You are the planner" in asked.prompt
    text = json.dumps(PLAN) if planning else f"```python\n{MEAN_RIGHT}```"
    return Answer(text, headers=SUBSCRIPTION)


def make_workspace(folder: Path) -> Path:
    """A small Python project whose tests wait for their code."""
    workspace = folder / "calculator"
    (workspace / "calc").mkdir(parents=True)
    (workspace / "tests").mkdir()
    (workspace / "calc" / "__init__.py").write_text("")
    (workspace / "conftest.py").write_text("")
    (workspace / "tests" / "test_add.py").write_text(TEST_ADD)
    (workspace / "tests" / "test_mean.py").write_text(TEST_MEAN)
    return workspace


@dataclass
class World:
    """The user's machine: a project, a model server, and the way to Claude."""

    folder: Path
    workspace: Path
    ollama: OllamaServer
    claude: AnthropicServer

    def settings(self, **changes: object) -> Loaded:
        """Settings that lead to the stand-ins."""
        known = Settings(
            backends={
                "ollama": BackendSettings(kind="ollama", url=self.ollama.url),
                "anthropic": BackendSettings(
                    kind="anthropic",
                    url=self.claude.url,
                    api_key_env="ANTHROPIC_API_KEY",
                    owner="claude",
                    context_tokens=200_000,
                ),
            },
            profiles={"code": ProfileSettings(backend="ollama", model=MODEL)},
            tests=GateSettings(path=(str(Path(sys.executable).parent),)),
            state_dir=str(self.folder / "state"),
        )
        return Loaded(msgspec.structs.replace(known, **changes), {})

    def engine(
        self, *, session_id: str | None = None, **changes: object
    ) -> AbstractAsyncContextManager[Engine]:
        """An engine on the newest session."""
        return open_engine(
            self.settings(**changes),
            workspace=self.workspace,
            session_id=session_id,
            env={"ANTHROPIC_API_KEY": "sk-ant-test", "PATH": ""},
        )

    def text(self, path: str) -> str | None:
        """A file of the project; None when there is none."""
        file = self.workspace / path
        return file.read_text() if file.exists() else None


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    """The servers running, the project made."""
    async with (
        OllamaServer(local_answer, models=[MODEL]) as ollama,
        AnthropicServer(claude_answer) as claude,
    ):
        yield World(folder, make_workspace(folder), ollama, claude)


async def until(engine: Engine, fits: Callable[[SessionState], bool]) -> SessionState:
    """Waits until the state fits, event by event."""
    if fits(engine.state):
        return engine.state
    async for _event in engine.subscribe(engine.state.seq):
        if fits(engine.state):
            return engine.state
    raise AssertionError("the engine closed before that")


def waits(*breakpoints: str) -> Callable[[SessionState], bool]:
    """True when exactly these wait for a person."""
    return lambda state: set(state.open_breakpoints) == set(breakpoints) and state.settled()
