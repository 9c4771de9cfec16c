"""The `claude` program as a process: its own group, an empty folder, ended without leftovers."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from orchestrator.errors import BackendUnreachable

_READ = 65536
_TERM_SECONDS = 1.0
"""What the program gets to end by itself after TERM."""
_KILL_SECONDS = 5.0
"""What the system gets to clear a killed program away."""
_LOOK_AGAIN_SECONDS = 0.01
_COMPLAINT_BYTES = 4000


class Program:
    """A running program, and what it says."""

    def __init__(self, process: Process, errors: Path) -> None:
        self._process = process
        self._errors = errors

    async def output(self) -> AsyncGenerator[bytes, None]:
        """Its standard output as it comes, until its end."""
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe, see `running`
        while data := await self._process.stdout.read(_READ):
            yield data

    async def exit_code(self, seconds: float) -> int | None:
        """Its exit code; None when it has not ended after `seconds`.

        Asked again and again, because asyncio's own `wait` waits for the end of the output too,
        which a child of the program may hold open.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._process.returncode is None:  # noqa: ASYNC110 - there is no event
                    await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        return self._process.returncode

    def complaints(self) -> str:
        """The end of its standard error."""
        return self._errors.read_bytes()[-_COMPLAINT_BYTES:].decode("utf-8", "replace").strip()


@asynccontextmanager
async def running(
    argv: Sequence[str], *, prompt: str, files: Mapping[str, str], env: Mapping[str, str]
) -> AsyncIterator[Program]:
    """Starts a program and ends it, with all its children, when the body is left in any way.

    It runs in an empty folder of its own and in a process group of its own: it gets TERM, after
    a second KILL.

    Args:
        argv: program and arguments; "{name}" in them is replaced by the path of that file.
        prompt: its standard input.
        files: texts by name, for arguments that are too long for a command line.
        env: its whole environment.

    Raises:
        BackendUnreachable: there is no such program, or it can't be started.
    """
    program = found(argv[0], env)
    with tempfile.TemporaryDirectory(
        prefix="orchestrator-tui-", ignore_cleanup_errors=True
    ) as name:
        folder = Path(name)
        paths = _written(folder, {**files, "prompt": prompt})
        arguments = [_filled(argument, paths) for argument in argv[1:]]
        process = await _started([program, *arguments], folder, env)
        try:
            yield Program(process, folder / "errors")
        finally:
            await _ended(process)


def found(command: str, env: Mapping[str, str]) -> str:
    """The program's path.

    Raises:
        BackendUnreachable: there is none.
    """
    path = shutil.which(os.path.expanduser(command), path=env.get("PATH"))  # noqa: PTH111 - "claude" is no path
    if path is None:
        raise BackendUnreachable(
            f"The program {command!r} is not installed.",
            '"npm install -g @anthropic-ai/claude-code" installs it; then start it once to log in.',
        )
    return path


def _written(folder: Path, texts: Mapping[str, str]) -> dict[str, Path]:
    (folder / "empty").mkdir()
    (folder / "errors").touch()
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8", "replace")
    return {f"{{{name}}}": folder / name for name in texts}


def _filled(argument: str, paths: Mapping[str, Path]) -> str:
    return str(paths.get(argument, argument))


async def _started(argv: Sequence[str], folder: Path, env: Mapping[str, str]) -> Process:
    try:
        with (folder / "prompt").open("rb") as stdin, (folder / "errors").open("wb") as stderr:
            return await asyncio.create_subprocess_exec(
                *argv,
                stdin=stdin,
                stdout=PIPE,
                stderr=stderr,
                cwd=folder / "empty",
                env=dict(env),
                start_new_session=True,
            )
    except OSError as error:
        raise BackendUnreachable(
            f"The program {argv[0]!r} can't be started: {error.strerror}.",
            "Is it complete, and may it be run?",
        ) from None


async def _ended(process: Process) -> None:
    """TERM, a moment, KILL to whatever is left of the group; also when cancelled meanwhile."""
    try:
        if process.returncode is None:
            _signal_group(process, signal.SIGTERM)
            with suppress(TimeoutError):
                async with asyncio.timeout(_TERM_SECONDS):
                    await _gone(process)
    finally:
        _signal_group(process, signal.SIGKILL)
        with suppress(TimeoutError):
            async with asyncio.timeout(_KILL_SECONDS):
                await _gone(process)


async def _gone(process: Process) -> None:
    """Waits for the end; the pipe is emptied, without that the end is not seen."""
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    while await process.stdout.read(_READ):
        pass
    await process.wait()


def _signal_group(process: Process, number: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
