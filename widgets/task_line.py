"""How a row of the tree is drawn. Pure."""

from __future__ import annotations

from typing import Final

from rich.cells import cell_len

from orchestrator.state import Goal, Task
from orchestrator.text import Safe, safe_line
from orchestrator.values import TaskSpec
from widgets.glyphs import Face, glyphs
from widgets.line import Line, Role, Span, clip, pad, pad_left, span, spread
from widgets.standing import Standpoint
from widgets.wording import model_size, short_model

_WIDE: Final = 72
"""From so many cells on a row shows the model's name, and below only its size."""
_NARROW: Final = 56
"""Below so many cells a row does not tell the model."""
_ID: Final = 12
_GLYPH: Final = 3


def workspace_line(name: str, width: int, *, cursor: bool) -> Line:
    """The row of the workspace itself."""
    left = (_mark(cursor), span("≡ ", "quiet"), span(name or "workspace"))
    return spread(left, (span("all changes ", "quiet"),), width)


def goal_line(
    goal: Goal, point: Standpoint, width: int, *, folded: bool, cursor: bool, ascii_only: bool
) -> Line:
    """A goal's row: fold mark, text, and how far it is."""
    face = glyphs(ascii_only)[point.standing]
    left = (_mark(cursor), span("▸ " if folded else "▾ ", "quiet"), span(goal.text, "strong"))
    return spread(left, (*_words(point, face), span(" ")), width)


def draft_line(spec: TaskSpec, width: int, *, cursor: bool, ascii_only: bool) -> Line:
    """A row of a plan that is not accepted: all of it quiet."""
    face = glyphs(ascii_only)["draft"]
    left = _start(face, spec, "quiet", indent=2, cursor=cursor)
    owner = span(f"for {spec.owner} ", "quiet") if spec.owner else span("")
    return spread(left, (owner, span("draft ", "quiet")), width)


def task_line(task: Task, point: Standpoint, width: int, *, cursor: bool, ascii_only: bool) -> Line:
    """A task's row: glyph, id, description, model, number of the try, standing."""
    face = glyphs(ascii_only)[point.standing]
    role: Role = "quiet" if task.status == "rejected" else ""
    left = _start(face, task.spec, role, indent=2 if task.goal_id else 0, cursor=cursor)
    return spread(left, (*_model(task, width), *_words(point, face, width), span(" ")), width)


def _mark(cursor: bool) -> Span:  # noqa: FBT001 - it is what it marks
    return span("▸ " if cursor else "  ", "accent")


def _start(face: Face, spec: TaskSpec, role: Role, *, indent: int, cursor: bool) -> Line:
    name = clip(safe_line(spec.task_id), _ID)
    return (
        _mark(cursor),
        span(" " * indent),
        Span(pad(safe_line(face.glyph), _GLYPH), face.role),
        Span(Safe(f"{name} "), "quiet"),
        span(spec.description, role),
    )


def _words(point: Standpoint, face: Face, width: int = 0) -> Line:
    """The standing in words, in a column of its own where there is room."""
    words = safe_line(f"{point.remark or face.word} {point.elapsed}".rstrip())
    column = 0 if width < _NARROW else 16
    return (Span(pad_left(words, max(column, cell_len(words))), face.role),)


def _model(task: Task, width: int) -> Line:
    last = task.last
    if last is None or width < _NARROW:
        return ()
    name = short_model(last.route.model) if width >= _WIDE else model_size(last.route.model)
    return (Span(pad_left(safe_line(name), 12 if width >= _WIDE else 5), "quiet"),)
