"""Things that no pure function does. Seeing none of them proves nothing, so only they are told."""

from __future__ import annotations

import ast

from orchestrator.quality.inspection.outline import SCRIPTS
from orchestrator.quality.inspection.source import Source, text_of

_CALLS = frozenset({"print", "open", "input"})
_MODULES = frozenset({"random", "requests", "subprocess", "socket", "httpx"})
_METHODS = frozenset({("time", "time"), ("time", "sleep"), ("datetime", "now"), ("date", "today")})
_SCRIPT_USES = """
((member_expression object: (identifier) @o) (#match? @o "^(console|localStorage|sessionStorage)$"))
((call_expression function: (identifier) @f) (#match? @f "^(fetch|alert|setTimeout|setInterval)$"))
((member_expression) @m (#match? @m "^(Math[.]random|Date[.]now)$"))
"""


def impure_use(source: Source) -> str:
    """The first use that makes a function impure, as "line 3: print"; "" when none was seen."""
    if source.language.name in SCRIPTS:
        found = next(iter(source.nodes(_SCRIPT_USES)), None)
        return f"line {found.start_point[0] + 1}: {text_of(found)}" if found else ""
    if source.module is None:
        return ""
    uses = ((getattr(node, "lineno", 0), _use(node)) for node in ast.walk(source.module))
    line, name = min(((line, name) for line, name in uses if name), default=(0, ""))
    return f"line {line}: {name}" if name else ""


def _use(node: ast.AST) -> str:
    if isinstance(node, ast.Global | ast.Nonlocal):
        return type(node).__name__.lower()
    if not isinstance(node, ast.Call):
        return ""
    called = node.func
    if isinstance(called, ast.Name):
        return called.id if called.id in _CALLS else ""
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
        pair = (called.value.id, called.attr)
        return ".".join(pair) if pair[0] in _MODULES or pair in _METHODS else ""
    return ""
