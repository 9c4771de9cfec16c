"""A private git repository that remembers the workspace, outside of it.

It works for folders with and without git, and never reads or writes the user's `.git`. Content is
kept byte for byte: attributes that would change line ends, filter or re-encode are switched off.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from orchestrator.errors import WorkspaceError
from orchestrator.workspace.git import run_git

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
    "gc.auto": "0",
    "index.version": "4",
}
_VERBATIM = "* -text -eol -crlf -filter -ident -working-tree-encoding -merge -diff\n"
_STALE_LOCK = 60.0
"""Seconds; no call of git here takes that long."""
_REMEMBERED = 4096
"""Modes of paths that are remembered: a snapshot never changes, and each question is a process."""
_EXECUTABLE, _PLAIN, _LINK = "100755", "100644", "120000"


def folder_for(state_dir: Path, workspace: Path) -> Path:
    """Where snapshots and stages of `workspace` are kept."""
    digest = hashlib.sha256(os.fsencode(workspace.resolve())).hexdigest()[:16]
    return state_dir / "workspaces" / f"{workspace.name or 'root'}-{digest}"


class ShadowRepository:
    """Snapshots of one workspace.

    Args:
        workspace: the user's folder; only read here.
        home: folder for the repository, made with mode 0700 if missing (see `folder_for`).

    A snapshot is a git tree; its id is a hash of its content. Snapshots are kept by refs, so that
    nothing is ever collected.
    """

    def __init__(self, workspace: Path, home: Path) -> None:
        self.workspace = workspace
        self.home = home
        self._git_dir = home / "shadow.git"
        self._lock = asyncio.Lock()
        self._modes: dict[tuple[str, str], str] = {}
        self._ready = False

    async def open(self) -> None:
        """Makes the repository if it is missing and writes its settings.

        Raises:
            WorkspaceError: git is missing, or the state folder can't be written.
        """
        try:
            self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.home.chmod(0o700)
        except OSError as error:
            raise WorkspaceError(
                f"The state folder {self.home} can't be written: {error.strerror}.",
                "Set ORCHESTRATOR_STATE_DIR to a folder you may write to.",
            ) from error
        self._remove_stale_locks()
        if not (self._git_dir / "HEAD").exists():
            await run_git("init", "--bare", "--quiet", str(self._git_dir), cwd=self.home)
        text = "".join(
            f"[{key.partition('.')[0]}]\n\t{key.partition('.')[2]} = {value}\n"
            for key, value in _SETTINGS.items()
        )
        base = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"
        (self._git_dir / "config").write_text(base + text)
        (self._git_dir / "info").mkdir(exist_ok=True)
        (self._git_dir / "info" / "attributes").write_text(_VERBATIM)
        (self._git_dir / "info" / "exclude").write_text(self._user_excludes())
        self._ready = True

    def _remove_stale_locks(self) -> None:
        """Locks of a git that died with the machine: nobody else would ever remove them."""
        stages = self.home / "stages"
        found = (*self.home.glob("*.lock"), *stages.glob("*.lock"), *self._git_dir.rglob("*.lock"))
        for lock in found:
            with suppress(FileNotFoundError):
                if time.time() - lock.stat().st_mtime > _STALE_LOCK:
                    lock.unlink()

    def _user_excludes(self) -> str:
        """The ignore rules that the user keeps in .git/info/exclude, read once."""
        own = self.workspace / ".git" / "info" / "exclude"
        try:
            return own.read_text("utf-8", "replace")
        except OSError:
            return ""

    # --- taking snapshots --------------------------------------------------------------------

    async def snapshot(self) -> str:
        """The workspace as it is now, without what its .gitignore names.

        Raises:
            WorkspaceError: the workspace is gone or a file in it can't be read.
        """
        if not self.workspace.is_dir():
            raise WorkspaceError(
                f"The workspace {self.workspace} is gone.", "Restore it, or open another folder."
            )
        async with self._lock:
            index = {"GIT_INDEX_FILE": str(self.home / "workspace.index")}
            await self._git(
                "add",
                "--all",
                "--ignore-errors",
                "--",
                ".",
                extra=index,
                work_tree=self.workspace,
                allowed=(0, 1),
            )  # 1: a file can't be read, so it can't be changed by us either
            _, tree = await self._git("write-tree", extra=index)
            return await self._keep(tree.decode().strip())

    async def write_snapshot(self, base: str, files: Mapping[str, bytes | None]) -> str:
        """`base` with `files` put in its place (None removes); no folder is touched.

        Modes of files that are in `base` are kept.
        """
        async with self._lock:
            index = {"GIT_INDEX_FILE": str(self.home / "candidate.index")}
            await self._git("read-tree", base, extra=index)
            lines = [await self._index_line(base, path, data) for path, data in files.items()]
            await self._git(
                "update-index", "-z", "--index-info", stdin=b"".join(lines), extra=index
            )
            _, tree = await self._git("write-tree", extra=index)
            return await self._keep(tree.decode().strip())

    async def _index_line(self, base: str, path: str, data: bytes | None) -> bytes:
        name = os.fsencode(path) + b"\0"
        if data is None:
            return b"0 " + b"0" * 40 + b"\t" + name
        _, blob = await self._git("hash-object", "-w", "--stdin", stdin=data)
        mode = await self._mode(base, path) or _PLAIN
        return f"{mode} {blob.decode().strip()}\t".encode() + name

    async def _keep(self, tree: str) -> str:
        if (self._git_dir / "refs" / "snapshots" / tree).exists():
            return tree
        await self._git("update-ref", f"refs/snapshots/{tree}", tree)
        return tree

    # --- looking into snapshots --------------------------------------------------------------

    async def read(self, snapshot: str, path: str) -> bytes | None:
        """The bytes of `path` in `snapshot`; None when it is not there or is no regular file."""
        if await self._mode(snapshot, path) not in {_PLAIN, _EXECUTABLE}:
            return None
        _, data = await self._git("cat-file", "blob", f"{snapshot}:{path}")
        return data

    async def mode(self, snapshot: str, path: str) -> int | None:
        """Permission bits of `path` in `snapshot`, as far as git knows them."""
        return {_PLAIN: 0o644, _EXECUTABLE: 0o755}.get(await self._mode(snapshot, path))

    async def _mode(self, snapshot: str, path: str) -> str:
        known = self._modes.get((snapshot, path))
        if known is not None:
            return known
        _, line = await self._git("ls-tree", "-z", snapshot, "--", path)
        if len(self._modes) >= _REMEMBERED:
            self._modes.clear()
        mode = self._modes[snapshot, path] = line.split(b" ", 1)[0].decode()
        return mode

    async def paths(self, snapshot: str) -> list[str]:
        """Every path in `snapshot`."""
        _, names = await self._git("ls-tree", "-r", "-z", "--name-only", snapshot)
        return _names(names)

    async def changed(self, before: str, after: str) -> list[str]:
        """Paths that differ between two snapshots."""
        _, names = await self._git("diff-tree", "-r", "-z", "--name-only", before, after)
        return _names(names)

    # --- stages ------------------------------------------------------------------------------

    async def check_out(self, snapshot: str, folder: Path, index: Path) -> None:
        """Makes `folder` hold exactly `snapshot`, as far as git tracks it.

        Args:
            snapshot: what to hold.
            folder: a stage of ours, never the user's workspace.
            index: the index that belongs to `folder`.
        """
        if self.home not in folder.parents:
            raise WorkspaceError("A stage must lie in the state folder.")
        extra = {"GIT_INDEX_FILE": str(index)}
        await self._git("read-tree", "--reset", "-u", snapshot, extra=extra, work_tree=folder)

    async def untracked(self, folder: Path, index: Path) -> list[str]:
        """What lies in `folder` beside the checked-out snapshot, ignored files too."""
        extra = {"GIT_INDEX_FILE": str(index)}
        _, names = await self._git(
            "ls-files", "--others", "--directory", "-z", extra=extra, work_tree=folder
        )
        return _names(names)

    async def ignored_folders(self, names: Sequence[str]) -> list[str]:
        """Those of `names` in the workspace that are folders and not part of a snapshot."""
        there = [name for name in names if (self.workspace / name).is_dir()]
        if not there:
            return []
        index = {"GIT_INDEX_FILE": str(self.home / "workspace.index")}
        _, known = await self._git("ls-files", "-z", "--", *there, extra=index)
        tracked = {name.partition("/")[0] for name in _names(known)}
        return [name for name in there if name not in tracked]

    # --- merging -----------------------------------------------------------------------------

    async def merge(self, base: bytes, ours: bytes, theirs: bytes) -> bytes | None:
        """Three-way merge of one file; None when both sides changed the same lines."""
        if any(b"\0" in side for side in (base, ours, theirs)):
            return None
        with TemporaryDirectory(dir=self.home) as folder:
            names = [Path(folder) / name for name in ("ours", "base", "theirs")]
            for name, side in zip(names, (ours, base, theirs), strict=True):
                name.write_bytes(side)
            code, merged = await self._git(
                "merge-file", "-p", "-q", *map(str, names), allowed=tuple(range(256))
            )
        return merged if code == 0 else None

    async def _git(
        self,
        *arguments: str,
        stdin: bytes = b"",
        extra: Mapping[str, str] | None = None,
        work_tree: Path | None = None,
        allowed: tuple[int, ...] = (0,),
    ) -> tuple[int, bytes]:
        if not self._ready:
            await self.open()
        where = {"GIT_DIR": str(self._git_dir), **(extra or {})}
        if work_tree:
            where["GIT_WORK_TREE"] = str(work_tree)
        return await run_git(
            *arguments, cwd=work_tree or self.home, stdin=stdin, extra=where, allowed=allowed
        )


def _names(output: bytes) -> list[str]:
    return [os.fsdecode(name) for name in output.split(b"\0") if name]
