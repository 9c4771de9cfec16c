"""A TinyDB database that loses nothing: memory in front of a journal and a snapshot."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from tinydb import TinyDB

from sessions.errors import (
    SessionExists,
    SessionMissing,
    StoreError,
    StoreReadOnly,
    told_as_store_error,
)
from sessions.files import PRIVATE_FOLDER, Files, make_private_folders, write_file
from sessions.formats import PRESENT, Layout
from sessions.journal import Journal
from sessions.lock import FolderLock, holder
from sessions.recovery import (
    JOURNAL_FILE,
    SNAPSHOT_FILE,
    Loaded,
    keep_tail,
    load_to_read,
    load_to_write,
)
from sessions.snapshot import Snapshot, write_snapshot
from sessions.storage import JournalStorage
from sessions.table import JournalTable

COMPACT_AT = 4 * 1024 * 1024
"""Bytes of journal from which it is compacted: about 15,000 small steps, read back in 0.1 s."""

_MAY_NOT_WRITE = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


@dataclass(frozen=True)
class Opening:
    """What opening a database found and did.

    Attributes:
        replayed: transactions taken from the journal.
        cut_bytes: length of the unreadable end that was cut from the journal, 0 when none was.
        cut_file: where those bytes were kept.
        from_format: the version of the layout that was found.
        to_format: the version it was brought to.
    """

    replayed: int = 0
    cut_bytes: int = 0
    cut_file: Path | None = None
    from_format: int = 0
    to_format: int = 0

    @property
    def notice(self) -> str:
        """One line for the user, empty when there is nothing to tell."""
        parts = []
        if self.cut_bytes:
            kept = f", kept as {self.cut_file.name}" if self.cut_file else ""
            parts.append(
                f"The last {self.cut_bytes} bytes of this session could not be read and were cut "
                f"off{kept}: most likely a write that was interrupted before it was confirmed."
            )
        if self.from_format != self.to_format:
            change = f"from format {self.from_format} to {self.to_format}"
            parts.append(f"The session was brought {change}.")
        return " ".join(parts)


class JournalDatabase(TinyDB):
    """TinyDB with transactions. One thread only; one process writes, others read.

    Attributes:
        opening: what opening found and did.
    """

    table_class = JournalTable  # type: ignore[assignment] # an alias in TinyDB, a class here

    def __init__(self, storage: JournalStorage, lock: FolderLock | None, opening: Opening) -> None:
        """Use `create` or `open`."""
        super().__init__(storage=lambda: storage)
        self._journal = storage
        self._lock = lock
        self.opening = opening

    @classmethod
    def create(
        cls, folder: Path, *, compact_at: int = COMPACT_AT, files: Files | None = None
    ) -> JournalDatabase:
        """Makes a new, empty database; durable when this returns.

        Args:
            folder: made if it is missing; may hold other files, but no database.
            compact_at: bytes of journal from which it is compacted.
            files: the system calls.

        Raises:
            SessionExists: there is one already, or another process is making one.
            StoreError: the system refused.
        """
        files = files or Files()
        with told_as_store_error(f"make a session in {folder}"):
            make_private_folders(files, folder)
            lock = FolderLock.take(folder, files)
            if lock is None:
                raise SessionExists(f"Another process is making a session in {folder}.")
            try:
                _write_empty(folder, files)
                return cls._to_write(folder, files, lock, compact_at, PRESENT)
            except BaseException:
                lock.release()
                raise

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        read_only: bool = False,
        compact_at: int = COMPACT_AT,
        files: Files | None = None,
        layout: Layout = PRESENT,
    ) -> JournalDatabase:
        """Opens a database, to write if nobody else does, else to read.

        Args:
            folder: where it is.
            read_only: do not even try to write.
            compact_at: bytes of journal from which it is compacted.
            files: the system calls.
            layout: the version that is written, and the way there from earlier ones.

        Raises:
            SessionMissing: there is none.
            StoreDamaged: its files do not add up; nothing of them is used.
            StoreTooNew: a newer program wrote it.
            StoreError: the system refused.
        """
        files = files or Files()
        if not _has_database(folder):
            raise SessionMissing(f"There is no session in {folder}.")
        if read_only:
            asked = StoreReadOnly("The session is open for reading.")
            return cls._to_read(folder, files, asked, layout)
        with told_as_store_error(f"open the session in {folder}"):
            lock = _lock_or_refusal(folder, files)
            if isinstance(lock, StoreError):
                return cls._to_read(folder, files, lock, layout)
            try:
                return cls._to_write(folder, files, lock, compact_at, layout)
            except BaseException:
                lock.release()
                raise

    @classmethod
    def _to_read(
        cls, folder: Path, files: Files, refusal: StoreError, layout: Layout
    ) -> JournalDatabase:
        loaded = load_to_read(folder, files, layout)
        storage = JournalStorage(folder, loaded, refusal, files, 0)
        return cls(storage, None, Opening(loaded.replayed))

    @classmethod
    def _to_write(
        cls, folder: Path, files: Files, lock: FolderLock, compact_at: int, layout: Layout
    ) -> JournalDatabase:
        folder.chmod(PRIVATE_FOLDER)
        loaded = load_to_write(folder, files, layout)
        journal = Journal(folder / JOURNAL_FILE, files, loaded.journal_bytes)
        try:
            cut_file = _cut_tail(folder, files, journal, loaded)
            storage = JournalStorage(folder, loaded, journal, files, compact_at)
            _finish_compaction(storage, loaded)
        except BaseException:
            journal.close()
            raise
        tail = len(loaded.tail)
        opening = Opening(loaded.replayed, tail, cut_file, loaded.from_format, loaded.to_format)
        return cls(storage, lock, opening)

    @property
    def refusal(self) -> StoreError | None:
        """Why nothing can be written, None when writing is possible."""
        return self._journal.refusal

    @property
    def read_only(self) -> bool:
        """Whether every write is refused: another process writes, or a write failed."""
        return self._journal.refusal is not None

    @property
    def sequence(self) -> int:
        """The number of the last transaction, counted from 1."""
        return self._journal.sequence

    @property
    def journal_bytes(self) -> int:
        """What has been written since the last compaction."""
        return self._journal.journal_bytes

    @property
    def compaction_error(self) -> str:
        """Why the last compaction failed, empty when it did not; nothing is lost by that."""
        return self._journal.compaction_error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All changes inside, to any tables, are durable together or not made at all.

        An exception inside takes them back.

        Raises:
            InvalidDocument: something is not JSON.
            StoreFull: no room; nothing changed, and the next write tries again.
            StoreError: the changes could not be written; nothing changed.
        """
        with self._journal.transaction():
            yield

    def journal_table(self, name: str) -> JournalTable:
        """The table of this name, by its own type."""
        return cast("JournalTable", self.table(name))

    def compact(self) -> None:
        """Writes a snapshot and starts a new journal; a failure is told in `compaction_error`.

        Raises:
            StoreError: nothing can be written any more.
        """
        self._journal.compact()

    def close(self) -> None:
        """Gives files and lock back; more than once does no harm. Does not compact."""
        super().close()
        if self._lock is not None:
            self._lock.release()


def _has_database(folder: Path) -> bool:
    names = (SNAPSHOT_FILE, JOURNAL_FILE)
    return any(next(folder.glob(f"{name}*"), None) is not None for name in names)


def _write_empty(folder: Path, files: Files) -> None:
    if _has_database(folder):
        raise SessionExists(f"There is a session in {folder} already.")
    write_file(files, folder / JOURNAL_FILE, [])
    write_snapshot(files, folder / SNAPSHOT_FILE, Snapshot({}, 0, PRESENT.version, 0))


def _lock_or_refusal(folder: Path, files: Files) -> FolderLock | StoreError:
    try:
        lock = FolderLock.take(folder, files)
    except OSError as error:
        if error.errno not in _MAY_NOT_WRITE:
            raise
        return StoreReadOnly(
            f"The session is open for reading only: {folder} can't be written.",
            "Check the permissions of the state folder.",
        )
    if lock is not None:
        return lock
    pid = holder(folder)
    by = f" (process {pid})" if pid else ""
    return StoreReadOnly(
        f"The session {folder.name} is open in another window{by}: here it can only be read.",
        "Close it there to work on it here.",
    )


def _cut_tail(folder: Path, files: Files, journal: Journal, loaded: Loaded) -> Path | None:
    if not loaded.tail:
        return None
    kept = keep_tail(files, folder, loaded.tail)
    journal.cut_tail()
    return kept


def _finish_compaction(storage: JournalStorage, loaded: Loaded) -> None:
    """Does what a crash or an older program left undone."""
    old_format = loaded.from_format != loaded.to_format
    if old_format or (loaded.skipped and not loaded.replayed):
        storage.compact()
    if old_format and storage.compaction_error:
        # Steps of the present layout must not follow a snapshot of an older one.
        raise StoreError(storage.compaction_error)
