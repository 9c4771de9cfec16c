"""doctor: look at the machine and the servers, and tell what is missing."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from orchestrator.config import Loaded
from tui.commands.choice import Choice
from tui.commands.console import Colour, Console
from tui.commands.outside import Outside
from tui.doctor import Finding, Folder, Machine, Screen, examine
from tui.report import NO_BACKEND, SUCCESS

_VERSION_SECONDS = 5.0

_MARKS: dict[str, tuple[str, Colour]] = {
    "ok": ("ok", ""),
    "warning": ("warning", "yellow"),
    "missing": ("missing", "red"),
}


def doctor(choice: Choice, outside: Outside, console: Console) -> int:
    """Print a line for each thing looked at. Gives 0, or 3 when no model can be asked."""
    loaded = outside.settings(choice)
    folder = outside.folder() / choice.workspace if choice.workspace else outside.folder()
    statuses = asyncio.run(outside.check_backends(loaded.settings, outside.env))
    result = examine(loaded, look(loaded, folder, outside.env), statuses)
    code = SUCCESS if result.usable else NO_BACKEND
    if choice.json:
        console.json({"usable": result.usable, "findings": msgspec.to_builtins(result.findings)})
        return code
    width = max(len(finding.name) for finding in result.findings)
    for finding in result.findings:
        _print(finding, width, console)
    if not result.usable:
        console.line("No model can be asked. The demonstration needs none: orchestrator-tui demo")
    return code


def _print(finding: Finding, width: int, console: Console) -> None:
    mark, colour = _MARKS[finding.level]
    console.line(f"{mark:<8} {finding.name:<{width}}  {finding.found}", colour)
    if finding.mend:
        console.line(f"{'':<8} {'':<{width}}  -> {finding.mend}")


# --- looking -------------------------------------------------------------------------------------


def look(loaded: Loaded, workspace: Path, env: Mapping[str, str]) -> Machine:
    """What this machine has. Starts git and tmux only to ask for their versions."""
    path = env.get("PATH")
    backends = loaded.settings.backends.items()
    command = next((b.command for _, b in backends if b.kind == "claude_code"), "claude")
    return Machine(
        python=f"{platform.python_version()} ({sys.executable})",
        git=_version_of("git", "--version", path),
        tmux=_version_of("tmux", "-V", path),
        claude=shutil.which(command, path=path) or "",
        keys={n: bool(env.get(b.api_key_env)) for n, b in backends if b.api_key_env},
        screen=_screen(env),
        workspace=_folder(workspace),
        state=_folder(Path(loaded.settings.state_dir)),
    )


def _version_of(program: str, option: str, path: str | None) -> str:
    """The version a program tells, like "2.39.5"; empty when it is not installed."""
    found = shutil.which(program, path=path)
    if not found:
        return ""
    try:
        said = subprocess.run(
            [found, option],
            capture_output=True,
            text=True,
            timeout=_VERSION_SECONDS,
            stdin=subprocess.DEVNULL,
            check=False,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
    words = [word for word in said.split() if word[:1].isdigit()]
    return words[0] if words else said.strip()


def _screen(env: Mapping[str, str]) -> Screen:
    if not sys.stdout.isatty():
        return Screen()
    size = shutil.get_terminal_size()
    return Screen(
        columns=size.columns,
        lines=size.lines,
        kind=env.get("TERM", ""),
        colours=not env.get("NO_COLOR"),
        utf8="utf" in (sys.stdout.encoding or "").lower(),
    )


def _folder(path: Path) -> Folder:
    there = path.is_dir()
    nearest = next((p for p in (path, *path.absolute().parents) if p.exists()), Path("/"))
    try:
        free = shutil.disk_usage(nearest).free
    except OSError:
        free = 0
    writable = os.access(nearest, os.W_OK | os.X_OK)
    git = any((p / ".git").exists() for p in (path, *path.absolute().parents))
    return Folder(path=str(path), there=there, writable=writable, free=free, git=git)
