import asyncio
from pathlib import Path

import pytest

from orchestrator.errors import WorkspaceError
from orchestrator.workspace.watch import watch


async def test_a_write_is_told(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    async with asyncio.timeout(20):
        assert "src/a.py" in await _after(tmp_path, lambda: (tmp_path / "src/a.py").write_text("x"))
        assert "top.py" in await _after(tmp_path, lambda: (tmp_path / "top.py").write_text("x"))


async def _after(root: Path, act: object) -> set[str]:
    """What is told after `act`, which is done again until the watch has begun."""
    stop, seen = asyncio.Event(), set[str]()

    async def poke() -> None:
        while not stop.is_set():
            act()  # type: ignore[operator]
            await asyncio.sleep(0.05)  # until the kernel's watch is there: nothing announces it

    poking = asyncio.create_task(poke())
    async for changed in watch(root, stop):
        seen |= changed
        stop.set()
    await poking
    return seen


async def test_a_new_folder_is_watched_too(tmp_path: Path) -> None:
    def act() -> None:
        (tmp_path / "new").mkdir(exist_ok=True)
        (tmp_path / "new" / "file").write_text("x")

    stop, seen = asyncio.Event(), set[str]()

    async def poke() -> None:
        while not stop.is_set():
            act()
            await asyncio.sleep(0.05)

    poking = asyncio.create_task(poke())
    async with asyncio.timeout(20):
        async for changed in watch(tmp_path, stop):
            seen |= changed
            if "new/file" in seen:
                stop.set()
    await poking


async def test_ignored_folders_are_not_told(tmp_path: Path) -> None:
    for name in ("node_modules", "src/__pycache__"):
        (tmp_path / name).mkdir(parents=True)

    def act() -> None:
        (tmp_path / "node_modules" / "x").write_text("x")
        (tmp_path / "src" / "__pycache__" / "x").write_text("x")
        (tmp_path / "src" / "seen").write_text("x")

    async with asyncio.timeout(20):
        assert await _after(tmp_path, act) == {"src/seen"}


async def test_a_folder_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="can't be watched"):
        async for _ in watch(tmp_path / "gone", asyncio.Event()):
            pass
