"""Differences of files, ready to be drawn."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from orchestrator.languages import language_of
from orchestrator.values import DiffLine, FileDiff, Hunk

_CONTEXT = 3
_MOST_LINES = 20_000
"""Lines of one side beyond which hunks are not computed: difflib's worst case is quadratic."""


def diff_files(
    before: Mapping[str, bytes | None], after: Mapping[str, bytes | None]
) -> tuple[FileDiff, ...]:
    """One `FileDiff` for each path of either side, in order of their names."""
    paths = sorted({*before, *after})
    return tuple(_diff(path, before.get(path), after.get(path)) for path in paths)


def _diff(path: str, old: bytes | None, new: bytes | None) -> FileDiff:
    language = language_of(path).name
    if old == new:
        return FileDiff(path=path, status="unchanged", language=language)
    status: Literal["added", "modified", "removed"] = (
        "added" if old is None else "removed" if new is None else "modified"
    )
    note = _why_not_shown(old or b"", new or b"")
    if note:
        return FileDiff(path=path, status=status, note=note, language=language)
    hunks = tuple(_hunks(_lines(old), _lines(new)))
    lines = [line for hunk in hunks for line in hunk.lines]
    return FileDiff(
        path=path,
        status=status,
        added=sum(line.kind == "+" for line in lines),
        removed=sum(line.kind == "-" for line in lines),
        hunks=hunks,
        language=language,
    )


def _why_not_shown(old: bytes, new: bytes) -> str:
    if b"\0" in old or b"\0" in new:
        return f"binary, {len(old):,} -> {len(new):,} bytes"
    if max(old.count(b"\n"), new.count(b"\n")) > _MOST_LINES:
        return f"too large to show, {len(old):,} -> {len(new):,} bytes"
    return ""


def _lines(data: bytes | None) -> list[str]:
    """Lines without their ends; a carriage return stays, and a missing last line end is told."""
    if not data:
        return []
    lines = data.decode("utf-8", "replace").split("\n")
    if lines[-1] == "":
        lines.pop()
        return lines
    lines[-1] += "  [no line end]"
    return lines


def _hunks(old: Sequence[str], new: Sequence[str]) -> Iterator[Hunk]:
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        lines = tuple(_group_lines(group, old, new))
        first, last = group[0], group[-1]
        header = f"@@ -{first[1] + 1},{last[2] - first[1]} +{first[3] + 1},{last[4] - first[3]} @@"
        yield Hunk(header=header, lines=lines)


def _group_lines(
    group: Sequence[tuple[str, int, int, int, int]], old: Sequence[str], new: Sequence[str]
) -> Iterator[DiffLine]:
    for tag, i1, i2, j1, j2 in group:
        if tag == "equal":
            for offset in range(i2 - i1):
                yield DiffLine(" ", old[i1 + offset], i1 + offset + 1, j1 + offset + 1)
            continue
        for number in range(i1, i2):
            yield DiffLine("-", old[number], number + 1, None)
        for number in range(j1, j2):
            yield DiffLine("+", new[number], None, number + 1)
