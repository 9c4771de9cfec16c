"""The part of a failing test's output that helps whoever must mend the code."""

from __future__ import annotations

import re

from orchestrator.quality.running.output import plain

_PYTEST_FAILURES = re.compile(r"^=+ (?:FAILURES|ERRORS) =+\n", re.MULTILINE)
_PYTEST_NEXT = re.compile(r"^(?:_{3,} .* _{3,}|=+ .* =+)$", re.MULTILINE)
_PYTEST_SUMMARY = re.compile(r"^=+ short test summary info =+\n", re.MULTILINE)
_UNITTEST = re.compile(r"^={20,}\n(?:FAIL|ERROR): ", re.MULTILINE)
_UNITTEST_NEXT = re.compile(r"^(?:={20,}|-{20,}\nRan )", re.MULTILINE)
_VITEST = re.compile(r"^\s*FAIL\s+\S.* > ", re.MULTILINE)
_JEST = re.compile(r"^\s*● .+ \u203a |^\s+● \S", re.MULTILINE)
_BLOCK_NEXT = re.compile(
    r"^(?:\s*FAIL\s+\S.* > |⎯{3,}.*\[\d+/\d+\]|\s*● |Test Suites:)", re.MULTILINE
)
_NODE = re.compile(r"^(?:not ok \d+|✖ )", re.MULTILINE)
_CARGO = re.compile(r"^(?:---- .* stdout ----|error(?:\[E\d+\])?: )", re.MULTILINE)
_GO = re.compile(r"^\s*--- FAIL: |^\S+\.go:\d+:\d+: ", re.MULTILINE)
_OTHER_BEGINNINGS = (_CARGO, _GO, _NODE)
_TAIL_LINES = 40
_CUT = "[...]"


def essence(output: str, budget: int) -> str:
    """The first failure and the closing summary, or else the last lines, within `budget`.

    Args:
        output: a test command's output.
        budget: characters.
    """
    text = plain(output).strip("\n")
    if len(text) <= budget:
        return text
    chosen = _pytest(text) or _first_block(text)
    if not chosen:
        chosen = "\n".join(text.split("\n")[-_TAIL_LINES:])
        return _end_of(chosen, budget)
    return shortened(chosen, budget)


def shortened(text: str, budget: int) -> str:
    """`text` without its middle when it is longer than `budget` characters."""
    if len(text) <= budget:
        return text
    room = max(budget - len(_CUT) - 2, 0)
    head = room // 3
    return f"{text[:head]}\n{_CUT}\n{text[len(text) - (room - head) :]}" if room else text[:budget]


def _pytest(text: str) -> str:
    begin = _PYTEST_FAILURES.search(text)
    if begin is None:
        return ""
    titled = _PYTEST_NEXT.search(text, begin.end())
    following = _PYTEST_NEXT.search(text, titled.end()) if titled else None
    failure = text[begin.end() : following.start() if following else len(text)]
    summary = _PYTEST_SUMMARY.search(text)
    return failure.rstrip() + ("\n" + text[summary.start() :] if summary else "")


def _first_block(text: str) -> str:
    for begins, ends in ((_UNITTEST, _UNITTEST_NEXT), (_VITEST, _BLOCK_NEXT), (_JEST, _BLOCK_NEXT)):
        if begin := begins.search(text):
            end = ends.search(text, begin.end())
            return text[begin.start() : end.start() if end else len(text)].rstrip()
    found = [match.start() for pattern in _OTHER_BEGINNINGS if (match := pattern.search(text))]
    return text[min(found) :] if found else ""


def _end_of(text: str, budget: int) -> str:
    return text if len(text) <= budget else text[len(text) - budget :]
