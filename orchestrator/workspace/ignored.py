"""Ignore rules that lie outside of the workspace: of the repository around it, and the user's own.

Rules in the workspace's own .gitignore files are git's business; these here it would not see, as
the private repository knows of nothing around the workspace.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path


def rules_from_outside(workspace: Path, home: Path) -> str:
    """Text for info/exclude of the private repository.

    Args:
        workspace: whose snapshots are taken.
        home: where they are kept: `<state folder>/workspaces/<name>`. When it lies in the
            workspace it is left out, and so are the sessions beside it.
    """
    lines = [*_of_the_repository(workspace.resolve()), *_of_ours(workspace.resolve(), home)]
    return "".join(f"{line}\n" for line in lines)


def _of_the_repository(workspace: Path) -> Iterator[str]:
    top = next((one for one in (workspace, *workspace.parents) if (one / ".git").exists()), None)
    if top is None:
        return
    inside = workspace.relative_to(top).parts
    yield from _moved(_lines(_git_folder(top) / "info" / "exclude"), inside)
    for depth in range(len(inside)):
        rules = top.joinpath(*inside[:depth]) / ".gitignore"
        yield from _moved(_lines(rules), inside[depth:])


def _git_folder(top: Path) -> Path:
    """The folder that `.git` is, or that the file `.git` of a worktree or submodule names."""
    found = top / ".git"
    if found.is_dir():
        return found
    named = next(iter(_lines(found)), "").removeprefix("gitdir:").strip()
    folder = top / named
    common = next(iter(_lines(folder / "commondir")), "")
    return folder / common.strip() if common else folder


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []


def _moved(lines: list[str], inside: tuple[str, ...]) -> Iterator[str]:
    """Rules of a folder as they read from a folder inside it; those that are about others fall."""
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        sign = "!" if line.startswith("!") else ""
        pattern = line.removeprefix("!")
        if "/" not in pattern.rstrip().removesuffix("/") or pattern.startswith("**/"):
            yield line
            continue
        rest = _below(pattern.removeprefix("/").split("/"), inside)
        if rest:
            yield f"{sign}/{rest}"


def _below(parts: list[str], inside: tuple[str, ...]) -> str:
    """What is left of a pattern's parts below the folders `inside`; empty when nothing is."""
    for number, folder in enumerate(inside):
        if parts[number : number + 1] == ["**"]:
            return "/".join(parts[number:])
        if number >= len(parts) or not fnmatchcase(folder, parts[number]):
            return ""
    return "/".join(parts[len(inside) :])


def _of_ours(workspace: Path, home: Path) -> Iterator[str]:
    kept = home.parent.resolve()
    if not kept.is_relative_to(workspace):
        return
    state = kept.parent
    ours = (state,) if state != workspace else (kept, state / "sessions")
    for folder in ours:
        if folder.is_relative_to(workspace):
            yield "/" + _literally(folder.relative_to(workspace).as_posix()) + "/"


def _literally(path: str) -> str:
    return "".join(f"\\{letter}" if letter in "*?[\\ " else letter for letter in path)
