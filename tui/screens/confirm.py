"""Asks once more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui.screens.card import Card, Plain


class ConfirmScreen(Card[bool]):
    """A question with what it is about. Gives True for y and Enter, False for everything else.

    Args:
        question: ends with a question mark.
        lines: what would happen, line by line.
        again: a further key that says yes, usually the one that asked.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,enter", "yes", show=False),
        Binding("n,escape", "leave", show=False),
    ]

    def __init__(self, question: str, lines: tuple[str, ...], again: str = "") -> None:
        super().__init__(question, "y yes · n no")
        self._lines = lines
        self._again = again

    def body(self) -> Iterable[Widget]:
        """One line each."""
        for line in self._lines:
            yield Plain(line)

    def on_key(self, event: events.Key) -> None:
        """The key that asked says yes, too."""
        if event.character and event.character == self._again:
            event.stop()
            self.action_yes()

    def action_yes(self) -> None:
        """Yes."""
        self.close(True)

    def action_leave(self) -> None:
        """No."""
        self.close(False)
