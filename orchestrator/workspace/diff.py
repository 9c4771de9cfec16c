"""Differences of files, ready to be drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Literal, NamedTuple

from orchestrator.languages import language_of
from orchestrator.values import DiffLine, FileDiff, Hunk
from orchestrator.workspace.matching import Block, matching_blocks

_CONTEXT = 3
_LARGEST = 2 * 1024 * 1024
"""Bytes of one side beyond which lines are not compared."""
_MOST_LINES = 5_000
"""Lines of one file that are drawn."""
_NO_END = b"\0"
"""Marks a last line without a line end; no line of a text has this byte."""
_CR = "␍"
"""Drawn for a carriage return where a file has both kinds of line ends."""

_Ends = Literal["LF", "CRLF", "mixed", ""]


class _Compared(NamedTuple):
    """Two sides cut into lines, and which of them are equal."""

    old: list[bytes]
    new: list[bytes]
    blocks: list[Block]
    ends: tuple[_Ends, _Ends]


def diff_files(
    before: Mapping[str, bytes | None], after: Mapping[str, bytes | None]
) -> tuple[FileDiff, ...]:
    """One `FileDiff` for each path of either side, in order of their names.

    A file whose line ends are all of one kind on each side is compared without them; a change from
    one kind to the other is told in `note`. Otherwise carriage returns are drawn. `note` also tells
    why there are no hunks (binary, too large), or how many lines are not shown.
    """
    paths = sorted({*before, *after})
    return tuple(_diff(path, before.get(path), after.get(path)) for path in paths)


def _diff(path: str, old: bytes | None, new: bytes | None) -> FileDiff:
    language = language_of(path).name
    if old == new:
        return FileDiff(path=path, status="unchanged", language=language)
    status: Literal["added", "modified", "removed"] = (
        "added" if old is None else "removed" if new is None else "modified"
    )
    note = _why_not_compared(old or b"", new or b"")
    if note:
        return FileDiff(path=path, status=status, note=note, language=language)
    compared = _compare(old or b"", new or b"")
    added, removed = _counts(compared)
    hunks, hidden = _capped(_hunks(compared))
    return FileDiff(
        path=path,
        status=status,
        added=added,
        removed=removed,
        hunks=hunks,
        note=_note(compared, hidden=hidden),
        language=language,
    )


def _why_not_compared(old: bytes, new: bytes) -> str:
    sizes = f"{len(old):,} -> {len(new):,} bytes"
    if b"\0" in old or b"\0" in new:
        return f"binary, {sizes}"
    return f"too large to show, {sizes}" if max(len(old), len(new)) > _LARGEST else ""


def _note(compared: _Compared, *, hidden: bool) -> str:
    old, new = compared.ends
    changed = f"line ends {old} -> {new}" if old and new and old != new else ""
    cut = f"only the first {_MOST_LINES:,} lines of the difference are shown" if hidden else ""
    return "; ".join(part for part in (changed, cut) if part)


def _counts(compared: _Compared) -> tuple[int, int]:
    equal = sum(block.size for block in compared.blocks)
    return len(compared.new) - equal, len(compared.old) - equal


# --- lines -----------------------------------------------------------------------------------


def _compare(old: bytes, new: bytes) -> _Compared:
    ends = (_line_ends(old), _line_ends(new))
    if "mixed" in ends:
        lines = _lines(old), _lines(new)
    else:
        lines = _lines(old.replace(b"\r\n", b"\n")), _lines(new.replace(b"\r\n", b"\n"))
    return _Compared(*lines, matching_blocks(*lines), ends)


def _line_ends(data: bytes) -> _Ends:
    every, crlf = data.count(b"\n"), data.count(b"\r\n")
    if not every:
        return ""
    return "LF" if not crlf else "CRLF" if crlf == every else "mixed"


def _lines(data: bytes) -> list[bytes]:
    """Lines without their ends; the last one is marked when it has none."""
    lines = data.split(b"\n")
    if lines[-1]:
        lines[-1] += _NO_END
    else:
        lines.pop()
    return lines


def _shown(line: bytes) -> str:
    text = line.removesuffix(_NO_END).decode("utf-8", "backslashreplace")
    if text.endswith("\r"):
        text = text[:-1] + _CR
    return f"{text}  [no line end]" if line.endswith(_NO_END) else text


# --- hunks -----------------------------------------------------------------------------------


def _hunks(compared: _Compared) -> Iterator[Hunk]:
    lines: list[DiffLine] = []
    for line in _all_lines(compared):
        if line is None:
            yield _hunk(lines)
            lines = []
        else:
            lines.append(line)
    if lines:
        yield _hunk(lines)


def _all_lines(compared: _Compared) -> Iterator[DiffLine | None]:
    """Changed lines with their neighbours; None where a hunk ends and another one follows."""
    one = other = 0
    end = Block(len(compared.old), len(compared.new), 0)
    for block in [*compared.blocks, end]:
        for number in range(one, block.old):
            yield DiffLine("-", _shown(compared.old[number]), number + 1, None)
        for number in range(other, block.new):
            yield DiffLine("+", _shown(compared.new[number]), None, number + 1)
        first = one == other == 0 and not (block.old or block.new)
        last = (block.old + block.size, block.new + block.size) == end[:2]
        yield from _context(compared, block, first=first, last=last)
        one, other = block.old + block.size, block.new + block.size


def _context(
    compared: _Compared, block: Block, *, first: bool, last: bool
) -> Iterator[DiffLine | None]:
    """The equal lines after a change and before the next one."""
    after = 0 if first else _CONTEXT
    before = 0 if last else _CONTEXT
    whole = block.size <= after + before
    for offset in range(block.size):
        if not whole and after <= offset < block.size - before:
            if offset == after and after and before:
                yield None
            continue
        old, new = block.old + offset, block.new + offset
        yield DiffLine(" ", _shown(compared.old[old]), old + 1, new + 1)


def _hunk(lines: Sequence[DiffLine]) -> Hunk:
    old = [line.old for line in lines if line.old is not None]
    new = [line.new for line in lines if line.new is not None]
    sides = f"-{_range(old)} +{_range(new)}"
    return Hunk(header=f"@@ {sides} @@", lines=tuple(lines))


def _range(numbers: Sequence[int]) -> str:
    return f"{numbers[0]},{len(numbers)}" if numbers else "0,0"


def _capped(hunks: Iterator[Hunk]) -> tuple[tuple[Hunk, ...], bool]:
    """The hunks up to `_MOST_LINES` lines, and whether some are missing."""
    shown: list[Hunk] = []
    left = _MOST_LINES
    for hunk in hunks:
        if left <= 0:
            return tuple(shown), True
        shown.append(Hunk(header=hunk.header, lines=tuple(islice(hunk.lines, left))))
        left -= len(hunk.lines)
    return tuple(shown), left < 0
