"""Which panes are on the screen, by the terminal's size and what was chosen. Pure."""

from __future__ import annotations

from typing import Literal

Mode = Literal["wide", "narrow", "tiny", "too_small"]

PANES = {
    "tasks": "Tasks",
    "output": "Output",
    "diff": "Diff",
    "needs": "Needs you",
    "quota": "Quota",
}
"""Name and title of each pane, in the order of the keys 1 to 5."""

WIDE = (100, 24)
"""Columns and rows from which all panes fit side by side."""
NARROW = (60, 18)
"""... from which there is room for the status bar and the tabs beside one pane."""
LEAST = (40, 10)
"""... below which nothing can be read."""


def mode_for(width: int, height: int) -> Mode:
    """The layout for a terminal of so many columns and rows."""
    if width < LEAST[0] or height < LEAST[1]:
        return "too_small"
    if width < NARROW[0] or height < NARROW[1]:
        return "tiny"
    if width < WIDE[0] or height < WIDE[1]:
        return "narrow"
    return "wide"


def visible_panes(mode: Mode, chosen: str, *, zoomed: bool) -> frozenset[str]:
    """Names of the panes that are drawn."""
    if mode == "too_small":
        return frozenset()
    if mode == "wide" and not zoomed:
        return frozenset(PANES)
    return frozenset({chosen})


def step(chosen: str, by: int) -> str:
    """The pane `by` places after `chosen`, round and round."""
    names = list(PANES)
    return names[(names.index(chosen) + by) % len(names)]


def too_small_text(width: int, height: int) -> str:
    """What to say when nothing can be read."""
    return f"{width} × {height} is too small.\nThe room needs {LEAST[0]} × {LEAST[1]}."
