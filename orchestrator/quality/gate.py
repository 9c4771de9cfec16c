"""The gate: the task's own test command, run with limits, decides."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from orchestrator.errors import TestCommandError
from orchestrator.quality.running.command import argv_of
from orchestrator.quality.running.environment import small_environment
from orchestrator.quality.running.judging import TestRun, judged
from orchestrator.quality.running.output import CappedOutput
from orchestrator.quality.running.process import Order, supervise
from orchestrator.quality.running.programs import find_program, search_path

_GRACE_SECONDS = 2.0
_LARGEST_FILE_MB = 1024
_MOST_PROCESSES = 4096


class GateSettings(Protocol):
    """Limits of a test command, from the configuration."""

    @property
    def timeout_seconds(self) -> float:
        """Wall-clock limit."""
        ...

    @property
    def output_kb(self) -> int:
        """Thousands of characters of output that are kept."""
        ...

    @property
    def memory_mb(self) -> int:
        """Private memory one process may have."""
        ...

    @property
    def path(self) -> tuple[str, ...]:
        """Folders that come first in PATH."""
        ...


async def run_tests(
    command: str,
    cwd: Path,
    settings: GateSettings,
    on_output: Callable[[str], None] | None = None,
    *,
    user_environment: Mapping[str, str] | None = None,
    grace_seconds: float = _GRACE_SECONDS,
) -> TestRun:
    """Run a test command in a stage, without a shell, and say what it proves.

    When this call is cancelled the command and all it started are ended first.

    Args:
        command: program and arguments, quoted as for a shell.
        cwd: the stage.
        settings: limits.
        on_output: takes the output while it comes, as much as is kept.
        user_environment: stands in for this program's own environment.
        grace_seconds: time between TERM and KILL.

    Raises:
        TestCommandError: the command can't be run: shell syntax, no such program, a test runner
            that is not installed.
    """
    user = os.environ if user_environment is None else user_environment
    argv = argv_of(command)
    path = search_path(cwd, settings.path, user.get("PATH", os.defpath))
    program = find_program(argv[0], cwd, path)
    if program is None:
        raise _not_found(argv[0])
    scratch = Path(await asyncio.to_thread(_make_scratch))
    try:
        order = _order(argv, program, settings, scratch, grace_seconds)
        environment = small_environment(user, search_path=path, stage=cwd, scratch=scratch)
        output = CappedOutput(settings.output_kb * 1000)
        live = _Live(output, settings.output_kb * 1000, on_output)
        try:
            report = await supervise(order, cwd, environment, live.take)
        except OSError as error:
            raise TestCommandError(f"The tests can't be run in {cwd}: {error.strerror}.") from error
        output.feed(b"", final=True)
    finally:
        await asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True)
    return judged(argv, report, output.text(), settings.timeout_seconds)


class _Live:
    """Hands output on while it comes, until as much has been shown as is kept."""

    def __init__(
        self, output: CappedOutput, limit: int, on_output: Callable[[str], None] | None
    ) -> None:
        self._output = output
        self._left = limit
        self._on_output = on_output

    def take(self, data: bytes) -> None:
        text = self._output.feed(data)
        if self._on_output is None or not text or self._left <= 0:
            return
        self._on_output(text[: self._left])
        self._left -= len(text)
        if self._left <= 0:
            self._on_output("\n[... the output goes on; only its end is kept ...]\n")


def _make_scratch() -> str:
    scratch = tempfile.mkdtemp(prefix="orchestrator-tests-")
    for name in ("home", "tmp"):
        (Path(scratch) / name).mkdir(mode=0o700)
    return scratch


def _order(
    argv: tuple[str, ...], program: Path, settings: GateSettings, scratch: Path, grace: float
) -> Order:
    # RLIMIT_DATA counts what a process really has to itself (Linux 4.7). RLIMIT_AS would also count
    # what V8, Go and Java only reserve: node 20 can't make a WebAssembly memory under 4 GB of it.
    limits = {
        "RLIMIT_DATA": settings.memory_mb * 1024 * 1024,
        "RLIMIT_FSIZE": _LARGEST_FILE_MB * 1024 * 1024,
        "RLIMIT_CORE": 0,
        "RLIMIT_CPU": int(settings.timeout_seconds * (os.cpu_count() or 1)) + 1,
        "RLIMIT_NPROC": _MOST_PROCESSES,
    }
    if os.geteuid() == 0:
        # The kernel does not hold root to it, and a test that drops to a user shares its count.
        del limits["RLIMIT_NPROC"]
    return Order(
        program=str(program),
        argv=argv,
        scratch=str(scratch),
        seconds=settings.timeout_seconds,
        grace=grace,
        limits=limits,
    )


def _not_found(name: str) -> TestCommandError:
    if "/" in name:
        hint = "It must be a file in the workspace that may be executed (chmod +x)."
    elif name in {"npx", "npm", "node", "cargo", "go", "pytest"}:
        hint = f"Install {name}, or put its folder into tests.path of the configuration."
    else:
        hint = "Check the spelling, or put its folder into tests.path of the configuration."
    return TestCommandError(f"There is no program {name!r} to run the tests with.", hint)
