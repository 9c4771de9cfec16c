"""A run is a pass only when tests ran and the command ended well."""

from __future__ import annotations

import pytest

from orchestrator import errors
from orchestrator.quality.running.judging import judged
from orchestrator.quality.running.process import Report

PYTEST = ("python", "-m", "pytest")


def report(exit_code: int | None, ended_by: str = "") -> Report:
    ended = "time" if ended_by == "time" else ""
    return Report(pid=1, exit_code=exit_code, ended_by=ended, seconds=0.5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("argv", "exit_code", "output", "passed", "summary"),
    [
        (PYTEST, 0, "6 passed in 0.1s", True, "6/6 tests"),
        (PYTEST, 1, "1 failed, 5 passed in 0.1s", False, "5/6 tests"),
        (PYTEST, 5, "no tests ran in 0.1s", None, "no tests ran"),
        (PYTEST, 4, "no tests ran in 0.1s", None, "no tests ran"),
        (PYTEST, 3, "no tests ran in 0.1s", False, "no tests ran, exit 3"),
        (PYTEST, 2, "1 error in 0.1s", False, "0/1 test"),
        (PYTEST, 0, "3 skipped in 0.1s", None, "no tests ran, 3 skipped"),
        (PYTEST, 0, "", None, "no tests reported"),
        (PYTEST, 1, "6 passed in 0.1s", False, "6/6 tests, exit 1"),
        (("python", "-m", "unittest"), 0, "Ran 0 tests in 0.0s\n\nOK\n", None, "no tests ran"),
        (("npx", "vitest", "run"), 1, "No test files found, exiting", None, "no tests ran"),
        (("node_modules/.bin/jest",), 0, "", None, "no tests reported"),
        (("cargo", "test"), 101, "error[E0382]: moved", False, "exit 101"),
        (("./check.sh",), 0, "fine", True, "exit 0"),
        (("./check.sh",), 3, "bad", False, "exit 3"),
        (("./check.sh",), 0, "1 failed, 2 passed in 1s", False, "2/3 tests"),
        (("./check.sh",), -11, "", False, "ended by SIGSEGV"),
        (("./check.sh",), None, "", False, "tests ended without a result"),
    ],
)
def test_what_a_run_proves(
    *,
    argv: tuple[str, ...],
    exit_code: int | None,
    output: str,
    passed: bool | None,
    summary: str,
) -> None:
    run = judged(argv, report(exit_code), output, 120)
    assert (run.passed, run.summary) == (passed, summary)


def test_a_run_out_of_time_failed_whatever_it_said() -> None:
    run = judged(PYTEST, report(0, "time"), "6 passed in 0.1s", 2.5)
    assert (run.passed, run.timed_out, run.summary) == (False, True, "timed out after 2.5 s")


def test_colours_do_not_hide_the_counts() -> None:
    run = judged(PYTEST, report(0), "\x1b[32m\x1b[1m6 passed\x1b[0m in 0.1s", 120)
    assert run.counts is not None
    assert run.counts.passed == 6


@pytest.mark.parametrize(
    ("output", "name"),
    [
        ("/usr/bin/python3: No module named pytest\n", "pytest"),
        (
            'npm error npx canceled due to missing packages and no YES option: ["vitest@4.1.12"]\n',
            "vitest",
        ),
        ("> vitest run\n\nsh: 1: vitest: not found\n", "vitest"),
        ("sh: line 1: jest: command not found\n", "jest"),
        ('npm error Missing script: "test"\n', "test"),
    ],
)
def test_a_runner_that_is_not_installed_is_no_failure_of_the_code(output: str, name: str) -> None:
    with pytest.raises(errors.TestCommandError) as caught:
        judged(PYTEST, report(1), output, 120)
    assert name in caught.value.message
    assert caught.value.hint


def test_a_missing_module_of_the_code_is_a_failure_of_the_code() -> None:
    output = "ModuleNotFoundError: No module named 'pytest'\n1 error in 0.1s"
    assert judged(PYTEST, report(2), output, 120).passed is False
