"""Sessions are listed without opening them, and deleted only when nobody has them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from sessions.database import JournalDatabase
from sessions.errors import InvalidName, SessionInUse, SessionMissing
from sessions.identity import is_session_id, new_session_id
from sessions.kept import Surroundings
from sessions.removal import delete_session
from sessions.store import SessionStore
from sessions.summary import list_sessions
from tests.sessions.stand_ins import FastFiles

NOON = 1_795_262_400.0


def around(now: float = NOON) -> Surroundings:
    return Surroundings(files=FastFiles(), clock=lambda: now)


async def made(state: Path, now: float = NOON, title: str = "A goal") -> str:
    store = await SessionStore.create(state, workspace="/w", title=title, around=around(now))
    await store.put_meta({"tasks": 3})
    await store.append([{"seq": 1}])
    await store.close()
    return store.session_id


def test_names_are_short_readable_and_sort_by_time() -> None:
    name = new_session_id(NOON)
    assert re.fullmatch(r"20261121-1200-[0-9a-f]{4}", name)
    assert is_session_id(name)
    assert new_session_id(NOON + 60) > name


async def test_the_list_shows_what_is_known_newest_first(tmp_path: Path) -> None:
    old = await made(tmp_path, NOON, "Old")
    new = await made(tmp_path, NOON + 86_400, "New")
    assert [(s.id, s.title) for s in list_sessions(tmp_path)] == [(new, "New"), (old, "Old")]
    [_, summary] = list_sessions(tmp_path)
    assert (summary.workspace, summary.created, summary.details) == ("/w", NOON, {"tasks": 3})
    assert summary.updated >= NOON
    assert summary.problem == ""


async def test_the_list_opens_no_session(tmp_path: Path) -> None:
    name = await made(tmp_path)
    (tmp_path / "sessions" / name / "session.json").write_bytes(b"unreadable")
    assert list_sessions(tmp_path)[0].title == "A goal"


async def test_without_its_summary_a_session_is_listed_all_the_same(tmp_path: Path) -> None:
    name = await made(tmp_path)
    expected = list_sessions(tmp_path)
    (tmp_path / "sessions" / name / "summary.json").unlink()
    assert list_sessions(tmp_path) == expected
    (tmp_path / "sessions" / name / "summary.json").write_bytes(b"{half")
    assert list_sessions(tmp_path) == expected


async def test_a_session_that_can_t_be_read_says_why(tmp_path: Path) -> None:
    name = await made(tmp_path)
    (tmp_path / "sessions" / name / "summary.json").unlink()
    (tmp_path / "sessions" / name / "session.json").write_bytes(b"")
    [summary] = list_sessions(tmp_path)
    assert summary.id == name
    assert "it is empty" in summary.problem


async def test_other_things_in_the_folder_are_not_sessions(tmp_path: Path) -> None:
    assert list_sessions(tmp_path) == []
    name = await made(tmp_path)
    (tmp_path / "sessions" / ".deleted-x").mkdir()
    (tmp_path / "sessions" / "notes.txt").touch()
    (tmp_path / "sessions" / "20261121-1200-zzzz").mkdir()
    assert [summary.id for summary in list_sessions(tmp_path)] == [name]


async def test_a_deleted_session_is_gone_and_the_others_stay(tmp_path: Path) -> None:
    gone, kept = await made(tmp_path), await made(tmp_path)
    (tmp_path / "sessions" / ".deleted-left-over").mkdir()
    delete_session(tmp_path, gone)
    assert [path.name for path in (tmp_path / "sessions").iterdir()] == [kept]
    with pytest.raises(SessionMissing):
        delete_session(tmp_path, gone)
    with pytest.raises(InvalidName):
        delete_session(tmp_path, "../sessions")


async def test_an_open_session_is_not_deleted(tmp_path: Path) -> None:
    store = await SessionStore.create(tmp_path, workspace="/w", around=around())
    with pytest.raises(SessionInUse):
        delete_session(tmp_path, store.session_id)
    await store.append([{"seq": 1}])
    await store.close()
    delete_session(tmp_path, store.session_id)
    assert list_sessions(tmp_path) == []


async def test_a_session_deleted_while_it_is_being_opened_is_missing(tmp_path: Path) -> None:
    name = await made(tmp_path)
    folder = tmp_path / "sessions" / name

    class DeletedMeanwhile(FastFiles):
        def open(self, path: Path, flags: int) -> int:
            fd = super().open(path, flags)
            if path.name == "lock":
                folder.replace(tmp_path / "elsewhere")
            return fd

    with pytest.raises(SessionMissing):
        JournalDatabase.open(folder, files=DeletedMeanwhile())
    shutil.rmtree(tmp_path / "elsewhere")
