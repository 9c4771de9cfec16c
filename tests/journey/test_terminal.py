from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.journey.scenario import ADD, MEAN_RIGHT, MODEL, World, world
from tests.journey.terminal import needs_tmux, terminal

pytestmark = [pytest.mark.terminal, needs_tmux]


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as made:
        yield made


def environment(here: World) -> dict[str, str]:
    """The stand-ins, by the variables a user would set."""
    config = here.folder / "config.yaml"
    config.write_text(f"profiles:\n  code: {{backend: ollama, model: '{MODEL}'}}\n")
    return {
        "OLLAMA_HOST": here.ollama.url,
        "ANTHROPIC_BASE_URL": here.claude.url,
        "ANTHROPIC_API_KEY": "sk-ant-test",
        "ORCHESTRATOR_STATE_DIR": str(here.folder / "state"),
        "ORCHESTRATOR_CONFIG": str(config),
        "HOME": str(here.folder),
    }


async def test_the_whole_journey_in_a_real_terminal(here: World) -> None:
    room = ["--workspace", str(here.workspace)]
    async with terminal(room, environment(here)) as screen:
        await screen.until("n states a goal")  # the welcome says what was found
        screen.press("n")
        await screen.until("what should be built or changed?")
        screen.write("Add sums and means")
        screen.press("Enter")
        await screen.until("A plan of 2 tasks waits for you", "T-002")
        screen.press("a")
        await screen.until("return a + b", "1/1 test", "needs you 2")
        assert here.text("calc/add.py") is None
        await screen.press_until("a", lambda: here.text("calc/add.py") == ADD)
        await screen.until("if values else 0", "2/2 tests", "needs you 1")
        await screen.press_until("a", lambda: here.text("calc/mean.py") == MEAN_RIGHT)
        await screen.until("2 of 2 applied")
        screen.press("u")
        await screen.until("needs you 1")
        assert here.text("calc/mean.py") is None
        screen.press("q")
        await screen.ended()

    async with terminal(room, environment(here), size=(80, 24)) as screen:
        await screen.until("needs you 1", "T-002")
        screen.press("Enter")
        await screen.until("if values else 0")
        await screen.press_until("a", lambda: here.text("calc/mean.py") == MEAN_RIGHT)
        await screen.until("needs you 0")
