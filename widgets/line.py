"""Lines as panes draw them: safe text in roles, cut and aligned by terminal cells. Pure.

A `Span` holds `Safe` text, so untrusted text cannot get into a line without passing the gate.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from rich.cells import cell_len, chop_cells, set_cell_size, split_text

from orchestrator.text import Safe, safe_line

Role = Literal["", "accent", "good", "attention", "danger", "quiet", "added", "removed", "strong"]
"""What a piece of text is, not how it looks. "" is the terminal's own foreground."""

ELLIPSIS: Final = "…"


class Span(NamedTuple):
    """A piece of a line in one role."""

    text: Safe
    role: Role = ""


Line = tuple[Span, ...]
"""One line of a pane, from left to right."""


def span(text: str, role: Role = "") -> Span:
    """Any text as a span: this is where it passes the gate."""
    return Span(safe_line(text), role)


def width_of(line: Line) -> int:
    """Terminal cells the line takes."""
    return sum(cell_len(part.text) for part in line)


def clip(text: Safe, width: int) -> Safe:
    """`text` in at most `width` cells, with an ellipsis when it was cut."""
    if cell_len(text) <= width:
        return text
    if width <= 0:
        return Safe("")
    return Safe(set_cell_size(text, width - 1).rstrip() + ELLIPSIS)


def pad(text: Safe, width: int) -> Safe:
    """`text` in exactly `width` cells, filled up on the right."""
    text = clip(text, width)
    return Safe(text + " " * (width - cell_len(text)))


def pad_left(text: Safe, width: int) -> Safe:
    """`text` in exactly `width` cells, filled up on the left."""
    text = clip(text, width)
    return Safe(" " * (width - cell_len(text)) + text)


def fit(line: Line, width: int) -> Line:
    """The line in at most `width` cells."""
    out: list[Span] = []
    for part in line:
        if width <= 0:
            break
        text = clip(part.text, width)
        out.append(Span(text, part.role))
        width = 0 if text != part.text else width - cell_len(text)
    return tuple(out)


def spread(left: Line, right: Line, width: int) -> Line:
    """`left` and `right` at the two ends of `width` cells; `left` is cut first."""
    right = fit(right, width)
    room = width - width_of(right)
    left = fit(left, room - 1 if right else room)
    gap = " " * (room - width_of(left))
    return (*left, Span(Safe(gap)), *right) if gap else (*left, *right)


def slide(text: Safe, start: int, width: int) -> Safe:
    """The window of `width` cells that begins at cell `start`; "«" and "»" mark what is cut."""
    size = cell_len(text)
    if start <= 0 and size <= width:
        return text
    if width < 2 or start >= size:  # noqa: PLR2004 - two marks need two cells
        return Safe("«"[:width] if size else "")
    if start > 0:
        text = Safe("«" + _from_cell(text, start + 1))
    if cell_len(text) > width:
        text = Safe(set_cell_size(text, width - 1) + "»")
    return text


def _from_cell(text: Safe, cell: int) -> str:
    return split_text(text, cell)[1] if cell < cell_len(text) else ""


def wrap_cells(text: Safe, width: int) -> list[Safe]:
    """`text` cut into pieces of at most `width` cells, nothing lost; at least one piece."""
    if width <= 0 or cell_len(text) <= width:
        return [text]
    return [Safe(piece) for piece in chop_cells(text, width)]


def wrap_words(text: Safe, width: int) -> list[Safe]:
    """`text` broken at spaces into lines of at most `width` cells; long words are cut."""
    lines: list[str] = []
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and cell_len(joined) <= width:
            lines[-1] = joined
        else:
            lines.append(word)
    return [clip(Safe(line), width) for line in lines]


def paragraph(text: str, width: int, role: Role = "", *, indent: int = 1) -> list[Line]:
    """Any text as lines broken at spaces, each `indent` cells from the edge."""
    margin = Span(Safe(" " * indent))
    lines = wrap_words(safe_line(text), max(1, width - indent))
    return [fit((margin, Span(line, role)), width) for line in lines]
