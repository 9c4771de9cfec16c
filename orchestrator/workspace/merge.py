"""Putting the user's edits and a change of ours together."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from orchestrator.errors import WorkspaceError
from orchestrator.workspace.git import run_git

_CODES = (*range(128), 255)
"""`git merge-file` ends with the number of conflicts, 127 at most; 255: it takes one for binary."""


async def merge_file(home: Path, *, base: bytes, ours: bytes, theirs: bytes) -> bytes | None:
    """Three-way merge of one file by lines; None when both sides changed the same ones.

    Args:
        home: a private folder for the temporary files.
        base: what both began from.
        ours: as the user has it.
        theirs: as it should become.

    Raises:
        WorkspaceError: git is missing or failed, or `home` can't be written.
    """
    if any(b"\0" in side for side in (base, ours, theirs)):
        return None
    try:
        with TemporaryDirectory(dir=home, prefix="merge-") as folder:
            paths = [Path(folder) / name for name in ("ours", "base", "theirs")]
            for path, side in zip(paths, (ours, base, theirs), strict=True):
                path.write_bytes(side)
            command = ("merge-file", "-p", "-q", *map(str, paths))
            code, merged = await run_git(
                *command, cwd=home, extra={"GIT_DIR": str(home / "shadow.git")}, allowed=_CODES
            )
    except OSError as error:
        raise WorkspaceError(
            f"The state folder {home} can't be written: {error.strerror}.",
            "Free some space; nothing was changed.",
        ) from error
    return merged if code == 0 else None
