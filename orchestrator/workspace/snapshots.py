"""A private git repository that remembers the workspace, outside of it.

It works for folders with and without git and never writes the user's `.git`; of it, it reads only
`info/exclude`. Content is kept byte for byte: attributes that would change line ends, filter or
re-encode are switched off.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from orchestrator.errors import PathRefused, WorkspaceError
from orchestrator.workspace.beneath import file_mode
from orchestrator.workspace.git import run_git
from orchestrator.workspace.held import held
from orchestrator.workspace.ignored import rules_from_outside
from orchestrator.workspace.paths import check_relative
from orchestrator.workspace.private import make_repository, put
from orchestrator.workspace.scan import update_index

_REMEMBERED = 4096
"""Modes of paths that are remembered: a snapshot never changes, and each question is a process."""
_EXECUTABLE, _PLAIN, _FOLDER = "100755", "100644", "040000"


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

    Attributes:
        left_out: paths that the last snapshot lacks though nobody ignores them: unreadable, or
            larger than `scan.LARGEST_FILE`.
    """

    def __init__(self, workspace: Path, home: Path) -> None:
        self.workspace = workspace
        self.home = home
        self._git_dir = home / "shadow.git"
        self._index = home / "workspace.index"
        self._candidate = home / "candidate.index"
        self._lock = asyncio.Lock()
        self._holding: tuple[int, ...] = ()
        self._modes: dict[tuple[str, str], str] = {}
        self._ready = False
        self.left_out: frozenset[str] = frozenset()

    async def open(self) -> None:
        """Makes the repository if it is missing and writes its settings.

        Raises:
            WorkspaceError: git is missing, or the state folder can't be written.
        """
        async with self._alone():
            pass

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """While the block runs no one else, in no process, changes what is in `home`."""
        async with self._lock, held(self.home / "held") as fd:
            self._holding = (fd,)
            try:
                await self._make_ready()
                yield
            finally:
                self._holding = ()

    async def _make_ready(self) -> None:
        for index in (self._index, self._candidate):  # of a git that was killed: nobody else is
            index.with_name(index.name + ".lock").unlink(missing_ok=True)
        if self._ready and self._git_dir.is_dir():
            return
        try:
            self.home.chmod(0o700)
            await make_repository(self._git_dir, rules_from_outside(self.workspace, self.home))
            put(self.home / ".gitignore", "*\n")  # whatever a rule of the user's brings back
        except OSError as error:
            raise WorkspaceError(
                f"The state folder {self.home} can't be written: {error.strerror}.",
                "Set ORCHESTRATOR_STATE_DIR to a folder you may write to, or free some space.",
            ) from error
        self._ready = True

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
        async with self._alone():
            try:
                tree = await self._add_all()
            except WorkspaceError:  # the index is damaged, or tells of content that is gone
                self._index.unlink(missing_ok=True)
                tree = await self._add_all()
            return await self._keep(tree)

    async def _add_all(self) -> str:
        index = {"GIT_INDEX_FILE": str(self._index)}
        git = partial(self._git, extra=index, work_tree=self.workspace)
        self.left_out = await update_index(git, self.workspace)
        return (await git("write-tree")).decode().strip()

    async def with_files(self, snapshot: str, files: Mapping[str, bytes | None]) -> str:
        """`snapshot`, made sure to hold exactly `files`, whatever .gitignore says of them.

        Args:
            snapshot: of the workspace.
            files: contents as they were just read there; None for a file that is not there.
        """
        others: dict[str, bytes | None] = {}
        runnable = set()
        for path, data in files.items():
            if await self.read(snapshot, path) != data:
                others[path] = data
                if (await asyncio.to_thread(file_mode, self.workspace, path) or 0) & 0o100:
                    runnable.add(path)
        return await self.write_snapshot(snapshot, others, runnable) if others else snapshot

    async def write_snapshot(
        self, base: str, files: Mapping[str, bytes | None], executable: Collection[str] = ()
    ) -> str:
        """`base` with `files` put in its place (None removes); no folder is touched.

        Modes of files that are in `base` are kept; new ones are plain, if not named `executable`.

        Raises:
            PathRefused: a path is no plain relative one, is a link or a folder in `base`, or leads
                through a link or a file: else a model's text could become the target of a link.
        """
        for path in files:
            await self._must_be_writable(base, check_relative(path))
        async with self._alone():
            index = {"GIT_INDEX_FILE": str(self._candidate)}
            await self._git("read-tree", base, extra=index)
            lines = [
                await self._index_line(base, path, data, _EXECUTABLE if path in executable else "")
                for path, data in files.items()
            ]
            await self._git(
                "update-index", "-z", "--index-info", stdin=b"".join(lines), extra=index
            )
            tree = await self._git("write-tree", extra=index)
            return await self._keep(tree.decode().strip())

    async def _must_be_writable(self, base: str, path: str) -> None:
        parts = path.split("/")
        for end in range(1, len(parts) + 1):
            fine = {"", _FOLDER} if end < len(parts) else {"", _PLAIN, _EXECUTABLE}
            if await self._mode(base, "/".join(parts[:end])) not in fine:
                raise PathRefused(
                    f"{path} is a link or a folder, or leads through a link or a file.",
                    "Name a plain file below real folders.",
                )

    async def _index_line(self, base: str, path: str, data: bytes | None, new: str) -> bytes:
        name = os.fsencode(path) + b"\0"
        if data is None:
            return b"0 " + b"0" * 40 + b"\t" + name
        blob = await self._git("hash-object", "-w", "--no-filters", "--stdin", stdin=data)
        mode = await self._mode(base, path) or new or _PLAIN
        return f"{mode} {blob.decode().strip()}\t".encode() + name

    async def _keep(self, tree: str) -> str:
        if (self._git_dir / "refs" / "snapshots" / tree).exists():
            return tree
        (self._git_dir / "refs" / "snapshots" / f"{tree}.lock").unlink(missing_ok=True)
        await self._git("update-ref", f"refs/snapshots/{tree}", tree)
        return tree

    # --- looking into snapshots --------------------------------------------------------------

    async def read(self, snapshot: str, path: str) -> bytes | None:
        """The bytes of `path` in `snapshot`; None when it is not there or is no regular file."""
        if await self._mode(snapshot, path) not in {_PLAIN, _EXECUTABLE}:
            return None
        return await self._look("cat-file", "blob", f"{snapshot}:{path}")

    async def mode(self, snapshot: str, path: str) -> int | None:
        """Permission bits of `path` in `snapshot`, as far as git knows them."""
        return {_PLAIN: 0o644, _EXECUTABLE: 0o755}.get(await self._mode(snapshot, path))

    async def _mode(self, snapshot: str, path: str) -> str:
        known = self._modes.get((snapshot, path))
        if known is not None:
            return known
        line = await self._look("ls-tree", "-z", snapshot, "--", path)
        if len(self._modes) >= _REMEMBERED:
            self._modes.clear()
        mode = self._modes[snapshot, path] = line.split(b" ", 1)[0].decode()
        return mode

    async def paths(self, snapshot: str) -> list[str]:
        """Every path in `snapshot`."""
        return _names(await self._look("ls-tree", "-r", "-z", "--name-only", snapshot))

    async def changed(self, before: str, after: str) -> list[str]:
        """Paths that differ between two snapshots."""
        return _names(await self._look("diff-tree", "-r", "-z", "--name-only", before, after))

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
        move = ("read-tree", "--reset", "-u", snapshot)
        await self._git(*move, extra=extra, work_tree=folder, umask=0o022)

    async def checked_out(self, index: Path) -> set[str]:
        """The paths that the last `check_out` with this index has made."""
        extra = {"GIT_INDEX_FILE": str(index)}
        return set(_names(await self._git("ls-files", "-z", extra=extra)))

    async def ignored_folders(self, names: Sequence[str]) -> list[str]:
        """Those of `names` in the workspace that are folders and not part of a snapshot."""
        there = [name for name in names if (self.workspace / name).is_dir()]
        if not there:
            return []
        index = {"GIT_INDEX_FILE": str(self._index)}
        known = await self._git("ls-files", "-z", "--", *there, extra=index)
        tracked = {name.partition("/")[0] for name in _names(known)}
        return [name for name in there if name not in tracked]

    async def _look(self, *arguments: str) -> bytes:
        try:
            return await self._git(*arguments)
        except WorkspaceError as error:
            raise WorkspaceError(
                f"A snapshot in {self.home} is missing or damaged. {error.message}",
                "Your files are untouched. Begin a new session: orchestrator-tui --new",
            ) from error

    async def _git(
        self,
        *arguments: str,
        stdin: bytes = b"",
        extra: Mapping[str, str] | None = None,
        work_tree: Path | None = None,
        allowed: tuple[int, ...] = (0,),
        umask: int = 0o077,
    ) -> bytes:
        if not self._ready and not self._holding:
            await self.open()
        where = {"GIT_DIR": str(self._git_dir), **(extra or {})}
        if work_tree:
            where["GIT_WORK_TREE"] = str(work_tree)
        _, said = await run_git(
            *arguments,
            cwd=work_tree or self.home,
            stdin=stdin,
            extra=where,
            allowed=allowed,
            inherited=self._holding,
            umask=umask,
        )
        return said


def _names(output: bytes) -> list[str]:
    return [os.fsdecode(name) for name in output.split(b"\0") if name]
