"""What a file offers: its top-level names, and in scripts what is exported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from orchestrator.quality.inspection.source import Source, text_of

if TYPE_CHECKING:
    import tree_sitter

SCRIPTS = frozenset({"javascript", "typescript", "tsx"})
_DEFINED = """
(program [(function_declaration name: (_) @n) (generator_function_declaration name: (_) @n)
  (class_declaration name: (_) @n)
  (lexical_declaration (variable_declarator name: (identifier) @n))
  (variable_declaration (variable_declarator name: (identifier) @n))])
"""
_TYPES = """
(program [(interface_declaration name: (_) @n) (type_alias_declaration name: (_) @n)
  (enum_declaration name: (_) @n)])
"""
_COMMONJS = """
((assignment_expression left: (member_expression object: (_) @_o property: (_) @n))
  (#match? @_o "^(module[.])?exports$"))
((assignment_expression left: (member_expression) @_m right: (object [
    (shorthand_property_identifier) @n (pair key: (property_identifier) @n)
    (method_definition name: (property_identifier) @n)]))
  (#eq? @_m "module.exports"))
"""
_WHOLE_MODULE = """
((assignment_expression left: (member_expression) @_m right: (_) @value)
  (#eq? @_m "module.exports"))
"""


class Outline(msgspec.Struct, frozen=True):
    """The names of a file."""

    defined: frozenset[str]
    exported: frozenset[str]
    """Named exports; in Python every top-level name."""
    default: bool = False
    """True when a script has a default export."""
    more: bool = False
    """True when there can be more than is told here: `export *`, names made in an `if`."""


def outline_of(source: Source) -> Outline | None:
    """The outline of a Python, JavaScript or TypeScript file that parses; None for others."""
    if source.language.name == "python":
        return _python(source.module) if source.module else None
    if source.language.name not in SCRIPTS or source.tree is None:
        return None
    return None if source.tree.root_node.has_error else _script(source)


def _python(module: ast.Module) -> Outline:
    names: set[str] = set()
    for node in module.body:
        names.update(_named_by(node))
    computed = any(isinstance(node, ast.If | ast.Try | ast.With | ast.For) for node in module.body)
    return Outline(frozenset(names), frozenset(names), more=computed or "*" in names)


def _named_by(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from ((alias.asname or alias.name).split(".")[0] for alias in node.names)
    elif isinstance(node, ast.Assign):
        yield from (name.id for name in ast.walk(node) if isinstance(name, ast.Name))
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id


def _script(source: Source) -> Outline:
    exported = {text_of(name) for name in source.nodes(_COMMONJS)} - {"exports"}
    more = any(value.type != "object" for value in source.nodes(_WHOLE_MODULE))
    default = False
    for statement in source.nodes("(program (export_statement) @e)"):
        words = {child.type for child in statement.children}
        more = more or "*" in words
        if "default" in words or "=" in words:
            default = True
        else:
            exported.update(_exported_by(statement))
    query = _DEFINED if source.language.name == "javascript" else _DEFINED + _TYPES
    defined = {text_of(name) for name in source.nodes(query)} | exported
    return Outline(
        frozenset(defined),
        frozenset(exported - {"default"}),
        default or "default" in exported,
        more,
    )


def _exported_by(statement: tree_sitter.Node) -> Iterator[str]:
    declaration = statement.child_by_field_name("declaration")
    if declaration is not None:
        yield from (text_of(name) for name in _declared(declaration))
    for clause in statement.children:
        for one in clause.children if clause.type == "export_clause" else []:
            name = one.child_by_field_name("alias") or one.child_by_field_name("name")
            if name is not None:
                yield text_of(name)


def _declared(declaration: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    name = declaration.child_by_field_name("name")
    if name is not None:
        yield name
    for child in declaration.children:
        if child.type == "variable_declarator" and (name := child.child_by_field_name("name")):
            yield name
