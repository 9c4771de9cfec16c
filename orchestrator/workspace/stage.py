"""Stages: places outside the workspace where candidates are checked and tests run."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from orchestrator.errors import WorkspaceError
from orchestrator.workspace.snapshots import ShadowRepository

LINKED_FOLDERS = ("node_modules", ".venv", "venv", "vendor", "target")
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
        size: stages at most; who comes later waits.
    """

    def __init__(self, repository: ShadowRepository, size: int) -> None:
        self._repository = repository
        self._free = [f"stage-{number}" for number in range(1, size + 1)]
        self._places = asyncio.Semaphore(size)

    @asynccontextmanager
    async def stage(self, snapshot: str) -> AsyncIterator[Stage]:
        """A stage that holds exactly `snapshot`, to oneself until the block ends.

        Raises:
            WorkspaceError: the state folder can't be written.
        """
        async with self._places:
            name = self._free.pop(0)
            try:
                yield await self._prepare(name, snapshot)
            finally:
                self._free.insert(0, name)

    async def _prepare(self, name: str, snapshot: str) -> Stage:
        folder = self._repository.home / "stages" / name
        index = self._repository.home / "stages" / f"{name}.index"
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise WorkspaceError(
                f"The stage {folder} can't be made: {error.strerror}.",
                "Check the free space of the state folder.",
            ) from error
        if not any(folder.iterdir()):
            index.unlink(missing_ok=True)
        await self._repository.check_out(snapshot, folder, index)
        for left_over in await self._repository.untracked(folder, index):
            await asyncio.to_thread(_remove, folder / left_over.rstrip("/"))
        for linked in await self._repository.ignored_folders(LINKED_FOLDERS):
            target = self._repository.workspace / linked
            (folder / linked).symlink_to(target, target_is_directory=True)
        return Stage(folder)


def _remove(path: Path) -> None:
    """Removes what an earlier use left in a stage; a link is removed, never what it points to."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    shutil.rmtree(path, ignore_errors=True)
