"""Which paths may be touched at all, and which need an approval of their own."""

from __future__ import annotations

import re
import unicodedata
from fnmatch import fnmatchcase

from orchestrator.errors import PathRefused

_LONGEST_NAME = 255
_LONGEST_PATH = 1024
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Control, format (bidi, zero-width), surrogate, private and line-separating characters."""
_GIT_IN_DISGUISE = re.compile(r"\.?git~|\.git[:. ]")
"""Names that some file systems take for `.git`: its short name git~1, streams, a trailing dot."""

_PROTECTED_NAMES = (
    ".git*", ".env*", ".mcp.json", ".npmrc", ".yarnrc*", ".pnpmfile.cjs", ".netrc", ".pypirc",
    ".pre-commit-config.yaml", ".travis.yml", "azure-pipelines.yml", "jenkinsfile",
    ".devcontainer.json", "claude.md", "claude.local.md", "agents.md", ".cursorrules", ".aider*",
    "makefile", "gnumakefile", "dockerfile", "dockerfile.*", "containerfile",
    "*.lock", "*.lockb", "package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "go.sum",
    "*.pth", "sitecustomize.py", "usercustomize.py",
)  # fmt: skip
_PROTECTED_FOLDERS = frozenset(
    {".circleci", ".vscode", ".idea", ".devcontainer", ".claude", ".cursor", ".husky", ".cargo",
     ".ssh"}
)  # fmt: skip


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
    if path.startswith("/") or path[1:2] == ":":
        return "it is not relative to the workspace"
    if path.startswith("-") or "\\" in path:
        return "it looks like an option, or has a backslash"
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
    if _folded(part) == ".git" or _GIT_IN_DISGUISE.match(_folded(part)):
        return "it lies in git's own folder"
    return ""


def is_protected(path: str) -> bool:
    """True for files that steer tools, carry secrets or run by themselves.

    They need an approval of their own, whether or not they exist. Compared without regard to
    case and Unicode form, as some file systems do.
    """
    parts = [_folded(part) for part in path.split("/")]
    if not _PROTECTED_FOLDERS.isdisjoint(parts[:-1]):
        return True
    return any(fnmatchcase(part, pattern) for part in parts for pattern in _PROTECTED_NAMES)


def _folded(part: str) -> str:
    return unicodedata.normalize("NFC", part).casefold()
