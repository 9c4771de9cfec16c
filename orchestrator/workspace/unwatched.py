"""What is of no interest to a watch: known by name, or named by the top .gitignore."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

_NAMES = frozenset(
    {".git", ".hg", ".svn", "node_modules", "bower_components", ".venv", "venv", "__pycache__",
     ".mypy_cache", ".pytest_cache", ".ruff_cache", ".tox", ".nox", ".next", ".cache"}
)  # fmt: skip
_PLAIN_RULE = re.compile(r"(/?)([^*?\[\]\\!#/][^*?\[\]\\/]*)(/?)")
"""A rule that is just a name: `build`, `build/`, `/build`. All others need git itself."""

_OURS = re.compile(r"\..+\.[0-9a-f]{12}\.tmp")
"""How `swap.temporary_name` calls what lies beside a file for a moment."""


class Ignored(msgspec.Struct, frozen=True, kw_only=True):
    """Names that are ignored."""

    anywhere: frozenset[str] = _NAMES
    """At any depth."""
    at_top: frozenset[str] = frozenset()
    """Directly in the watched folder."""

    def covers(self, path: str) -> bool:
        """True when `path`, relative to the watched folder, is ignored or lies in what is."""
        parts = path.split("/")
        if parts[0] in self.at_top or _OURS.fullmatch(parts[-1]):
            return True
        return not self.anywhere.isdisjoint(parts)


def read_ignored(root: Path) -> Ignored:
    """The names to ignore below `root`.

    Of `root/.gitignore` the rules that are just a name are taken. A name that is taken back later
    in the file (`!name`) is not ignored.
    """
    try:
        rules = (root / ".gitignore").read_text("utf-8", "replace").splitlines()
    except OSError:
        return Ignored()
    taken_back = {rule.strip().strip("!/") for rule in rules if rule.startswith("!")}
    anywhere, at_top = set(_NAMES), set[str]()
    for rule in rules:
        found = _PLAIN_RULE.fullmatch(rule.rstrip())
        if found and found[2] not in taken_back:
            (at_top if found[1] else anywhere).add(found[2])
    return Ignored(anywhere=frozenset(anywhere), at_top=frozenset(at_top))
