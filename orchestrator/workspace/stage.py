"""Stages: places outside the workspace where candidates are checked and tests run."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

from orchestrator.errors import WorkspaceError
from orchestrator.workspace.held import try_hold
from orchestrator.workspace.snapshots import ShadowRepository

LINKED_FOLDERS = ("node_modules", ".venv", "venv", "vendor")
"""Dependency folders that are linked into a stage when a snapshot does not hold them."""


class Stage:
    """One checkout of a snapshot."""

    def __init__(self, path: Path) -> None:
        self.path = path
        """The folder; shaped like the workspace."""


class StagePool:
    """A few stages that are used again and again: moving one is far cheaper than making one.

    Args:
        repository: where the snapshots are.
        size: stages at most; who comes later waits. Another process uses other ones.
    """

    def __init__(self, repository: ShadowRepository, size: int) -> None:
        self._repository = repository
        self._folder = repository.home / "stages"
        self._places = asyncio.Semaphore(size)

    @asynccontextmanager
    async def stage(self, snapshot: str) -> AsyncIterator[Stage]:
        """A stage that holds exactly `snapshot`, to oneself until the block ends.

        Raises:
            WorkspaceError: the state folder can't be written.
        """
        async with self._places:
            name, lock = self._take()
            try:
                yield await self._prepare(name, snapshot)
            finally:
                os.close(lock)

    def _take(self) -> tuple[str, int]:
        """The first stage that nobody uses, in any process, and the lock that says so."""
        for number in count(1):
            lock = try_hold(self._folder / f"stage-{number}.held")
            if lock is not None:
                return f"stage-{number}", lock
        raise AssertionError  # unreachable: count never ends

    async def _prepare(self, name: str, snapshot: str) -> Stage:
        folder, index = self._folder / name, self._folder / f"{name}.index"
        try:
            try:
                await self._fill(folder, index, snapshot)
            except (OSError, WorkspaceError):  # what a test left is in the way: begin anew
                await asyncio.to_thread(_remove, folder)
                await self._fill(folder, index, snapshot)
        except OSError as error:
            raise WorkspaceError(
                f"The stage {folder} can't be made: {error.strerror}.",
                "Check the free space of the state folder, and what your tests leave behind.",
            ) from error
        return Stage(folder)

    async def _fill(self, folder: Path, index: Path, snapshot: str) -> None:
        await asyncio.to_thread(_clear_the_way, folder, index)
        await self._repository.check_out(snapshot, folder, index)
        kept = await self._repository.checked_out(index)
        await asyncio.to_thread(_remove_others, folder, kept)
        taken = {path.partition("/")[0] for path in kept}
        names = [name for name in LINKED_FOLDERS if name not in taken]
        for linked in await self._repository.ignored_folders(names):
            target = self._repository.workspace / linked
            (folder / linked).symlink_to(target, target_is_directory=True)


def _clear_the_way(folder: Path, index: Path) -> None:
    """Makes `folder` one that git can move to another snapshot, whatever was done to it."""
    index.with_name(f"{index.name}.lock").unlink(missing_ok=True)  # of a git that was killed
    if folder.is_symlink() or not folder.is_dir():
        _remove(folder)
        folder.mkdir(parents=True, mode=0o700)
    if not any(folder.iterdir()):
        index.unlink(missing_ok=True)


def _remove_others(folder: Path, kept: set[str]) -> None:
    """Removes all but `kept`. git itself tells neither of pipes and sockets nor of `.git`."""
    parents = {parent for path in kept for parent in _parents(path)}
    for here, folders, files in os.walk(folder):
        below = os.path.relpath(here, folder)
        prefix = "" if below == "." else f"{below}/"
        for name in (*files, *folders):
            known = kept if name in files or Path(here, name).is_symlink() else parents
            if prefix + name not in known:
                _remove(Path(here, name))
        folders[:] = [name for name in folders if prefix + name in parents]


def _parents(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _remove(path: Path) -> None:
    """Removes what an earlier use left in a stage; a link is removed, never what it points to.

    Raises:
        OSError: it can't be removed.
    """
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    try:
        shutil.rmtree(path)
    except OSError:
        _make_writable(path)
        shutil.rmtree(path)


def _make_writable(folder: Path) -> None:
    """Gives us every right on `folder` and on the folders in it."""
    folder.chmod(0o700)
    for parent, folders, _ in os.walk(folder):
        for name in folders:
            below = Path(parent, name)
            if not below.is_symlink():
                below.chmod(0o700)
