"""The door to a kept session: events in, events out, nothing lost, nobody kept waiting."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from sessions.documents import Document
from sessions.errors import StoreClosed
from sessions.grouping import GROUP_SECONDS, GroupedOutput
from sessions.kept import KeptSession, Surroundings
from sessions.thread import StorageThread

P = ParamSpec("P")
T = TypeVar("T")


class SessionStore:
    """One session, open. All its files are touched by one thread of its own.

    Use it as an async context manager, or call `close`. If a caller is cancelled, what it asked
    to be written is still written. Methods raise `StoreClosed` after `close`.
    """

    def __init__(self, session: KeptSession, thread: StorageThread, group_seconds: float) -> None:
        """Use `create` or `open`."""
        self._session = session
        self._thread = thread
        self._output = GroupedOutput(session.logs, thread, group_seconds)
        self._closed = False

    @classmethod
    async def create(
        cls,
        state_dir: Path,
        *,
        workspace: str,
        title: str = "",
        around: Surroundings | None = None,
        group_seconds: float = GROUP_SECONDS,
    ) -> Self:
        """Makes a new session in `<state_dir>/sessions/<session_id>/`; durable at return.

        Args:
            state_dir: made with mode 0700 if it is missing.
            workspace: the folder that is worked in, for the list of sessions.
            title: what the list shows.
            around: size of the journal, system calls and clock.
            group_seconds: how long output is collected before it is written.

        Raises:
            StoreError: the system refused.
        """
        around = around or Surroundings()
        return await cls._start(
            lambda: KeptSession.create(state_dir, workspace=workspace, title=title, around=around),
            group_seconds,
        )

    @classmethod
    async def open(
        cls,
        state_dir: Path,
        session_id: str,
        *,
        around: Surroundings | None = None,
        group_seconds: float = GROUP_SECONDS,
    ) -> Self:
        """Opens a session; if another process has it, only to read (see `read_only`).

        Raises:
            InvalidName: this is not the name of a session.
            SessionMissing: there is none of this name.
            StoreDamaged: its files do not add up; nothing of them is used.
            StoreTooNew: a newer program wrote it.
            StoreError: the system refused.
        """
        around = around or Surroundings()
        return await cls._start(
            lambda: KeptSession.open(state_dir, session_id, around), group_seconds
        )

    @classmethod
    async def _start(cls, build: Callable[[], KeptSession], group_seconds: float) -> Self:
        thread = StorageThread()
        try:
            session = await thread.make(build, undo=KeptSession.close)
        except BaseException:
            thread.stop()
            raise
        return cls(session, thread, group_seconds)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def session_id(self) -> str:
        """The session's name."""
        return self._session.folder.name

    @property
    def folder(self) -> Path:
        """Where the session is kept."""
        return self._session.folder

    @property
    def last_seq(self) -> int:
        """Number of the last event that is durable, 0 when there is none."""
        return self._session.last_seq

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written: another process has the session, or a write failed."""
        return self._session.database.read_only

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user should know of now, one sentence or two each; empty when all is well."""
        database = self._session.database
        refusal = str(database.refusal or "")
        told = (database.opening.notice, refusal, database.compaction_error, self._output.error)
        return tuple(notice for notice in told if notice)

    async def append(self, events: Sequence[Mapping[str, object] | bytes]) -> None:
        """Keeps all events of one step together; durable when this returns.

        Args:
            events: JSON objects, or their text in bytes, each with an integer `seq` that is
                higher than the one before.

        Raises:
            InvalidDocument: an event is no JSON object, or its `seq` is missing or too low.
            StoreFull: no room; nothing is kept, and the next call tries again.
            StoreError: nothing can be written any more; nothing of this call is kept.
        """
        await self._run(self._session.append, tuple(events))

    async def read(self, after: int = 0, limit: int | None = None) -> list[Document]:
        """The events with a higher number, in order; the caller's own copies.

        Args:
            after: the last number that is not wanted.
            limit: at most so many, the first ones.
        """
        return await self._run(self._session.read, after, limit)

    async def meta(self) -> Document:
        """What is kept about the session: id, title, workspace, created, updated, and more."""
        return await self._run(self._session.about)

    async def put_meta(self, fields: Mapping[str, object]) -> None:
        """Keeps fields about the session beside those that are there; durable at return.

        `title`, `workspace` and `updated` are known to the list of sessions; all others appear
        there as details.

        Raises:
            InvalidDocument: a value is not JSON, or the field is `id` or `created`.
            StoreError: it can't be written.
        """
        await self._run(self._session.put_about, dict(fields))

    async def append_output(self, attempt_id: str, text: str) -> None:
        """Adds to the attempt's log. Returns at once: the text is durable within a group's time.

        Only if much text has been collected does this wait for the disk.

        Raises:
            InvalidName: the attempt's name can't be that of a file.
            StoreError: the session is read-only, or more was collected than could be written.
        """
        self._refuse_read_only()
        await self._output.append(attempt_id, text)

    async def flush_output(self) -> None:
        """Returns once all output that was added before is on the disk.

        Raises:
            StoreError: it could not be written; it stays collected and is tried again.
        """
        await self._output.flush()

    async def read_output(self, attempt_id: str, tail_bytes: int | None = None) -> str:
        """The attempt's log with all that was added so far, empty when there is none.

        Args:
            attempt_id: whose.
            tail_bytes: only so many bytes from the end; a character that is cut is left out.

        Raises:
            InvalidName: the attempt's name can't be that of a file.
            StoreError: the log can't be read, or what was added can't be written.
        """
        return await self._output.read(attempt_id, tail_bytes)

    async def put_blob(self, content: bytes) -> str:
        """Keeps a big text once, durably, and returns its SHA-256 in hexadecimal.

        Raises:
            StoreError: the session is read-only, or the system refused.
        """
        self._refuse_read_only()
        return await self._run(self._session.blobs.put, content)

    async def get_blob(self, sha256: str) -> bytes:
        """The text with this hash, checked.

        Raises:
            InvalidName: this is no hash.
            StoreDamaged: the file does not have that content.
            StoreError: there is none, or it can't be read.
        """
        return await self._run(self._session.blobs.get, sha256)

    async def close(self) -> None:
        """Makes everything durable, compacts, and lets others open the session.

        More than once does no harm.

        Raises:
            StoreError: collected output could not be written; all else is done.
        """
        if self._closed:
            return
        self._closed = True
        self._output.stop()
        try:
            await self._thread.run(self._session.close)
        finally:
            self._thread.stop()

    def _refuse_read_only(self) -> None:
        refusal = self._session.database.refusal
        if refusal is not None and not self._closed:
            raise refusal

    async def _run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._closed:
            raise StoreClosed(f"The session {self.session_id} is closed.")
        return await self._thread.run(call, *args, **kwargs)
