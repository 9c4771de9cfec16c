"""A workspace with one candidate for it."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from orchestrator.workspace.apply import WritePlan, perform, plan_apply, plan_undo
from orchestrator.workspace.snapshots import ShadowRepository

OLD = b"".join(b"line %d\n" % number for number in range(20))
NEW = OLD.replace(b"line 3\n", b"line three\n")


class Room:
    """What the engine does around an approval, in short."""

    def __init__(self, workspace: Path, repository: ShadowRepository) -> None:
        self.workspace = workspace
        self.repository = repository
        self.base = self.candidate = ""
        self.paths: list[str] = []

    async def offer(self, files: Mapping[str, bytes | None]) -> None:
        """Makes a candidate from the workspace as it is."""
        self.paths = list(files)
        self.base = await self.repository.snapshot()
        self.candidate = await self.repository.write_snapshot(self.base, files)

    async def plan(self, *, allow_protected: bool = False) -> WritePlan:
        return await plan_apply(
            self.repository,
            base=self.base,
            candidate=self.candidate,
            paths=self.paths,
            allow_protected=allow_protected,
        )

    async def apply(self) -> WritePlan:
        plan = await self.plan()
        await perform(self.repository, plan)
        return plan

    async def undo(self, applied: WritePlan) -> WritePlan:
        plan = await plan_undo(
            self.repository,
            before=applied.before,
            applied=applied.snapshot,
            paths=[change.path for change in applied.files],
        )
        await perform(self.repository, plan)
        return plan


Known = tuple[str, int, bytes]


def everything_below(folder: Path) -> dict[str, Known]:
    """Kind, permissions and content of all that lies below `folder`, links not followed."""
    paths = [Path(above, name) for above, some, more in os.walk(folder) for name in some + more]
    return {os.path.relpath(path, folder): _known(path) for path in paths}


def _known(path: Path) -> Known:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return "link", 0, os.fsencode(path.readlink())
    if stat.S_ISREG(mode):
        return "file", stat.S_IMODE(mode), path.read_bytes()
    return "folder" if stat.S_ISDIR(mode) else "other", stat.S_IMODE(mode), b""
