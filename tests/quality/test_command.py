"""A test command is a program and its arguments; what needs a shell is refused and explained."""

from __future__ import annotations

import pytest

from orchestrator import errors
from orchestrator.quality.running.command import argv_of


@pytest.mark.parametrize(
    ("command", "argv"),
    [
        ("python -m pytest -q", ("python", "-m", "pytest", "-q")),
        ("  pytest  ", ("pytest",)),
        ("pytest 'a b' \"c d\" e\\ f", ("pytest", "a b", "c d", "e f")),
        ("pytest -k 'x and (y or z)'", ("pytest", "-k", "x and (y or z)")),
        ("npx vitest run -t '^a|b$'", ("npx", "vitest", "run", "-t", "^a|b$")),
        ('vitest -t "^a; b > c & d$"', ("vitest", "-t", "^a; b > c & d$")),
        ("env A=1 pytest", ("env", "A=1", "pytest")),
        ("pytest -o x=y", ("pytest", "-o", "x=y")),
        ("python -c 'print(1)'", ("python", "-c", "print(1)")),
        ("bash scripts/test.sh -c", ("bash", "scripts/test.sh", "-c")),
        ("pytest '$HOME' '`x`'", ("pytest", "$HOME", "`x`")),
        ("pytest tests/*.py", ("pytest", "tests/*.py")),
        ("pytest a\\;b", ("pytest", "a;b")),
        ("pytest ''", ("pytest", "")),
    ],
)
def test_quoting_is_a_shells(command: str, argv: tuple[str, ...]) -> None:
    assert argv_of(command) == argv


@pytest.mark.parametrize(
    "command",
    [
        "pytest | tee log",
        "pytest && echo ok",
        "pytest; echo",
        "cd web && npm test",
        "pytest > log",
        "pytest 2>&1",
        "pytest < in",
        "pytest &",
        "(pytest)",
        "pytest $(ls)",
        "pytest `ls`",
        'pytest "$(ls)"',
        'pytest "`ls`"',
        "pytest $HOME/x",
        'pytest "${HOME}"',
        "A=1 pytest",
        "pytest\nrm -rf x",
        "pytest \\\n rm",
        "sh -c 'rm -rf x'",
        "/bin/bash -lc 'x'",
        "env bash -c x",
        "pytest 'open",
        'pytest "open',
        "",
        "   ",
        "''",
        "pytest a\0b",
        "x" * 5000,
    ],
)
def test_what_needs_a_shell_is_refused_with_a_hint(command: str) -> None:
    with pytest.raises(errors.TestCommandError) as caught:
        argv_of(command)
    assert caught.value.hint


def test_a_leading_variable_is_rewritten_in_the_hint() -> None:
    with pytest.raises(errors.TestCommandError) as caught:
        argv_of("DEBUG=1 pytest -q")
    assert "env DEBUG=1 pytest -q" in caught.value.hint
