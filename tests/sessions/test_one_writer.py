"""One process writes a session; all others read it and are told so."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sessions.database import JournalDatabase
from sessions.errors import StoreReadOnly
from tests.sessions.stand_ins import FastFiles
from tests.sessions.states import make_step, run, state_after, state_of

ROOT = Path(__file__).parents[2]
FAST = FastFiles()
SEED = 31


@contextmanager
def held_by_another_process(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.sessions.holder", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n"
        yield process
        process.kill()


def test_a_second_process_reads_and_says_so(tmp_path: Path) -> None:
    run(tmp_path / "one", 5, SEED, files=FAST)
    with (
        held_by_another_process(tmp_path / "one") as process,
        JournalDatabase.open(tmp_path / "one") as database,
    ):
        assert database.read_only
        assert f"open in another window (process {process.pid})" in str(database.refusal)
        assert state_of(database) == state_after(5, SEED)
        with pytest.raises(StoreReadOnly):
            make_step(database, SEED)
        with pytest.raises(StoreReadOnly):
            database.compact()
        assert state_of(database) == state_after(5, SEED)
    with JournalDatabase.open(tmp_path / "one") as database:
        assert not database.read_only
        make_step(database, SEED)


def test_of_twenty_racing_starts_one_writes(tmp_path: Path) -> None:
    run(tmp_path / "one", 5, SEED, files=FAST)
    start = threading.Barrier(20)
    databases: list[JournalDatabase] = []

    def race() -> None:
        start.wait()
        databases.append(JournalDatabase.open(tmp_path / "one", files=FAST))

    threads = [threading.Thread(target=race) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [database.read_only for database in databases].count(False) == 1
    assert all(state_of(database) == state_after(5, SEED) for database in databases)
    for database in databases:
        database.close()


def test_a_writer_that_compacts_between_two_reads_hides_nothing(tmp_path: Path) -> None:
    writer = JournalDatabase.create(tmp_path / "one", files=FAST)
    while writer.sequence < 5:
        make_step(writer, SEED)

    class Meanwhile(FastFiles):
        reads = 0

        def read(self, path: Path) -> bytes:
            self.reads += 1
            data = super().read(path)
            if self.reads == 1:
                make_step(writer, SEED)
                writer.compact()
                make_step(writer, SEED)
            return data

    with JournalDatabase.open(tmp_path / "one", read_only=True, files=Meanwhile()) as reader:
        assert reader.sequence >= 5
        assert state_of(reader) == state_after(reader.sequence, SEED)
    writer.close()


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES])
def test_a_folder_that_can_t_be_written_is_read(tmp_path: Path, code: int) -> None:
    class NoLock(FastFiles):
        def open(self, path: Path, flags: int) -> int:
            raise OSError(code, os.strerror(code))

    run(tmp_path / "one", 5, SEED, files=FAST)
    with JournalDatabase.open(tmp_path / "one", files=NoLock()) as database:
        assert "can't be written" in str(database.refusal)
        assert state_of(database) == state_after(5, SEED)


def test_a_reader_beside_a_writer_always_sees_a_whole_state(tmp_path: Path) -> None:
    writer = JournalDatabase.create(tmp_path / "one", compact_at=1000, files=FAST)
    stop = threading.Event()
    failures: list[BaseException] = []
    seen: set[int] = set()

    def read() -> None:
        try:
            while not stop.is_set():
                with JournalDatabase.open(tmp_path / "one", read_only=True, files=FAST) as database:
                    assert state_of(database) == state_after(database.sequence, SEED)
                    seen.add(database.sequence)
        except BaseException as error:  # noqa: BLE001 - shown by the test
            failures.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    while reader.is_alive() and (writer.sequence < 300 or len(seen) < 5):
        make_step(writer, SEED)
    stop.set()
    reader.join()
    writer.close()
    assert failures == []
