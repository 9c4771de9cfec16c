"""When a system call fails, the error is shown and memory holds what the disk holds."""

from __future__ import annotations

import errno
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from sessions.database import JournalDatabase
from sessions.errors import StoreError, StoreFull, StoreWriteFailed
from tests.sessions.stand_ins import FailingFiles, FastFiles, FullDisk, ShortFiles
from tests.sessions.states import make_step, run, state_after, state_of, tell

FAST = FastFiles()
SEED = 5
MAKERS: dict[str, Callable[[int], FailingFiles]] = {
    "EIO": lambda n: FailingFiles(n, errno.EIO),
    "ENOSPC": lambda n: FailingFiles(n, errno.ENOSPC),
    "EMFILE": lambda n: FailingFiles(n, errno.EMFILE),
    "ENOSPC for ever": lambda n: FailingFiles(n, errno.ENOSPC, for_ever=True),
    "EIO for ever": lambda n: FailingFiles(n, errno.EIO, for_ever=True),
    "short write": ShortFiles,
}


def use(folder: Path, files: FailingFiles) -> tuple[bool, int, dict[str, object]]:
    """Makes a database, nine steps and three compactions; what was shown, confirmed, in memory."""
    shown = False
    confirmed = 0
    try:
        database = JournalDatabase.create(folder, files=files)
    except StoreError:
        return True, 0, {}
    for number in range(12):
        try:
            if number % 4 == 0:
                database.compact()
            else:
                confirmed = make_step(database, SEED)
        except StoreError:
            shown = True
        shown = shown or bool(database.compaction_error)
    memory = {"sequence": database.sequence, "tables": state_of(database)}
    database.close()
    return shown, confirmed, memory


@pytest.mark.parametrize("kind", MAKERS)
def test_whichever_call_fails_it_is_shown_and_memory_equals_disk(tmp_path: Path, kind: str) -> None:
    number, failed = 0, True
    while failed:
        number += 1
        folder, files = tmp_path / str(number), MAKERS[kind](number)
        shown, confirmed, memory = use(folder, files)
        failed = len(files.calls) >= number
        wrote = failed and (kind != "short write" or files.calls[number - 1] == "write")
        assert shown == wrote or files.calls[number - 1 : number] == ["unlink"], number
        if not memory:
            continue
        with JournalDatabase.open(folder, files=FAST) as database:
            disk = {"sequence": database.sequence, "tables": state_of(database)}
            if "for ever" in kind and database.sequence == confirmed + 1:
                # The record could be neither synced nor taken back: whole, but not confirmed.
                assert disk["tables"] == state_after(confirmed + 1, SEED)
            else:
                assert disk == memory, (number, files.calls[number - 1 :][:3])
                assert disk["tables"] == state_after(confirmed, SEED)
    assert number > 60
    tell(f"{kind}: each of {number - 1} calls failed once")


def test_writing_goes_on_by_itself_when_a_full_disk_has_room_again(tmp_path: Path) -> None:
    files = FullDisk()
    database = JournalDatabase.create(tmp_path / "one", files=files)
    make_step(database, SEED)
    files.full = True
    for _ in range(3):
        with pytest.raises(StoreFull, match="full") as error:
            make_step(database, SEED)
        assert "Free some disk space" in error.value.hint
        assert state_of(database) == state_after(1, SEED)
        with JournalDatabase.open(tmp_path / "one", read_only=True) as disk:
            assert state_of(disk) == state_after(1, SEED)
    database.compact()
    assert "could not be compacted" in database.compaction_error
    assert not database.read_only
    files.full = False
    make_step(database, SEED)
    database.compact()
    assert database.compaction_error == ""
    database.close()
    with JournalDatabase.open(tmp_path / "one", files=FAST) as again:
        assert state_of(again) == state_after(2, SEED)


def test_a_faulty_disk_is_not_called_full(tmp_path: Path) -> None:
    files = FullDisk(code=errno.EIO)
    database = JournalDatabase.create(tmp_path / "one", files=files)
    files.full = True
    with pytest.raises(StoreWriteFailed, match="Input/output error"):
        make_step(database, SEED)
    files.full = False
    assert database.read_only
    database.close()


def test_a_compaction_that_failed_anywhere_does_not_hinder_the_next_ones(tmp_path: Path) -> None:
    for number in range(1, 40):
        database = JournalDatabase.create(tmp_path / str(number), files=FAST)
        make_step(database, SEED)
        database.close()
        files = FailingFiles(number, errno.EIO)
        with suppress(StoreError):
            database = JournalDatabase.open(tmp_path / str(number), files=files)
            database.compact()
            for _ in range(3):
                failed_before = len(files.calls) >= number
                make_step(database, SEED)
                database.compact()
                assert database.compaction_error == "" or not failed_before
        database.close()


def test_a_full_disk_does_not_keep_a_session_from_being_opened(tmp_path: Path) -> None:
    run(tmp_path / "one", 3, SEED, files=FAST)
    with (tmp_path / "one" / "session.journal").open("ab") as journal:
        journal.write(b"0123")
    files = FullDisk()
    files.full = True
    with JournalDatabase.open(tmp_path / "one", files=files) as database:
        assert state_of(database) == state_after(3, SEED)
        assert database.opening.cut_bytes == 4


def test_after_a_failed_sync_nothing_is_written_until_the_session_is_opened_again(
    tmp_path: Path,
) -> None:
    files = FullDisk()
    database = JournalDatabase.create(tmp_path / "one", files=files)
    make_step(database, SEED)
    files.sync_fails = True
    with pytest.raises(StoreWriteFailed, match="read-only from here on"):
        make_step(database, SEED)
    files.sync_fails = False
    assert database.read_only
    assert "read-only" in str(database.refusal)
    with pytest.raises(StoreWriteFailed):
        make_step(database, SEED)
    assert state_of(database) == state_after(1, SEED)
    database.close()
    with JournalDatabase.open(tmp_path / "one", files=FAST) as again:
        assert state_of(again) == state_after(1, SEED)
        make_step(again, SEED)


def test_an_interrupted_write_makes_the_database_read_only(tmp_path: Path) -> None:
    class Interrupted(FastFiles):
        def sync_data(self, fd: int) -> None:
            raise KeyboardInterrupt

    JournalDatabase.create(tmp_path / "one", files=FAST).close()
    database = JournalDatabase.open(tmp_path / "one", files=Interrupted())
    with pytest.raises(KeyboardInterrupt):
        make_step(database, SEED)
    assert database.read_only
    with pytest.raises(StoreWriteFailed):
        make_step(database, SEED)
    database.close()
