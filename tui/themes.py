"""The two looks of the room: calm, few colours, each with one meaning.

`theme.tcss` gives the colours to things; here they get their values.
"""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="room-dark",
    primary="#7aa2d8",
    secondary="#8b95a5",
    accent="#7aa2d8",
    foreground="#d4d8de",
    background="#14171c",
    surface="#14171c",
    panel="#1c2128",
    success="#8fbc8f",
    warning="#d9b26a",
    error="#e07a7a",
    dark=True,
    variables={
        "good": "#8fbc8f",
        "attention": "#d9b26a",
        "danger": "#e07a7a",
        "quiet": "#838d9b",
        "line": "#3a424d",
        "added": "#9fcf9f",
        "removed": "#e59a9a",
        "cursor": "#252c36",
    },
)

LIGHT = Theme(
    name="room-light",
    primary="#1f5fa8",
    secondary="#5a6472",
    accent="#1f5fa8",
    foreground="#22272e",
    background="#fbfbf9",
    surface="#fbfbf9",
    panel="#eeefec",
    success="#2f7a3d",
    warning="#8a5a00",
    error="#b02a37",
    dark=False,
    variables={
        "good": "#2f7a3d",
        "attention": "#8a5a00",
        "danger": "#b02a37",
        "quiet": "#68717d",
        "line": "#c3c8cf",
        "added": "#1d6b2d",
        "removed": "#a3222f",
        "cursor": "#e2e8f0",
    },
)


def theme_name(choice: str) -> str:
    """The theme for the setting "auto", "dark" or "light"; "auto" is dark."""
    return LIGHT.name if choice == "light" else DARK.name
