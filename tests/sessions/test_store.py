"""The door to a session: what is awaited is durable, and nobody waits for the disk."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from sessions.database import JournalDatabase
from sessions.errors import (
    InvalidDocument,
    InvalidName,
    SessionMissing,
    StoreClosed,
    StoreError,
    StoreFull,
    StoreReadOnly,
)
from sessions.files import Files
from sessions.kept import Surroundings
from sessions.store import SessionStore
from tests.sessions.stand_ins import FastFiles, FullDisk, HeldFiles

NEVER = 3600.0


def around(files: Files | None = None) -> Surroundings:
    return Surroundings(files=files or FastFiles(), clock=lambda: 1_795_236_120.0)


async def created(state: Path, files: Files | None = None) -> SessionStore:
    return await SessionStore.create(
        state, workspace="/w", title="A goal", around=around(files), group_seconds=NEVER
    )


async def opened(state: Path, session_id: str) -> SessionStore:
    return await SessionStore.open(state, session_id, around=around())


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("session-store")]


def is_empty(folder: Path) -> bool:
    return next(folder.iterdir(), None) is None


async def in_thread_reached(event: threading.Event) -> None:
    assert await asyncio.to_thread(event.wait, 10)


async def test_events_come_back_after_reopening(tmp_path: Path) -> None:
    async with await created(tmp_path) as store:
        await store.append([{"seq": 1, "event": "goal_submitted", "deep": {"a": [1, None]}}])
        await store.append([b'{"seq":2,"event":"two"}', {"seq": 3}])
        assert store.last_seq == 3
        name = store.session_id
    async with await opened(tmp_path, name) as store:
        assert store.last_seq == 3
        assert await store.read() == [
            {"seq": 1, "event": "goal_submitted", "deep": {"a": [1, None]}},
            {"seq": 2, "event": "two"},
            {"seq": 3},
        ]
        assert await store.read(after=2) == [{"seq": 3}]
        assert await store.read(after=1, limit=1) == [{"seq": 2, "event": "two"}]
        assert await store.read(after=3) == []
        assert store.notices == ()
        await store.append([{"seq": 4}])


async def test_the_events_of_one_step_are_kept_together_or_not_at_all(tmp_path: Path) -> None:
    files = FullDisk()
    async with await created(tmp_path, files) as store:
        await store.append([{"seq": 1}])
        files.full = True
        with pytest.raises(StoreFull):
            await store.append([{"seq": 2}, {"seq": 3}])
        assert store.last_seq == 1
        files.full = False
        for wrong in ({"seq": 2}, {"seq": 3, "bad": "\ud800"}):
            with pytest.raises(InvalidDocument):
                await store.append([{"seq": 2}, wrong])
        assert await store.read() == [{"seq": 1}]
        await store.append([{"seq": 2}, {"seq": 3}])
        assert len(await store.read()) == 3


@pytest.mark.parametrize(
    "wrong", [{}, {"seq": 1}, {"seq": 0}, {"seq": "2"}, {"seq": 2.0}, b"[2]", b"{"]
)
async def test_an_event_without_a_higher_number_is_refused(
    tmp_path: Path, wrong: dict[str, object] | bytes
) -> None:
    async with await created(tmp_path) as store:
        with pytest.raises(InvalidDocument, match="seq above 0"):
            await store.append([{"seq": True}])
        await store.append([{"seq": 1}])
        with pytest.raises(InvalidDocument, match="seq above 1"):
            await store.append([wrong])
        assert await store.read() == [{"seq": 1}]


async def test_numbers_may_have_gaps(tmp_path: Path) -> None:
    async with await created(tmp_path) as store:
        await store.append([{"seq": 5}, {"seq": 9}, {"seq": 10}])
        assert await store.read(after=6) == [{"seq": 9}, {"seq": 10}]


async def test_the_event_loop_does_not_wait_for_the_disk(tmp_path: Path) -> None:
    files = HeldFiles()
    files.let_go.set()
    async with await created(tmp_path, files) as store:
        files.let_go.clear()
        files.reached.clear()
        appending = asyncio.create_task(store.append([{"seq": 1}]))
        await in_thread_reached(files.reached)
        for _ in range(100):
            await asyncio.sleep(0)
        assert not appending.done()
        assert store.last_seq == 0
        files.let_go.set()
        await appending
        assert store.last_seq == 1


async def test_what_a_cancelled_caller_asked_for_is_still_written(tmp_path: Path) -> None:
    files = HeldFiles()
    files.let_go.set()
    async with await created(tmp_path, files) as store:
        files.let_go.clear()
        files.reached.clear()
        running = asyncio.create_task(store.append([{"seq": 1}]))
        await in_thread_reached(files.reached)
        queued = asyncio.create_task(store.append([{"seq": 2}]))
        await asyncio.sleep(0)
        running.cancel()
        queued.cancel()
        results = await asyncio.gather(running, queued, return_exceptions=True)
        assert all(isinstance(result, asyncio.CancelledError) for result in results)
        files.let_go.set()
        assert await store.read() == [{"seq": 1}, {"seq": 2}]
        with JournalDatabase.open(store.folder, read_only=True) as disk:
            assert len(disk.table("events")) == 2
        await store.append([{"seq": 3}])


async def test_appends_of_many_tasks_come_one_after_another(tmp_path: Path) -> None:
    async with await created(tmp_path) as store:
        async with asyncio.TaskGroup() as group:
            for number in range(1, 101):
                group.create_task(store.append([{"seq": number}]))
        assert [event["seq"] for event in await store.read()] == list(range(1, 101))


async def test_a_cancelled_opening_leaves_the_session_to_others(tmp_path: Path) -> None:
    class HeldReading(FastFiles):
        reached, let_go = threading.Event(), threading.Event()

        def read(self, path: Path) -> bytes:
            self.reached.set()
            assert self.let_go.wait(10)
            return super().read(path)

    store = await created(tmp_path)
    await store.close()
    files = HeldReading()
    opening = asyncio.create_task(
        SessionStore.open(tmp_path, store.session_id, around=around(files))
    )
    await in_thread_reached(files.reached)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    left = threads()
    files.let_go.set()
    for thread in left:
        await asyncio.to_thread(thread.join)
    async with await opened(tmp_path, store.session_id) as again:
        assert not again.read_only


async def test_closing_leaves_no_thread_no_task_and_a_compacted_session(tmp_path: Path) -> None:
    store = await created(tmp_path)
    await store.append([{"seq": 1}])
    await store.append_output("a", "text")
    [thread] = threads()
    await store.close()
    await store.close()
    await asyncio.to_thread(thread.join)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert (store.folder / "session.journal").read_bytes() == b""
    for call in (store.read(), store.append([]), store.append_output("a", "b"), store.meta()):
        with pytest.raises(StoreClosed):
            await call


async def test_meta_is_kept_field_by_field(tmp_path: Path) -> None:
    async with await created(tmp_path) as store:
        await store.put_meta({"title": "Another goal", "tasks": 4})
        await store.put_meta({"cost": {"tokens": 5}})
        name = store.session_id
        with pytest.raises(InvalidDocument):
            await store.put_meta({"id": "other"})
    async with await opened(tmp_path, name) as store:
        assert await store.meta() == {
            "id": name,
            "title": "Another goal",
            "workspace": "/w",
            "created": 1_795_236_120.0,
            "updated": 1_795_236_120.0,
            "tasks": 4,
            "cost": {"tokens": 5},
        }


async def test_a_second_store_reads_and_says_so(tmp_path: Path) -> None:
    async with await created(tmp_path) as first:
        await first.append([{"seq": 1}])
        async with await opened(tmp_path, first.session_id) as second:
            assert second.read_only
            assert "open in another window" in second.notices[0]
            assert await second.read() == [{"seq": 1}]
            for call in (
                second.append([{"seq": 2}]),
                second.put_meta({"tasks": 1}),
                second.put_blob(b""),
                second.append_output("a", "b"),
            ):
                with pytest.raises(StoreReadOnly):
                    await call
        await first.append([{"seq": 2}])


async def test_a_failed_sync_makes_the_session_read_only_and_says_so(tmp_path: Path) -> None:
    files = FullDisk()
    async with await created(tmp_path, files) as store:
        files.sync_fails = True
        with pytest.raises(StoreError, match="read-only from here on"):
            await store.append([{"seq": 1}])
        assert store.read_only
        assert "read-only from here on" in store.notices[0]
        assert await store.read() == []
    async with await opened(tmp_path, store.session_id) as again:
        assert again.last_seq == 0


@pytest.mark.parametrize(
    "name", ["..", "../x", "/etc", "", "20261121-0442-7f3a/..", "20261121-0442-7F3A", "a\n"]
)
async def test_only_names_of_sessions_are_looked_for(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidName):
        await opened(tmp_path, name)
    assert is_empty(tmp_path)


async def test_the_folders_of_a_new_session_are_durable(tmp_path: Path) -> None:
    synced: set[Path] = set()

    class Watched(FastFiles):
        def sync_folder(self, folder: Path) -> None:
            synced.add(folder)

    async with await created(tmp_path / "state", Watched()) as store:
        assert {tmp_path, tmp_path / "state", store.folder.parent, store.folder} <= synced


async def test_a_missing_session_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(SessionMissing):
        await opened(tmp_path, "20261121-0442-7f3a")
    assert is_empty(tmp_path)
    for thread in threads():
        await asyncio.to_thread(thread.join)


async def test_a_link_is_not_taken_for_a_session(tmp_path: Path) -> None:
    store = await created(tmp_path / "a")
    await store.close()
    (tmp_path / "b" / "sessions").mkdir(parents=True)
    (tmp_path / "b" / "sessions" / store.session_id).symlink_to(store.folder)
    with pytest.raises(SessionMissing):
        await opened(tmp_path / "b", store.session_id)
