"""The keys that do something right now."""

from __future__ import annotations

from widgets.line import Line, span, width_of
from widgets.painted import Painted


class KeyBar(Painted):
    """One line of keys with their meaning; what does not fit is left out from the end."""

    DEFAULT_CSS = """
    KeyBar { width: 1fr; height: 1; }
    """

    def __init__(
        self,
        *,
        ascii_only: bool = False,
        id: str | None = None,  # noqa: A002 - the name every Textual widget uses
        classes: str | None = None,
    ) -> None:
        super().__init__(ascii_only=ascii_only, id=id, classes=classes)
        self._entries: tuple[tuple[str, str], ...] = ()

    def show(self, entries: tuple[tuple[str, str], ...]) -> None:
        """Show (key, label) pairs, the most important first."""
        self._entries = entries
        self.repaint()

    def line_at(self, y: int, width: int) -> Line:
        """As many whole entries as fit."""
        line: Line = ()
        for key, label in self._entries if y == 0 else ():
            longer = (*line, span(f" {key}", "accent"), span(f" {label} "))
            if width_of(longer) > width:
                break
            line = longer
        return line
