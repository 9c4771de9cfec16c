"""How a row of a diff is drawn. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from orchestrator.text import Safe, safe_line
from orchestrator.values import DiffLine, Evidence, FileDiff
from widgets.diff_rows import Row
from widgets.evidence import verdict_line
from widgets.line import Line, Role, Span, clip, fit, slide, span, spread, width_of

_ROLES: Final[dict[str, Role]] = {"+": "added", "-": "removed", " ": ""}
_TAB: Final = "    "
_SHOWN_TAB: Final = "→   "

_SOURCES: Final = {
    "stage": "being written",
    "candidate": "proposed, not applied",
    "applied": "applied",
    "workspace": "since the session began",
}


def row_line(
    row: Row, files: Sequence[FileDiff], width: int, *, left: int, digits: int, current: bool
) -> Line:
    """A row in at most `width` cells, its code scrolled `left` cells to the side.

    Args:
        row: what to draw.
        files: the files of the diff.
        width: cells there are.
        left: cells of code that are scrolled away.
        digits: width of the greatest line number.
        current: True for the head of the current hunk or file.
    """
    if row.kind == "line" and row.line:
        return _code(row, row.line, width, left, digits)
    if row.kind == "flag":
        return fit((span(" " * (2 * digits + 2)), span(f"⚠ {row.text}", "danger")), width)
    if row.kind == "file":
        return _file(files[row.file], width, current=current)
    if row.kind == "hunk":
        return _hunk(row.text, width, current=current)
    if row.kind == "failed":
        return fit((span(f" ✗ {row.text}", "danger"),), width)
    return fit((span(f"   {row.text}", "quiet"),), width)


def _code(row: Row, line: DiffLine, width: int, left: int, digits: int) -> Line:
    role = _ROLES[line.kind]
    gutter = f"{_number(line.old, digits)} {_number(line.new, digits)} "
    head: Line = (Span(Safe(gutter), "quiet"), Span(Safe(f"{line.kind} "), role))
    text = slide(_shown(row), left, width - width_of(head))
    return fit((*head, Span(text, role)), width)


def gutter_width(digits: int) -> int:
    """Cells left of the code: two numbers of so many digits, and the sign."""
    return 2 * digits + 4


def shown_width(row: Row) -> int:
    """Cells the code of a row takes when nothing is cut."""
    return width_of((Span(_shown(row)),)) if row.line else 0


def _shown(row: Row) -> Safe:
    text = row.text
    if row.spaces:
        kept = text.rstrip()
        text = kept + "·" * (len(text) - len(kept))
    return safe_line(text.replace("\t", _SHOWN_TAB if row.spaces else _TAB))


def _number(number: int | None, digits: int) -> str:
    return f"{'' if number is None else number:>{digits}}"


def _file(file: FileDiff, width: int, *, current: bool) -> Line:
    left = (_mark(current), span(file.path, "strong"))
    return spread(left, (span(f"{file.status} "), *tally(file.added, file.removed)), width)


def _hunk(header: str, width: int, *, current: bool) -> Line:
    text = clip(safe_line(header), width - 2)
    role: Role = "accent" if current else "quiet"
    return (_mark(current), Span(text, role))


def _mark(current: bool) -> Span:  # noqa: FBT001 - it is what it marks
    return span("▸ " if current else "  ", "accent")


def tally(added: int, removed: int) -> Line:
    """Lines added and removed, in their colours: "+14 -2"."""
    return (span(f"+{added:,} ", "added"), span(f"-{removed:,} ", "removed"))


def status_line(words: str, width: int, *, extra: Line = ()) -> Line:
    """The rule at the foot of the diff, with where one is at its right end."""
    said = (*extra, span(f" {words} ", "quiet"))
    room = max(0, width - width_of(said) - 2)
    return fit((span("─" * room, "quiet"), *said, span("──", "quiet")), width)


def head_line(evidence: Iterable[Evidence], source: str, width: int) -> Line:
    """The line on top: what speaks for the change, and whether it is applied.

    The workspace's own changes are nobody's candidate: nothing is judged there.
    """
    judged = (span("all changes"),) if source == "workspace" else verdict_line(evidence)
    state = _SOURCES.get(source, source)
    return spread((span(" "), *judged), (span(f"{state} ", "quiet"),), width)
