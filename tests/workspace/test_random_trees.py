"""Random workspaces: what is staged, applied and undone is byte-exact, and nothing else moves."""

import os
import random
import stat
import subprocess
from collections.abc import Collection
from pathlib import Path

import pytest

from orchestrator.workspace.snapshots import ShadowRepository
from orchestrator.workspace.stage import StagePool
from tests.workspace.room import Known, Room, everything_below

TREES = 12
NAMES = (
    "a.py", "b b.txt", "ünï.c", "u\u0308.c", "tab\there", "line\nend", '"quoted"', "-dash",
    ":(top)x", "*.py", "back\\slash", "caf\udce9", "git~1", "x" * 200, "#hash", "!bang", " lead",
    "trail ",
)  # fmt: skip
CONTENTS = (
    b"",
    b"one\n",
    b"one\r\ntwo\r\n",
    b"mixed\r\nends\n",
    b"no end",
    bytes(range(256)),
    b"$Id$\n",
)


@pytest.mark.parametrize("number", range(TREES))
async def test_a_random_tree(workspace: Path, repository: ShadowRepository, number: int) -> None:
    seed = random.randrange(10**9)
    print(f"tree {number}: seed {seed}")
    source = random.Random(seed)
    ignored = _grow(workspace, source)
    before = everything_below(workspace)
    room = Room(workspace, repository)
    await room.offer(_change(workspace, source))
    async with StagePool(repository, 1).stage(room.base) as stage:
        assert _as_git_knows(everything_below(stage.path)) == _as_git_knows(before, ignored)
    applied = await room.apply()
    after = everything_below(workspace)
    changed = {path for path in {*before, *after} if before.get(path) != after.get(path)}
    assert changed == {*room.paths, "new", "new/deep"}
    assert {change.path for change in applied.files} == set(room.paths)
    await room.undo(applied)
    assert everything_below(workspace) == before


def _grow(root: Path, source: random.Random) -> set[str]:
    """Fills `root`; gives the paths that belong in no snapshot."""
    folders = [root]
    for _ in range(source.randrange(2, 7)):
        folder = source.choice(folders) / source.choice(NAMES).replace("\\", "")
        if not folder.exists():
            folder.mkdir()
            folders.append(folder)
    for _ in range(source.randrange(5, 30)):
        path = source.choice(folders) / source.choice(NAMES)
        if not os.path.lexists(path):
            _make(path, source)
    (root / "change me.py").write_bytes(b"0\n")
    (root / ".gitignore").write_text("*.ignored\n")
    for folder in folders:
        (folder / "x.ignored").write_text("precious")
    _git(root, source)
    (root / ".gitattributes").write_text("* text=auto eol=lf ident working-tree-encoding=UTF-16\n")
    return {os.path.relpath(folder / "x.ignored", root) for folder in folders}


def _make(path: Path, source: random.Random) -> None:
    if source.random() < 0.2:
        path.symlink_to(source.choice(["nowhere", ".", "..", "/etc", "a.py"]))
        return
    path.write_bytes(source.choice(CONTENTS))
    path.chmod(source.choice([0o644, 0o755, 0o600, 0o664, 0o700, 0o444]))


def _git(root: Path, source: random.Random) -> None:
    """Sometimes a repository of the user's, with a dirty index."""
    if source.random() < 0.5:
        return
    for command in (["init", "-q"], ["add", "--", ".gitignore"]):
        subprocess.run(["git", *command], cwd=root, check=True)


def _change(root: Path, source: random.Random) -> dict[str, bytes | None]:
    changes: dict[str, bytes | None] = {"change me.py": b"1\n", "new/deep/file.py": b"x\r\n"}
    if (root / "a.py").is_file() and not (root / "a.py").is_symlink():
        changes["a.py"] = None if source.random() < 0.5 else b"other bytes\n"
    return changes


def _as_git_knows(known: dict[str, Known], without: Collection[str] = ()) -> dict[str, Known]:
    """Links and files, with the one bit of their permissions that git keeps; no `.git`."""
    return {
        path: (kind, mode & stat.S_IXUSR, data)
        for path, (kind, mode, data) in known.items()
        if kind != "folder" and not path.startswith(".git/") and path not in without
    }
