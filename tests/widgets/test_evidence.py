"""Proven means: tests ran on it and nothing failed."""

import pytest

from orchestrator.values import Evidence
from tests.widgets.samples import BROKEN, NO_TESTS, SYNTAX, TESTS
from widgets.evidence import short_verdict, verdict_line


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        ((TESTS, SYNTAX), "proven: 6/6 tests, syntax"),
        ((SYNTAX, NO_TESTS), "unproven: no tests"),
        ((SYNTAX,), "unproven: syntax"),
        ((), "unproven: nothing was checked"),
        ((SYNTAX, BROKEN), "failed: 4/6 tests"),
        ((TESTS, Evidence(kind="contract", passed=False, summary="")), "failed: contract"),
    ],
)
def test_the_line_says_what_is_known(evidence: tuple[Evidence, ...], words: str) -> None:
    assert "".join(part.text for part in verdict_line(evidence)) == words


def test_only_proven_looks_good() -> None:
    assert verdict_line((TESTS,))[0].role == "good"
    assert verdict_line((SYNTAX,))[0].role == "attention"
    assert verdict_line((BROKEN, TESTS))[0].role == "danger"


def test_the_short_form_prefers_what_the_tests_said() -> None:
    assert short_verdict((SYNTAX, TESTS)) == ("6/6 tests", "good")
    assert short_verdict((BROKEN,)) == ("4/6 tests", "danger")
    assert short_verdict((SYNTAX, NO_TESTS)) == ("unproven", "attention")
