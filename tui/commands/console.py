"""Printing: results to standard output, all else to standard error, and every text made safe."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Literal, TextIO

import click

from orchestrator.errors import OrchestratorError
from orchestrator.text import safe, safe_line

Colour = Literal["", "red", "green", "yellow", "bold"]

_WHOLE = 10_000_000
"""Characters of one line of an answer: it may be piped into a file, so it is not cut."""


class Console:
    """Where a command prints.

    Args:
        env: NO_COLOR and TERM are looked up in it.
    """

    def __init__(self, env: Mapping[str, str] = os.environ) -> None:
        self._plain = bool(env.get("NO_COLOR")) or env.get("TERM") == "dumb"
        for stream in (sys.stdout, sys.stderr):
            _never_fail(stream)

    def line(self, text: str, colour: Colour = "") -> None:
        """A line of the result."""
        self._print(safe_line(text), colour, sys.stdout)

    def text(self, text: str) -> None:
        """A text of several lines that is the result."""
        self._print(safe(text, cap=_WHOLE), "", sys.stdout)

    def say(self, text: str, colour: Colour = "") -> None:
        """A line about what goes on."""
        self._print(safe_line(text), colour, sys.stderr)

    def trace(self, text: str) -> None:
        """Where in the program something went wrong."""
        self._print(safe(text), "", sys.stderr)

    def complain(self, error: OrchestratorError) -> None:
        """What went wrong, and what to do."""
        self.say(f"Error: {error.message}", "red")
        if error.hint:
            self.say(error.hint)

    def json(self, value: Any) -> None:  # noqa: ANN401 - JSON
        """The result as one JSON object; escaped, so no text in it can steer a terminal."""
        click.echo(json.dumps(value, ensure_ascii=True))

    def _print(self, text: str, colour: Colour, stream: TextIO) -> None:
        if colour and stream.isatty() and not self._plain:
            style: dict[str, Any] = {"bold": True} if colour == "bold" else {"fg": colour}
            text = click.style(text, **style)
        click.echo(text, file=stream)


def _never_fail(stream: TextIO) -> None:
    """A character that the terminal's encoding lacks is replaced instead of ending the program."""
    with suppress(AttributeError, ValueError, OSError):
        stream.reconfigure(errors="replace")  # type: ignore[attr-defined]
