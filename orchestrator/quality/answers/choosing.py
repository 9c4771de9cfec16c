"""Which of an answer's fenced blocks is the wanted file."""

from __future__ import annotations

import re

import msgspec

from orchestrator.languages import Language, is_test_file, suits
from orchestrator.quality.answers.fences import Block
from orchestrator.quality.answers.naming import same_file

_ASIDE = re.compile(
    r"\b(?:usage|example|examples|tests?|testing|run|running|install|installation|output|prints?"
    r"|try it|call it|before|old|original|instead of|alternative(?:ly)?"
    r"|as it is|last answer|previous|current)\b",
    re.IGNORECASE,
)
_WHOLE = re.compile(
    r"\b(?:complete|full|final|entire|whole|updated|corrected|fixed|all together|everything)\b",
    re.IGNORECASE,
)
_PART = re.compile(r"\b(?:part \d+|continued|continuation|continuing)\b|\(cont\.?\)", re.IGNORECASE)
_TEST_TEXT = re.compile(
    r"^(?:import pytest|import unittest|from unittest|\s*(?:describe|it|test)\(['\"`]|def test_)",
    re.MULTILINE,
)
_CONSOLES = frozenset({"console", "terminal", "output", "log", "shell-session", "session"})
_TRANSCRIPT = re.compile(r"^(?:\$ |>>> |> npm )", re.MULTILINE)


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """The block that is the file, or why none is."""

    blocks: tuple[Block, ...] = ()
    """Usually one; several when the answer gives the file in parts."""
    others: tuple[str, ...] = ()
    """Names of other files in the answer, which are left out."""


def choose(blocks: tuple[Block, ...], path: str, target: Language) -> Choice:
    """The block, or the parts, that give the file `path`; none when no block can be it.

    In this order: what names the file; the right language; whole rather than an aside; long.
    """
    named = [b for b in blocks if b.path and same_file(b.path, path)]
    others = tuple(dict.fromkeys(b.path for b in blocks if b.path and b not in named))
    candidates = named or [b for b in blocks if not b.path and _can_be(b, target)]
    candidates = [b for b in candidates if b.text.strip() or not b.closed] or candidates
    if not candidates:
        return Choice(others=others)
    if len(candidates) > 1 and all(_PART.search(f"{b.before} {b.info}") for b in candidates[1:]):
        return Choice(blocks=tuple(candidates), others=others)
    best = max(enumerate(candidates), key=lambda one: _rank(one[1], one[0], path, target))
    return Choice(blocks=(best[1],), others=others)


def _can_be(block: Block, target: Language) -> bool:
    return suits(block.language, target) > 0 and block.label.lower() not in _CONSOLES


def _rank(block: Block, position: int, path: str, target: Language) -> tuple[int, ...]:
    labelled = 1 if block.path else suits(block.language, target)
    return (
        not _is_aside(block, path),
        labelled,
        bool(_WHOLE.search(block.before)),
        len(block.text),
        position,
    )


def _is_aside(block: Block, path: str) -> bool:
    """True for a usage example, a test of the file, a transcript."""
    if _WHOLE.search(block.before):
        return False
    if _TRANSCRIPT.match(block.text):
        return True
    if is_test_file(path):
        return False
    return bool(_ASIDE.search(block.before) or _TEST_TEXT.search(block.text))
