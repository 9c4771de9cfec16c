"""What the next attempt is told: the first failure, within a budget."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.quality.essence import essence, shortened
from orchestrator.quality.feedback import evidence_of_tests, evidence_without_tests, feedback_for
from orchestrator.quality.running.counts import Counts
from orchestrator.quality.running.judging import TestRun
from orchestrator.values import Evidence, TaskSpec

NOISE = "collecting ...\n" * 200
PYTEST = f"""{NOISE}
=================================== FAILURES ===================================
______________________________ test_first ______________________________________

    def test_first():
>       assert slugify("a b") == "a-b"
E       AssertionError: assert 'a b' == 'a-b'

test_slug.py:4: AssertionError
______________________________ test_second _____________________________________
{NOISE}
=========================== short test summary info ============================
FAILED test_slug.py::test_first - AssertionError
FAILED test_slug.py::test_second - AssertionError
2 failed, 4 passed in 0.10s
"""
UNITTEST = f"""{NOISE}
======================================================================
FAIL: test_first (test_slug.T.test_first)
----------------------------------------------------------------------
AssertionError: 'a b' != 'a-b'
======================================================================
FAIL: test_second (test_slug.T.test_second)
{NOISE}
----------------------------------------------------------------------
Ran 6 tests in 0.001s
"""
VITEST = f"""{NOISE}
 FAIL  slug.test.js > test_first
AssertionError: expected 'a b' to be 'a-b'
 FAIL  slug.test.js > test_second
{NOISE}
"""
CARGO = f"{NOISE}\nerror[E0308]: mismatched types\n --> src/lib.rs:2:5 test_first 'a-b'\n"
GO = f"{NOISE}\n--- FAIL: test_first (0.00s)\n    a_test.go:5: want 'a-b'\n"
NODE = f"{NOISE}\nnot ok 1 - test_first\n  error: 'a-b'\n"


@pytest.mark.parametrize("output", [PYTEST, UNITTEST, VITEST, CARGO, GO, NODE])
def test_the_first_failure_is_found_in_the_noise(output: str) -> None:
    kept = essence(output, 600)
    assert len(kept) <= 600
    assert "test_first" in kept
    assert "a-b" in kept
    assert kept.count("collecting") < 5


def test_pytests_list_of_failures_is_kept_too() -> None:
    assert "FAILED test_slug.py::test_second" in essence(PYTEST, 900)


def test_of_other_output_the_end_is_kept() -> None:
    kept = essence("\n".join(f"line {n}" for n in range(1000)), 200)
    assert kept.endswith("line 998\nline 999")
    assert len(kept) <= 200


def test_short_output_is_kept_as_it_is() -> None:
    assert essence("\x1b[31mboom\x1b[0m\n", 100) == "boom"


@given(st.text(max_size=500), st.integers(min_value=1, max_value=300))
def test_the_budget_holds_for_any_output(text: str, budget: int) -> None:
    assert len(essence(text, budget)) <= budget


@pytest.mark.parametrize(
    ("text", "budget", "kept"),
    [
        ("abcdefghij", 10, "abcdefghij"),
        ("a" * 20 + "b" * 20, 16, "aaa\n[...]\nbbbbbb"),
        ("abcdefghij", 7, "abcdefg"),
        ("abcdefghij", 3, "abc"),
    ],
)
def test_of_a_long_text_the_middle_is_cut(text: str, budget: int, kept: str) -> None:
    assert shortened(text, budget) == kept


# --- evidence and feedback -------------------------------------------------------------------

SPEC = TaskSpec(task_id="T-1", description="d", output_file="src/slug.py")
TESTS = TaskSpec(task_id="T-1", description="d", output_file="tests/test_slug.py")


Passed = bool | None


def run(passed: Passed, output: str = "out") -> TestRun:
    return TestRun(
        exit_code=0, passed=passed, summary="6/6 tests", output=output, seconds=1.5, counts=Counts()
    )


@pytest.mark.parametrize("passed", [True, False, None])
def test_a_run_is_evidence_about_the_content_it_ran_on(*, passed: bool | None) -> None:
    evidence = evidence_of_tests(run(passed), "abc", SPEC)
    assert (evidence.kind, evidence.passed, evidence.content_hash) == ("tests", passed, "abc")
    assert (evidence.summary, evidence.seconds) == ("6/6 tests", 1.5)


def test_a_task_that_writes_tests_fails_when_none_ran() -> None:
    assert evidence_of_tests(run(None), "abc", TESTS).passed is False


def test_no_test_command_is_no_proof() -> None:
    evidence = evidence_without_tests("abc")
    assert (evidence.passed, evidence.summary) == (None, "no tests")


def failing(kind: str, summary: str, detail: str = "") -> Evidence:
    return Evidence(kind=kind, passed=False, summary=summary, detail=detail)  # type: ignore[arg-type]


def test_nothing_failed_says_nothing() -> None:
    passed = Evidence(kind="syntax", passed=True, summary="parses")
    unknown = Evidence(kind="imports", passed=None, summary="not known", detail="secret")
    assert feedback_for([passed, unknown]) == ""


def test_every_failure_is_told() -> None:
    told = feedback_for(
        [failing("syntax", "line 3", "line 3: invalid"), failing("tests", "4/6 tests", PYTEST)]
    )
    assert told.startswith(
        "The file does not parse: line 3\nline 3: invalid\n\nThe tests fail: 4/6"
    )
    assert "'a b' == 'a-b'" in told


def test_a_failure_without_details_is_told_by_its_summary() -> None:
    assert (
        feedback_for([failing("imports", "no module x")]) == "An import leads nowhere: no module x"
    )


def test_when_there_is_no_room_for_details_the_heading_stays() -> None:
    told = feedback_for([failing("syntax", "line 3", "d" * 100)], 36)
    assert told.startswith("The file does")
    assert "ddd" not in told


def test_an_unusable_answers_own_feedback_is_passed_on() -> None:
    assert feedback_for([failing("response", "The answer is empty.", "Write it.")]) == "Write it."


@given(st.integers(min_value=20, max_value=3000))
def test_feedback_keeps_its_budget(budget: int) -> None:
    evidence = [failing("syntax", "s" * 300, "d" * 3000), failing("tests", "4/6", PYTEST)]
    assert 0 < len(feedback_for(evidence, budget)) <= budget
