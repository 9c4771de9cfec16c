"""Whether Python modules exist in a stage, by looking at its files."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath
from typing import Literal

from orchestrator.quality.inspection.imported import Import

Existence = Literal["there", "missing", "unknown"]

_MODULE = re.compile(r"\.(?:py|pyi|so|pyd)$|\.(?:cpython|abi3)[\w.-]*\.so$")
_EXTRA_ROOTS = ("src", "lib", "python", "app", "backend", "tests")
_NOT_SEARCHED = frozenset({".git", "node_modules", ".venv", "venv", "__pycache__"})
_MOST_ENTRIES = 20_000
_DYNAMIC = re.compile(rb"__path__|sys\.modules|__getattr__")


def relative_module(stage: Path, path: str, one: Import) -> Existence:
    """Whether `from .x import y` in the file `path` finds its module."""
    name = one.name.lstrip(".")
    level = len(one.name) - len(name)
    folder = PurePosixPath(path).parent
    if level - 1 > len(folder.parts):
        return "missing"
    package = stage.joinpath(*folder.parts[: len(folder.parts) - level + 1])
    if name:
        return _below(package, name.split("."))
    if (package / "__init__.py").exists():
        return "there"
    found = all(_below(package, [member]) != "missing" for member in one.members if member != "*")
    return "there" if found else "missing"


def stage_module(stage: Path, path: str, name: str) -> Existence | None:
    """Whether the stage holds the module `name`; None when its first part is not there at all."""
    parts = name.split(".")
    for root in _roots(stage, path):
        if _entry(root, parts[0]) is not None:
            return _below(root, parts)
    return "unknown" if _somewhere(stage, parts[0]) else None


def _roots(stage: Path, path: str) -> list[Path]:
    """Folders that tests usually have on their import path: the file's and those above it."""
    folder = PurePosixPath(path).parent
    above = [stage / folder, *(stage / parent for parent in folder.parents)]
    return [*above, *(place / extra for place in reversed(above) for extra in _EXTRA_ROOTS)]


def _below(folder: Path, parts: list[str]) -> Existence:
    for at, part in enumerate(parts):
        found = _entry(folder, part)
        if found is None:
            return "unknown" if _is_dynamic(folder) else "missing"
        if found.is_dir():
            folder = found
        elif at < len(parts) - 1:
            return "missing"
    return "there"


def _entry(folder: Path, name: str) -> Path | None:
    """The package or module of this name in a folder."""
    if (folder / name).is_dir():
        return folder / name
    for suffix in (".py", ".pyi"):
        if (folder / f"{name}{suffix}").is_file():
            return folder / f"{name}{suffix}"
    compiled = (found for found in folder.glob(f"{name}.*") if _MODULE.search(found.name))
    return next(compiled, None)


def _is_dynamic(package: Path) -> bool:
    """True for a package that makes its modules while it is imported."""
    try:
        return bool(_DYNAMIC.search((package / "__init__.py").read_bytes()))
    except OSError:
        return False


def _somewhere(stage: Path, name: str) -> bool:
    """True when a module of this name lies anywhere in the stage; the search is bounded."""
    seen = 0
    for _, folders, files in os.walk(stage):
        folders[:] = [folder for folder in folders if folder not in _NOT_SEARCHED]
        if name in folders or f"{name}.py" in files:
            return True
        seen += len(folders) + len(files)
        if seen > _MOST_ENTRIES:
            return True
    return False
