"""Applying and undoing leave the workspace exactly as it was: folders and permissions too."""

import os
from pathlib import Path

import pytest

from orchestrator.errors import PathRefused
from orchestrator.workspace.apply import WritePlan, perform, recover
from orchestrator.workspace.snapshots import ShadowRepository
from tests.workspace.room import NEW, OLD, Room, everything_below


@pytest.fixture
def room(workspace: Path, repository: ShadowRepository) -> Room:
    return Room(workspace, repository)


@pytest.fixture(autouse=True)
def a_file(workspace: Path) -> Path:
    file = workspace / "a.py"
    file.write_bytes(OLD)
    return file


async def test_undo_brings_back_everything_from_before(room: Room, a_file: Path) -> None:
    a_file.chmod(0o755)
    (room.workspace / "gone.txt").write_bytes(b"secret\r\n")
    (room.workspace / "gone.txt").chmod(0o600)
    (room.workspace / "empty").mkdir()
    before = everything_below(room.workspace)
    await room.offer(
        {"a.py": NEW, "gone.txt": None, "new/deep/b.py": b"x\n", "empty/too.py": b"y\n"}
    )
    applied = await room.apply()
    assert everything_below(room.workspace) != before
    undone = await room.undo(applied)
    assert everything_below(room.workspace) == before
    assert undone.merged == ()


async def test_a_change_can_be_applied_and_undone_again_and_again(room: Room) -> None:
    before = everything_below(room.workspace)
    await room.offer({"a.py": NEW, "new/b.py": b"x\n"})
    for _ in range(3):
        await room.undo(await room.apply())
        assert everything_below(room.workspace) == before


async def test_undo_keeps_what_the_user_wrote_since(room: Room, a_file: Path) -> None:
    await room.offer({"a.py": NEW, "new/b.py": b"x\n"})
    applied = await room.apply()
    a_file.write_bytes(NEW + b"my own line\n")
    (room.workspace / "new" / "mine.txt").write_bytes(b"mine")
    undone = await room.undo(applied)
    assert a_file.read_bytes() == OLD + b"my own line\n"
    assert undone.merged == ("a.py",)
    assert [entry.name for entry in (room.workspace / "new").iterdir()] == ["mine.txt"]


async def test_a_failure_in_the_middle_takes_everything_back(room: Room, a_file: Path) -> None:
    a_file.chmod(0o640)
    secret = room.workspace / "gone.txt"
    secret.write_bytes(b"secret")
    secret.chmod(0o600)
    last = room.workspace / "z.py"
    last.write_bytes(b"z\n")
    await room.offer({"a.py": NEW, "gone.txt": None, "new/deep/b.py": b"x\n", "z.py": b"y\n"})
    plan = await room.plan()
    os.link(last, room.workspace / "second name")
    before = everything_below(room.workspace)
    with pytest.raises(PathRefused, match="hard links"):
        await perform(room.repository, plan)
    assert everything_below(room.workspace) == before


@pytest.mark.parametrize("mine", [b"quite another\n", b"\0", None])
async def test_a_file_the_candidate_does_not_change_stays_as_the_user_has_it(
    room: Room, a_file: Path, mine: bytes | None
) -> None:
    await room.offer({"a.py": OLD, "b.py": b"x\n"})
    a_file.unlink()
    if mine is not None:
        a_file.write_bytes(mine)
    plan = await room.apply()
    assert [change.path for change in plan.files] == ["b.py"]
    assert (a_file.read_bytes() if a_file.exists() else None) == mine


async def test_undo_of_a_change_to_an_ignored_place_brings_nothing_else_along(room: Room) -> None:
    (room.workspace / ".gitignore").write_text("build/\n")
    (room.workspace / "build").mkdir()
    (room.workspace / "build" / "other").write_text("precious")
    before = everything_below(room.workspace)
    await room.offer({"build/made.py": b"x\n"})
    applied = await room.apply()
    assert (room.workspace / "build" / "made.py").read_bytes() == b"x\n"
    await room.undo(applied)
    assert everything_below(room.workspace) == before


async def test_folders_made_for_a_write_that_is_taken_back_go_too(room: Room) -> None:
    (room.workspace / "a.py").write_bytes(OLD)
    before = everything_below(room.workspace)
    await room.offer({"a.py": NEW, "new/deep/b.py": b"x\n"})
    plan = await room.plan()
    await perform(room.repository, plan)
    (room.workspace / "a.py").write_bytes(OLD)  # as if it had not been written yet
    assert await _recovered(room.repository, plan) == "untouched"
    assert everything_below(room.workspace) == before


async def _recovered(repository: ShadowRepository, plan: WritePlan) -> str:
    return await recover(repository, before=plan.before, files=plan.files, snapshot=plan.snapshot)
