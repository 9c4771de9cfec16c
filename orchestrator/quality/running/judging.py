"""What a finished test command proves, and when it proves nothing."""

from __future__ import annotations

import re
import signal
from pathlib import Path
from typing import ClassVar

import msgspec

from orchestrator.errors import TestCommandError
from orchestrator.quality.running.counts import Counts, read_counts
from orchestrator.quality.running.output import plain
from orchestrator.quality.running.process import Report

_RUNNERS = re.compile(r"(?:^|/)(?:pytest|py\.test|unittest|vitest|jest|mocha|cargo|go)$")
_TESTS_NOTHING = frozenset(
    {":", "cat", "date", "echo", "env", "ls", "printf", "pwd", "sleep", "test", "true", "which"}
)
"""Programs that end well whatever the code is: that proves nothing."""
_RUNNER_WORDS = 3
"""`python -m pytest` names its runner within so many words."""
_MAY_MEAN_NO_TESTS = frozenset({0, 1, 4, 5})
"""Exit codes with which runners say so: pytest 5 and 4, unittest 0 and 5, vitest and jest 1."""
# The program ran, but not the test runner that it was to run.
_NOT_INSTALLED = (
    re.compile(r"^\S+: No module named (pytest|unittest|nose2?|tox)$", re.MULTILINE),
    re.compile(r"npx canceled due to missing packages[^\[\n]*\[\"([^\"]+?)(?:@[^@\"]+)?\""),
    re.compile(r"^sh: (?:line )?\d+: (\S+): (?:command )?not found$", re.MULTILINE),
)
_NO_SCRIPT = re.compile(r"Missing script: \"([^\"]+)\"")


class TestRun(msgspec.Struct, frozen=True, kw_only=True):
    """What running the test command came to."""

    __test__: ClassVar[bool] = False
    """Tells pytest that this is no test."""

    exit_code: int | None
    """Negative for a signal; None when it is not known."""
    passed: bool | None
    """None when the command ran no test."""
    summary: str
    """For a person: "6/6 tests", "timed out after 120 s"."""
    output: str
    """Standard output and error as they came, capped; text of strangers, escapes included."""
    seconds: float
    timed_out: bool = False
    counts: Counts | None = None
    left_behind: int = 0
    """Processes the command had left running; they were killed."""


def judged(argv: tuple[str, ...], report: Report, output: str, timeout_seconds: float) -> TestRun:
    """The run's meaning.

    Raises:
        TestCommandError: the program could not be started, or its test runner is not installed.
    """
    if report.error:
        message = f"{argv[0]!r} can't be started: {report.error}."
        raise TestCommandError(message, "A script needs a first line such as #!/bin/sh.")
    shown = plain(output)
    if report.exit_code:
        _refuse_missing_runner(shown)
    counts = read_counts(shown)
    passed = _passed(argv, report, counts)
    return TestRun(
        exit_code=report.exit_code,
        passed=passed,
        summary=_summary(report, counts, timeout_seconds, passed=passed),
        output=output,
        seconds=report.seconds,
        timed_out=report.ended_by == "time",
        counts=counts,
        left_behind=report.left_behind,
    )


def _refuse_missing_runner(output: str) -> None:
    for pattern in _NOT_INSTALLED:
        if match := pattern.search(output):
            raise TestCommandError(
                f"The test command needs {match[1]}, which is not installed.",
                f"Install {match[1]} in the workspace, or change the test command.",
            )
    if match := _NO_SCRIPT.search(output):
        raise TestCommandError(
            f"package.json has no script {match[1]!r}.", "Add it, or change the test command."
        )


def _passed(argv: tuple[str, ...], report: Report, counts: Counts | None) -> bool | None:
    if report.ended_by or report.exit_code is None:
        return False
    if counts is not None and not counts.ran:
        return None if report.exit_code in _MAY_MEAN_NO_TESTS else False
    if report.exit_code != 0 or (counts is not None and counts.failed):
        return False
    if Path(argv[0]).name in _TESTS_NOTHING:
        return None
    # A known runner that ends well without a word has run nothing: the code under test may have
    # ended the process.
    return None if counts is None and _is_known_runner(argv) else True


def _is_known_runner(argv: tuple[str, ...]) -> bool:
    return any(_RUNNERS.search(word) for word in argv[:_RUNNER_WORDS])


def _summary(
    report: Report, counts: Counts | None, timeout_seconds: float, *, passed: bool | None
) -> str:
    if report.ended_by == "time":
        return f"timed out after {timeout_seconds:g} s"
    if report.exit_code is None:
        return "tests ended without a result"
    if counts is not None and counts.ran:
        unexplained = report.exit_code and not counts.failed
        return f"{counts}, {exit_name(report.exit_code)}" if unexplained else str(counts)
    if counts is not None:
        skipped = f", {counts.skipped} skipped" if counts.skipped else ""
        ended = f", {exit_name(report.exit_code)}" if passed is False else ""
        return f"no tests ran{skipped}{ended}"
    return "no tests reported" if passed is None else exit_name(report.exit_code)


def exit_name(code: int) -> str:
    """What an exit code says; a negative one stands for a signal."""
    if code >= 0:
        return f"exit {code}"
    try:
        return f"ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"ended by signal {-code}"
