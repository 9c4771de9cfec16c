"""What test runners print at the end, in their own words."""

from __future__ import annotations

import pytest

from orchestrator.quality.running.counts import Counts, read_counts

VITEST = """
 Test Files  1 failed (1)
      Tests  1 failed | 1 passed | 1 skipped (3)
   Start at  05:35:34
"""
JEST = """
Test Suites: 1 failed, 1 total
Tests:       1 failed, 1 skipped, 1 passed, 3 total
Snapshots:   0 total
"""
CARGO = """
running 2 tests
test a ... ok
test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s

   Doc-tests x
test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.2s
"""
NODE = "# tests 3\n# suites 0\n# pass 1\n# fail 1\n# cancelled 0\n# skipped 1\n# todo 0\n"

SEEN = [
    ("=== 1 failed, 5 passed, 1 skipped in 0.12s ===", Counts(passed=5, failed=1, skipped=1)),
    ("6 passed in 0.01s", Counts(passed=6)),
    ("6 passed, 2 warnings in 61.20s (0:01:01)", Counts(passed=6)),
    ("=========== 2 passed, 1 error in 1.00s ===========", Counts(passed=2, failed=1)),
    ("1 passed, 1 xfailed, 3 deselected in 0.02s", Counts(passed=2)),
    ("=== no tests ran in 0.46s ===", Counts()),
    ("3 deselected in 0.45s", Counts()),
    ("2 skipped in 0.01s", Counts(skipped=2)),
    ("Ran 6 tests in 0.001s\n\nOK\n", Counts(passed=6)),
    ("Ran 1 test in 0.1s\n\nFAILED (errors=1)\n", Counts(failed=1)),
    (
        "Ran 4 tests in 0.1s\n\nFAILED (failures=1, skipped=1)\n",
        Counts(passed=2, failed=1, skipped=1),
    ),
    ("Ran 2 tests in 0.1s\n\nOK (skipped=1, expected failures=1)\n", Counts(passed=1, skipped=1)),
    ("Ran 0 tests in 0.000s\n\nOK\n", Counts()),
    ("Ran 0 tests in 0.000s\n\nNO TESTS RAN\n", Counts()),
    (VITEST, Counts(passed=1, failed=1, skipped=1)),
    ("      Tests  6 passed (6)\n", Counts(passed=6)),
    ("No test files found, exiting with code 1\n", Counts()),
    (JEST, Counts(passed=1, failed=1, skipped=1)),
    ("No tests found, exiting with code 1\n", Counts()),
    (NODE, Counts(passed=1, failed=1, skipped=1)),
    (NODE.replace("#", "\u2139"), Counts(passed=1, failed=1, skipped=1)),
    ("# tests 0\n# pass 0\n# fail 0\n", Counts()),
    (CARGO, Counts(passed=3, failed=1, skipped=1)),
    ("test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured;", Counts()),
    (
        "=== RUN   TestA\n--- PASS: TestA (0.00s)\n    --- FAIL: TestA/b (0.00s)\nFAIL\n",
        Counts(passed=1, failed=1),
    ),
    (
        "ok  \texample.com/a\t0.003s\nok  \texample.com/b\t(cached)\n",
        Counts(passed=2, unit="package"),
    ),
    (
        "--- FAIL: TestA (0.00s)\nFAIL\nFAIL\texample.com/a\t0.003s\n",
        Counts(failed=1, unit="package"),
    ),
    ("?   \texample.com/a\t[no test files]\n", Counts(unit="package")),
    ("ok  \texample.com/a\t0.003s [no tests to run]\n", Counts(unit="package")),
    ("FAIL\texample.com/a [build failed]\n", Counts(failed=1, unit="package")),
    ("\n  6 passing (2ms)\n  1 pending\n  2 failing\n", Counts(passed=6, failed=2, skipped=1)),
    ("all is well\n", None),
    ("I have passed 6 tests in 2 days", None),
    ("", None),
]


@pytest.mark.parametrize(("output", "counts"), SEEN, ids=lambda value: repr(value)[:40])
def test_counts_are_read(output: str, counts: Counts | None) -> None:
    assert read_counts(output) == counts


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        (Counts(passed=6), "6/6 tests"),
        (Counts(passed=4, failed=2), "4/6 tests"),
        (Counts(passed=1), "1/1 test"),
        (Counts(passed=5, skipped=1), "5/5 tests, 1 skipped"),
        (Counts(passed=2, unit="package"), "2/2 packages"),
    ],
)
def test_counts_read_as_a_person_says_them(counts: Counts, text: str) -> None:
    assert str(counts) == text
