"""Writes what the documents take from the program: the key table and the picture of the room."""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from orchestrator.commands import Approve, SubmitGoal  # noqa: E402 - found once the root is there
from orchestrator.engine import Engine  # noqa: E402
from orchestrator.state import SessionState  # noqa: E402
from tui.app import RoomApp  # noqa: E402
from tui.compose import open_engine  # noqa: E402
from tui.demo import GOAL, demo_settings, demo_workspace  # noqa: E402
from tui.keys import keys_markdown  # noqa: E402

_KEYS = re.compile(r"(<!-- keys:.*?-->\n).*?(<!-- end of keys -->)", re.DOTALL)
_FONT_FACE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""Fonts from elsewhere, which a picture in a document does not load anyway."""
_PATIENCE = 60.0
"""Seconds for the recorded models."""
_SETTLE = 1.5
"""Seconds for the screen to show what the session has come to."""


def main() -> None:
    """Both, in the checkout this script lies in."""
    readme = ROOT / "README.md"
    text = readme.read_text()
    readme.write_text(_KEYS.sub(lambda found: f"{found[1]}{keys_markdown()}\n{found[2]}", text))
    picture = asyncio.run(_picture())
    (ROOT / "docs" / "images").mkdir(parents=True, exist_ok=True)
    (ROOT / "docs" / "images" / "room.svg").write_text(picture)


async def _picture() -> str:
    """The room in the demonstration, with two diffs waiting and one task going on."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = demo_workspace(Path(folder))
        async with open_engine(demo_settings(Path(folder)), workspace=workspace) as engine:
            app = RoomApp(engine, title=workspace.name, demo=True)
            async with app.run_test(size=(160, 44)) as pilot:
                await engine.submit(SubmitGoal(text=GOAL))
                await _until(engine, lambda state: "G1:1" in state.open_breakpoints)
                await engine.submit(Approve(breakpoint_id="G1:1"))
                await _until(engine, lambda state: "T-002:1" in state.open_breakpoints)
                await pilot.pause(_SETTLE)
                picture = app.export_screenshot(title="orchestrator-tui")
                return _FONT_FACE.sub("", picture)


async def _until(engine: Engine, fits: Callable[[SessionState], bool]) -> None:
    async with asyncio.timeout(_PATIENCE):
        async for _event in engine.subscribe():
            if fits(engine.state):
                return


if __name__ == "__main__":
    main()
