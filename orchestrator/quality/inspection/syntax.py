"""Does the file parse? Python and data formats by their own parsers, the rest by tree-sitter."""

from __future__ import annotations

import json
import re
import sys
import tomllib
import warnings
from collections.abc import Callable

import msgspec

from orchestrator.quality.inspection.source import Source, walk


class Finding(msgspec.Struct, frozen=True):
    """What a check came to, before it becomes evidence."""

    passed: bool | None
    summary: str
    detail: str = ""


_TEMPLATE = re.compile(r"\{\{|\{%")
# Syntax that a later Python reads: generic functions and classes, type aliases (PEP 695), and
# quotes reused within f-strings (PEP 701), all since 3.12; except without parentheses since 3.14.
_SINCE_312 = re.compile(r"\s*(?:type\s+\w+.*=|(?:async\s+)?def\s+\w+\[|class\s+\w+\[)")
_SINCE_314 = re.compile(r"\s*except\*?\s+\w[\w.]*\s*,")


def check_syntax(source: Source) -> Finding:
    """Whether the file parses; not checked for a language that nobody here can parse."""
    if source.text is None:
        return Finding(passed=False, summary="not UTF-8", detail="The file is not UTF-8 text.")
    if source.too_large:
        return Finding(passed=None, summary="syntax not checked: file too large")
    checker = _CHECKERS.get(source.language.name)
    if checker is not None:
        return checker(source, source.text)
    if source.language.grammar:
        return _grammar_syntax(source)
    return Finding(passed=None, summary="syntax not checked")


def _parses() -> Finding:
    return Finding(passed=True, summary="parses")


def _error(line: int | None, why: str, text: str) -> Finding:
    where = f"line {line}: " if line else ""
    shown = (
        text.split("\n")[line - 1].strip()[:160] if line and line <= text.count("\n") + 1 else ""
    )
    detail = f"{where}{why}" + (f"\n    {shown}" if shown else "")
    return Finding(passed=False, summary=f"syntax error, {where}{why}"[:160], detail=detail)


# --- Python ----------------------------------------------------------------------------------


def _python(source: Source, text: str) -> Finding:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, source.path, "exec", dont_inherit=True)
    except SyntaxError as error:
        line = (text.split("\n")[(error.lineno or 1) - 1 :] or [""])[0]
        newer = _newer_python(error.msg, line)
        if newer and sys.version_info < newer:
            version = ".".join(map(str, newer))
            return Finding(passed=None, summary=f"syntax not checked: needs Python {version}")
        return _error(error.lineno, error.msg, text)
    except (RecursionError, MemoryError):
        return Finding(passed=None, summary="syntax not checked: nested too deeply")
    except ValueError as error:
        return _error(None, str(error), text)
    return _parses()


def _newer_python(message: str, line: str) -> tuple[int, int] | None:
    """The Python that reads what this one could not, where the error can come from its age."""
    if message.startswith("f-string") or _SINCE_312.match(line):
        return 3, 12
    return (3, 14) if _SINCE_314.match(line) else None


# --- data ------------------------------------------------------------------------------------


def _json(source: Source, text: str) -> Finding:
    del source
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return _error(error.lineno, error.msg, text)
    except RecursionError:
        return Finding(passed=None, summary="syntax not checked: nested too deeply")
    except ValueError as error:
        return _error(None, str(error), text)
    return _parses()


def _json_lines(source: Source, text: str) -> Finding:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip() and (found := _json(source, line)).passed is not True:
            return _error(number, found.summary.removeprefix("syntax error, line 1: "), text)
    return _parses()


def _toml(source: Source, text: str) -> Finding:
    del source
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        return _error(int(at[1]) if at else None, str(error), text)
    except RecursionError:
        return Finding(passed=None, summary="syntax not checked: nested too deeply")
    return _parses()


def _yaml(source: Source, text: str) -> Finding:
    """Syntax only: tags such as CloudFormation's !Ref are fine, whatever they mean."""
    del source
    import yaml

    try:
        for _ in yaml.parse(text, Loader=yaml.SafeLoader):
            pass
    except yaml.MarkedYAMLError as error:
        if _TEMPLATE.search(text):
            return Finding(passed=None, summary="syntax not checked: a template")
        line = error.problem_mark.line + 1 if error.problem_mark else None
        return _error(line, error.problem or "not YAML", text)
    except (yaml.YAMLError, RecursionError) as error:
        return _error(None, str(error).split("\n")[0], text)
    return _parses()


# --- everything with a grammar ---------------------------------------------------------------


def _grammar_syntax(source: Source) -> Finding:
    tree = source.tree
    if tree is None or not tree.root_node.has_error:
        return _parses()
    bad = next((n for n in walk(tree.root_node) if n.is_missing or n.is_error), tree.root_node)
    line = bad.start_point[0] + 1
    why = f"{bad.type!r} is missing" if bad.is_missing else "not understood"
    found = _error(line, why, source.text or "")
    if source.language.exact:
        return found
    return Finding(passed=None, summary=f"syntax uncertain, line {line}", detail=found.detail)


_CHECKERS: dict[str, Callable[[Source, str], Finding]] = {
    "python": _python,
    "json": _json,
    "jsonl": _json_lines,
    "toml": _toml,
    "yaml": _yaml,
}
