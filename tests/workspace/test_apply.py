import os
from pathlib import Path

import pytest

from orchestrator.errors import Conflict, PathRefused, WorkspaceError
from orchestrator.values import FileChange
from orchestrator.workspace.apply import (
    WritePlan,
    digest,
    perform,
    plan_apply,
    plan_undo,
    recover,
)
from orchestrator.workspace.snapshots import ShadowRepository

OLD = b"".join(b"line %d\n" % number for number in range(20))
NEW = OLD.replace(b"line 3\n", b"line three\n")


class Room:
    """A workspace with one candidate for it."""

    def __init__(self, workspace: Path, repository: ShadowRepository) -> None:
        self.workspace = workspace
        self.repository = repository
        self.base = self.candidate = ""
        self.paths: list[str] = []

    async def offer(self, **changes: bytes | None) -> None:
        self.paths = [name.replace("__", "/").replace("_", ".") for name in changes]
        self.base = await self.repository.snapshot()
        files = dict(zip(self.paths, changes.values(), strict=True))
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


@pytest.fixture
def room(workspace: Path, repository: ShadowRepository) -> Room:
    (workspace / "a.py").write_bytes(OLD)
    return Room(workspace, repository)


async def test_an_approved_change_is_in_the_workspace(room: Room) -> None:
    (room.workspace / "a.py").chmod(0o750)
    await room.offer(a_py=NEW, deep__b_py=b"x\n")
    plan = await room.apply()
    assert (room.workspace / "a.py").read_bytes() == NEW
    assert (room.workspace / "deep" / "b.py").read_bytes() == b"x\n"
    assert (room.workspace / "a.py").stat().st_mode & 0o777 == 0o750
    assert plan.files[0] == FileChange(
        path="a.py", before=digest(OLD), after=digest(NEW), added=1, removed=1
    )
    assert plan.merged == ()


async def test_an_edit_made_meanwhile_is_kept(room: Room) -> None:
    await room.offer(a_py=NEW)
    (room.workspace / "a.py").write_bytes(OLD + b"my own line\n")
    plan = await room.apply()
    assert (room.workspace / "a.py").read_bytes() == NEW + b"my own line\n"
    assert plan.merged == ("a.py",)


async def test_an_edit_of_the_same_lines_is_a_conflict_and_nothing_is_written(room: Room) -> None:
    mine = OLD.replace(b"line 3\n", b"line 3, mine\n")
    await room.offer(a_py=NEW, b_py=b"x\n")
    (room.workspace / "a.py").write_bytes(mine)
    with pytest.raises(Conflict) as caught:
        await room.apply()
    assert caught.value.paths == ("a.py",)
    assert (room.workspace / "a.py").read_bytes() == mine
    assert not (room.workspace / "b.py").exists()


async def test_a_file_that_appeared_meanwhile_is_a_conflict(room: Room) -> None:
    await room.offer(b_py=b"theirs\n")
    (room.workspace / "b.py").write_bytes(b"mine\n")
    with pytest.raises(Conflict):
        await room.apply()
    assert (room.workspace / "b.py").read_bytes() == b"mine\n"


async def test_an_edit_between_plan_and_write_is_never_overwritten(room: Room) -> None:
    await room.offer(a_py=NEW, z_py=b"z\n")
    plan = await room.plan()
    (room.workspace / "z.py").write_bytes(b"mine\n")
    with pytest.raises(Conflict):
        await perform(room.repository, plan)
    assert (room.workspace / "a.py").read_bytes() == OLD  # what was written is taken back
    assert (room.workspace / "z.py").read_bytes() == b"mine\n"


async def test_a_failure_in_the_middle_takes_everything_back(room: Room) -> None:
    await room.offer(a_py=NEW, z_py=b"z\n")
    plan = await room.plan()
    (room.workspace / "other").write_bytes(b"x")
    os.link(room.workspace / "a.py", room.workspace / "second name")
    with pytest.raises(PathRefused, match="hard links"):
        await perform(room.repository, plan)
    assert (room.workspace / "a.py").read_bytes() == OLD
    assert not (room.workspace / "z.py").exists()


async def test_undo_brings_back_the_bytes_from_before(room: Room) -> None:
    await room.offer(a_py=NEW, b_py=b"x\n")
    applied = await room.apply()
    await room.undo(applied)
    assert (room.workspace / "a.py").read_bytes() == OLD
    assert not (room.workspace / "b.py").exists()


async def test_undo_keeps_what_the_user_wrote_since(room: Room) -> None:
    await room.offer(a_py=NEW)
    applied = await room.apply()
    (room.workspace / "a.py").write_bytes(NEW + b"my own line\n")
    await room.undo(applied)
    assert (room.workspace / "a.py").read_bytes() == OLD + b"my own line\n"


async def test_undo_of_lines_edited_since_is_a_conflict(room: Room) -> None:
    await room.offer(a_py=NEW)
    applied = await room.apply()
    mine = NEW.replace(b"line three", b"line drei")
    (room.workspace / "a.py").write_bytes(mine)
    with pytest.raises(Conflict):
        await room.undo(applied)
    assert (room.workspace / "a.py").read_bytes() == mine


async def test_a_change_that_is_there_already_writes_nothing(room: Room) -> None:
    await room.offer(a_py=NEW)
    (room.workspace / "a.py").write_bytes(NEW)
    assert (await room.apply()).files == ()


async def test_a_protected_file_needs_its_own_approval(room: Room) -> None:
    await room.offer(Makefile=b"all:\n")
    with pytest.raises(PathRefused, match="own approval"):
        await room.plan()
    assert (await room.plan(allow_protected=True)).files


async def test_a_read_only_folder_is_named_and_nothing_is_lost(room: Room) -> None:
    await room.offer(sub__b_py=b"x\n")
    plan = await room.plan()
    (room.workspace / "sub").write_bytes(b"a file where a folder should be")
    with pytest.raises(WorkspaceError):
        await perform(room.repository, plan)
    assert (room.workspace / "sub").read_bytes() == b"a file where a folder should be"


@pytest.mark.parametrize(
    ("a", "b", "outcome", "a_after", "b_after"),
    [
        (NEW, b"x\n", "written", NEW, b"x\n"),
        (OLD, None, "untouched", OLD, None),
        (NEW, None, "untouched", OLD, None),
        (OLD, b"x\n", "untouched", OLD, None),
        (b"mine", b"x\n", "edited", b"mine", b"x\n"),
    ],
)
async def test_a_write_that_was_cut_short_is_put_right_by_hash(
    room: Room, a: bytes, b: bytes | None, outcome: str, a_after: bytes, b_after: bytes | None
) -> None:
    await room.offer(a_py=NEW, b_py=b"x\n")
    plan = await room.plan()
    (room.workspace / "a.py").write_bytes(a)
    if b is not None:
        (room.workspace / "b.py").write_bytes(b)
    assert await recover(room.repository, before=plan.before, files=plan.files) == outcome
    assert (room.workspace / "a.py").read_bytes() == a_after
    there = room.workspace / "b.py"
    assert (there.read_bytes() if there.exists() else None) == b_after
