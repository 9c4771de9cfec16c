"""The options that commands share, each defined once, and what was chosen with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass(frozen=True)
class Choice:
    """What was said on the command line, before or after the command's word."""

    local: bool = False
    api: bool = False
    profile: str | None = None
    workspace: Path | None = None
    session: str | None = None
    new: bool = False
    yes: bool = False
    json: bool = False
    config: Path | None = None

    def over(self, outer: Choice) -> Choice:
        """This choice, with what was said only before the command's word added."""
        said = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(outer, **{name: value for name, value in said.items() if value})

    def flags(self) -> dict[str, Any]:
        """Those that change settings, as `load_settings` takes them."""
        return {
            "local": self.local,
            "api": self.api,
            "profile": self.profile,
            "yes": self.yes,
        }


_FOLDER = click.Path(path_type=Path)
_OPTIONS: dict[str, Callable[[Any], Any]] = {
    "local": click.option(
        "--local", is_flag=True, help="Local models only; nothing else is asked."
    ),
    "api": click.option("--api", is_flag=True, help="Claude only."),
    "profile": click.option("--profile", metavar="NAME", help="Local model: code, fast, ..."),
    "workspace": click.option(
        "--workspace", type=_FOLDER, metavar="FOLDER", help="Where to work; default: here."
    ),
    "session": click.option("--session", metavar="ID", help="Go on with this session."),
    "new": click.option("--new", is_flag=True, help="Begin a new session."),
    "yes": click.option("--yes", is_flag=True, help="Apply what its tests prove, without asking."),
    "json": click.option("--json", is_flag=True, help="One JSON object on standard output."),
    "config": click.option(
        "--config", type=_FOLDER, metavar="FILE", help="Configuration file to read."
    ),
}


def shared(*names: str) -> Callable[[_Command], _Command]:
    """Give a command the named options; it gets them as one `choice`, with the outer ones.

    Exits with 2 when two of them exclude each other.
    """

    def decorate(command: _Command) -> _Command:
        @wraps(command)
        def collected(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - click's own
            context = click.get_current_context()
            own = Choice(**{name: kwargs.pop(name) for name in names})
            choice = own.over(context.meta.get(__name__, Choice()))
            _refuse_contradictions(choice)
            context.meta[__name__] = choice
            return command(*args, choice=choice, **kwargs)

        for name in reversed(names):
            collected = _OPTIONS[name](collected)
        return collected  # type: ignore[return-value]

    return decorate


def _refuse_contradictions(choice: Choice) -> None:
    if choice.local and choice.api:
        raise click.UsageError("--local and --api exclude each other.")
    if choice.session and choice.new:
        raise click.UsageError("--session and --new exclude each other.")
