"""What a file imports, read from its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from orchestrator.quality.inspection.source import Source, text_of

if TYPE_CHECKING:
    import tree_sitter

_JS = """
(import_statement source: (string) @s)
(export_statement source: (string) @s)
(call_expression function: (import) arguments: (arguments . (string) @s))
((call_expression function: (identifier) @_f arguments: (arguments . (string) @s))
  (#eq? @_f "require"))
"""
_QUERIES = {
    "javascript": _JS,
    "typescript": _JS + "(import_require_clause source: (string) @s)",
    "tsx": _JS + "(import_require_clause source: (string) @s)",
    "go": "(import_spec path: (_) @s)",
    "rust": "(use_declaration argument: (_) @s)",
    "java": "(import_declaration) @s",
    "c": "(preproc_include path: (_) @s)",
    "cpp": "(preproc_include path: (_) @s)",
    "css": "(import_statement) @s",
    "php": "(namespace_use_clause) @s",
    "ruby": """((call method: (identifier) @_m arguments: (argument_list . (string) @s))
      (#match? @_m "^require(_relative)?$"))""",
}
# Names that only annotations use: they make a task no less atomic.
_FREE = frozenset({"__future__", "typing", "typing_extensions", "collections.abc"})


class Import(msgspec.Struct, frozen=True):
    """One imported module."""

    name: str
    """As written, without quotes; in Python with leading dots when relative."""
    line: int
    optional: bool = False
    """The program goes on without it: in a `try`, or for type checkers only."""
    members: tuple[str, ...] = ()
    """What Python's `from ... import` names."""


def imports_of(source: Source) -> tuple[Import, ...] | None:
    """The imports in the order of the file; None where they can't be told."""
    if source.language.name == "python":
        return tuple(_python(source.module)) if source.module else None
    query = _QUERIES.get(source.language.name)
    if query is None or source.tree is None:
        return None
    return tuple(
        Import(_name(node), node.start_point[0] + 1, optional=_is_type_only(node))
        for node in source.nodes(query)
    )


def new_imports(new: Source, old: Source | None) -> tuple[str, ...]:
    """The modules that `new` imports and `old` does not; what is for types only does not count."""
    known = {one.name for one in (imports_of(old) if old else None) or ()} | _FREE
    added = [one.name for one in imports_of(new) or () if not one.optional]
    return tuple(dict.fromkeys(name for name in added if name not in known))


def _name(node: tree_sitter.Node) -> str:
    text = text_of(node).removesuffix(";").removeprefix("import ").removeprefix("static ")
    return text.strip("\"'`<> ")


def _is_type_only(node: tree_sitter.Node) -> bool:
    """True for TypeScript's `import type ... from`."""
    parent = node.parent
    return parent is not None and any(child.type == "type" for child in parent.children)


def _python(module: ast.Module) -> Iterator[Import]:
    """The imports of a module; those in a `try` or under TYPE_CHECKING are optional."""
    waiting: list[tuple[ast.AST, bool]] = [(module, False)]
    while waiting:
        node, optional = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno, optional) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            name = "." * node.level + (node.module or "")
            members = tuple(alias.name for alias in node.names)
            yield Import(name, node.lineno, optional, members)
        else:
            inside = optional or isinstance(node, ast.Try) or _checks_types(node)
            waiting.extend((child, inside) for child in reversed(list(ast.iter_child_nodes(node))))


def _checks_types(node: ast.AST) -> bool:
    """True for `if TYPE_CHECKING:`."""
    if not isinstance(node, ast.If):
        return False
    test = node.test
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"
