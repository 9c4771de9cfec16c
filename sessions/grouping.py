"""Output that is written in groups: adding costs nothing, the disk is asked twice a second."""

from __future__ import annotations

import asyncio

from sessions.errors import StoreClosed, StoreError
from sessions.output import OutputLogs
from sessions.thread import StorageThread

GROUP_SECONDS = 0.5
"""How long output is collected before it is written."""

GROUP_BYTES = 1024 * 1024
"""How much output is collected at most; whoever adds more waits for the disk."""


class GroupedOutput:
    """The output logs of a session, as the event loop uses them.

    Attributes:
        error: why the last group could not be written, empty when it could.
    """

    def __init__(self, logs: OutputLogs, thread: StorageThread, group_seconds: float) -> None:
        self._logs = logs
        self._thread = thread
        self._group_seconds = group_seconds
        self._writer: asyncio.Task[None] | None = None
        self._stopped = False
        self.error = ""

    async def append(self, attempt_id: str, text: str) -> None:
        """Adds to a log; waits for the disk only if much was collected.

        Raises:
            InvalidName: the attempt's name can't be that of a file.
            StoreClosed: the session is closed.
            StoreError: much was collected and can't be written.
        """
        self._refuse_stopped()
        self._logs.add(attempt_id, text)
        if self._logs.waiting_bytes > GROUP_BYTES:
            await self.flush()
        elif self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_groups())

    async def flush(self) -> None:
        """Returns once all that was added before is on the disk.

        Raises:
            StoreError: it could not be written; it stays collected and is tried again.
        """
        self._refuse_stopped()
        try:
            for attempt_id in self._logs.waiting:  # one call each: events get in between
                await self._thread.run(self._logs.flush, attempt_id)
        except StoreError as error:
            self.error = str(error)
            raise
        self.error = ""

    async def read(self, attempt_id: str, tail_bytes: int | None) -> str:
        """A log with all that was added so far, empty when there is none.

        Raises:
            InvalidName: the attempt's name can't be that of a file.
            StoreError: the log can't be read, or what was added can't be written.
        """
        self._refuse_stopped()
        await self._thread.run(self._logs.flush, attempt_id)
        return await self._thread.run(self._logs.read, attempt_id, tail_bytes)

    def stop(self) -> None:
        """Nothing is added any more; what was collected is for `OutputLogs.flush` to write."""
        self._stopped = True
        if self._writer is not None:
            self._writer.cancel()

    async def _write_groups(self) -> None:
        """Lives while output is being added. After a failure the next addition starts it anew."""
        while self._logs.waiting:
            await asyncio.sleep(self._group_seconds)
            try:
                await self.flush()
            except StoreError:  # kept in `error`
                return

    def _refuse_stopped(self) -> None:
        if self._stopped:
            raise StoreClosed("The session is closed.")
