"""Output and big texts lie beside the documents, and are as safe."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest

from sessions.errors import InvalidName, StoreDamaged, StoreError
from sessions.files import Files
from sessions.kept import Surroundings
from sessions.store import SessionStore
from tests.sessions.stand_ins import FastFiles, FullDisk, HeldFiles

NEVER = 3600.0


async def created(
    state: Path, files: Files | None = None, group_seconds: float = NEVER
) -> SessionStore:
    around = Surroundings(files=files or FastFiles())
    return await SessionStore.create(
        state, workspace="/w", around=around, group_seconds=group_seconds
    )


async def test_output_is_collected_and_read_back(tmp_path: Path) -> None:
    async with await created(tmp_path) as store:
        for text in ("ein ", "Schlüs", "sel\n", "\ud800"):
            await store.append_output("t1-a2", text)
        await store.append_output("t2", "other")
        assert not (store.folder / "output").exists()
        assert await store.read_output("t1-a2") == "ein Schlüssel\n\\ud800"
        assert await store.read_output("t1-a2", tail_bytes=8) == "l\n\\ud800"
        assert await store.read_output("t1-a2", tail_bytes=13) == "üssel\n\\ud800"
        assert await store.read_output("t1-a2", tail_bytes=12) == "ssel\n\\ud800"
        assert await store.read_output("never") == ""
        name = store.session_id
    async with await SessionStore.open(tmp_path, name) as again:
        assert await again.read_output("t2") == "other"
        assert len(await again.read()) == 0


async def test_output_is_written_by_itself_after_the_group_s_time(tmp_path: Path) -> None:
    files = HeldFiles()
    files.let_go.set()
    store = await created(tmp_path, files, group_seconds=0.001)
    files.reached.clear()
    await store.append_output("a", "text")
    assert await asyncio.to_thread(files.reached.wait, 10)
    assert (store.folder / "output" / "a.log").read_text() == "text"
    await store.close()


async def test_much_output_waits_for_the_disk(tmp_path: Path) -> None:
    async with await created(tmp_path) as store:
        await store.append_output("a", "x" * 2_000_000)
        assert (store.folder / "output" / "a.log").stat().st_size == 2_000_000


async def test_output_that_found_no_room_is_written_later_once(tmp_path: Path) -> None:
    files = FullDisk()
    async with await created(tmp_path, files) as store:
        await store.append_output("a", "one ")
        await store.flush_output()
        files.full = True
        await store.append_output("a", "two ")
        with pytest.raises(StoreError, match="write the output of a"):
            await store.flush_output()
        assert "write the output of a" in store.notices[0]
        await store.append_output("a", "three")
        files.full = False
        await store.flush_output()
        assert store.notices == ()
        assert await store.read_output("a") == "one two three"


@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden", "a..b", "a\0", "x" * 65, "é"])
async def test_an_attempt_s_name_is_never_a_path(tmp_path: Path, name: str) -> None:
    async with await created(tmp_path) as store:
        for call in (store.append_output(name, "x"), store.read_output(name)):
            with pytest.raises(InvalidName):
                await call


async def test_a_blob_is_kept_once_under_its_hash(tmp_path: Path) -> None:
    async with await created(tmp_path) as store:
        content = b"\0big" * 1000
        sha256 = await store.put_blob(content)
        assert sha256 == hashlib.sha256(content).hexdigest()
        assert await store.put_blob(content) == sha256
        assert await store.get_blob(sha256) == content
        assert [path.name for path in (store.folder / "blobs").iterdir()] == [sha256]
        with pytest.raises(StoreError, match="not there"):
            await store.get_blob("0" * 64)
        with pytest.raises(InvalidName):
            await store.get_blob("../session.json")
        (store.folder / "blobs" / sha256).write_bytes(b"something else")
        with pytest.raises(StoreDamaged):
            await store.get_blob(sha256)
        await store.put_blob(content)
        assert await store.get_blob(sha256) == content
