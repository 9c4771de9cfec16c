"""How many tests ran, read from what test runners print at the end."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Tests by outcome. For Go without -v, packages."""

    passed: int = 0
    failed: int = 0
    """Errors count as failed."""
    skipped: int = 0
    unit: str = "test"

    @property
    def ran(self) -> int:
        """Those that were not skipped."""
        return self.passed + self.failed

    def __str__(self) -> str:
        """For a person: "6/6 tests", "4/6 tests, 1 skipped"."""
        noun = self.unit if self.ran == 1 else f"{self.unit}s"
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed}/{self.ran} {noun}{skipped}"


_PYTEST = re.compile(
    r"^=*\s*(?P<body>(?:\d+ [a-z]+(?:, )?)+|no tests ran) in [\d.]+s?(?: \([\d:]+\))?\s*=*$",
    re.MULTILINE,
)
_UNITTEST = re.compile(
    r"^Ran (\d+) tests? in [\d.]+s\n+(OK|FAILED|NO TESTS RAN)(?: \(([^)]*)\))?", re.MULTILINE
)
_VITEST = re.compile(r"^\s*Tests\s+((?:\d+ \w+(?: \| )?)+) \((\d+)\)", re.MULTILINE)
_JEST = re.compile(r"^Tests:\s+((?:\d+ \w+(?:, )?)+)$", re.MULTILINE)
_NODE = re.compile(r"^(?:#|ℹ) (tests|pass|fail|skipped|cancelled|todo) (\d+)\s*$", re.MULTILINE)
_CARGO = re.compile(r"^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;", re.MULTILINE)
_GO_TEST = re.compile(r"^\s*--- (PASS|FAIL|SKIP): ", re.MULTILINE)
_GO_PACKAGE = re.compile(
    r"^(ok|FAIL|---|\?)\s+\t?\S+\s+(\(cached\)|[\d.]+s|\[.*\])(.*)$", re.MULTILINE
)
_MOCHA = re.compile(r"^\s+(\d+) (passing|failing|pending)\b", re.MULTILINE)
_NOTHING = re.compile(
    r"^(?:collected 0 items|No test files found|No tests found|no tests ran|Error: No test files)",
    re.MULTILINE | re.IGNORECASE,
)


def read_counts(output: str) -> Counts | None:
    """The counts in a test runner's output, without escapes; None when none are recognised."""
    for reader in _READERS:
        if (counts := reader(output)) is not None:
            return counts
    return Counts() if _NOTHING.search(output) else None


def _amounts(text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for number, word in re.findall(r"(\d+) (\w+)", text):
        found[word] = found.get(word, 0) + int(number)
    return found


def _pytest(output: str) -> Counts | None:
    lines = list(_PYTEST.finditer(output))
    if not lines:
        return None
    found = _amounts(lines[-1]["body"])
    return Counts(
        passed=found.get("passed", 0) + found.get("xpassed", 0) + found.get("xfailed", 0),
        failed=found.get("failed", 0) + found.get("error", 0) + found.get("errors", 0),
        skipped=found.get("skipped", 0),
    )


def _unittest(output: str) -> Counts | None:
    lines = list(_UNITTEST.finditer(output))
    if not lines:
        return None
    ran, details = int(lines[-1][1]), lines[-1][3] or ""
    found = {word: int(number) for word, number in re.findall(r"([\w ]+)=(\d+)", details)}
    found = {word.strip(): number for word, number in found.items()}
    failed = (
        found.get("failures", 0) + found.get("errors", 0) + found.get("unexpected successes", 0)
    )
    skipped = found.get("skipped", 0)
    return Counts(passed=max(ran - failed - skipped, 0), failed=failed, skipped=skipped)


def _vitest(output: str) -> Counts | None:
    return _listed([body for body, _ in _VITEST.findall(output)])


def _jest(output: str) -> Counts | None:
    return _listed(_JEST.findall(output))


def _listed(lines: list[str]) -> Counts | None:
    """The last of lines such as: 1 failed, 5 passed, 6 total; 1 failed | 5 passed."""
    found = _amounts(lines[-1]) if lines else {}
    if not found:
        return None
    skipped = found.get("skipped", 0) + found.get("todo", 0) + found.get("pending", 0)
    return Counts(passed=found.get("passed", 0), failed=found.get("failed", 0), skipped=skipped)


def _node(output: str) -> Counts | None:
    found = {word: int(number) for word, number in _NODE.findall(output)}
    if "tests" not in found or "pass" not in found:
        return None
    return Counts(
        passed=found["pass"],
        failed=found.get("fail", 0) + found.get("cancelled", 0),
        skipped=found.get("skipped", 0) + found.get("todo", 0),
    )


def _cargo(output: str) -> Counts | None:
    """A run has one line for each test binary and for the examples in documentation."""
    lines = [tuple(map(int, line)) for line in _CARGO.findall(output)]
    if not lines:
        return None
    passed, failed, ignored = (sum(column) for column in zip(*lines, strict=True))
    return Counts(passed=passed, failed=failed, skipped=ignored)


def _go(output: str) -> Counts | None:
    tests = _GO_TEST.findall(output)
    if "PASS" in tests:
        return Counts(
            passed=tests.count("PASS"), failed=tests.count("FAIL"), skipped=tests.count("SKIP")
        )
    packages = _GO_PACKAGE.findall(output)
    if not packages:
        return None
    empty = [p for p in packages if p[0] == "?" or "no test" in p[1] + p[2]]
    ran = [p for p in packages if p not in empty]
    passed = sum(1 for p in ran if p[0] == "ok")
    return Counts(passed=passed, failed=len(ran) - passed, unit="package")


def _mocha(output: str) -> Counts | None:
    found = {word: int(number) for number, word in _MOCHA.findall(output)}
    if "passing" not in found:
        return None
    return Counts(
        passed=found["passing"], failed=found.get("failing", 0), skipped=found.get("pending", 0)
    )


_READERS: tuple[Callable[[str], Counts | None], ...] = (
    _cargo,
    _vitest,
    _jest,
    _node,
    _unittest,
    _pytest,
    _go,
    _mocha,
)
