"""How the room is arranged, and the keys that only move in it. Nothing is decided here."""

from __future__ import annotations

from typing import ClassVar

from textual import events, getters
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widgets import Static

from tui.keys import bindings
from tui.screens.layout import Mode, mode_for, too_small_text
from tui.screens.panes import Panes
from tui.screens.tab_line import TabLine
from widgets.key_bar import KeyBar
from widgets.pane import Pane
from widgets.prompt_line import PromptLine
from widgets.status_bar import StatusBar

_RESTING = {"decide", "pane", "step_pane", "zoom", "back", "open", "hunk", "file", "follow", "why"}


class ArrangedScreen(Screen[None]):
    """Status bar, panes, prompt line and key bar, laid out for the terminal's size.

    Args:
        ascii_only: draw with ASCII characters only.
    """

    AUTO_FOCUS = ""  # the panes say which of them has the focus
    BINDINGS: ClassVar[list[BindingType]] = [*bindings()]

    status = getters.query_one("#status", StatusBar)
    tabs = getters.query_one("#tabs", TabLine)
    panes = getters.query_one("#panes", Panes)
    prompt = getters.query_one("#prompt", PromptLine)
    key_bar = getters.query_one("#keys", KeyBar)

    def __init__(self, *, ascii_only: bool) -> None:
        super().__init__(id="room")
        self._ascii_only = ascii_only

    def compose(self) -> ComposeResult:
        """Status on top, panes, prompt and keys at the bottom."""
        plain = self._ascii_only
        self._name_layout()  # now, so that nothing is styled twice
        yield StatusBar(id="status", ascii_only=plain)
        yield TabLine(id="tabs")
        yield Panes(ascii_only=plain)
        yield Static(id="too-small", markup=False)
        yield PromptLine(id="prompt")
        yield KeyBar(id="keys", ascii_only=plain)

    def on_resize(self, event: events.Resize) -> None:
        """Another size may mean another layout."""
        del event
        self.take_layout()

    def take_layout(self) -> None:
        """Take the layout that fits the terminal."""
        width, height = self.app.size
        self.query_one("#too-small", Static).update(too_small_text(width, height))
        self.panes.lay_out(self._name_layout())

    def _name_layout(self) -> Mode:
        """The layout that fits, which becomes the screen's class, too."""
        mode = mode_for(*self.app.size)
        for name in ("wide", "narrow", "tiny", "too_small"):
            self.set_class(name == mode, f"-{name.replace('_', '-')}")
        return mode

    @property
    def home(self) -> str:
        """The pane to come back to where only one is shown."""
        return "tasks"

    @property
    def typing(self) -> bool:
        """True while the prompt line has the keys."""
        return self.focused is not None and not isinstance(self.focused, Pane)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While something is typed the room's keys rest."""
        del parameters
        return not self.typing or action not in _RESTING

    def action_pane(self, name: str) -> None:
        """Go to a pane."""
        self.panes.go(name)

    def action_step_pane(self, by: int) -> None:
        """Next or previous pane."""
        self.panes.step(by)

    def action_hunk(self, by: int) -> None:
        """Next or previous hunk."""
        diff = self.panes.diff
        (diff.next_hunk if by > 0 else diff.previous_hunk)()

    def action_file(self, by: int) -> None:
        """Next or previous file."""
        diff = self.panes.diff
        (diff.next_file if by > 0 else diff.previous_file)()

    def action_zoom(self) -> None:
        """The focused pane alone, and back."""
        self.panes.zoom(on=not self.panes.zoomed)

    def action_back(self) -> None:
        """Leave the zoom, or go back to the list."""
        if self.panes.zoomed:
            self.panes.zoom(on=False)
        elif self.panes.mode != "wide":
            self.panes.go(self.home)

    def action_open(self) -> None:
        """Go to the diff of what is selected."""
        self.panes.go("diff")

    def action_follow(self) -> None:
        """Follow the end of the output, or let go of it."""
        self.panes.output.toggle_follow()
