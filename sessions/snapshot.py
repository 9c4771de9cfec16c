"""The snapshot: all tables in one plain TinyDB file, with a checksum and a place in the journal.

The file starts with the table `_meta`, whose one document holds, in this order, the SHA-256 of
everything that follows the hash in the file, the format version, and the number of the last
transaction it contains. Every format keeps this beginning, so that an older program can tell a
newer format from damage.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import cast

from sessions.documents import Document, Tables, decode_object, encode
from sessions.files import Files, keep_as_previous, write_all, write_all_at

META_TABLE = "_meta"

_PREFIX = b'{"_meta":{"1":{"sha256":"'
_HASH_SIZE = 64
_DOCUMENTS_AT_ONCE = 500  # other threads get their turn between two pieces


class BadSnapshot(Exception):
    """The file is not a snapshot as it was written; the text says why."""


@dataclass(frozen=True)
class Snapshot:
    """What a snapshot file holds.

    Attributes:
        tables: every table but `_meta`.
        sequence: the number of the last transaction in it.
        format: the version of the layout it was written in.
        size: length of the file in bytes.
    """

    tables: Tables
    sequence: int
    format: int
    size: int


def write_snapshot(files: Files, path: Path, snapshot: Snapshot) -> int:
    """Puts a new snapshot in the place of the old one, which is kept as `<name>.previous`.

    The new file is on the disk before it gets the name, and the name is on the disk when this
    returns.

    Returns:
        The length of the new file in bytes.

    Raises:
        OSError: the system refused; the old snapshot or the new one, whole, has the name.
    """
    fresh = path.with_name(path.name + ".new")
    size = _write_fresh(files, fresh, snapshot)
    if path.exists():
        keep_as_previous(files, path)
    files.replace(fresh, path)
    files.sync_folder(path.parent)
    return size


def read_snapshot(files: Files, path: Path) -> Snapshot:
    """The snapshot in this file, checked.

    Raises:
        FileNotFoundError: there is none.
        OSError: the file can't be read.
        BadSnapshot: it is empty, cut, changed, or not a snapshot at all.
    """
    data = files.read(path)
    if not data:
        raise BadSnapshot("it is empty")
    start = len(_PREFIX) + _HASH_SIZE
    rest = memoryview(data)[start:]
    written = data[len(_PREFIX) : start]
    if data[: len(_PREFIX)] != _PREFIX or written != _hash_of(rest):
        raise BadSnapshot("it is damaged, or another program wrote it")
    return _checked(data)


def _checked(data: bytes) -> Snapshot:
    tables = cast("Tables | None", decode_object(data))
    meta: Document = {} if tables is None else tables.pop(META_TABLE, {}).get("1", {})
    sequence, version = meta.get("sequence"), meta.get("format")
    if tables is None or not isinstance(sequence, int) or not isinstance(version, int):
        raise BadSnapshot("its first table does not say what it is")
    return Snapshot(tables, sequence, version, len(data))


def _hash_of(data: memoryview) -> bytes:
    return hashlib.sha256(data).hexdigest().encode()


def _write_fresh(files: Files, path: Path, snapshot: Snapshot) -> int:
    """Writes piece by piece, then the hash into its place, then waits for the disk."""
    fd = files.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        write_all(files, fd, _PREFIX + b"0" * _HASH_SIZE)
        digest = hashlib.sha256()
        size = len(_PREFIX) + _HASH_SIZE
        for piece in _pieces(snapshot):
            digest.update(piece)
            write_all(files, fd, piece)
            size += len(piece)
        write_all_at(files, fd, digest.hexdigest().encode(), len(_PREFIX))
        files.sync(fd)
    except BaseException:
        with suppress(OSError):
            files.unlink(path)
        raise
    finally:
        files.close(fd)
    return size


def _pieces(snapshot: Snapshot) -> Iterator[bytes]:
    """The file after the hash. TinyDB's layout: table name, document id, document."""
    yield b'","format":%d,"sequence":%d}}' % (snapshot.format, snapshot.sequence)
    for name, documents in snapshot.tables.items():
        yield b"," + encode(name) + b":{"
        comma = b""
        for piece in _chunks(documents):
            yield comma + encode(piece)[1:-1]
            comma = b","
        yield b"}"
    yield b"}"


def _chunks(documents: dict[str, Document]) -> Iterator[dict[str, Document]]:
    rest = iter(documents.items())
    while chunk := dict(islice(rest, _DOCUMENTS_AT_ONCE)):
        yield chunk
