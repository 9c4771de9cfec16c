"""One session on the disk: its database, output logs and texts. One thread only."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tinydb.table import Document as TinyDocument

from sessions.blobs import Blobs
from sessions.database import COMPACT_AT, JournalDatabase
from sessions.documents import Document, decode_object
from sessions.errors import (
    InvalidDocument,
    SessionExists,
    SessionMissing,
    StoreError,
    told_as_store_error,
)
from sessions.files import PRIVATE_FOLDER, Files, make_private_folders
from sessions.identity import new_session_id, session_folder, sessions_folder
from sessions.output import OutputLogs
from sessions.summary import FIXED, SESSION_DOC, SESSION_TABLE, write_summary

EVENTS_TABLE = "events"

_NAMES_TRIED = 20


@dataclass(frozen=True)
class Surroundings:
    """What a session stands on; tests put other things in.

    Attributes:
        compact_at: bytes of journal from which it is compacted.
        files: the system calls.
        clock: gives Unix seconds.
    """

    compact_at: int = COMPACT_AT
    files: Files = field(default_factory=Files)
    clock: Callable[[], float] = time.time


class KeptSession:
    """What `SessionStore` does, without the thread.

    Attributes:
        folder: where the session is kept.
        database: its documents.
        logs: its output logs.
        blobs: its big texts.
        last_seq: number of the last event, 0 when there is none.
    """

    def __init__(self, folder: Path, database: JournalDatabase, around: Surroundings) -> None:
        self.folder = folder
        self.database = database
        self._around = around
        self._events = database.journal_table(EVENTS_TABLE)
        self._about = database.journal_table(SESSION_TABLE)
        self.logs = OutputLogs(folder / "output", around.files)
        self.blobs = Blobs(folder / "blobs", around.files)
        self.last_seq = self._events.last_id()

    @classmethod
    def create(
        cls, state_dir: Path, *, workspace: str, title: str, around: Surroundings
    ) -> KeptSession:
        """Makes a new session; durable when this returns.

        Raises:
            StoreError: the system refused.
        """
        now = around.clock()
        with told_as_store_error(f"make a session in {state_dir}"):
            folder = _new_folder(state_dir, now, around.files)
        database = JournalDatabase.create(folder, compact_at=around.compact_at, files=around.files)
        session = cls(folder, database, around)
        about = {"id": folder.name, "title": title, "workspace": workspace}
        try:
            session._write_about({**about, "created": now, "updated": now})
        except BaseException:
            database.close()
            raise
        return session

    @classmethod
    def open(cls, state_dir: Path, session_id: str, around: Surroundings) -> KeptSession:
        """Opens a session, to read only if another process has it.

        Raises:
            InvalidName: this is not the name of a session.
            SessionMissing: there is none of this name.
            StoreError: it can't be read.
        """
        folder = session_folder(state_dir, session_id)
        if folder.is_symlink() or not folder.is_dir():
            raise SessionMissing(f"There is no session {session_id}.")
        database = JournalDatabase.open(folder, compact_at=around.compact_at, files=around.files)
        return cls(folder, database, around)

    def append(self, events: Sequence[Mapping[str, object] | bytes]) -> None:
        """Keeps the events of one step, all or none; durable when this returns.

        Args:
            events: JSON objects, or their text, each with a `seq` higher than the one before.

        Raises:
            InvalidDocument: an event is no JSON object, or its `seq` is missing or too low.
            StoreFull: no room; nothing is kept, and the next call tries again.
            StoreError: nothing can be written any more.
        """
        documents = list(_numbered(events, self.last_seq))
        if not documents:
            return
        with self.database.transaction():
            self._events.insert_multiple(documents)
        self.last_seq = documents[-1].doc_id

    def read(self, after: int = 0, limit: int | None = None) -> list[Document]:
        """Copies of the events with a higher number, in order.

        Args:
            after: the last number that is not wanted.
            limit: at most so many, the first ones.
        """
        return list(self._events.after(after, limit))

    def about(self) -> Document:
        """What is kept about the session: id, title, workspace, created, updated, and more."""
        return dict(self._about.get(doc_id=SESSION_DOC) or {"id": self.folder.name})

    def put_about(self, fields: Mapping[str, object]) -> None:
        """Keeps fields about the session beside those that are there; durable at return.

        Raises:
            InvalidDocument: a value is not JSON, or the field can't be changed.
            StoreError: it can't be written.
        """
        if fixed := FIXED & fields.keys():
            raise InvalidDocument(f"{', '.join(sorted(fixed))} of a session can't be changed.")
        self._write_about({**self.about(), "updated": self._around.clock(), **fields})

    def close(self) -> None:
        """Makes everything durable, compacts, and gives lock and files back.

        Raises:
            StoreError: collected output could not be written; all else is done.
        """
        try:
            self.logs.flush_all()
        finally:
            try:
                if not self.database.read_only:
                    self._finish()
            finally:
                self.database.close()

    def _finish(self) -> None:
        if not self.database.journal_bytes:
            return
        with suppress(StoreError):  # both are copies of what the journal holds
            self._write_summary({**self.about(), "updated": self._around.clock()})
            self.database.compact()

    def _write_about(self, about: Document) -> None:
        with self.database.transaction():
            self._about.upsert(TinyDocument(about, SESSION_DOC))
        with suppress(StoreError):  # a copy of what the database holds
            self._write_summary(about)

    def _write_summary(self, about: Document) -> None:
        write_summary(self.folder, about, self._around.files)


def _numbered(events: Sequence[Mapping[str, object] | bytes], last: int) -> Sequence[TinyDocument]:
    documents = []
    for event in events:
        document: Mapping[str, Any] | None = (
            decode_object(event) if isinstance(event, bytes) else event
        )
        seq = None if document is None else document.get("seq")
        if document is None or not isinstance(seq, int) or isinstance(seq, bool) or seq <= last:
            raise InvalidDocument(
                f"An event must be a JSON object with a seq above {last}, not {seq!r}."
            )
        documents.append(TinyDocument(document, seq))
        last = seq
    return documents


def _new_folder(state_dir: Path, now: float, files: Files) -> Path:
    parent = sessions_folder(state_dir)
    make_private_folders(files, parent)
    parent.chmod(PRIVATE_FOLDER)
    for _ in range(_NAMES_TRIED):
        folder = session_folder(state_dir, new_session_id(now))
        try:
            files.make_folder(folder)
        except FileExistsError:
            continue
        files.sync_folder(parent)
        return folder
    raise SessionExists("Too many sessions were made within this minute.", "Try again later.")
