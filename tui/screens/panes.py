"""The five panes and how they share the screen."""

from __future__ import annotations

from textual import events, getters
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message

from tui.screens.layout import Mode, step, visible_panes
from widgets.breakpoints_pane import BreakpointsPane
from widgets.diff_pane import DiffPane
from widgets.output_pane import OutputPane
from widgets.pane import Pane
from widgets.quota_pane import QuotaPane
from widgets.task_tree import TaskTree

_LEFT = frozenset({"quota", "tasks", "needs"})
_RIGHT = frozenset({"output", "diff"})


class Panes(Horizontal):
    """Holds the panes; shows all of them, or the chosen one, by mode and zoom.

    Args:
        ascii_only: draw with ASCII characters only.
    """

    quota = getters.query_one("#quota", QuotaPane)
    tasks = getters.query_one("#tasks", TaskTree)
    needs = getters.query_one("#needs", BreakpointsPane)
    output = getters.query_one("#output", OutputPane)
    diff = getters.query_one("#diff", DiffPane)

    class Rearranged(Message):
        """Other panes are visible, or another one has the focus."""

        def __init__(self, entered: str) -> None:
            super().__init__()
            self.entered = entered
            """Name of the pane that a person went to; empty when the focus stayed."""

    def __init__(self, *, ascii_only: bool = False) -> None:
        super().__init__(id="panes")
        self._ascii_only = ascii_only
        self.mode: Mode = "wide"
        """The layout in force."""
        self.chosen = "tasks"
        """Name of the pane with the focus, or the one that is shown alone."""
        self.zoomed = False
        """True when one pane takes the place of all."""

    def compose(self) -> ComposeResult:
        """Facts on the left, text on the right."""
        plain = self._ascii_only
        with Vertical(id="left"):
            yield QuotaPane(id="quota", ascii_only=plain)
            yield TaskTree(id="tasks", ascii_only=plain)
            yield BreakpointsPane(id="needs", ascii_only=plain)
        with Vertical(id="right"):
            yield OutputPane(id="output", ascii_only=plain)
            yield DiffPane(id="diff", ascii_only=plain)

    @property
    def shown(self) -> frozenset[str]:
        """Names of the panes on the screen."""
        return visible_panes(self.mode, self.chosen, zoomed=self.zoomed)

    def lay_out(self, mode: Mode) -> None:
        """Take another layout. The focus stays where it is."""
        self.mode = mode
        self._place()

    def go(self, name: str) -> None:
        """Focus a pane; where only one is shown, show this one."""
        entered = name if name != self.chosen else ""
        self.chosen = name
        self._place(entered)

    def step(self, by: int) -> None:
        """Focus the next (1) or previous (-1) pane."""
        self.go(step(self.chosen, by))

    def zoom(self, *, on: bool) -> None:
        """Show the focused pane alone, or all again."""
        self.zoomed = on
        self._place()

    def refocus(self) -> None:
        """Give the focus back to the pane that had it."""
        self.screen.set_focus(self.query_one(f"#{self.chosen}"))

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Remember the focused pane: a click focuses, too."""
        if isinstance(event.widget, Pane) and event.widget.id != self.chosen:
            self.go(event.widget.id or self.chosen)

    def _place(self, entered: str = "") -> None:
        shown = self.shown
        with self.app.batch_update():
            self.screen.set_class(self.zoomed, "-zoomed")
            self.screen.set_class(len(shown) == 1, "-single")
            for pane in self.query(Pane):
                pane.display = pane.id in shown
            self.query_one("#left").display = bool(shown & _LEFT)
            self.query_one("#right").display = bool(shown & _RIGHT)
            if self.chosen in shown and isinstance(self.screen.focused, Pane | None):
                self.refocus()
        self.post_message(self.Rearranged(entered))
