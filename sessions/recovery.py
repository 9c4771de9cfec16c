"""What is found when a session folder is opened: the exact state, or a refusal.

A bad tail of the journal is taken for a write that was not finished, so never confirmed: it is
left out, and told. (A confirmed last record that the disk has changed looks the same.) Everything
else that does not add up is refused, because going on would hide a loss.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sessions.documents import Tables, apply_changes
from sessions.errors import StoreDamaged, told_as_store_error
from sessions.files import Files, write_file
from sessions.formats import Layout
from sessions.journal import BadRecord, RecordReader
from sessions.snapshot import BadSnapshot, Snapshot, read_snapshot

SNAPSHOT_FILE = "session.json"
JOURNAL_FILE = "session.journal"

_HINT = "Nothing was deleted. Copy the folder before you try anything with it: {folder}"


@dataclass(frozen=True)
class Loaded:
    """The state that the files hold.

    Attributes:
        tables: all documents.
        sequence: number of the last transaction.
        snapshot_bytes: length of the snapshot.
        journal_bytes: length of the good part of the journal.
        tail: the unreadable end that follows it.
        replayed: transactions taken from the journal.
        skipped: transactions in the journal that the snapshot holds already.
        from_format: the version of the layout that was found.
        to_format: the version that the tables are in.
    """

    tables: Tables
    sequence: int
    snapshot_bytes: int
    journal_bytes: int
    tail: bytes
    replayed: int
    skipped: int
    from_format: int
    to_format: int


class _DoNotAddUp(Exception):
    """A file is wrong: which, and why."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(reason)
        self.path = path
        self.reason = reason


def load_to_write(folder: Path, files: Files, layout: Layout) -> Loaded:
    """Reads the state for the one who holds the lock.

    Raises:
        StoreDamaged: the files do not add up; the wrong one was set aside, none was deleted.
        StoreTooNew: a newer program wrote them.
        StoreError: they can't be read.
    """
    try:
        return _load(folder, files, layout)
    except _DoNotAddUp as wrong:
        raise _refusal(wrong, _set_aside(files, wrong.path)) from wrong


def load_to_read(folder: Path, files: Files, layout: Layout) -> Loaded:
    """Reads the state beside a process that may be writing, and touches nothing.

    Raises:
        StoreDamaged: the files do not add up.
        StoreTooNew: a newer program wrote them.
        StoreError: they can't be read.
    """
    try:
        return _load(folder, files, layout)
    except _DoNotAddUp as wrong:
        raise _refusal(wrong, None) from wrong


def keep_tail(files: Files, folder: Path, tail: bytes) -> Path | None:
    """Keeps what is about to be cut from the journal; None when that is not possible."""
    path = _free_name(folder / f"{JOURNAL_FILE}.cut")
    with suppress(OSError):
        write_file(files, path, [tail])
        return path
    return None


def _load(folder: Path, files: Files, layout: Layout) -> Loaded:
    """Reads the journal before the snapshot.

    In this order a writer that replaces both meanwhile leaves no gap: the snapshot is at least
    as new as the journal's beginning.
    """
    journal, snapshot_file = folder / JOURNAL_FILE, folder / SNAPSHOT_FILE
    with told_as_store_error(f"read the session in {folder}"):
        reader = RecordReader(_journal(journal, files))
        snapshot = _snapshot(snapshot_file, files)
    layout.refuse_newer(snapshot.format)
    replayed, skipped = _replay(reader, snapshot, journal)
    return Loaded(
        tables=layout.migrate(snapshot.tables, snapshot.format),
        sequence=snapshot.sequence + replayed,
        snapshot_bytes=snapshot.size,
        journal_bytes=reader.end,
        tail=reader.tail,
        replayed=replayed,
        skipped=skipped,
        from_format=snapshot.format,
        to_format=layout.version,
    )


def _journal(path: Path, files: Files) -> bytes:
    try:
        return files.read(path)
    except FileNotFoundError as error:
        raise _DoNotAddUp(path, "it is missing") from error


def _snapshot(path: Path, files: Files) -> Snapshot:
    try:
        return read_snapshot(files, path)
    except FileNotFoundError as error:
        raise _DoNotAddUp(path, "it is missing") from error
    except BadSnapshot as error:
        raise _DoNotAddUp(path, str(error)) from error


def _replay(reader: RecordReader, snapshot: Snapshot, path: Path) -> tuple[int, int]:
    """Brings the snapshot's tables up to date; how many records were applied and skipped."""
    replayed = skipped = 0
    before: int | None = None
    try:
        for record in reader:
            present = snapshot.sequence + replayed
            if record.seq > present + 1 or (before is not None and record.seq != before + 1):
                raise _DoNotAddUp(
                    path, f"after step {present if before is None else before} comes {record.seq}"
                )
            before = record.seq
            if record.seq <= present:
                skipped += 1
                continue
            apply_changes(snapshot.tables, record.tables)
            replayed += 1
    except BadRecord as bad:
        raise _DoNotAddUp(
            path, f"at byte {bad.offset} it is damaged, with good steps after that"
        ) from bad
    return replayed, skipped


def _set_aside(files: Files, path: Path) -> Path | None:
    """Moves the file out of the way, so that nothing is ever added to it."""
    if not path.exists():
        return None
    target = _free_name(path.with_name(f"{path.name}.damaged"))
    with suppress(OSError):
        files.replace(path, target)
        files.sync_folder(path.parent)
        return target
    return None


def _free_name(stem: Path) -> Path:
    number = 1
    while (path := stem.with_name(f"{stem.name}-{number}")).exists():
        number += 1
    return path


def _refusal(wrong: _DoNotAddUp, set_aside: Path | None) -> StoreDamaged:
    moved = f" It was set aside as {set_aside.name}." if set_aside else ""
    earlier = sorted(wrong.path.parent.glob(f"{wrong.path.name}.damaged-*"))
    if not set_aside and earlier:
        moved = f" A damaged one was set aside earlier as {earlier[-1].name}."
    return StoreDamaged(
        f"The session {wrong.path.parent.name} can't be opened: "
        f"{wrong.path.name} does not add up, {wrong.reason}.{moved}",
        _HINT.format(folder=wrong.path.parent),
        path=wrong.path,
        set_aside=set_aside,
    )
