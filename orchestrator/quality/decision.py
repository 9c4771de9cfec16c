"""DecisionEngine: from evidence to what happens next, with one readable reason. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from orchestrator.quality.answers.problems import ResponseProblem
from orchestrator.values import Evidence, Owner, Verdict

_FAILURES = {
    "response": "the answer can't be used",
    "syntax": "it does not parse",
    "contract": "it breaks the contract",
    "imports": "an import leads nowhere",
    "constraints": "it breaks a constraint",
    "tests": "the tests fail",
}


class AttemptLimits(Protocol):
    """How many attempts each owner has at a task."""

    @property
    def local(self) -> int:
        """Of local models."""
        ...

    @property
    def claude(self) -> int:
        """Of Claude."""
        ...


def decide(
    evidence: Iterable[Evidence],
    *,
    content_hash: str,
    attempt_number: int,
    owner: Owner,
    limits: AttemptLimits,
    claude_there: bool,
) -> Verdict:
    """What follows from what is known about a candidate.

    Only evidence about exactly this content counts. A review is an opinion: it never retries a
    task, but a candidate that a reviewer objects to is not proven.

    Args:
        evidence: the checks' findings.
        content_hash: sha256 of the candidate's content.
        attempt_number: of this owner since the last decision of a person, from 1.
        owner: who wrote it.
        limits: attempts allowed.
        claude_there: Claude could take over.
    """
    about = [one for one in evidence if one.content_hash == content_hash]
    failed = [one for one in about if one.passed is False and one.kind != "review"]
    if failed:
        reason = _sentence("; ".join(f"{_FAILURES[one.kind]} ({one.summary})" for one in failed))
        return _again(reason, attempt_number, owner, limits, claude_there=claude_there)
    return _propose(about)


def decide_on_problem(
    problem: ResponseProblem,
    *,
    attempt_number: int,
    owner: Owner,
    limits: AttemptLimits,
    claude_there: bool,
    refused_before: bool = False,
) -> Verdict:
    """What follows from an answer that gives no file.

    A refusal is worth one more try in other words (requirement X2), not a second one.

    Args:
        problem: what is wrong with the answer.
        attempt_number: of this owner since the last decision of a person, from 1.
        owner: who was asked.
        limits: attempts allowed.
        claude_there: Claude could take over.
        refused_before: this owner's attempt before was refused too.
    """
    if problem.kind == "refused" and refused_before:
        attempt_number = max(attempt_number, _most(owner, limits))
    return _again(problem.message, attempt_number, owner, limits, claude_there=claude_there)


def _again(
    reason: str, attempt_number: int, owner: Owner, limits: AttemptLimits, *, claude_there: bool
) -> Verdict:
    """One more attempt while there are any, then Claude, then a person."""
    most = _most(owner, limits)
    tried = f"attempt {attempt_number} of {most}"
    if attempt_number < most:
        return Verdict(action="retry", reason=f"{reason} It is tried once more, after {tried}.")
    if owner == "local" and claude_there:
        return Verdict(action="escalate", reason=f"{reason} That was {tried}: Claude takes over.")
    why = "there is no Claude to take over" if owner == "local" else "Claude has no attempt left"
    return Verdict(action="ask", reason=f"{reason} That was {tried} and {why}: you decide.")


def _propose(about: list[Evidence]) -> Verdict:
    tests = [one for one in about if one.kind == "tests"]
    objections = [one.summary for one in about if one.kind == "review" and one.passed is False]
    shown = ", ".join(one.summary for one in tests) or "no tests"
    if not tests or not all(one.passed for one in tests):
        return Verdict(action="propose", reason=f"Not proven: {shown}.")
    if objections:
        reason = f"Not proven: {shown}, but the reviewer objects: {'; '.join(objections)}"
        return Verdict(action="propose", reason=_sentence(reason))
    return Verdict(action="propose", reason=f"Proven: {shown} passed.", proven=True)


def _most(owner: Owner, limits: AttemptLimits) -> int:
    return limits.local if owner == "local" else limits.claude


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text[:1].upper() + text[1:].rstrip(".") + "."
