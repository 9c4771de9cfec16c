"""What is installed for an interpreter, found by looking at folders: nothing is imported or run."""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path

import msgspec

# Files that only set something up and bring no packages of their own.
_HARMLESS_PTH = frozenset({"distutils-precedence.pth", "_virtualenv.pth", "a1_coverage.pth"})
_MODULE_SUFFIXES = (".py", ".pyi", ".so", ".pyd")


class Installed(msgspec.Struct, frozen=True):
    """The top-level names that can be imported beside the standard library."""

    names: frozenset[str]
    complete: bool
    """False when there may be more: system packages, editable installs, an unknown layout."""


NOTHING_KNOWN = Installed(frozenset(), complete=False)


def installed_for(python: Path | None) -> Installed:
    """What is installed for the interpreter at this path."""
    if python is None:
        return NOTHING_KNOWN
    prefix = python.parent.parent
    if (prefix / "pyvenv.cfg").is_file():
        folders = [*prefix.glob("lib*/python3*/site-packages")]
        return _in_folders(folders, complete=bool(folders) and not _uses_system_packages(prefix))
    if _same_file(python, Path(sys.executable)):
        places = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
        return _in_folders([Path(place) for place in places], complete=False)
    return NOTHING_KNOWN


def module_names(folder: Path) -> set[str]:
    """The names in a folder that Python could import."""
    names = set()
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(_MODULE_SUFFIXES):
                    names.add(entry.name.split(".")[0])
                elif "." not in entry.name and entry.is_dir():
                    names.add(entry.name)
    except OSError:
        return set()
    return names


def _in_folders(folders: list[Path], *, complete: bool) -> Installed:
    names: set[str] = set()
    for folder in folders:
        names |= module_names(folder)
        for pth in folder.glob("*.pth"):
            found, all_known = _through_pth(pth, folder)
            names |= found
            complete = complete and all_known
    return Installed(frozenset(names), complete)


def _through_pth(pth: Path, folder: Path) -> tuple[set[str], bool]:
    """The names in the folders that a .pth file adds, and whether that is all it does."""
    if pth.name in _HARMLESS_PTH:
        return set(), True
    try:
        lines = pth.read_text("utf-8", "replace").splitlines()
    except OSError:
        return set(), False
    names: set[str] = set()
    for line in lines:
        if line.startswith(("import ", "import\t")):
            return names, False
        if line.strip() and not line.startswith("#"):
            names |= module_names(folder / line.strip())
    return names, True


def _uses_system_packages(prefix: Path) -> bool:
    try:
        text = (prefix / "pyvenv.cfg").read_text("utf-8", "replace")
    except OSError:
        return True
    settings = dict(
        line.lower().replace(" ", "").split("=", 1) for line in text.splitlines() if "=" in line
    )
    return settings.get("include-system-site-packages") != "false"


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False
