"""git as a program: argument lists, an environment of its own, every exit code looked at."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

from orchestrator.errors import WorkspaceError
from orchestrator.jobs import to_the_end

_SAFE = (
    "--literal-pathspecs",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.quotePath=false",
    "-c",
    "protocol.allow=never",
)
_FULL = ("No space left", "Out of diskspace", "quota exceeded")
"""What git and the system say of a full disk."""


def git_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """An environment in which only our own repository and settings count."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return {
        **kept,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_AUTHOR_NAME": "orchestrator-tui",
        "GIT_AUTHOR_EMAIL": "orchestrator-tui@localhost",
        "GIT_COMMITTER_NAME": "orchestrator-tui",
        "GIT_COMMITTER_EMAIL": "orchestrator-tui@localhost",
        "LC_ALL": "C",
        **(extra or {}),
    }


async def run_git(
    *arguments: str,
    cwd: Path,
    stdin: bytes = b"",
    extra: Mapping[str, str] | None = None,
    allowed: tuple[int, ...] = (0,),
    inherited: tuple[int, ...] = (),
    umask: int = 0o077,
) -> tuple[int, bytes]:
    """(exit code, standard output) of `git arguments...`.

    Cancelling waits until git has ended, its start included, so that no lock of it is left behind.
    `inherited` descriptors stay open in git (see `held`). What git makes is for the user alone, if
    `umask` does not say otherwise.

    Raises:
        WorkspaceError: git is not installed, or ended with a code not in `allowed`.
    """
    return await to_the_end(_run(arguments, cwd, stdin, extra, allowed, inherited, umask))


async def _run(
    arguments: tuple[str, ...],
    cwd: Path,
    stdin: bytes,
    extra: Mapping[str, str] | None,
    allowed: tuple[int, ...],
    inherited: tuple[int, ...],
    umask: int,
) -> tuple[int, bytes]:
    try:
        process = await asyncio.create_subprocess_exec(
            "git",
            *_SAFE,
            *arguments,
            cwd=cwd,
            env=git_environment(extra),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            pass_fds=inherited,
            umask=umask,
        )
    except FileNotFoundError as error:
        if not os.path.isdir(cwd):  # noqa: ASYNC240, PTH112 - one look, when all is lost anyway
            raise WorkspaceError(f"The folder {cwd} is gone.", "Open an existing one.") from error
        raise WorkspaceError(
            "git is not installed.", "Install it (Debian: apt install git; macOS: xcode-select)."
        ) from error
    output, errors = await process.communicate(stdin)
    code = process.returncode or 0
    if code not in allowed:
        said = errors.decode("utf-8", "replace").strip().splitlines()
        last = said[-1] if said else "no message"
        full = any(sign in last for sign in _FULL)
        raise WorkspaceError(
            f"git {_command(arguments)} failed ({code}): {last}.",
            "Free some space; nothing was changed." if full else "See: orchestrator-tui doctor",
        )
    return code, output


def _command(arguments: tuple[str, ...]) -> str:
    """The command's name, without options of git itself before it."""
    return next((one for one in arguments if one[0] != "-" and "=" not in one), "")
