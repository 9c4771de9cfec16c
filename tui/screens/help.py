"""The list of keys."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui.keys import by_group
from tui.screens.card import Card, Plain, Row


class HelpScreen(Card[None]):
    """Every key with what it does, from the one table."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("question_mark", "leave", show=False)]

    def __init__(self) -> None:
        super().__init__("Keys", "Esc closes · j k scroll")

    def body(self) -> Iterable[Widget]:
        """A heading for each group, a row for each key."""
        for group, keys in by_group():
            yield Plain(group, "group")
            for key in keys:
                yield Row(key.display, key.help)
