"""Why the selected task or goal is as it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui.explaining import Told
from tui.screens.card import Card, Row


class WhyScreen(Card[None]):
    """Route, tries, evidence and decision, in sentences.

    Args:
        subject: what it is about.
        told: from `tui.explaining.explain`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("w", "leave", show=False)]

    def __init__(self, subject: str, told: tuple[Told, ...]) -> None:
        super().__init__(f"Why  {subject}", "Esc closes · j k scroll")
        self._told = told

    def body(self) -> Iterable[Widget]:
        """A row for each sentence."""
        for word, sentence in self._told:
            yield Row(word, sentence)
