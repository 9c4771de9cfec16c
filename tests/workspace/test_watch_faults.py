"""A watch that can't go on says so, and always ends when it is told to."""

import asyncio
import shutil
from contextlib import aclosing
from pathlib import Path

import pytest

from orchestrator.errors import WorkspaceError
from orchestrator.workspace.watch import watch


async def test_a_folder_that_is_removed_while_it_is_watched_is_named(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "src").mkdir(parents=True)
    (root / "src" / "file").write_bytes(b"x")
    async with asyncio.timeout(20), aclosing(watch(root, asyncio.Event())) as changes:
        seen = asyncio.ensure_future(anext(changes))
        while not seen.done():
            (root / "src" / "file").write_bytes(b"x")
            await asyncio.wait({seen}, timeout=0.05)  # until the kernel's watch is there
        shutil.rmtree(root)
        with pytest.raises(WorkspaceError, match="can't be watched"):
            async for _ in changes:
                pass


async def test_a_watch_ends_when_it_is_told_to_whatever_is_written(tmp_path: Path) -> None:
    stop = asyncio.Event()
    writing = True

    async def write() -> None:
        number = 0
        while writing:
            number += 1
            (tmp_path / f"{number % 9}").write_bytes(b"%d" % number)
            await asyncio.sleep(0)

    busy = asyncio.create_task(write())
    async with asyncio.timeout(20):
        async for _ in watch(tmp_path, stop):
            stop.set()
    writing = False
    await busy
