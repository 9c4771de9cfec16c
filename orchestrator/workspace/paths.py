"""Which paths may be touched at all, and which need an approval of their own."""

from __future__ import annotations

import unicodedata
from fnmatch import fnmatchcase

from orchestrator.errors import PathRefused

_LONGEST_NAME = 255
_LONGEST_PATH = 1024
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Control, format (bidi, zero-width), surrogate, private and line-separating characters."""

_PROTECTED_NAMES = (
    ".git*",
    ".env*",
    ".mcp.json",
    "claude.md",
    "agents.md",
    "makefile",
    "dockerfile",
    "*.lock",
    "package-lock.json",
    "pnpm-lock.yaml",
    "go.sum",
    "*.pth",
    "sitecustomize.py",
    "usercustomize.py",
)
_PROTECTED_FOLDERS = (".github", ".vscode", ".idea", ".devcontainer", ".claude", ".git")


def check_relative(path: str) -> str:
    """`path` itself, when it is a plain relative POSIX path inside a folder.

    Raises:
        PathRefused: it is empty, absolute, climbs out, is unclear or can't be a file name, or
            lies in a `.git` folder.
    """
    problem = _problem(path)
    if problem:
        raise PathRefused(
            f"The path {path!r} is refused: {problem}.",
            "Give a path relative to the workspace, with / between folders.",
        )
    return path


def _problem(path: str) -> str:
    if not path or path.endswith("/"):
        return "it names no file"
    if len(path.encode("utf-8", "surrogatepass")) > _LONGEST_PATH:
        return "it is too long"
    if path.startswith("/") or (len(path) > 1 and path[1] == ":"):
        return "it is not relative to the workspace"
    if "\\" in path:
        return "it has a backslash"
    if any(unicodedata.category(character) in _FORBIDDEN_CATEGORIES for character in path):
        return "it has control or invisible characters"
    return next((bad for part in path.split("/") if (bad := _part_problem(part))), "")


def _part_problem(part: str) -> str:
    if part in {"", "."}:
        return "it has an empty part"
    if part == "..":
        return "it leaves the workspace"
    if part != part.strip() or part.endswith("."):
        return "a part begins or ends with a space or a dot"
    if len(part.encode()) > _LONGEST_NAME:
        return "a part is too long"
    if _folded(part).split("~", maxsplit=1)[0] in {".git", "git"} and _folded(part) != "git":
        return "it lies in git's own folder"
    return ""


def is_protected(path: str) -> bool:
    """True for files that steer tools, carry secrets or run by themselves.

    They need an approval of their own, whether or not they exist. Compared without regard to
    case and Unicode form, as some file systems do.
    """
    parts = [_folded(part) for part in path.split("/")]
    if any(part in _PROTECTED_FOLDERS for part in parts[:-1]):
        return True
    return any(fnmatchcase(parts[-1], pattern) for pattern in _PROTECTED_NAMES)


def _folded(part: str) -> str:
    return unicodedata.normalize("NFC", part).casefold()
