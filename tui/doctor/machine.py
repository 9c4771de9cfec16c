"""The machine: programs, terminal, folders. Judges what was found, touches nothing."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.config import Loaded
from tui.doctor.findings import Finding, Folder, Machine, Screen

_MB = 1024 * 1024
LITTLE_SPACE, TOO_LITTLE_SPACE = 1024 * _MB, 64 * _MB
"""Free bytes below which a state folder is warned about, and called unusable."""
SMALLEST = (60, 16)
"""Columns and lines below which the room shows a list only."""
DURABLE_GIT = (2, 36)
"""The first git that knows core.fsync, which makes snapshots durable."""


def programs(machine: Machine) -> Iterator[Finding]:
    """Python, git and tmux."""
    yield Finding("Python", "ok", machine.python)
    if not machine.git:
        yield Finding("git", "missing", "not installed", _install("git"))
    elif _version(machine.git) < DURABLE_GIT:
        found = f"{machine.git}; before 2.36 snapshots are not safe from a power cut"
        yield Finding("git", "warning", found, _install("git"))
    else:
        yield Finding("git", "ok", machine.git)
    if machine.tmux:
        yield Finding("tmux", "ok", machine.tmux)
    else:
        yield Finding("tmux", "ok", "not installed; only needed to keep the room open elsewhere")


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:2] if part.isdigit())


def _install(program: str) -> str:
    return f"apt install {program}, dnf install {program}, or brew install {program}"


def terminal(screen: Screen) -> Finding:
    """Where the room would be drawn."""
    if not screen.columns:
        return Finding("Terminal", "ok", "none here; exec, run and ask need none")
    size = f"{screen.columns}x{screen.lines}"
    if screen.kind == "dumb":
        return Finding("Terminal", "warning", "TERM is dumb", "export TERM=xterm-256color")
    if screen.columns < SMALLEST[0] or screen.lines < SMALLEST[1]:
        least = f"{SMALLEST[0]}x{SMALLEST[1]}"
        return Finding("Terminal", "warning", f"{size} is small", f"Make it {least} or larger")
    if not screen.utf8:
        return Finding(
            "Terminal", "warning", f"{size}, not UTF-8", "export LANG=C.UTF-8, or set ascii: true"
        )
    return Finding("Terminal", "ok", size + ("" if screen.colours else ", without colours"))


def switches(loaded: Loaded) -> Iterator[Finding]:
    """What is switched off."""
    if loaded.settings.llm_disabled:
        origin = loaded.origins.get("llm_disabled", "")
        yield Finding(
            "Kill switch", "missing", f"on ({origin}): no model is asked", "unset LLM_DISABLED"
        )


def workspace(folder: Folder) -> Finding:
    """The folder to work in."""
    name, git = "Workspace", "" if folder.git else ", not a git repository (works too)"
    if not folder.there:
        return Finding(name, "missing", f"{folder.path} is not there", "--workspace FOLDER")
    if not folder.writable:
        mend = f"chmod u+w {folder.path}"
        return Finding(name, "warning", f"{folder.path} is read-only: nothing can be applied", mend)
    return Finding(name, "ok", f"{folder.path}{git}")


def state_folder(folder: Folder) -> Finding:
    """Where sessions and snapshots are kept."""
    name, free = "State folder", f"{folder.free // _MB:,} MB free"
    if not folder.writable:
        mend = f"chmod u+rwx {folder.path}, or set ORCHESTRATOR_STATE_DIR"
        return Finding(name, "missing", f"{folder.path} can't be written", mend)
    elsewhere = "Free some, or set ORCHESTRATOR_STATE_DIR to another disk"
    if folder.free < TOO_LITTLE_SPACE:
        return Finding(name, "missing", f"{folder.path}, only {free}", elsewhere)
    if folder.free < LITTLE_SPACE:
        return Finding(name, "warning", f"{folder.path}, only {free}", elsewhere)
    return Finding(name, "ok", f"{folder.path}, {free}")
