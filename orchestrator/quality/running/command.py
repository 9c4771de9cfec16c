"""A test command becomes an argument list. No shell ever sees it, so no shell syntax is taken."""

from __future__ import annotations

import itertools
import re
import shlex

from orchestrator.errors import TestCommandError

_HINT = (
    "Write one program with its arguments, for example: python -m pytest tests -q. "
    "What needs more goes into a script that the command names."
)
_OPERATORS = {
    "|": "a pipe",
    "&": "&& or &",
    ";": "several commands",
    ">": "a redirection",
    "<": "a redirection",
    "(": "a subshell",
    ")": "a subshell",
    "`": "a command substitution",
    "\n": "several lines",
}
_EXPANSION = re.compile(r"\$[A-Za-z_{(?@*#]")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_SHELLS = frozenset({"sh", "bash", "zsh", "dash", "ksh", "fish"})
_SCRIPT_OPTION = re.compile(r"-[a-z]*c")
_LONGEST = 4000


def argv_of(command: str) -> tuple[str, ...]:
    """The program and its arguments, split by a shell's rules of quoting.

    Raises:
        TestCommandError: empty, unbalanced quotes, or something only a shell could do.
    """
    if not command.strip():
        raise TestCommandError("The test command is empty.", _HINT)
    if len(command) > _LONGEST or "\0" in command:
        raise TestCommandError("The test command is too long or holds a NUL character.", _HINT)
    _refuse_shell_syntax(command.strip())
    try:
        argv = shlex.split(command)
    except ValueError as error:
        message = f"The test command can't be split: {str(error).lower()}."
        raise TestCommandError(message, "Balance the quotes.") from error
    _refuse_shells(argv)
    return tuple(argv)


def _refuse_shell_syntax(command: str) -> None:
    quote = ""
    escaped = False
    for at, char in enumerate(command):
        if escaped:
            escaped = False
            if char == "\n":
                _refuse(_OPERATORS[char])
        elif char == "\\" and quote != "'":
            escaped = True
        elif quote and char == quote:
            quote = ""
        elif not quote and char in "'\"":
            quote = char
        elif not quote and char in _OPERATORS:
            _refuse(_OPERATORS[char])
        elif quote != "'" and (char == "`" or _EXPANSION.match(command, at)):
            _refuse("a substitution ($ or backtick)")


def _refuse_shells(argv: list[str]) -> None:
    if not argv or not argv[0]:
        raise TestCommandError("The test command names no program.", _HINT)
    if match := _ASSIGNMENT.match(argv[0]):
        hint = f"Write it as: env {shlex.join(argv)}"
        raise TestCommandError(f"The test command begins with a variable ({match[0]}).", hint)
    for at, word in enumerate(argv):
        options = itertools.takewhile(lambda one: one.startswith("-"), argv[at + 1 :])
        if word.rpartition("/")[2] in _SHELLS and any(_SCRIPT_OPTION.match(one) for one in options):
            _refuse("a shell with -c")


def _refuse(what: str) -> None:
    raise TestCommandError(f"The test command uses {what}; it is run without a shell.", _HINT)
