"""The lines of a diff, flat: what a reader can scroll through, and where hunks begin. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from orchestrator.values import DiffLine, Evidence, FileDiff, Hunk
from widgets.suspects import suspects

_DETAIL_LINES = 6


class Row(NamedTuple):
    """One line of the scrolled part.

    Attributes:
        kind: "failed" and "detail" tell of checks that failed, "file" and "note" of a file,
            "hunk" begins one, "line" is a line of it, "flag" warns about the line above.
        file: index of the file, -1 above the first.
        hunk: index of the hunk, counted over all files; of a line outside hunks the last one.
        text: what to show; of a line its own text.
        line: the line of the diff, for "line" and "flag".
        spaces: True when white space is all that changed, so it must be made visible.
    """

    kind: Literal["failed", "detail", "file", "note", "hunk", "line", "flag"]
    file: int
    hunk: int
    text: str
    line: DiffLine | None = None
    spaces: bool = False


class DiffRows(NamedTuple):
    """All rows, and where files and hunks begin among them."""

    rows: tuple[Row, ...] = ()
    hunks: tuple[int, ...] = ()
    files: tuple[int, ...] = ()
    flags: frozenset[int] = frozenset()
    """Indexes of rows that warn about an added line."""
    digits: int = 1
    """Width of the greatest line number."""


def diff_rows(files: Iterable[FileDiff], evidence: Iterable[Evidence]) -> DiffRows:
    """The rows of these files, below the checks that failed."""
    rows = list(_failures(evidence))
    hunk = -1
    for index, file in enumerate(files):
        rows.append(Row("file", index, hunk, file.path))
        if file.note or not file.hunks:
            rows.append(Row("note", index, hunk, file.note or _why_empty(file)))
        for part in file.hunks:
            hunk += 1
            rows.append(Row("hunk", index, hunk, part.header))
            rows.extend(_lines(part, index, hunk))
    return _indexed(tuple(rows))


def _indexed(rows: tuple[Row, ...]) -> DiffRows:
    numbers = (max(r.line.old or 0, r.line.new or 0) for r in rows if r.line)
    return DiffRows(
        rows,
        hunks=tuple(i for i, row in enumerate(rows) if row.kind == "hunk"),
        files=tuple(i for i, row in enumerate(rows) if row.kind == "file"),
        flags=frozenset(
            i for i, row in enumerate(rows) if row.kind == "flag" and row.line and row.line.new
        ),
        digits=len(str(max(numbers, default=1))),
    )


def _why_empty(file: FileDiff) -> str:
    return (
        "no lines differ" if file.status in {"modified", "unchanged"} else f"{file.status}, empty"
    )


def _failures(evidence: Iterable[Evidence]) -> Iterator[Row]:
    for item in evidence:
        if item.passed is not False:
            continue
        yield Row("failed", -1, -1, f"{item.kind}: {item.summary}")
        lines = item.detail.strip("\n").split("\n") if item.detail.strip() else []
        # Test runners say last what matters most.
        if len(lines) > _DETAIL_LINES:
            yield Row("detail", -1, -1, f"({len(lines) - _DETAIL_LINES:,} lines above these)")
        yield from (Row("detail", -1, -1, line) for line in lines[-_DETAIL_LINES:])


def _lines(part: Hunk, file: int, hunk: int) -> Iterator[Row]:
    respaced = _squeezed(part, "-") & _squeezed(part, "+")
    for line in part.lines:
        spaces = line.kind != " " and "".join(line.text.split()) in respaced
        yield Row("line", file, hunk, line.text, line, spaces)
        if found := suspects(line.text):
            yield Row("flag", file, hunk, "; ".join(found), line)


def _squeezed(part: Hunk, kind: str) -> set[str]:
    """The lines of one kind without any white space."""
    return {"".join(line.text.split()) for line in part.lines if line.kind == kind}
