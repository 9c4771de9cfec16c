"""Rules that a program can decide about a file.

Each gives what is wrong, "" when nothing is, and None when it can't be decided.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from orchestrator.quality.inspection.counting import code_lines
from orchestrator.quality.inspection.imported import imports_of
from orchestrator.quality.inspection.outline import SCRIPTS, outline_of
from orchestrator.quality.inspection.purity import impure_use
from orchestrator.quality.inspection.python_modules import stage_module
from orchestrator.quality.inspection.script_modules import is_builtin
from orchestrator.quality.inspection.source import Source


class Candidate(msgspec.Struct, frozen=True):
    """The file a rule looks at, and what is around it."""

    new: Source
    old: Source | None
    stage: Path


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

Rule = Callable[[Candidate, str], str | None]
"""Takes the candidate and the names or the number in the constraint."""


def names_in(text: str) -> list[str]:
    """The identifiers in "`a`, b and c"."""
    return [word for word in re.findall(r"[A-Za-z_$][\w$]*", text) if word not in {"and", "or"}]


def exports_names(candidate: Candidate, text: str) -> str | None:
    """Every name is exported; in Python, defined at the top level."""
    outline = outline_of(candidate.new)
    if outline is None:
        return None
    missing = [name for name in names_in(text) if name not in outline.exported]
    if missing and outline.more:
        return None
    return (
        _list("not exported", missing) if _is_script(candidate) else _list("not defined", missing)
    )


def defines_names(candidate: Candidate, text: str) -> str | None:
    """Every name is defined at the top level."""
    outline = outline_of(candidate.new)
    if outline is None:
        return None
    missing = [name for name in names_in(text) if name not in outline.defined]
    return None if missing and outline.more else _list("not defined", missing)


def has_named_export(candidate: Candidate, _: str) -> str | None:
    """There is at least one named export."""
    outline = outline_of(candidate.new)
    if outline is None or (outline.more and not outline.exported):
        return None
    return "" if outline.exported else "nothing is exported by name"


def no_default_export(candidate: Candidate, _: str) -> str | None:
    """No default export."""
    outline = outline_of(candidate.new) if _is_script(candidate) else None
    if outline is None:
        return None
    return "there is a default export" if outline.default else ""


def default_export(candidate: Candidate, _: str) -> str | None:
    """A default export."""
    outline = outline_of(candidate.new) if _is_script(candidate) else None
    if outline is None or (outline.more and not outline.default):
        return None
    return "" if outline.default else "there is no default export"


def keeps_names(candidate: Candidate, _: str) -> str | None:
    """Every name that the file exported before is still exported."""
    new = outline_of(candidate.new)
    old = outline_of(candidate.old) if candidate.old else None
    if new is None or old is None or new.more:
        return None
    return _list("gone", sorted(old.exported - new.exported))


def no_dependencies(candidate: Candidate, _: str) -> str | None:
    """Nothing is imported that does not come with the language or lie in the workspace."""
    imports = imports_of(candidate.new)
    if imports is None:
        return None
    if _is_script(candidate):
        outside = [i.name for i in imports if not i.name.startswith(".") and not is_builtin(i.name)]
        return _list("imported", outside)
    if candidate.new.language.name != "python":
        return None
    tops = [i.name for i in imports if not i.name.startswith(".")]
    known = sys.stdlib_module_names
    outside = [n for n in tops if n.split(".")[0] not in known and not _in_stage(candidate, n)]
    return _list("imported", outside)


def no_imports(candidate: Candidate, _: str) -> str | None:
    """Nothing is imported at all."""
    imports = imports_of(candidate.new)
    if imports is None:
        return None
    return _list("imported", [i.name for i in imports if i.name != "__future__"])


def pure(candidate: Candidate, _: str) -> str | None:
    """No side effect can be seen; that there is none can't be decided."""
    use = impure_use(candidate.new)
    return f"not pure, {use}" if use else None


def no_classes(candidate: Candidate, _: str) -> str | None:
    """No class is defined."""
    if _is_script(candidate):
        return _uses(candidate, "[(class_declaration) (class)] @c", "class")
    return _walked(candidate, ast.ClassDef, "class")


def no_printing(candidate: Candidate, _: str) -> str | None:
    """Nothing is printed."""
    if _is_script(candidate):
        query = '((member_expression object: (identifier) @o) (#eq? @o "console"))'
        return _uses(candidate, query, "console")
    if candidate.new.module is None:
        return None
    calls = (n for n in ast.walk(candidate.new.module) if isinstance(n, ast.Call))
    printed = [n for n in calls if isinstance(n.func, ast.Name) and n.func.id == "print"]
    return _at_line("print", (node.lineno for node in printed))


def no_any(candidate: Candidate, _: str) -> str | None:
    """TypeScript's `any` is not used."""
    if candidate.new.language.name not in {"typescript", "tsx"}:
        return None
    return _uses(candidate, '((predefined_type) @t (#eq? @t "any"))', "any")


def no_var(candidate: Candidate, _: str) -> str | None:
    """JavaScript's `var` is not used."""
    if not _is_script(candidate):
        return None
    return _uses(candidate, "(variable_declaration) @v", "var")


def es_modules(candidate: Candidate, _: str) -> str | None:
    """No CommonJS."""
    if not _is_script(candidate):
        return None
    query = """((call_expression function: (identifier) @f) (#eq? @f "require"))
    ((member_expression) @m (#eq? @m "module.exports"))"""
    return _uses(candidate, query, "CommonJS")


def no_regex(candidate: Candidate, _: str) -> str | None:
    """No regular expression."""
    if _is_script(candidate):
        query = '(regex) @r ((new_expression constructor: (identifier) @r) (#eq? @r "RegExp"))'
        return _uses(candidate, query, "regular expression")
    if candidate.new.language.name != "python":
        return None
    imports = imports_of(candidate.new)
    if imports is None:
        return None
    return _list("imported", [i.name for i in imports if i.name in {"re", "regex"}])


def typed(candidate: Candidate, _: str) -> str | None:
    """Every Python function and method has annotations for all parameters and its result."""
    if candidate.new.module is None:
        return None
    body = candidate.new.module.body
    methods = (node for cls in body if isinstance(cls, ast.ClassDef) for node in cls.body)
    functions = (n for n in (*body, *methods) if isinstance(n, _FUNCTIONS))
    bare = [f.name for f in functions if not f.name.startswith("test") and not _is_typed(f)]
    return _list("without annotations", bare)


def documented(candidate: Candidate, _: str) -> str | None:
    """Every public top-level Python function and class has a docstring."""
    if candidate.new.module is None:
        return None
    named = [n for n in candidate.new.module.body if isinstance(n, (*_FUNCTIONS, ast.ClassDef))]
    public = [n for n in named if not n.name.startswith("_")]
    return _list("without docstring", [n.name for n in public if not ast.get_docstring(n)])


def at_most_lines(candidate: Candidate, number: str) -> str | None:
    """The file has at most so many lines of code."""
    if candidate.new.language.kind != "code":
        return None
    found = len(code_lines(candidate.new))
    return f"{found} lines of code" if found > int(number) else ""


def fewer_than_lines(candidate: Candidate, number: str) -> str | None:
    """The file has fewer lines of code."""
    return at_most_lines(candidate, str(int(number) - 1))


# --- steps shared ----------------------------------------------------------------------------


def _is_script(candidate: Candidate) -> bool:
    return candidate.new.language.name in SCRIPTS


def _in_stage(candidate: Candidate, name: str) -> bool:
    return stage_module(candidate.stage, candidate.new.path, name) is not None


def _list(what: str, names: Iterable[str]) -> str:
    names = list(dict.fromkeys(names))
    return f"{what}: {', '.join(names)}" if names else ""


def _at_line(what: str, lines: Iterable[int]) -> str:
    first = min(lines, default=0)
    return f"line {first}: {what}" if first else ""


def _uses(candidate: Candidate, query: str, what: str) -> str:
    return _at_line(what, (node.start_point[0] + 1 for node in candidate.new.nodes(query)))


def _walked(candidate: Candidate, kind: type[ast.AST], what: str) -> str | None:
    if candidate.new.module is None:
        return None
    nodes = (node for node in ast.walk(candidate.new.module) if isinstance(node, kind))
    return _at_line(what, (getattr(node, "lineno", 0) for node in nodes))


def _is_typed(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    starred = [one for one in (arguments.vararg, arguments.kwarg) if one]
    if named and named[0].arg in {"self", "cls"}:
        named = named[1:]
    return all(one.annotation for one in [*named, *starred]) and (
        function.returns is not None or function.name == "__init__"
    )
