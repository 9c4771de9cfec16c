"""One table: what each state looks like. A glyph, a word and a colour, never the colour alone."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from orchestrator.values import QuotaState
from widgets.line import Role

Standing = Literal[
    "waiting",
    "running",
    "approval",
    "decision",
    "applying",
    "applied",
    "failed",
    "rejected",
    "quota",
    "escalated",
    "paused",
    "draft",
]
"""How a task stands: its status, and why it waits."""

FuelState = Literal["normal", "caution", "warning", "critical", "unknown", "stale"]
"""How a quota window stands; what is not known or too old is never called normal."""


class Face(NamedTuple):
    """How a state is shown."""

    glyph: str
    """One or two cells."""
    word: str
    role: Role


_FACES: Final[Mapping[Standing, tuple[str, str, str, Role]]] = {
    "waiting": ("◌", ".", "waiting", "quiet"),
    "running": ("●", "*", "running", "accent"),
    "approval": ("◆", "?", "approve", "attention"),
    "decision": ("▲", "!", "decide", "danger"),
    "applying": ("●", "*", "applying", "accent"),
    "applied": ("✓", "+", "applied", "good"),
    "failed": ("✗", "x", "failed", "danger"),
    "rejected": ("✗", "x", "rejected", "quiet"),
    "quota": ("⏳", "z", "waits for quota", "attention"),
    "escalated": ("↑", "^", "to Claude", "attention"),
    "paused": ("‖", "=", "paused", "attention"),
    "draft": ("◌", ".", "draft", "quiet"),
}

_FUEL: Final[Mapping[FuelState, tuple[str, str, str, Role]]] = {
    "normal": ("○", "o", "normal", "good"),
    "caution": ("◔", "c", "caution", "attention"),
    "warning": ("◑", "w", "warning", "attention"),
    "critical": ("●", "!", "critical", "danger"),
    "unknown": ("?", "?", "unknown", "attention"),
    "stale": ("◌", "~", "stale", "attention"),
}

_TWINS: Final = {
    "·": "-", "…": "~", "▸": ">", "▾": "v", "─": "-", "━": "=", "╸": ">", "╍": "=", "┄": "-",
    "«": "<", "»": ">", "▍": "_", "↑": "^", "↓": "v", "⏎": "<", "│": "|", "⚠": "!",
    "↵": "/", "⟨": "<", "⟩": ">", "●": "*", "○": "o", "◔": "c", "◑": "w", "◌": ".", "◆": "?",
    "▲": "!", "✓": "+", "✗": "x", "‖": "=", "×": "x", "–": "-", "≡": "#", "⎇": "@", "→": ">",
}  # fmt: skip
_PICTURES: Final = {chr(code): "^" for code in range(0x2400, 0x2422)}
"""What the gate shows for control characters."""
ASCII_TWINS: Final = str.maketrans({**_TWINS, **_PICTURES, "⏳": "z ", "\u00a0": " "})
"""For `str.translate`: every glyph the room draws, as ASCII of the same width."""


def _table(*, ascii_only: bool) -> Mapping[Standing, Face]:
    return MappingProxyType(
        {
            key: Face(twin if ascii_only else glyph, word, role)
            for key, (glyph, twin, word, role) in _FACES.items()
        }
    )


def _fuel_table(*, ascii_only: bool) -> Mapping[FuelState, Face]:
    return MappingProxyType(
        {
            key: Face(twin if ascii_only else glyph, word, role)
            for key, (glyph, twin, word, role) in _FUEL.items()
        }
    )


_GLYPHS: Final = {flag: _table(ascii_only=flag) for flag in (False, True)}
_FUEL_GLYPHS: Final = {flag: _fuel_table(ascii_only=flag) for flag in (False, True)}


def glyphs(ascii_only: bool = False) -> Mapping[Standing, Face]:  # noqa: FBT001, FBT002 - one switch
    """The faces of tasks."""
    return _GLYPHS[ascii_only]


def fuel_glyphs(ascii_only: bool = False) -> Mapping[FuelState, Face]:  # noqa: FBT001, FBT002
    """The faces of quota windows."""
    return _FUEL_GLYPHS[ascii_only]


Thresholds = tuple[float, float, float]
"""Shares used at which caution, warning and critical begin."""

THRESHOLDS: Final[Thresholds] = (0.60, 0.80, 0.95)
"""The configuration's defaults."""


def fuel_state(used: float, thresholds: Thresholds = THRESHOLDS) -> QuotaState:
    """The state of a window of which the share `used` (0..1) is gone."""
    caution, warning, critical = thresholds
    if used >= critical:
        return "critical"
    if used >= warning:
        return "warning"
    return "caution" if used >= caution else "normal"
