r"""The append-only journal: one line for each transaction, durable before it counts.

A line is `crc32 length json\n`: two numbers of eight hexadecimal digits, then that many bytes of
JSON, `{"seq":N,"tables":{...}}`. The checksum covers the length and the JSON. JSON as written here
holds no line break, and inside JSON text every quote has a backslash before it, so no document
can contain what looks like the start of a line.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from sessions.documents import NOT_JSON, Changes, encode
from sessions.errors import DISK_FULL, StoreError, StoreFull, StoreWriteFailed, hint_for
from sessions.files import Files, keep_as_previous, write_all, write_file

_LINE_START = re.compile(rb'[0-9a-f]{8} [0-9a-f]{8} \{"seq":')
_HEADER = re.compile(rb"([0-9a-f]{8}) ([0-9a-f]{8}) ")
_HEADER_SIZE = 18
_CRC_SIZE = 9


class Record(msgspec.Struct, frozen=True):
    """One transaction: its number, counted from 1 without gaps, and what it changed."""

    seq: int
    tables: Changes


class BadRecord(Exception):
    """A record is not readable although good ones follow it.

    Attributes:
        offset: where the bad record starts, in bytes from the start of the journal.
    """

    def __init__(self, offset: int) -> None:
        super().__init__(f"unreadable at byte {offset}")
        self.offset = offset


_decoder = msgspec.json.Decoder(Record)


def encode_record(record: Record) -> bytes:
    """The record as one line.

    Raises:
        InvalidDocument: a document in it is not JSON.
    """
    payload = encode(record)
    body = b"%08x %s" % (len(payload), payload)
    return b"%08x %s\n" % (zlib.crc32(body), body)


def decode_record(line: bytes) -> Record | None:
    """The record in this line, None when the line is not a whole and unchanged one."""
    return _record_at(line, 0)[0]


class RecordReader:
    """Reads the records of a journal in order and stops at a bad tail.

    Attributes:
        end: how many bytes the records read so far take.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.end = 0

    def __iter__(self) -> Iterator[Record]:
        while True:
            record, end = _record_at(self._data, self.end)
            if record is None:
                break
            self.end = end
            yield record
        self._refuse_good_records_after(self.end)

    @property
    def tail(self) -> bytes:
        """What follows the last good record: empty, or a write that was cut off."""
        return self._data[self.end :]

    def _refuse_good_records_after(self, bad: int) -> None:
        for start in _LINE_START.finditer(self._data, bad + 1):
            if _record_at(self._data, start.start())[0] is not None:
                raise BadRecord(bad)


def _record_at(data: bytes, start: int) -> tuple[Record | None, int]:
    """The record that starts here and where it ends, (None, start) when there is none."""
    header = _HEADER.match(data, start)
    if header is None:
        return None, start
    payload = start + _HEADER_SIZE
    end = payload + int(header[2], 16)
    if data[end : end + 1] != b"\n":
        return None, start
    if zlib.crc32(memoryview(data)[start + _CRC_SIZE : end]) != int(header[1], 16):
        return None, start
    try:
        return _decoder.decode(memoryview(data)[payload:end]), end + 1
    except NOT_JSON:
        return None, start


class Journal:
    """The journal file while it is being written. One thread only.

    Attributes:
        size: bytes of whole, durable records.
        failure: why nothing can be written any more, None while it can.
    """

    def __init__(self, path: Path, files: Files, size: int) -> None:
        """Opens a journal that exists, whose first `size` bytes are good records."""
        self._path = path
        self._files = files
        self._fd = files.open(path, os.O_WRONLY | os.O_APPEND)
        self.size = size
        self.failure: StoreError | None = None

    def append(self, line: bytes) -> None:
        """Writes a record and returns once it is on the disk.

        Raises:
            StoreFull: no room; the journal is as before and the next append tries again.
            StoreWriteFailed: the system failed; nothing can be written any more.
        """
        if self.failure is not None:
            raise self.failure
        try:
            write_all(self._files, self._fd, line)
        except OSError as error:
            raise self._after_failed_write(error) from error
        try:
            self._files.sync_data(self._fd)
        except OSError as error:
            # What a failed sync leaves on the disk is unknown, whatever later syncs say.
            self._cut_to(self.size)
            raise self.stop(error) from error
        self.size += len(line)

    def cut_tail(self) -> None:
        """Removes what follows the good records, durably.

        Raises:
            OSError: the system refused.
        """
        self._files.truncate(self._fd, self.size)
        self._files.sync(self._fd)

    def start_anew(self) -> None:
        """Replaces the journal by an empty one and keeps the old one as `<name>.previous`.

        Raises:
            OSError: the system refused; the old journal stays in use.
            StoreWriteFailed: it can't be told which of the two is there after a power cut, so
                nothing can be written any more.
        """
        fresh = self._path.with_name(self._path.name + ".new")
        write_file(self._files, fresh, [])
        fd = self._files.open(fresh, os.O_WRONLY | os.O_APPEND)
        try:
            keep_as_previous(self._files, self._path)
            self._files.replace(fresh, self._path)
        except BaseException:
            self._files.close(fd)
            raise
        self._fd, old = fd, self._fd
        self.size = 0
        try:
            self._files.sync_folder(self._path.parent)
        except OSError as error:
            raise self.stop(error) from error
        finally:
            with suppress(OSError):
                self._files.close(old)

    def stop(self, cause: BaseException) -> StoreError:
        """Lets nothing be written any more; returns the error that says so from now on."""
        reason = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
        hint = hint_for(cause) if isinstance(cause, OSError) else ""
        self.failure = StoreWriteFailed(
            f"The session could not be saved ({reason}): it is read-only from here on.",
            hint or "Check the disk, then open the session again: what was confirmed is kept.",
        )
        return self.failure

    def close(self) -> None:
        """Gives the file back. Appending afterwards is not possible."""
        if self.failure is None:
            self.failure = StoreWriteFailed("The journal is closed.")
        fd, self._fd = self._fd, -1
        if fd >= 0:
            with suppress(OSError):
                self._files.close(fd)

    def _after_failed_write(self, error: OSError) -> StoreError:
        if self._cut_to(self.size) and error.errno in DISK_FULL:
            return StoreFull("The disk is full: the last step is not saved.", hint_for(error))
        return self.stop(error)

    def _cut_to(self, size: int) -> bool:
        """Takes back a half-written record; False when even that failed."""
        try:
            self._files.truncate(self._fd, size)
            self._files.sync(self._fd)
        except OSError:
            return False
        return True
