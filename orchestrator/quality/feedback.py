"""Evidence from a test run, and what the next attempt is told about what failed."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.languages import is_test_file
from orchestrator.quality.essence import essence, shortened
from orchestrator.quality.running.judging import TestRun
from orchestrator.values import Evidence, TaskSpec

_DETAIL_CHARACTERS = 6000
_FEEDBACK_CHARACTERS = 2400
_HEADINGS = {
    "syntax": "The file does not parse",
    "contract": "The change is too big or in the wrong place",
    "imports": "An import leads nowhere",
    "constraints": "A constraint is broken",
    "tests": "The tests fail",
    "review": "A reviewer objects",
}


def evidence_of_tests(run: TestRun, content_hash: str, spec: TaskSpec) -> Evidence:
    """The test run as evidence about the content it ran on.

    A task that writes tests has failed when none ran; any other has only proved nothing.
    """
    passed = run.passed
    if passed is None and is_test_file(spec.output_file):
        passed = False
    return Evidence(
        kind="tests",
        passed=passed,
        summary=run.summary,
        detail=essence(run.output, _DETAIL_CHARACTERS),
        content_hash=content_hash,
        seconds=run.seconds,
    )


def evidence_without_tests(content_hash: str) -> Evidence:
    """A task without a test command."""
    return Evidence(kind="tests", passed=None, summary="no tests", content_hash=content_hash)


def feedback_for(evidence: Iterable[Evidence], budget: int = _FEEDBACK_CHARACTERS) -> str:
    """What went wrong, for the model that tries again; "" when nothing did.

    Args:
        evidence: all that is known of the last attempt.
        budget: characters at most.
    """
    failed = [one for one in evidence if one.passed is False]
    if not failed:
        return ""
    share = budget // len(failed)
    return "\n\n".join(_told(one, share - 2) for one in failed)[:budget]


def _told(one: Evidence, budget: int) -> str:
    if one.kind == "response":
        return shortened(one.detail or one.summary, budget)
    heading = f"{_HEADINGS[one.kind]}: {one.summary}"
    room = budget - len(heading) - 1
    if not one.detail or room <= 0:
        return shortened(heading, budget)
    detail = essence(one.detail, room) if one.kind == "tests" else shortened(one.detail, room)
    return f"{heading}\n{detail}"
