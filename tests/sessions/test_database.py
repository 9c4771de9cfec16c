"""TinyDB as everyone knows it, on a journal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tinydb import TinyDB, where
from tinydb.operations import increment
from tinydb.storages import MemoryStorage
from tinydb.table import Document

from sessions.database import JournalDatabase
from sessions.documents import apply_changes
from sessions.errors import (
    InvalidDocument,
    SessionExists,
    SessionMissing,
    StoreError,
)
from sessions.journal import RecordReader
from sessions.snapshot import read_snapshot
from tests.sessions.stand_ins import FastFiles, NoLinks
from tests.sessions.states import make_step, run, state_after, state_of

FAST = FastFiles()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "one"


def opened(folder: Path) -> JournalDatabase:
    return JournalDatabase.open(folder, files=FAST)


@pytest.mark.parametrize("compact_after", [0, 10, 30])
def test_what_was_written_is_there_after_reopening(folder: Path, compact_after: int) -> None:
    run(folder, 30, seed=1, compact_after=compact_after)
    with opened(folder) as database:
        assert state_of(database) == state_after(30, seed=1)
        assert database.sequence == 30
        assert database.opening.notice == ""


def test_stock_tinydb_opens_the_snapshot(folder: Path) -> None:
    run(folder, 30, seed=2, compact_after=30)
    with TinyDB(folder / "session.json", access_mode="r") as stock:
        assert stock.table("tasks").get(where("step") > 0)
        found = {d.doc_id: dict(d) for d in stock.table("events")}
        assert found == state_after(30, seed=2)["events"]
        meta = stock.table("_meta").get(doc_id=1)
        assert isinstance(meta, Document)
        assert (meta["sequence"], meta["format"]) == (30, 1)


def test_the_tables_work_like_those_of_stock_tinydb(folder: Path) -> None:
    def use(database: TinyDB) -> list[object]:
        table = database.table("t")
        seen: list[object] = [table.insert({"n": 1}), table.insert_multiple([{"n": 2}, {"n": 3}])]
        seen.append(table.insert(Document({"n": 9}, 40)))
        seen.append(table.insert({"n": 10}))
        seen.append(table.update({"big": True}, where("n") > 2))
        seen.append(table.update(increment("n"), doc_ids=[1, 2, 77]))
        seen.append(
            table.update_multiple([({"x": 1}, where("n") == 2), ({"y": 1}, where("x") == 1)])
        )
        seen.append(table.upsert({"n": 99, "new": 1}, where("n") == 99))
        seen.append(table.upsert(Document({"z": [1, {"a": 2}]}, 2)))
        seen.append(table.remove(where("n") == 3))
        seen.append(table.remove(doc_ids=[40, 78]))
        seen += [len(table), table.all(), table.count(where("big") == True)]  # noqa: E712
        seen += [table.get(doc_id=2), table.get(where("n") == 99), table.get(doc_ids=[1, 2])]
        seen += [table.contains(doc_id=1), table.contains(where("n") == 4711)]
        seen += [table.get(doc_id=4711), table.search(where("n") > 1), database.tables()]
        database.insert({"in": "the default table"})
        database.table("other").insert({})
        database.drop_table("other")
        database.table("emptied").insert({})
        database.table("emptied").truncate()
        seen += [database.tables(), len(database), len(database.table("emptied"))]
        return seen

    with JournalDatabase.create(folder, files=FAST) as ours:
        with TinyDB(storage=MemoryStorage) as stock:
            expected = use(stock)
        assert use(ours) == expected
        kept = ours.table("t").all()
    with opened(folder) as again:
        assert again.table("t").all() == kept
        assert again.tables() == {"t", "_default", "emptied"}
        again.drop_tables()
    with opened(folder) as empty:
        assert empty.tables() == set()


def test_a_transaction_over_two_tables_is_one_record(folder: Path) -> None:
    database = JournalDatabase.create(folder, files=FAST)
    with database.transaction():
        database.table("a").insert({"n": 1})
        with database.transaction():
            database.table("b").insert({"n": 2})
        assert database.table("b").get(doc_id=1) == {"n": 2}
        assert (folder / "session.journal").read_bytes() == b""
    [record] = RecordReader((folder / "session.journal").read_bytes())
    assert record.tables == {"a": {"1": {"n": 1}}, "b": {"1": {"n": 2}}}
    database.close()


def test_an_exception_takes_the_whole_transaction_back(folder: Path) -> None:
    database = JournalDatabase.create(folder, files=FAST)
    table = database.table("a")
    table.insert({"n": 1, "deep": [1]})

    def fail_halfway() -> None:
        with database.transaction():
            table.update({"n": 2}, doc_ids=[1])
            table.insert({"n": 3})
            assert len(table.search(where("n") > 1)) == 2
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    assert table.all() == [{"n": 1, "deep": [1]}]
    assert table.search(where("n") > 1) == []
    assert database.sequence == 1
    database.close()


def test_documents_handed_out_are_copies(folder: Path) -> None:
    database = JournalDatabase.create(folder, files=FAST)
    table = database.table("a")
    mine = {"deep": {"list": [1]}}
    table.insert(mine)
    mine["deep"]["list"].append(2)
    found = [table.get(doc_id=1), table.get(where("deep").exists()), table.all()[0]]
    found += [table.search(where("deep").exists())[0], table.get(doc_ids=[1])[0]]
    for document in found:
        assert document == {"deep": {"list": [1]}}
        document["deep"]["list"].append(3)
    assert table.get(doc_id=1) == {"deep": {"list": [1]}}
    database.close()


def test_memory_holds_what_the_disk_gives_back(folder: Path) -> None:
    database = JournalDatabase.create(folder, files=FAST)
    odd = {"tuple": (1, 2), "nan": float("nan"), "big": 2**70, 5: "number as key", "s": {"é\n": ""}}
    database.table("a").insert(odd)
    held = database.table("a").get(doc_id=1)
    database.close()
    with opened(folder) as again:
        assert again.table("a").get(doc_id=1) == held
        again.compact()
    with opened(folder) as again:
        assert again.table("a").get(doc_id=1) == held


@pytest.mark.parametrize("wrong", [{"a": object()}, {"a": "\ud800"}, {"a": {1j: 1}}])
def test_what_is_not_json_is_refused_and_changes_nothing(
    folder: Path, wrong: dict[str, object]
) -> None:
    database = JournalDatabase.create(folder, files=FAST)
    with pytest.raises(InvalidDocument):
        database.table("a").insert(wrong)
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(InvalidDocument):
        database.table("a").insert({"a": endless})
    assert database.table("a").all() == []
    assert not database.read_only
    database.table("a").insert({"fine": True})
    database.close()


def test_the_table_of_the_store_itself_is_out_of_reach(folder: Path) -> None:
    with JournalDatabase.create(folder, files=FAST) as database:
        with pytest.raises(StoreError):
            database.table("_meta").insert({"sequence": 0})
        with pytest.raises(StoreError):
            database.storage.write({"_meta": {"1": {"sequence": 0}}})
        assert "_meta" not in database.tables()


def test_tables_are_not_dropped_inside_a_transaction(folder: Path) -> None:
    with JournalDatabase.create(folder, files=FAST) as database:
        database.table("a").insert({})
        with pytest.raises(StoreError), database.transaction():
            database.drop_table("a")
        assert database.tables() == {"a"}


def test_an_update_that_changes_nothing_writes_nothing(folder: Path) -> None:
    with JournalDatabase.create(folder, files=FAST) as database:
        database.table("a").insert({"n": 1})
        assert database.table("a").update({"n": 1}, doc_ids=[1]) == [1]
        assert database.sequence == 1
        database.table("a").update({"n": True}, doc_ids=[1])
        assert database.sequence == 2


def test_the_journal_is_compacted_when_it_is_as_big_as_asked_for(folder: Path) -> None:
    database = JournalDatabase.create(folder, compact_at=2000, files=FAST)
    sizes = []
    while database.sequence < 100:
        make_step(database, seed=3)
        sizes.append(database.journal_bytes)
    assert sizes.count(0) > 2
    snapshot = (folder / "session.json").stat().st_size
    assert max(sizes) <= max(2000, snapshot) + 1000
    database.close()
    with opened(folder) as again:
        assert state_of(again) == state_after(100, seed=3)


def test_the_snapshot_before_and_its_journal_are_kept_and_lead_to_the_same_state(
    folder: Path,
) -> None:
    database = JournalDatabase.create(folder, files=FAST)
    while database.sequence < 30:
        make_step(database, seed=4)
        if database.sequence % 10 == 0:
            database.compact()
    database.close()
    older = read_snapshot(FAST, folder / "session.json.previous")
    assert older.sequence == 20
    for record in RecordReader((folder / "session.journal.previous").read_bytes()):
        apply_changes(older.tables, record.tables)
    newest = json.loads((folder / "session.json").read_bytes())
    del newest["_meta"]
    assert older.tables == newest


def test_compaction_works_where_there_are_no_hard_links(folder: Path) -> None:
    database = JournalDatabase.create(folder, files=NoLinks())
    for _ in range(20):
        make_step(database, seed=5)
        database.compact()
    assert database.compaction_error == ""
    database.close()
    assert read_snapshot(FAST, folder / "session.json.previous").sequence == 19
    with opened(folder) as again:
        assert state_of(again) == state_after(20, seed=5)


def test_a_crash_between_snapshot_and_new_journal_replays_nothing_twice(folder: Path) -> None:
    run(folder, 20, seed=6)
    journal = (folder / "session.journal").read_bytes()
    with opened(folder) as database:
        database.compact()
    (folder / "session.journal").write_bytes(journal)
    with opened(folder) as database:
        assert database.opening.replayed == 0
        assert state_of(database) == state_after(20, seed=6)
        assert (folder / "session.journal").read_bytes() == b""
        make_step(database, seed=6)
    with opened(folder) as database:
        assert state_of(database) == state_after(21, seed=6)


def test_a_database_is_made_once_and_never_by_opening(folder: Path) -> None:
    with pytest.raises(SessionMissing):
        opened(folder)
    folder.mkdir()
    with pytest.raises(SessionMissing):
        opened(folder)
    assert list(folder.iterdir()) == []
    JournalDatabase.create(folder, files=FAST).close()
    with pytest.raises(SessionExists):
        JournalDatabase.create(folder, files=FAST)
