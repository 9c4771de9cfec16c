"""A small project, and models that answer at once: what the other scripts work with."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from orchestrator.commands import Approve, SubmitTask
from orchestrator.config import (
    BackendSettings,
    ClaudeSettings,
    GateSettings,
    Loaded,
    ProfileSettings,
    Settings,
)
from orchestrator.engine import Engine
from orchestrator.state import SessionState
from orchestrator.values import TaskSpec
from tui.compose import open_engine

ROOT = Path(__file__).resolve().parents[1]
ROOM = (sys.executable, "-m", "tui")
"""Starts the room as `orchestrator-tui` does."""
MINIMAL = (sys.executable, str(ROOT / "benchmarks" / "minimal_app.py"))
MINIMAL_TEXTS = ("minimal app",)
FILES = 50
"""Files of the project before any task."""
_KEPT = ("PATH", "HOME", "LANG", "USER", "TMPDIR")
ANSWER = '''```python
"""Words and their lengths."""


def lengths(words: list[str]) -> dict[str, int]:
    """How long each word is, in the order of the words."""
    found: dict[str, int] = {}
    for word in words:
        found[word] = len(word)
    return found


def longest(words: list[str]) -> str:
    """The longest word, the first of several; empty when there are none."""
    return max(words, key=len, default="")
```
'''


def make_project(folder: Path, files: int = FILES) -> Path:
    """A project of small Python files below `folder`."""
    project = folder / "project"
    for number in range(files):
        file = project / f"part_{number // 25}" / f"module_{number}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f'"""Module {number}."""\n\nVALUE = {number}\n' * 10)
    return project


def environment(state: Path) -> dict[str, str]:
    """What a program sees that is started in a terminal: no keys, no configuration, own state.

    Python may keep compiled modules, as it does for a user.
    """
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {
        **kept,
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "PYTHONPATH": str(ROOT),
        "XDG_CONFIG_HOME": str(state / "no-configuration"),
        "ORCHESTRATOR_STATE_DIR": str(state),
    }


def instant_settings(folder: Path, *, concurrency: int = 2) -> Loaded:
    """Settings whose one local model gives the same answer at once; state lies below `folder`."""
    recording = folder / "recording.json"
    recording.write_text(json.dumps({"answers": [{"text": ANSWER}], "tokens_per_second": 0}))
    settings = Settings(
        backends={
            "instant": BackendSettings(
                kind="recorded", file=str(recording), concurrency=concurrency
            )
        },
        profiles={"code": ProfileSettings(backend="instant", model="recorded")},
        claude=ClaudeSettings(via="none"),
        tests=GateSettings(),
        state_dir=str(folder / "state"),
    )
    return Loaded(settings, {})


def task(number: int, *, test_command: str = "") -> TaskSpec:
    """A task that writes a file of its own."""
    return TaskSpec(
        task_id=f"T-{number:04}",
        description="lengths(words): how long each word is; longest(words): the longest of them",
        output_file=f"words/words_{number}.py",
        constraints=("no imports",),
        test_command=test_command,
        category="utility",
    )


async def until(engine: Engine, fits: Callable[[SessionState], bool]) -> None:
    """Returns as soon as the state fits."""
    if fits(engine.state):
        return
    async for _event in engine.subscribe(engine.state.seq):
        if fits(engine.state):
            return


async def make_session(folder: Path, project: Path, tasks: int) -> None:
    """A session of finished work: every second task is applied, the others wait for a person."""
    async with open_engine(instant_settings(folder), workspace=project, new=True) as engine:
        for number in range(1, tasks + 1):
            await engine.submit(SubmitTask(spec=task(number)))
        await until(engine, lambda state: len(state.open_breakpoints) == tasks)
        waiting = list(engine.state.open_breakpoints)
        for breakpoint_id in waiting[::2]:
            await engine.submit(Approve(breakpoint_id=breakpoint_id))
