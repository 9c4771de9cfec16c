"""A watch that can't go on says so, and always ends when it is told to."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
import watchfiles

from orchestrator.errors import WorkspaceError
from orchestrator.workspace.watch import watch


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), RuntimeError("the limit is reached")]
)
async def test_a_limit_of_the_system_is_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def refused(*_paths: Path, **_settings: object) -> AsyncIterator[object]:
        nothing: tuple[object, ...] = ()
        for change in nothing:
            yield change
        raise error

    monkeypatch.setattr(watchfiles, "awatch", refused)
    async with asyncio.timeout(10):
        with pytest.raises(WorkspaceError, match="can't be watched") as caught:
            async for _ in watch(tmp_path, asyncio.Event()):
                pass
    assert "max_user_watches" in caught.value.hint


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
