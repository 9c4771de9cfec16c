"""A real terminal: the program runs in tmux, keys are sent, the screen is read back."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 60.0
"""Seconds until a screen that never comes is a failure."""

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


class Terminal:
    """One tmux server of its own with one window."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    def tmux(self, *arguments: str) -> str:
        """What a tmux command prints."""
        done = subprocess.run(
            ["tmux", "-S", str(self._socket), *arguments],
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def screen(self) -> str:
        """What a person would see."""
        return self.tmux("capture-pane", "-p")

    def press(self, *keys: str) -> None:
        """Sends keys, by tmux's names."""
        self.tmux("send-keys", *keys)

    def write(self, text: str) -> None:
        """Types a text."""
        self.tmux("send-keys", "-l", text)

    async def until(self, *texts: str) -> str:
        """Waits until all of `texts` are on the screen; a terminal tells nobody when it changes."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not all(text in (screen := self.screen()) for text in texts):
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"{texts} never came:\n{self.screen()}") from None
        return screen


@asynccontextmanager
async def terminal(
    folder: Path,
    arguments: Sequence[str],
    env: Mapping[str, str],
    size: tuple[int, int] = (120, 40),
) -> AsyncIterator[Terminal]:
    """The program with `arguments` in a terminal of `size` columns and rows."""
    made = Terminal(folder / "tmux.sock")
    settings = [f"{key}={value}" for key, value in env.items()]
    program = [sys.executable, "-m", "tui", *arguments]
    clean = {key: value for key, value in os.environ.items() if not key.startswith("TMUX")}
    subprocess.run(
        ["tmux", "-f", "/dev/null", "-S", str(folder / "tmux.sock"), "new-session", "-d",
         "-x", str(size[0]), "-y", str(size[1]), "-c", str(ROOT), "env", *settings, *program],
        check=True,
        env=clean,
    )  # fmt: skip
    made.tmux("set-option", "-g", "remain-on-exit", "on")
    try:
        yield made
    finally:
        made.tmux("kill-server")
