"""What a configuration file says, with line numbers."""

from __future__ import annotations

import msgspec


class Leaf(msgspec.Struct, frozen=True):
    """A value without keys of its own, and the line its key is on."""

    value: object
    line: int


class Table(msgspec.Struct, frozen=True):
    """Keys with their values, and the line the table's own key is on."""

    entries: dict[str, Leaf | Table]
    line: int = 1
