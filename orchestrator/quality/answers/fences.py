"""Fenced blocks: where they begin and end in an answer, and what is said about each."""

from __future__ import annotations

import re

import msgspec

from orchestrator.languages import Language, language_named
from orchestrator.quality.answers.naming import path_in_comment, path_in_heading, path_in_info

_FENCE = re.compile(r"^(?P<indent>[ \t]*)(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^\n]*?)[ \t]*$")
_DEEPEST = 3
"""A fence may be indented three columns against the one it closes (CommonMark 0.31, 4.5)."""


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """One fenced block."""

    text: str
    """The lines inside, each ended by LF, the fence's own indentation taken off."""
    info: str
    before: str
    """The last line of prose before the block."""
    path: str
    """The file it says it is; empty when it does not say."""
    closed: bool = True

    @property
    def label(self) -> str:
        """The first word after the fence, without punctuation."""
        return re.split(r"[\s:{,=]", self.info.lstrip("{ ."), maxsplit=1)[0]

    @property
    def language(self) -> Language | None:
        """The language the label names; None when there is no label or it names none."""
        return language_named(self.label)


class FenceLine(msgspec.Struct, frozen=True):
    """A line that begins or ends a block."""

    at: int
    """Index of the line."""
    indent: int
    fence: str
    info: str


def blocks_of(text: str, *, markdown: bool = False) -> tuple[Block, ...]:
    """The fenced blocks of `text` in order.

    Args:
        text: an answer with LF newlines.
        markdown: the wanted file is Markdown, so a block may hold further blocks of itself.
    """
    lines = _unglued(text.split("\n"))
    fences = fence_lines(lines)
    found: list[Block] = []
    first = 0
    previous_end = -1
    while first < len(fences):
        last = _closing(fences, first, nested=markdown and _wraps_markdown(fences[first]))
        found.append(_block(lines, fences[first], fences[last] if last else None, previous_end))
        previous_end = fences[last].at if last else len(lines)
        first = last + 1 if last else len(fences)
    return tuple(found)


def fence_lines(lines: list[str]) -> list[FenceLine]:
    """The lines that begin or end a block."""
    found = []
    for at, line in enumerate(lines):
        if "```" not in line and "~~~" not in line:
            continue
        match = _FENCE.match(line)
        if match and not (match["fence"][0] == "`" and "`" in match["info"]):
            indent = len(match["indent"].expandtabs(4))
            found.append(FenceLine(at, indent, match["fence"], match["info"]))
    return found


def _unglued(lines: list[str]) -> list[str]:
    """`lines` with a closing fence on a line of its own where a model put it behind the code."""
    if len(fence_lines(lines)) % 2 == 0:
        return lines
    glued = next((at for at, line in enumerate(lines) if _ends_with_fence(line)), None)
    if glued is None:
        return lines
    code = lines[glued].rstrip().removesuffix("```")
    return [*lines[:glued], code, "```", *lines[glued + 1 :]]


def _ends_with_fence(line: str) -> bool:
    line = line.rstrip()
    return line.endswith("```") and line.count("`") == len("```") and len(line.strip()) > len("```")


def _wraps_markdown(fence: FenceLine) -> bool:
    language = language_named(fence.info.split(" ")[0].split(":")[0])
    return not fence.info or (language is not None and language.name == "markdown")


def _closing(fences: list[FenceLine], first: int, *, nested: bool) -> int | None:
    """Index of the fence that closes the one at `first`; None when it stays open."""
    if nested and (last := _last_with_pairs_inside(fences, first)) is not None:
        return last
    depth = 0
    for at in range(first + 1, len(fences)):
        if not _belongs(fences[first], fences[at]):
            continue
        if fences[at].info:
            depth += 1
        elif depth:
            depth -= 1
        else:
            return at
    return None


def _last_with_pairs_inside(fences: list[FenceLine], first: int) -> int | None:
    """The last bare fence such that all between are whole blocks: a document with examples."""
    found, inner_open = None, False
    for at in range(first + 1, len(fences)):
        if not _belongs(fences[first], fences[at]):
            continue
        if fences[at].info:
            if inner_open:
                break
            inner_open = True
        elif inner_open:
            inner_open = False
        else:
            found = at
            # Taken as the end so far; a bare inner block would begin here too.
            inner_open = True
    return found


def _belongs(outer: FenceLine, other: FenceLine) -> bool:
    """True when `other` could close `outer` or open a block of the same kind inside it."""
    return (
        other.fence[0] == outer.fence[0]
        and len(other.fence) >= len(outer.fence)
        and other.indent <= outer.indent + _DEEPEST
    )


def _block(
    lines: list[str], opening: FenceLine, closing: FenceLine | None, previous_end: int
) -> Block:
    inside = lines[opening.at + 1 : closing.at if closing else len(lines)]
    inside = [_outdented(line, opening.indent) for line in inside]
    text = "".join(line + "\n" for line in inside)
    before = _last_prose(lines[previous_end + 1 : opening.at])
    path = path_in_info(opening.info) or path_in_heading(before) or path_in_comment(text)
    return Block(text=text, info=opening.info, before=before, path=path, closed=closing is not None)


def _outdented(line: str, columns: int) -> str:
    while columns and line[:1] in {" ", "\t"}:
        columns -= 1 if line[0] == " " else min(4, columns)
        line = line[1:]
    return line


def _last_prose(lines: list[str]) -> str:
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
