"""Says that the engine has failed; what is on the screen stays."""

from __future__ import annotations

from collections.abc import Iterable

from textual.widget import Widget

from tui.screens.card import Card, Plain


class FailureScreen(Card[None]):
    """What went wrong and what to do.

    Args:
        message: one sentence.
        hint: what helps; may be empty.
    """

    def __init__(self, message: str, hint: str) -> None:
        super().__init__("The work has stopped", "Esc closes, the room stays readable")
        self._message = message
        self._hint = hint

    def body(self) -> Iterable[Widget]:
        """Two sentences and a promise."""
        yield Plain(self._message, "danger")
        if self._hint:
            yield Plain(self._hint)
        yield Plain("Everything that was shown is kept: the session opens again where it was.")
