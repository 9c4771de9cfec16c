"""The names of the panes with their keys, for terminals that show one pane at a time."""

from __future__ import annotations

from typing import ClassVar

from textual.content import Content
from textual.widgets import Static

from tui.screens.layout import PANES


class TabLine(Static):
    """One line: `1 Tasks  2 Output ...`, the shown one marked, what waits counted."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"tab--chosen", "tab--waiting"}

    def show(self, chosen: str, waiting: int) -> None:
        """Mark `chosen` and count what needs a person."""
        marked = self.get_visual_style("tab--chosen")
        calling = self.get_visual_style("tab--waiting")
        parts: list[Content] = []
        for number, (name, title) in enumerate(PANES.items(), start=1):
            text = Content(f"{number} {title}")
            if name == chosen:
                text = text.stylize(marked)
            if name == "needs" and waiting:
                text += Content(f" {waiting}").stylize(calling)
            parts.append(text)
        self.update(Content("  ").join(parts))
