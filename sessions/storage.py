"""The storage that TinyDB works on: tables in memory that are never ahead of the disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tinydb.storages import Storage

from sessions.documents import Changes, Document, TableChanges, apply_changes, encode
from sessions.draft import Transaction
from sessions.errors import InvalidDocument, StoreError, hint_for
from sessions.files import Files
from sessions.journal import Journal, Record, decode_record, encode_record
from sessions.recovery import SNAPSHOT_FILE, Loaded
from sessions.snapshot import META_TABLE, Snapshot, write_snapshot


class JournalStorage(Storage):
    """Keeps all tables in memory and every change in a journal. One thread only.

    A change is on the disk before memory changes, and what memory then holds is what was read
    back from the bytes that were written.

    Attributes:
        sequence: number of the last transaction.
        compaction_error: why the last compaction failed, empty when it did not. Nothing is lost
            by that: the journal grows until the next try.
    """

    def __init__(
        self, folder: Path, loaded: Loaded, writer: Journal | StoreError, files: Files, limit: int
    ) -> None:
        """Stands on a state that was read.

        Args:
            folder: where the files are.
            loaded: their content.
            writer: the journal, or why nothing may be written.
            files: the system calls.
            limit: bytes of journal from which it is compacted, if it is no smaller than the
                snapshot; so a write costs the same however many documents there are.
        """
        self._folder = folder
        self._tables = loaded.tables
        self._snapshot_bytes = loaded.snapshot_bytes
        self._writer = writer
        self._files = files
        self._limit = limit
        self._format = loaded.to_format
        self._due = max(limit, loaded.snapshot_bytes)
        self._open: Transaction | None = None
        self.sequence = loaded.sequence
        self.compaction_error = ""

    @property
    def refusal(self) -> StoreError | None:
        """Why nothing can be written, None when writing is possible."""
        return self._writer.failure if isinstance(self._writer, Journal) else self._writer

    def read(self) -> dict[str, dict[str, Any]]:
        """The tables as they are in memory, not copied: only for looking at."""
        return dict(self._tables)

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        """Makes the kept tables equal to these, in one transaction of its own.

        Raises:
            StoreError: a transaction is open, or the change could not be written.
        """
        if self._open is not None:
            raise StoreError("Tables can't be dropped inside a transaction.")
        changes: Changes = dict.fromkeys(self._tables.keys() - data.keys())
        for name, table in data.items():
            if self._tables.get(name) is not table:
                changes[name] = _difference(self._tables.get(name, {}), table)
        self.commit(changes)

    def close(self) -> None:
        """Gives the files back. What was confirmed is durable already."""
        if isinstance(self._writer, Journal):
            self._writer.close()

    def documents(self, name: str) -> dict[str, Document]:
        """A table's documents by id as text, as the open transaction sees them."""
        if self._open is None:
            return self._tables.get(name, {})
        draft = self._open.draft(name)
        return {str(doc_id): draft[doc_id] for doc_id in draft}

    def document(self, name: str, doc_id: int) -> Document | None:
        """One document as the open transaction sees it, at a cost that is always the same."""
        if self._open is None:
            return self._tables.get(name, {}).get(str(doc_id))
        return self._open.draft(name).get(doc_id)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """All changes inside become one record; an exception inside leaves everything as it was.

        One inside another is a part of the outer one.

        Raises:
            StoreError: the changes could not be written; nothing has changed.
        """
        if self._open is not None:
            yield self._open
            return
        self._open = Transaction(self._tables)
        try:
            yield self._open
            changes = self._open.changes()
        finally:
            self._open = None
        self.commit(changes)

    def commit(self, changes: Changes) -> None:
        """Makes changes durable, then visible. No changes, no record.

        Raises:
            InvalidDocument: something in them is not JSON.
            StoreFull: no room; the next commit tries again.
            StoreError: nothing can be written any more.
        """
        if not changes:
            return
        if META_TABLE in changes:
            raise InvalidDocument(f"The table {META_TABLE} belongs to the store.")
        journal = self._journal()
        line = encode_record(Record(self.sequence + 1, changes))
        record = decode_record(line)
        if record is None:
            raise InvalidDocument("This can't be read back from JSON: it is nested too deeply.")
        try:
            journal.append(line)
            apply_changes(self._tables, record.tables)
            self.sequence = record.seq
        except StoreError:
            raise
        except BaseException as error:  # interrupted: memory may be behind the disk
            journal.stop(error)
            raise
        self._compact_when_due(journal)

    def compact(self) -> None:
        """Writes a snapshot and starts a new journal. A failure is told in `compaction_error`.

        Raises:
            StoreError: nothing can be written any more.
        """
        journal = self._journal()
        present = Snapshot(self._tables, self.sequence, self._format, 0)
        try:
            self._snapshot_bytes = write_snapshot(
                self._files, self._folder / SNAPSHOT_FILE, present
            )
            journal.start_anew()
        except OSError as error:
            self._due = journal.size + self._limit
            self.compaction_error = (
                f"The session could not be compacted ({error.strerror}); nothing is lost. "
                f"{hint_for(error)}".rstrip()
            )
            return
        self._due = max(self._limit, self._snapshot_bytes)
        self.compaction_error = ""

    @property
    def journal_bytes(self) -> int:
        """Length of the journal, 0 when it can't be written."""
        return self._writer.size if isinstance(self._writer, Journal) else 0

    def _compact_when_due(self, journal: Journal) -> None:
        if journal.size >= self._due:
            try:
                self.compact()
            except StoreError as error:  # the commit itself is durable
                self.compaction_error = str(error)

    def _journal(self) -> Journal:
        if isinstance(self._writer, Journal) and self._writer.failure is None:
            return self._writer
        raise self.refusal or StoreError("The session can't be written.")


def _difference(kept: Mapping[str, Document], wanted: Mapping[str, Document]) -> TableChanges:
    changes: TableChanges = dict.fromkeys(kept.keys() - wanted.keys())
    for key, document in wanted.items():
        if key not in kept or encode(kept[key]) != encode(document):
            changes[str(key)] = document
    return changes
