"""A disk that can lose its power: what it holds then is only what was synced, and luck.

`TracedFiles` works on a real folder and writes down every call. From any beginning of that trace
`after_power_cut` makes what a disk may hold: of a file, what was synced and some of the later
writes, the last one perhaps torn; of a folder, the names that were synced and some of the later
changes of names.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.sessions.stand_ins import FastFiles

Names = dict[str, int | None]


@dataclass
class Content:
    """A file's bytes: on the disk, and the changes that may be there or not."""

    durable: bytearray = field(default_factory=bytearray)
    later: list[Callable[[bytearray], None]] = field(default_factory=list)


@dataclass
class Disk:
    """Contents by number, and the names that lead to them."""

    contents: dict[int, Content] = field(default_factory=dict)
    names: Names = field(default_factory=dict)
    later: list[Names] = field(default_factory=list)


Call = Callable[[Disk], None]


class TracedFiles(FastFiles):
    """Writes down what is asked of the disk.

    Attributes:
        trace: one function for each call, which does the same to a `Disk`.
    """

    def __init__(self) -> None:
        self.trace: list[Call] = []
        self._numbers: dict[str, int] = {}
        self._open: dict[int, tuple[int, bool]] = {}

    def open(self, path: Path, flags: int) -> int:
        fd = super().open(path, flags)
        if path.name not in self._numbers:
            number = self._numbers[path.name] = fd + 1000 * len(self.trace)
            self.trace.append(lambda disk: _make(disk, path.name, number))
        number = self._numbers[path.name]
        self._open[fd] = (number, bool(flags & os.O_APPEND))
        if flags & os.O_TRUNC:
            self.trace.append(lambda disk: _change(disk, number, lambda data: _cut(data, 0)))
        return fd

    def write(self, fd: int, data: bytes | memoryview) -> int:
        number, _ = self._open[fd]
        offset = os.fstat(fd).st_size
        self._put(number, bytes(data), offset)
        return super().write(fd, data)

    def write_at(self, fd: int, data: bytes | memoryview, offset: int) -> int:
        self._put(self._open[fd][0], bytes(data), offset)
        return super().write_at(fd, data, offset)

    def truncate(self, fd: int, length: int) -> None:
        number, _ = self._open[fd]
        self.trace.append(lambda disk: _change(disk, number, lambda data: _cut(data, length)))
        super().truncate(fd, length)

    def sync_data(self, fd: int) -> None:
        number, _ = self._open[fd]
        self.trace.append(lambda disk: _sync(disk, number))

    def sync(self, fd: int) -> None:
        self.sync_data(fd)

    def sync_folder(self, folder: Path) -> None:
        if "one" in folder.name:
            self.trace.append(_sync_names)

    def replace(self, source: Path, target: Path) -> None:
        number = self._numbers.pop(source.name)
        self._numbers[target.name] = number
        self.trace.append(lambda disk: disk.later.append({target.name: number, source.name: None}))
        super().replace(source, target)

    def link(self, existing: Path, name: Path) -> None:
        number = self._numbers[name.name] = self._numbers[existing.name]
        self.trace.append(lambda disk: disk.later.append({name.name: number}))
        super().link(existing, name)

    def unlink(self, path: Path) -> None:
        self._numbers.pop(path.name, None)
        self.trace.append(lambda disk: disk.later.append({path.name: None}))
        super().unlink(path)

    def _put(self, number: int, data: bytes, offset: int) -> None:
        self.trace.append(lambda disk: _change(disk, number, lambda held: _put(held, data, offset)))


def after_power_cut(trace: Sequence[Call], folder: Path, draw: random.Random, luck: float) -> None:
    """Puts into an empty folder what the disk may hold after these calls.

    Args:
        trace: the calls before the cut.
        folder: where the files are put.
        draw: decides what got to the disk although nobody waited for it.
        luck: how probable that is for each change, from 0 to 1.
    """
    disk = Disk()
    for call in trace:
        call(disk)
    names = dict(disk.names)
    for change in disk.later:
        if draw.random() < luck:
            names.update(change)
    for name, number in names.items():
        if number is not None:
            content = disk.contents[number]
            (folder / name).write_bytes(_held(content, draw, luck))


def _held(content: Content, draw: random.Random, luck: float) -> bytes:
    data = bytearray(content.durable)
    for change in content.later:
        if draw.random() < luck:
            before = len(data)
            change(data)
            if draw.random() >= luck and len(data) > before:  # torn
                del data[draw.randrange(before, len(data)) :]
    return bytes(data)


def _make(disk: Disk, name: str, number: int) -> None:
    disk.contents[number] = Content()
    disk.later.append({name: number})


def _change(disk: Disk, number: int, change: Callable[[bytearray], None]) -> None:
    disk.contents[number].later.append(change)


def _sync(disk: Disk, number: int) -> None:
    content = disk.contents[number]
    for change in content.later:
        change(content.durable)
    content.later.clear()


def _sync_names(disk: Disk) -> None:
    for change in disk.later:
        disk.names.update(change)
    disk.later.clear()


def _cut(data: bytearray, length: int) -> None:
    del data[length:]


def _put(held: bytearray, data: bytes, offset: int) -> None:
    held.extend(bytes(max(0, offset - len(held))))  # what was never written reads as zeros
    held[offset : offset + len(data)] = data
