"""The room itself, and the demonstration."""

from __future__ import annotations

import asyncio
import gc
import sys
import tempfile
from pathlib import Path

import msgspec

from orchestrator.commands import SubmitGoal
from orchestrator.config import Loaded
from tui.commands.choice import Choice
from tui.commands.console import Console
from tui.commands.ending import Misuse
from tui.commands.outside import Outside
from tui.commands.work import as_json, watching
from tui.door import EngineDoor
from tui.headless import run_to_end
from tui.report import FAILED, SUCCESS, Commands, GoalReport, goal_report, task_line


def has_terminal() -> bool:
    """True when a person sits at both ends."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def open_room(choice: Choice, outside: Outside) -> int:
    """Show the control room until the user leaves.

    Raises:
        Misuse: there is no terminal, or no such folder.
        OrchestratorError: the engine can't be opened.
    """
    if not has_terminal():
        raise Misuse(
            "The control room needs a terminal.",
            "For scripts there are: orchestrator-tui exec, run and ask (see --help).",
        )
    gc.disable()  # until the first frame (see RoomApp.on_ready): a start leaves next to no garbage
    loaded, workspace = outside.settings(choice), outside.workspace(choice).resolve()

    async def show() -> None:
        opening = outside.open_engine(
            loaded, workspace=workspace, session_id=choice.session, new=choice.new
        )
        async with opening as door:
            await _room(door, loaded, workspace.name)

    asyncio.run(show())
    return SUCCESS


async def _room(door: EngineDoor, loaded: Loaded, title: str, *, demo: bool = False) -> None:
    from tui.app import RoomApp

    state = door.state
    app = RoomApp(
        door,
        title=title,
        demo=demo,
        welcome=not demo and not state.goal_order and not state.loose_tasks,
        theme=loaded.settings.theme,
        ascii_only=loaded.settings.ascii,
    )
    await app.run_async()


# --- the demonstration ---------------------------------------------------------------------------


def demonstrate(choice: Choice, outside: Outside, console: Console) -> int:
    """Play a goal on a copy of a small project, with recorded models and all else real.

    In a terminal the room opens and the keys are the user's. Without one everything that needs
    no person happens, and the outcome is printed; then the exit code is 1 if a task failed.
    """
    from tui.demo import demo_settings, demo_workspace

    with tempfile.TemporaryDirectory(prefix="orchestrator-demo-") as name:
        loaded = demo_settings(Path(name), outside.settings(choice).settings)
        workspace = demo_workspace(Path(name))
        if has_terminal():
            asyncio.run(_demo_room(loaded, workspace, outside))
            return SUCCESS
        playing = _demo_headless(loaded, workspace, choice, outside, console)
        return run_to_end(playing, lambda: console.say("Stopped."))


async def _demo_room(loaded: Loaded, workspace: Path, outside: Outside) -> None:
    from tui.demo import GOAL

    async with outside.open_engine(loaded, workspace=workspace, new=True) as door:
        await door.submit(SubmitGoal(text=GOAL))
        await _room(door, loaded, workspace.name, demo=True)


async def _demo_headless(
    loaded: Loaded, workspace: Path, choice: Choice, outside: Outside, console: Console
) -> int:
    from tui.demo import GOAL

    settings = msgspec.structs.replace(loaded.settings, autonomy="unproven")
    loaded = msgspec.structs.replace(loaded, settings=settings)
    console.say("Demonstration: the models are recorded, all else is real.", "bold")
    async with outside.open_engine(loaded, workspace=workspace, new=True) as door:
        watch = watching(door, loaded, outside, console)
        goal_id = await watch.carry_out(SubmitGoal(text=GOAL))
        report = goal_report(door.state, goal_id, Commands(door.state.session_id))
    if choice.json:
        console.json(as_json(report))
    else:
        _tell_demo(report, console)
    return FAILED if any(task.state == "failed" for task in report.tasks) else SUCCESS


def _tell_demo(report: GoalReport, console: Console) -> None:
    # Hints are left out: they name a session that is gone when they are read.
    for task in report.tasks:
        console.line(task_line(task))
    waiting = sum(task.state == "waiting" for task in report.tasks)
    if waiting:
        console.line(f"{waiting} of {len(report.tasks)} tasks waits for a person, as planned.")
    console.line("In a terminal the same command opens the control room.")
