"""How hard a piece of work is, told from its text alone: no model is asked."""

from __future__ import annotations

import re

from orchestrator.values import Complexity, TaskSpec

_COMPLEX_WORDS = re.compile(
    r"\b(architect\w*|security|vulnerab\w*|authenticat\w*|encrypt\w*|concurren\w*|race condition"
    r"|root cause|across (?:files|modules)|multiple files|migrat\w*|integrat\w*|redesign\w*)\b",
    re.IGNORECASE,
)
_SIMPLE_WORDS = re.compile(
    r"\b(summari[sz]e|format|rename|list|explain|what is|look up|constants?|typo|translate)\b",
    re.IGNORECASE,
)
_SIMPLE_CATEGORIES = frozenset({"utility", "constants", "types", "tests", "docs"})
_COMPLEX_CATEGORIES = frozenset(
    {"state", "hooks", "integration", "bugfix", "architecture", "security"}
)
_LONG_TEXT = 1200
"""Characters of description beyond which work is not called simple."""


def classify(spec: TaskSpec) -> Complexity:
    """The complexity class of a task (requirement R1), by category first and words second."""
    category = spec.category.strip().lower()
    if category in _COMPLEX_CATEGORIES:
        return "complex"
    if category in _SIMPLE_CATEGORIES:
        return "simple"
    return classify_text(spec.description)


def classify_text(text: str) -> Complexity:
    """The complexity class of a question or description."""
    if _COMPLEX_WORDS.search(text):
        return "complex"
    if _SIMPLE_WORDS.search(text) and len(text) < _LONG_TEXT:
        return "simple"
    return "medium"
