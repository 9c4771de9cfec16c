"""From evidence to what happens next."""

from __future__ import annotations

from typing import Literal

import pytest

from orchestrator.quality.answers.problems import ResponseProblem
from orchestrator.quality.decision import decide, decide_on_problem
from orchestrator.values import Evidence, Owner, Verdict
from tests.quality.limits import Attempts

HASH = "a" * 64
Kind = Literal["response", "syntax", "contract", "imports", "constraints", "tests", "review"]


Passed = bool | None


def ev(kind: Kind, passed: Passed, summary: str = "s", content_hash: str = HASH) -> Evidence:
    return Evidence(kind=kind, passed=passed, summary=summary, content_hash=content_hash)


GOOD = (ev("syntax", True), ev("contract", True), ev("imports", True))
PASSED = ev("tests", True, "6/6 tests")
FAILED = ev("tests", False, "4/6 tests")


def decided(
    *evidence: Evidence,
    attempt: int = 1,
    owner: Owner = "local",
    limits: Attempts | None = None,
    claude: bool = True,
) -> Verdict:
    return decide(
        evidence,
        content_hash=HASH,
        attempt_number=attempt,
        owner=owner,
        limits=limits or Attempts(),
        claude_there=claude,
    )


def test_all_passed_with_tests_is_proven() -> None:
    verdict = decided(*GOOD, PASSED)
    assert (verdict.action, verdict.proven) == ("propose", True)
    assert verdict.reason == "Proven: 6/6 tests passed."


@pytest.mark.parametrize(
    ("evidence", "reason"),
    [
        (GOOD, "Not proven: no tests."),
        ((*GOOD, ev("tests", None, "no tests")), "Not proven: no tests."),
        ((*GOOD, ev("tests", None, "no tests ran")), "Not proven: no tests ran."),
        ((), "Not proven: no tests."),
        (
            (*GOOD, PASSED, ev("review", False, "slow for long texts.")),
            "Not proven: 6/6 tests, but the reviewer objects: slow for long texts.",
        ),
    ],
)
def test_without_tests_or_against_a_review_it_is_not_proven(
    evidence: tuple[Evidence, ...], reason: str
) -> None:
    verdict = decided(*evidence)
    assert (verdict.action, verdict.proven, verdict.reason) == ("propose", False, reason)


@pytest.mark.parametrize("opinion", [True, None])
def test_a_reviewer_who_does_not_object_changes_nothing(*, opinion: Passed) -> None:
    assert decided(*GOOD, PASSED, ev("review", opinion, "fine")).proven is True


def test_a_reviewer_alone_never_sends_it_back() -> None:
    assert decided(*GOOD, ev("review", False, "ugly")).action == "propose"


def test_tests_of_another_content_prove_nothing() -> None:
    other = ev("tests", True, "6/6 tests", content_hash="b" * 64)
    assert decided(*GOOD, other).proven is False


def test_a_failure_of_another_content_is_not_held_against_this_one() -> None:
    other = ev("tests", False, "0/6 tests", content_hash="b" * 64)
    assert decided(*GOOD, other, PASSED).proven is True


def test_unknown_findings_do_not_hinder() -> None:
    assert decided(ev("syntax", None), ev("imports", None), PASSED).proven is True


@pytest.mark.parametrize("kind", ["syntax", "contract", "imports", "constraints", "tests"])
def test_any_failing_check_is_tried_again(kind: Kind) -> None:
    assert decided(PASSED, ev(kind, False)).action == "retry"


@pytest.mark.parametrize(
    ("attempt", "owner", "limits", "claude", "action"),
    [
        (1, "local", Attempts(), True, "retry"),
        (2, "local", Attempts(), True, "escalate"),
        (3, "local", Attempts(), True, "escalate"),
        (2, "local", Attempts(), False, "ask"),
        (1, "local", Attempts(), False, "retry"),
        (1, "local", Attempts(local=1), True, "escalate"),
        (1, "local", Attempts(local=1), False, "ask"),
        (2, "local", Attempts(local=3), True, "retry"),
        (1, "claude", Attempts(), True, "retry"),
        (2, "claude", Attempts(), True, "ask"),
        (1, "claude", Attempts(claude=1), True, "ask"),
        (2, "claude", Attempts(claude=1), True, "ask"),
        (1, "local", Attempts(local=0), True, "escalate"),
    ],
)
def test_a_failure_goes_from_retry_to_claude_to_a_person(
    *, attempt: int, owner: Owner, limits: Attempts, claude: bool, action: str
) -> None:
    verdict = decided(*GOOD, FAILED, attempt=attempt, owner=owner, limits=limits, claude=claude)
    assert (verdict.action, verdict.proven) == (action, False)


@pytest.mark.parametrize("owner", ["local", "claude"])
@pytest.mark.parametrize("claude", [True, False])
def test_no_endless_loop(*, owner: Owner, claude: bool) -> None:
    actions = [decided(FAILED, attempt=n, owner=owner, claude=claude).action for n in range(1, 9)]
    assert actions[0] == "retry"
    assert "retry" not in actions[1:]


def test_a_reason_is_one_line_that_names_what_failed() -> None:
    verdict = decided(ev("syntax", False, "syntax error,\nline 3"), FAILED)
    assert verdict.reason == (
        "It does not parse (syntax error, line 3); the tests fail (4/6 tests). "
        "It is tried once more, after attempt 1 of 2."
    )


@pytest.mark.parametrize(
    ("owner", "why"),
    [("local", "there is no Claude to take over"), ("claude", "Claude has no attempt left")],
)
def test_a_question_to_a_person_says_why(owner: Owner, why: str) -> None:
    reason = decided(FAILED, attempt=2, owner=owner, claude=False).reason
    assert reason.endswith(f"That was attempt 2 of 2 and {why}: you decide.")


def test_an_escalation_says_who_takes_over() -> None:
    assert decided(FAILED, attempt=2).reason.endswith("That was attempt 2 of 2: Claude takes over.")


# --- answers that give no file ---------------------------------------------------------------


def problem(kind: str) -> ResponseProblem:
    return ResponseProblem(kind=kind, message="The model refused.", feedback="f")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "kind", ["empty", "refused", "cut", "not_code", "placeholder", "wrong_file"]
)
def test_an_unusable_answer_is_asked_for_once_more_then_goes_to_claude(kind: str) -> None:
    actions = [
        decide_on_problem(
            problem(kind), attempt_number=n, owner="local", limits=Attempts(), claude_there=True
        ).action
        for n in (1, 2)
    ]
    assert actions == ["retry", "escalate"]


def test_a_second_refusal_is_not_asked_a_third_time() -> None:
    verdict = decide_on_problem(
        problem("refused"),
        attempt_number=2,
        owner="local",
        limits=Attempts(local=5),
        claude_there=True,
        refused_before=True,
    )
    assert verdict.action == "escalate"


def test_claudes_second_refusal_is_shown_to_a_person() -> None:
    verdict = decide_on_problem(
        problem("refused"),
        attempt_number=2,
        owner="claude",
        limits=Attempts(claude=5),
        claude_there=True,
        refused_before=True,
    )
    assert verdict.action == "ask"
    assert verdict.reason.startswith("The model refused.")
