"""What the evidence says, in one line: proven, failed, or unproven, and by what. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.values import Evidence
from widgets.line import Line, Role, span


def verdict_line(evidence: Iterable[Evidence]) -> Line:
    """One of "proven: 6/6 tests, syntax", "failed: 4/6 tests", or "unproven: no tests".

    Proven is only what tests ran on and no check failed.
    """
    items = tuple(evidence)
    word, role = _judged(items)
    if word == "failed":
        named = [item for item in items if item.passed is False]
    elif word == "unproven":
        named = [item for item in items if item.passed is None] or list(items)
    else:
        named = [item for item in items if item.passed]
    named.sort(key=lambda item: item.kind != "tests")  # what matters most is never cut off
    said = ", ".join(item.summary or item.kind for item in named) or "nothing was checked"
    return (span(f"{word}: ", role), span(said))


def short_verdict(evidence: Iterable[Evidence]) -> tuple[str, Role]:
    """The shortest form: what the tests said, else the bare word."""
    items = tuple(evidence)
    word, role = _judged(items)
    tests = [item.summary for item in items if item.kind == "tests" and item.passed is not None]
    return (tests[-1] if tests and word != "unproven" else word), role


def _judged(items: tuple[Evidence, ...]) -> tuple[str, Role]:
    if any(item.passed is False for item in items):
        return "failed", "danger"
    if any(item.kind == "tests" and item.passed for item in items):
        return "proven", "good"
    return "unproven", "attention"
