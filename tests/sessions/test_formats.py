"""Sessions of every version of the layout open; `fixtures/format-N` is one of version N."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest

from sessions.database import JournalDatabase
from sessions.documents import Tables
from sessions.errors import StoreError, StoreTooNew
from sessions.formats import PRESENT, Layout
from sessions.snapshot import read_snapshot
from tests.sessions.stand_ins import FailingFiles, FastFiles
from tests.sessions.states import state_after, state_of

FIXTURES = Path(__file__).parent / "fixtures"
FAST = FastFiles()


def rename(tables: Tables) -> Tables:
    return {"works" if name == "tasks" else name: table for name, table in tables.items()}


def count(tables: Tables) -> Tables:
    return {**tables, "counted": {"1": {"tables": len(tables)}}}


LATER = Layout(version=3, migrations={1: rename, 2: count})


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A session of version 1."""
    return Path(shutil.copytree(FIXTURES / "format-1", tmp_path / "one"))


@pytest.mark.parametrize("version", range(1, PRESENT.version + 1))
def test_a_session_of_this_version_opens(tmp_path: Path, version: int) -> None:
    folder = Path(shutil.copytree(FIXTURES / f"format-{version}", tmp_path / "one"))
    with JournalDatabase.open(folder, files=FAST) as database:
        assert database.opening.from_format == version
        assert database.opening.replayed == 8
        assert state_of(database) == state_after(16, seed=1)


def test_every_earlier_version_has_a_migration() -> None:
    assert set(PRESENT.migrations) == set(range(1, PRESENT.version))


def test_an_old_session_is_brought_to_the_present_layout_once(old: Path) -> None:
    with JournalDatabase.open(old, files=FAST, layout=LATER) as database:
        assert database.opening.notice == "The session was brought from format 1 to 3."
        assert database.tables() == {"events", "works", "counted"}
        assert len(database.table("works")) == len(state_after(16, seed=1)["tasks"])
        database.table("works").insert({"new": True})
    assert read_snapshot(FAST, old / "session.json").format == 3
    with JournalDatabase.open(old, files=FAST, layout=LATER) as database:
        assert database.opening.notice == ""
        assert database.table("works").all()[-1] == {"new": True}
        assert database.table("counted").all() == [{"tables": 2}]
    with pytest.raises(StoreTooNew, match="format 3, this program knows formats up to 1"):
        JournalDatabase.open(old, files=FAST)


def test_reading_an_old_session_leaves_it_old(old: Path) -> None:
    with JournalDatabase.open(old, read_only=True, files=FAST, layout=LATER) as database:
        assert "works" in database.tables()
    assert read_snapshot(FAST, old / "session.json").format == 1


def test_an_old_session_that_can_t_be_brought_over_stays_as_it_was(old: Path) -> None:
    for number in range(1, 100):
        files = FailingFiles(number, errno.ENOSPC, for_ever=True)
        try:
            JournalDatabase.open(old, files=files, layout=LATER).close()
        except StoreError:
            with JournalDatabase.open(old, read_only=True, files=FAST, layout=LATER) as database:
                assert database.table("counted").all() == [{"tables": 2}]
        if len(files.calls) < number:
            break
    assert read_snapshot(FAST, old / "session.json").format == 3


def test_a_newer_version_is_refused() -> None:
    PRESENT.refuse_newer(PRESENT.version)
    with pytest.raises(StoreTooNew, match="newer version"):
        PRESENT.refuse_newer(PRESENT.version + 1)
