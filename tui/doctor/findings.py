"""What an examination takes and gives: values only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

Level = Literal["ok", "warning", "missing"]


class Finding(msgspec.Struct, frozen=True):
    """One line of the examination."""

    name: str
    level: Level
    found: str
    mend: str = ""
    """The command or step that mends it; empty when there is nothing to mend."""


class Screen(msgspec.Struct, frozen=True):
    """The terminal; `columns` is 0 when there is none."""

    columns: int = 0
    lines: int = 0
    kind: str = ""
    """TERM."""
    colours: bool = True
    utf8: bool = True


class Folder(msgspec.Struct, frozen=True):
    """A folder as the system shows it."""

    path: str
    there: bool
    writable: bool
    free: int = 0
    """Bytes."""
    git: bool = False
    """Part of a git repository."""


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was looked at, except the model servers."""

    python: str
    git: str
    """Version, empty when it is not installed."""
    tmux: str
    claude: str
    """Path of the claude program, empty when it is not there."""
    keys: Mapping[str, bool]
    """By backend that needs a key: whether its environment variable is set."""
    screen: Screen
    workspace: Folder
    state: Folder


class Examination(msgspec.Struct, frozen=True):
    """All findings, and whether work can begin."""

    findings: tuple[Finding, ...]
    usable: bool
    """True when at least one model can be asked."""
