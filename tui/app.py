"""The app: one room, its looks, and the way out."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Literal

from textual.app import App
from textual.command import Provider

from tui.door import EngineDoor
from tui.palette import KeyCommands
from tui.screens.card import ASCII_CLASS
from tui.screens.confirm import ConfirmScreen
from tui.screens.room import RoomScreen
from tui.terminal import (
    Terminal,
    forgive_output,
    on_continue_without_terminal,
    on_ending_signals,
)
from tui.themes import DARK, LIGHT, theme_name

_LOOK_AT_TERMINAL = 1.0
"""Seconds between two looks whether the terminal is still there."""


def style_sheet() -> Path:
    """The style sheet: beside this module in a wheel, one folder above in a checkout."""
    here = Path(__file__).parent
    beside = here / "theme.tcss"
    return beside if beside.exists() else here.parent / "theme.tcss"


class RoomApp(App[None]):
    """The control room in a terminal.

    Args:
        engine: the door to the engine; the app neither starts nor closes it.
        title: name of the workspace, for the terminal's title.
        demo: recorded models play; the screen says so.
        welcome: show what there is to work with before the first goal.
        theme: "dark", "light" or "auto", which is dark.
        ascii_only: draw with ASCII characters only.
        clock: Unix seconds.
    """

    CSS_PATH = style_sheet()
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {KeyCommands}

    def __init__(
        self,
        engine: EngineDoor,
        *,
        title: str,
        demo: bool = False,
        welcome: bool = False,
        theme: Literal["auto", "dark", "light"] = "auto",
        ascii_only: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__()
        self.title = title
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = theme_name(theme)
        self.set_class(ascii_only, ASCII_CLASS)
        self.room = RoomScreen(
            engine, clock=clock, demo=demo, welcome=welcome, ascii_only=ascii_only
        )
        self.terminal = Terminal()
        """The terminal whose end ends the app."""
        self._put_back: Callable[[], None] = lambda: None

    def get_default_screen(self) -> RoomScreen:
        """The room lies under everything."""
        return self.room

    def on_load(self) -> None:
        """Before the terminal is touched: writing to it must never block for ever."""
        self._put_back = forgive_output()

    def on_unmount(self) -> None:
        """The stream belongs to the program again."""
        self._put_back()

    def on_mount(self) -> None:
        """Watch whether anyone is still there."""
        self.set_interval(_LOOK_AT_TERMINAL, self._look_at_terminal)
        if not self.is_headless:
            on_ending_signals(self.exit)
            on_continue_without_terminal(self.terminal, self._look_at_terminal)

    def on_ready(self) -> None:
        """The first frame is drawn. What was made for it stays: the collector need not look."""
        if not gc.isenabled():
            gc.freeze()
            gc.enable()

    async def action_quit(self) -> None:
        """Leave; asks once more while something runs."""
        busy = self.room.situation().busy
        if not busy or isinstance(self.screen, ConfirmScreen):
            self.exit()
            return
        what = "1 attempt runs" if busy == 1 else f"{busy} attempts run"
        lines = (f"{what}. It is stopped and run again next time.",)
        self.push_screen(ConfirmScreen("Leave?", lines, again="q"), self._leave)

    async def action_simulate_key(self, key: str) -> None:
        """Does nothing: an approval is a key that a person pressed."""
        del key

    def action_help_quit(self) -> None:
        """Ctrl+C leaves like `q`."""
        self.call_later(self.action_quit)

    def _leave(self, yes: bool | None) -> None:  # noqa: FBT001 - a screen's result
        if yes:
            self.exit()

    def _look_at_terminal(self) -> None:
        if self.terminal.gone():
            Terminal.let_go()
            self.exit()
