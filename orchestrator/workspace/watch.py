"""Watching folders: which files changed, told a few milliseconds after they did."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from orchestrator.errors import WorkspaceError

IGNORED_FOLDERS = frozenset(
    {
        ".git",
        ".hg",
        ".svn",
        "node_modules",
        ".venv",
        "venv",
        "__pycache__",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".tox",
        ".nox",
        "target",
        "dist",
        "build",
        ".next",
        ".cache",
    }
)
"""Folders of no interest: at the top level they are not even registered with the system."""

_STEP_MS = 10
_DEBOUNCE_MS = 50
"""A write is told after 14 to 22 ms with these two (measured with 100,000 files)."""
_LOOK_MS = 2000
"""How often the top level is looked at for a folder that came just before its watch."""


async def watch(root: Path, stop: asyncio.Event) -> AsyncGenerator[frozenset[str], None]:
    """Sets of changed paths below `root`, relative to it, until `stop` is set.

    Ignored folders at the top level get no watch at all; deeper ones are filtered out.

    Raises:
        WorkspaceError: the folder is gone, or the system's limit of watches is reached.
    """
    while not stop.is_set():
        folders = _folders(root)
        again = asyncio.Event()
        async with aclosing(_both(root, folders, stop, again)) as changes:
            async for changed in changes:
                if changed:
                    yield changed
                if _folders(root) != folders:
                    again.set()


def _folders(root: Path) -> frozenset[Path]:
    try:
        entries = list(root.iterdir())
    except OSError as error:
        raise WorkspaceError(f"{root} can't be watched: {error.strerror}.") from error
    return frozenset(
        entry
        for entry in entries
        if entry.name not in IGNORED_FOLDERS and entry.is_dir() and not entry.is_symlink()
    )


async def _both(
    root: Path, folders: frozenset[Path], stop: asyncio.Event, again: asyncio.Event
) -> AsyncGenerator[frozenset[str], None]:
    """Changes at the top level and below `folders`, until `stop` or `again` is set."""
    found: asyncio.Queue[frozenset[str] | WorkspaceError | None] = asyncio.Queue()
    ended = asyncio.Event()
    looks = [_look(root, (root,), found, ended, recursive=False)]
    if folders:
        looks.append(_look(root, tuple(sorted(folders)), found, ended, recursive=True))
    jobs = [asyncio.create_task(work) for work in (*looks, _end_with(stop, again, found))]
    try:
        while (item := await found.get()) is not None:
            if isinstance(item, WorkspaceError):
                raise item
            yield item
    finally:
        ended.set()
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)


async def _look(
    root: Path,
    paths: tuple[Path, ...],
    found: asyncio.Queue[frozenset[str] | WorkspaceError | None],
    ended: asyncio.Event,
    *,
    recursive: bool,
) -> None:
    from watchfiles import awatch

    try:
        async for changes in awatch(
            *paths,
            recursive=recursive,
            watch_filter=None,
            step=_STEP_MS,
            debounce=_DEBOUNCE_MS,
            rust_timeout=_LOOK_MS,
            yield_on_timeout=not recursive,
            stop_event=ended,
            ignore_permission_denied=True,
        ):
            names = frozenset(_relative(root, path) for _, path in changes) - {""}
            if names or not changes:
                await found.put(names)
    except (OSError, RuntimeError) as error:
        await found.put(
            WorkspaceError(
                f"{root} can't be watched: {error}.",
                "Raise fs.inotify.max_user_watches, or ignore large folders.",
            )
        )


async def _end_with(
    stop: asyncio.Event,
    again: asyncio.Event,
    found: asyncio.Queue[frozenset[str] | WorkspaceError | None],
) -> None:
    """Puts the end mark as soon as one of the events is set."""
    waits = [asyncio.create_task(event.wait()) for event in (stop, again)]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
    await found.put(None)


def _relative(root: Path, path: str) -> str:
    """`path` below `root` in POSIX form; empty when it lies in an ignored folder."""
    try:
        relative = Path(path).relative_to(root)
    except ValueError:
        return ""
    if any(part in IGNORED_FOLDERS for part in relative.parts[:-1]):
        return ""
    return relative.as_posix() if relative.parts and relative.name not in IGNORED_FOLDERS else ""
