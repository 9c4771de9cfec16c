"""Small workspaces with programs in them, and a way to wait for a process's death."""

from __future__ import annotations

import os
import select
import shlex
import sys
from pathlib import Path

from orchestrator.quality.gate import run_tests
from orchestrator.quality.running.judging import TestRun
from tests.quality.limits import Gate

PYTHON = shlex.quote(sys.executable)


def script(stage: Path, text: str, name: str = "run.py") -> str:
    """Write a program into the stage; gives the command that runs it."""
    (stage / name).write_text(text, "utf-8")
    return f"python {name}"


def gate(**changes: float) -> Gate:
    """Limits with which `python` is this interpreter."""
    return Gate(path=(str(Path(sys.executable).parent),), **changes)  # type: ignore[arg-type]


async def run(stage: Path, text: str, **limits: float) -> TestRun:
    """Run a program in the stage through the gate."""
    return await run_tests(script(stage, text), stage, gate(**limits), grace_seconds=0.5)


def is_gone(pid: int, seconds: float = 10.0) -> bool:
    """Wait until a process has ended; False when it lives on."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], seconds)[0])
    finally:
        os.close(handle)
