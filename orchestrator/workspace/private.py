"""The private repository and its folders, for the user alone whatever the umask says."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from orchestrator.workspace.git import run_git
from orchestrator.workspace.swap import TEMPORARY_NAMES

NEVER_SOURCE = (
    "node_modules", "bower_components", ".venv", "venv", "__pycache__", ".mypy_cache",
    ".pytest_cache", ".ruff_cache", ".tox", ".nox", ".hg", ".svn",
)  # fmt: skip
"""Folders that are in no snapshot, whatever .gitignore says: made by tools, and large."""
_SETTINGS = {
    "core.fsync": "all",
    "core.fsyncMethod": "batch",
    "core.autocrlf": "false",
    "core.safecrlf": "false",
    "core.fileMode": "true",
    "core.symlinks": "true",
    "core.excludesFile": os.devnull,
    "core.attributesFile": os.devnull,
    "core.untrackedCache": "true",
    "core.precomposeUnicode": "false",
    "core.protectHFS": "false",  # names that are odd elsewhere are names of the user's here
    "core.protectNTFS": "false",
    "core.sharedRepository": "0600",
    "gc.auto": "0",
    "index.version": "4",
}
_VERBATIM = "* -text -eol -crlf -filter -ident -working-tree-encoding -merge -diff\n"


async def make_repository(git_dir: Path, rules: str) -> None:
    """The bare repository `git_dir`, made if it is missing, with its settings written anew.

    Each part is written by itself and in one step, so a process that dies here does no harm (after
    a kill `git init` may fail for ever: its lock on the settings stays).

    Args:
        git_dir: where it shall be.
        rules: more rules of what is ignored, as in .gitignore.

    Raises:
        WorkspaceError: git is missing.
        OSError: it can't be written.
    """
    await run_git("version", cwd=git_dir.parent)  # says what to do when there is no git
    for folder in ("objects", "refs", "info"):
        make_private(git_dir / folder)
    text = "".join(
        f"[{key.partition('.')[0]}]\n\t{key.partition('.')[2]} = {value}\n"
        for key, value in _SETTINGS.items()
    )
    base = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"
    put(git_dir / "config", base + text)
    put(git_dir / "info" / "attributes", _VERBATIM)
    never = "".join(f"{name}/\n" for name in NEVER_SOURCE) + f"{TEMPORARY_NAMES}\n"
    put(git_dir / "info" / "exclude", never + rules)
    put(git_dir / "HEAD", "ref: refs/heads/none\n")


def make_private(folder: Path) -> None:
    """Makes `folder` and what is missing above it with mode 0700; what is there stays as it is.

    Raises:
        OSError: it can't be made.
    """
    if folder.is_dir():
        return
    if not folder.parent.exists():
        make_private(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)


def put(path: Path, text: str) -> None:
    """Writes `text` with mode 0600 unless it is there, in one step: another process may read now.

    Raises:
        OSError: it can't be written.
    """
    data = os.fsencode(text)
    if path.exists() and path.read_bytes() == data:
        return
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with open(fresh, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(data)
    fresh.replace(path)
