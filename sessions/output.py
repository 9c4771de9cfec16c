"""Streams of tokens and output of tests: one append-only log file for each attempt.

Text is collected in memory and written in groups, so that a fast stream costs a few disk syncs a
second and not one for each token. A kill loses at most the group that was not written yet.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path

from sessions.errors import StoreError, told_as_store_error
from sessions.files import Files, make_private_folders, write_all
from sessions.identity import checked_attempt_id

_CONTINUATION = range(0x80, 0xC0)  # the bytes of a UTF-8 character after its first one


class OutputLogs:
    """The logs of one session. `add` may be called from any thread, the rest from one."""

    def __init__(self, folder: Path, files: Files) -> None:
        self._folder = folder
        self._files = files
        self._guard = threading.Lock()
        self._collected: dict[str, bytearray] = {}

    def add(self, attempt_id: str, text: str) -> None:
        """Collects text for the next group; touches no file.

        Characters that UTF-8 has no bytes for are written as backslash sequences.

        Raises:
            InvalidName: the attempt's name can't be that of a file.
        """
        data = text.encode("utf-8", "backslashreplace")
        with self._guard:
            self._collected.setdefault(checked_attempt_id(attempt_id), bytearray()).extend(data)

    @property
    def waiting(self) -> tuple[str, ...]:
        """The attempts with text that is not on the disk yet."""
        with self._guard:
            return tuple(self._collected)

    @property
    def waiting_bytes(self) -> int:
        """How much text is not on the disk yet."""
        with self._guard:
            return sum(map(len, self._collected.values()))

    def flush(self, attempt_id: str) -> None:
        """Writes what was collected for one attempt and returns once it is on the disk.

        Raises:
            StoreError: the system refused; the text stays collected.
        """
        with self._guard:
            data = bytes(self._collected.pop(attempt_id, b""))
        if not data:
            return
        try:
            with told_as_store_error(f"write the output of {attempt_id}"):
                self._append(attempt_id, data)
        except BaseException:
            with self._guard:
                later = self._collected.get(attempt_id, bytearray())
                self._collected[attempt_id] = bytearray(data) + later
            raise

    def flush_all(self) -> None:
        """Writes what was collected for all attempts.

        Raises:
            StoreError: some of it could not be written and stays collected.
        """
        failed = None
        for attempt_id in self.waiting:
            try:
                self.flush(attempt_id)
            except StoreError as error:
                failed = error
        if failed is not None:
            raise failed

    def read(self, attempt_id: str, tail_bytes: int | None = None) -> str:
        """What was written for an attempt, empty when nothing was.

        Args:
            attempt_id: whose.
            tail_bytes: only so many bytes from the end; a character that is cut is left out.

        Raises:
            InvalidName: the attempt's name can't be that of a file.
            StoreError: the file can't be read.
        """
        path = self._path(attempt_id)
        if not path.is_file():
            return ""
        with told_as_store_error(f"read {path}"), path.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            start = 0 if tail_bytes is None else max(0, size - tail_bytes)
            log.seek(start)
            data = log.read()
        if start:
            data = _from_first_character(data)
        return data.decode("utf-8", "replace")

    def _path(self, attempt_id: str) -> Path:
        return self._folder / f"{checked_attempt_id(attempt_id)}.log"

    def _append(self, attempt_id: str, data: bytes) -> None:
        path = self._path(attempt_id)
        is_new = not path.exists()
        if is_new:
            make_private_folders(self._files, self._folder)
        fd = self._files.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            self._append_whole(fd, data)
        finally:
            self._files.close(fd)
        if is_new:
            self._files.sync_folder(self._folder)

    def _append_whole(self, fd: int, data: bytes) -> None:
        before = os.fstat(fd).st_size
        try:
            write_all(self._files, fd, data)
            self._files.sync_data(fd)
        except OSError:
            with suppress(OSError):
                self._files.truncate(fd, before)
            raise


def _from_first_character(data: bytes) -> bytes:
    """Without the continuation bytes (at most three) that a cut character leaves in front."""
    start = 0
    while start < min(3, len(data)) and data[start] in _CONTINUATION:
        start += 1
    return data[start:]
