"""How a command ends: its exit code, also when it was refused or went wrong."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable

import click

from orchestrator.errors import (
    BackendUnreachable,
    CommandRefused,
    ConfigError,
    Conflict,
    ModelMissing,
    OrchestratorError,
    SpecError,
    TestCommandError,
)
from tui.commands.console import Console
from tui.report import FAILED, NO_BACKEND, USAGE, WAITING


class Misuse(OrchestratorError):
    """What was typed can't be done."""


class Disabled(OrchestratorError):
    """The kill switch is on."""


def exit_code(error: OrchestratorError) -> int:
    """The exit code that tells this kind of error."""
    from orchestrator.routing.router import NoRoute
    from sessions.errors import InvalidName, SessionMissing

    if isinstance(error, Conflict):
        return WAITING
    if isinstance(error, NoRoute | BackendUnreachable | ModelMissing | Disabled):
        return NO_BACKEND
    if isinstance(error, TestCommandError):
        return USAGE
    usage = ConfigError | SpecError | CommandRefused | Misuse | InvalidName | SessionMissing
    return USAGE if isinstance(error, usage) else FAILED


def finish(work: Callable[[], int], console: Console, *, as_json: bool = False) -> None:
    """Do `work` and leave the program with its exit code, or with that of its error.

    Args:
        work: gives an exit code.
        console: where an error is told.
        as_json: tell it as one JSON object too.
    """
    try:
        code = work()
    except OrchestratorError as error:
        code = _told(error, console, as_json=as_json)
    except BrokenPipeError:  # the reader of our output had enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:  # noqa: BLE001 - a bug: said as such, and scripts still get JSON
        console.trace(traceback.format_exc())
        message = f"Internal error: {type(error).__name__}: {error}"
        wrong = OrchestratorError(message, "Please report this as a bug, with the lines above.")
        code = _told(wrong, console, as_json=as_json)
    click.get_current_context().exit(code)


def _told(error: OrchestratorError, console: Console, *, as_json: bool) -> int:
    if as_json:
        console.json({"status": "failed", "error": error.message, "hint": error.hint})
    console.complain(error)
    return exit_code(error)
