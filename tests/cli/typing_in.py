"""Typing a command, with everything from outside put in place."""

import json
from dataclasses import dataclass
from typing import Any

from click.testing import CliRunner

from tui.cli import main
from tui.commands.outside import Outside


@dataclass(frozen=True)
class Said:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON
        """The one object on standard output; nothing else may be there."""
        assert self.out.count("\n") == 1, self.out
        return json.loads(self.out)


def type_in(outside: Outside, *arguments: str, stdin: str | bytes = "") -> Said:
    """Run a command in this process."""
    result = CliRunner().invoke(
        main, list(arguments), obj=outside, input=stdin, catch_exceptions=False
    )
    return Said(result.exit_code, result.stdout, result.stderr)
