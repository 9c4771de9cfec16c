"""Versions of the layout of kept sessions, and how an older one becomes the present one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sessions.documents import Tables
from sessions.errors import StoreTooNew

Migration = Callable[[Tables], Tables]


@dataclass(frozen=True)
class Layout:
    """What a program knows of layouts.

    Attributes:
        version: the one it writes, counted from 1.
        migrations: for each earlier version, what turns its tables into those of the next.
    """

    version: int
    migrations: Mapping[int, Migration] = field(default_factory=dict)

    def refuse_newer(self, version: int) -> None:
        """Lets through what this program can read.

        Raises:
            StoreTooNew: the session was written by a newer program; it is left as it is.
        """
        if version > self.version:
            raise StoreTooNew(
                f"The session has format {version}, "
                f"this program knows formats up to {self.version}.",
                "Open it with the newer version of orchestrator-tui that wrote it.",
            )

    def migrate(self, tables: Tables, version: int) -> Tables:
        """The tables of an earlier version in the present layout."""
        for step in range(version, self.version):
            tables = self.migrations[step](tables)
        return tables


PRESENT = Layout(version=1)
"""Each version has a session in tests/sessions/fixtures, made by a program that wrote it."""
