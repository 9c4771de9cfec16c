"""A real terminal: the program runs in tmux, keys are sent, the screen is read back."""

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 30.0
"""Seconds until a screen that never comes is a failure."""

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


class Terminal:
    """One tmux server of its own with one window."""

    def __init__(self) -> None:
        self._name = f"orchestrator-test-{secrets.token_hex(4)}"

    def tmux(self, *arguments: str) -> str:
        """What a tmux command prints."""
        done = subprocess.run(
            ["tmux", "-f", "/dev/null", "-L", self._name, *arguments],
            check=True,
            capture_output=True,
            text=True,
            env={key: value for key, value in os.environ.items() if key != "TMUX"},
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

    async def press_until(self, key: str, done: Callable[[], bool]) -> None:
        """Presses `key`, again every two seconds, until `done`: what was just drawn is not seen."""
        async with asyncio.timeout(PATIENCE):
            while not done():
                self.press(key)
                for _ in range(40):
                    await asyncio.sleep(0.05)
                    if done():
                        return

    async def ended(self) -> None:
        """Waits until the program has let go of the terminal."""
        try:
            async with asyncio.timeout(PATIENCE):
                while self.tmux("list-panes", "-F", "#{pane_dead}").strip() != "1":
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"it has not ended:\n{self.screen()}") from None

    def kill(self) -> None:
        """Ends the program, if it still runs, and tmux."""
        pid = int(self.tmux("list-panes", "-F", "#{pane_pid}"))
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        self.tmux("kill-server")

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
    arguments: Sequence[str], env: Mapping[str, str], size: tuple[int, int] = (120, 40)
) -> AsyncIterator[Terminal]:
    """The program with `arguments` in a terminal of `size` columns and rows."""
    made = Terminal()
    columns, rows = map(str, size)
    settings = [f"{key}={value}" for key, value in env.items()]
    program = ["env", *settings, sys.executable, "-m", "tui", *arguments]
    made.tmux("new-session", "-d", "-x", columns, "-y", rows, "-c", str(ROOT), *program)
    made.tmux("set-option", "-g", "remain-on-exit", "on")
    try:
        yield made
    finally:
        made.kill()
