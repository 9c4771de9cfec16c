"""Lines of code: not blank, not comment, and in Python not docstring."""

from __future__ import annotations

from collections import Counter

from orchestrator.quality.inspection.source import Source

_COMMENTS = {
    "rust": "[(line_comment) (block_comment)] @c",
    "java": "[(line_comment) (block_comment)] @c",
    "css": "[(comment) (js_comment)] @c",
    "python": "(comment) @c (expression_statement . (string) @c .)",
}
_COMMENT = "(comment) @c"


def code_lines(source: Source) -> list[str]:
    """The lines that hold code, stripped. Empty for prose and data, which have none."""
    if source.language.kind != "code":
        return []
    if source.tree is None:
        marks = source.language.comments
        stripped = (line.strip() for line in source.lines)
        return [line for line in stripped if line and not (marks and line.startswith(marks))]
    comments = source.nodes(_COMMENTS.get(source.language.name, _COMMENT))
    lines = [line.encode() for line in source.lines]
    for node in comments:
        _blank_out(lines, node.start_point, node.end_point)
    return [line.decode("utf-8", "replace").strip() for line in lines if line.strip()]


def added_lines(new: Source, old: Source | None) -> int:
    """How many code lines `new` has that `old` has not; a line that moved is not added."""
    before = Counter(code_lines(old)) if old is not None else Counter[str]()
    return (Counter(code_lines(new)) - before).total()


def _blank_out(lines: list[bytes], start: tuple[int, int], end: tuple[int, int]) -> None:
    """Replace a span, in rows and byte columns, by nothing that counts."""
    (first, begin), (last, stop) = start, end
    for row in range(first, min(last + 1, len(lines))):
        left = lines[row][:begin] if row == first else b""
        right = lines[row][stop:] if row == last else b""
        gap = len(lines[row]) - len(left) - len(right)
        lines[row] = left + b" " * gap + right
