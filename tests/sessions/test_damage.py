"""Whatever happens to the files, opening gives the exact state or says that it can't."""

from __future__ import annotations

import json
import os
import random
import shutil
from pathlib import Path

import pytest
from tinydb import TinyDB

from sessions.database import JournalDatabase
from sessions.errors import StoreDamaged, StoreError, StoreTooNew
from sessions.journal import Record, encode_record
from sessions.snapshot import Snapshot, write_snapshot
from tests.sessions.stand_ins import FastFiles
from tests.sessions.states import drawn_seed, make_step, run, state_after, state_of, tell

FAST = FastFiles()
SEED = 11
STEPS = 16
COMPACTED = 8


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed session: half of its steps in the snapshot, half in the journal."""
    folder = tmp_path_factory.mktemp("sound") / "one"
    run(folder, STEPS, SEED, COMPACTED, files=FAST)
    return folder


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "one"))


def opened(folder: Path) -> JournalDatabase:
    return JournalDatabase.open(folder, files=FAST)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_journal_cut_at_any_byte_opens_at_the_exact_step_before_and_says_so(
    folder: Path,
) -> None:
    journal = (folder / "session.journal").read_bytes()
    whole = 0
    for length in range(len(journal) + 1):
        (folder / "session.journal").write_bytes(journal[:length])
        whole = journal[:length].count(b"\n")
        cut = length - (journal[:length].rfind(b"\n") + 1)
        with opened(folder) as database:
            assert database.sequence == COMPACTED + whole
            assert state_of(database) == state_after(COMPACTED + whole, SEED), length
            assert database.opening.cut_bytes == cut
            assert bool(database.opening.notice) == (cut > 0)
            if database.opening.cut_file:
                database.opening.cut_file.unlink()
    assert whole == STEPS - COMPACTED


def test_a_cut_tail_is_reported_once_and_kept(folder: Path) -> None:
    with (folder / "session.journal").open("ab") as journal:
        journal.write(b"0123")
    with opened(folder) as database:
        assert "last 4 bytes" in database.opening.notice
        assert database.opening.cut_file == folder / "session.journal.cut-1"
        make_step(database, SEED)
    assert (folder / "session.journal.cut-1").read_bytes() == b"0123"
    with opened(folder) as database:
        assert database.opening.notice == ""
        assert state_of(database) == state_after(STEPS + 1, SEED)


def test_a_snapshot_cut_at_any_byte_is_refused(folder: Path) -> None:
    snapshot = (folder / "session.json").read_bytes()
    for length in range(0, len(snapshot), 7):
        (folder / "session.json").write_bytes(snapshot[:length])
        with pytest.raises(StoreDamaged) as refused:
            opened(folder)
        assert refused.value.set_aside is not None
        assert refused.value.set_aside.read_bytes() == snapshot[:length]
        refused.value.set_aside.unlink()


def flip_bits(sound: Path, folder: Path, flips: int, seed: int) -> dict[str, int]:
    """Opens the session with one bit flipped, so many times; how often it ended which way."""
    draw = random.Random(seed)
    expected = {steps: state_after(steps, SEED) for steps in range(STEPS + 1)}
    counts = {"refused": 0, "cut and told": 0, "silently wrong": 0}
    for _ in range(flips):
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(sound, folder)
        target = folder / draw.choice(["session.json", "session.journal"])
        data = bytearray(target.read_bytes())
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        target.write_bytes(data)
        try:
            with opened(folder) as database:
                exact = state_of(database) == expected[database.sequence]
                told = database.opening.cut_bytes > 0 and database.sequence == STEPS - 1
                counts["cut and told" if exact and told else "silently wrong"] += 1
        except StoreError:
            counts["refused"] += 1
    return counts


def test_flipped_bits_are_never_silently_wrong(sound: Path, tmp_path: Path) -> None:
    seed = drawn_seed()
    flips = int(os.environ.get("STORE_FLIPS", "300"))
    counts = flip_bits(sound, tmp_path / "one", flips, seed)
    tell(f"{flips} flipped bits, seed {seed}: {counts}")
    assert counts["silently wrong"] == 0
    assert counts["refused"] > 0.7 * flips


def test_a_bad_record_before_good_ones_is_refused_and_set_aside(folder: Path) -> None:
    journal = folder / "session.journal"
    data = bytearray(journal.read_bytes())
    data[40] ^= 1
    journal.write_bytes(data)
    with pytest.raises(StoreDamaged, match="byte 0 it is damaged, with good steps after") as first:
        opened(folder)
    assert first.value.set_aside == folder / "session.journal.damaged-1"
    assert first.value.set_aside.read_bytes() == data
    with pytest.raises(StoreDamaged, match=r"set aside earlier as session\.journal\.damaged-1"):
        opened(folder)


def test_a_gap_in_the_journal_is_refused(folder: Path) -> None:
    journal = folder / "session.journal"
    rows = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(rows[:2] + rows[3:]))
    with pytest.raises(StoreDamaged, match="after step 10 comes 12"):
        opened(folder)
    assert (folder / "session.journal.damaged-1").exists()


def test_a_step_that_comes_twice_is_refused(folder: Path) -> None:
    with (folder / "session.journal").open("ab") as journal:
        journal.write(encode_record(Record(STEPS, {})))
    with pytest.raises(StoreDamaged, match="after step 16 comes 16"):
        opened(folder)


@pytest.mark.parametrize("loss", ["empty snapshot", "missing snapshot", "older snapshot"])
def test_a_lost_snapshot_is_never_read_as_a_new_session(folder: Path, loss: str) -> None:
    snapshot = folder / "session.json"
    if loss == "empty snapshot":
        snapshot.write_bytes(b"")
    elif loss == "missing snapshot":
        snapshot.unlink()
    else:
        (folder / "session.json.previous").replace(snapshot)
    journal = (folder / "session.journal").read_bytes()
    for _ in range(2):
        with pytest.raises(StoreDamaged, match="does not add up"):
            opened(folder)
    kept = (p for p in folder.glob("session.journal*") if not p.name.endswith(".previous"))
    assert journal in [path.read_bytes() for path in kept]


def test_a_missing_journal_is_refused(folder: Path) -> None:
    (folder / "session.journal").unlink()
    with pytest.raises(StoreDamaged, match=r"session\.journal does not add up, it is missing"):
        opened(folder)
    with pytest.raises(StoreDamaged):
        JournalDatabase.open(folder, read_only=True, files=FAST)


def test_a_snapshot_that_another_program_wrote_is_refused(folder: Path) -> None:
    with TinyDB(folder / "session.json") as stock:
        stock.table("tasks").insert({"by": "another program"})
    with pytest.raises(StoreDamaged, match="another program wrote it"):
        opened(folder)


def test_reading_only_changes_no_file(folder: Path) -> None:
    (folder / "session.json").write_bytes(b"")
    with (folder / "session.journal").open("ab") as journal:
        journal.write(b"0123")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(StoreDamaged) as refused:
        JournalDatabase.open(folder, read_only=True, files=FAST)
    assert refused.value.set_aside is None
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_session_of_a_newer_program_is_refused_and_left_alone(folder: Path) -> None:
    write_snapshot(FAST, folder / "session.json", Snapshot({}, 8, 99, 0))
    before = names(folder)
    with pytest.raises(StoreTooNew, match="format 99"):
        opened(folder)
    assert names(folder) == before


@pytest.mark.parametrize("content", [b"", b"null", b"[]", b'{"_meta":{}}', b"\0" * 500])
def test_a_file_that_is_no_snapshot_is_refused(folder: Path, content: bytes) -> None:
    (folder / "session.json").write_bytes(content)
    with pytest.raises(StoreDamaged):
        opened(folder)


def test_a_snapshot_with_the_right_hash_but_no_meaning_is_refused(folder: Path) -> None:
    write_snapshot(FAST, folder / "session.json", Snapshot({"_meta": {}}, 8, 1, 0))
    assert json.loads((folder / "session.json").read_bytes())["_meta"] == {}
    with pytest.raises(StoreDamaged, match="does not say what it is"):
        opened(folder)
