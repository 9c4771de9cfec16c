"""What goes into a snapshot, and what a candidate may not do to one."""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from orchestrator.errors import PathRefused
from orchestrator.workspace.scan import LARGEST_FILE
from orchestrator.workspace.snapshots import ShadowRepository
from tests.workspace.room import Room, everything_below

Git = Callable[..., str]


@pytest.fixture
def room(workspace: Path, repository: ShadowRepository) -> Room:
    return Room(workspace, repository)


async def test_a_git_repository_inside_the_workspace_is_taken_like_any_folder(
    workspace: Path, repository: ShadowRepository, git: Git
) -> None:
    (workspace / "a").write_text("1")
    for name in ("empty", "fresh", "full", "full/inner", "broken"):
        (workspace / name).mkdir()
    for name in ("empty", "fresh", "full", "full/inner"):
        git("init", "--quiet", cwd=workspace / name)
    (workspace / "broken" / ".git").write_text("gitdir: /nowhere\n")  # as in a lost worktree
    for path in ("fresh/f", "full/f", "full/inner/f", "broken/f"):
        (workspace / path).write_text("x")
    git("add", "f", cwd=workspace / "full")
    git("commit", "-qm", "one", cwd=workspace / "full")
    before = everything_below(workspace)
    files = ["a", "broken/f", "fresh/f", "full/f", "full/inner/f"]
    for _ in range(2):
        assert await repository.paths(await repository.snapshot()) == files
    (workspace / "full" / "inner" / "f").write_text("changed")
    snapshot = await repository.snapshot()
    assert await repository.read(snapshot, "full/inner/f") == b"changed"
    assert {**everything_below(workspace), "full/inner/f": before["full/inner/f"]} == before


async def test_folders_of_tools_are_left_out_even_without_a_gitignore(
    workspace: Path, repository: ShadowRepository
) -> None:
    for name in ("node_modules", "src/node_modules", ".venv", "src/__pycache__"):
        (workspace / name).mkdir(parents=True)
        (workspace / name / "x").write_text("x")
    (workspace / "src" / "a").write_text("x")
    assert await repository.paths(await repository.snapshot()) == ["src/a"]


async def test_kinds_may_change_between_snapshots(
    workspace: Path, repository: ShadowRepository
) -> None:
    (workspace / "one").write_text("x")
    (workspace / "two").mkdir()
    (workspace / "two" / "f").write_text("x")
    (workspace / "three").mkdir()
    (workspace / "three" / "f").write_text("x")
    await repository.snapshot()
    (workspace / "one").unlink()
    (workspace / "one").mkdir()
    (workspace / "one" / "f").write_text("x")
    (workspace / "two" / "f").unlink()
    (workspace / "two").rmdir()
    (workspace / "two").write_text("x")
    (workspace / "three").rename(workspace / "else")
    (workspace / "three").symlink_to("else")
    snapshot = await repository.snapshot()
    assert await repository.paths(snapshot) == ["else/f", "one/f", "three", "two"]


async def test_a_file_that_is_too_large_is_left_out_and_named(
    workspace: Path, repository: ShadowRepository
) -> None:
    (workspace / "a").write_text("x")
    (workspace / "grows").write_text("x")
    await repository.snapshot()
    for name in ("huge", "grows"):
        with (workspace / name).open("wb") as file:
            file.truncate(LARGEST_FILE + 1)
    assert await repository.paths(await repository.snapshot()) == ["a"]
    assert repository.left_out == {"huge", "grows"}


async def test_a_broken_index_is_made_anew(workspace: Path, repository: ShadowRepository) -> None:
    (workspace / "a").write_text("x")
    first = await repository.snapshot()
    (repository.home / "workspace.index").write_bytes(b"DIRC, but not really")
    assert await repository.snapshot() == first


async def test_a_cancelled_snapshot_leaves_nothing_in_the_way(
    workspace: Path, repository: ShadowRepository
) -> None:
    for number in range(500):
        (workspace / f"f{number}").write_text("x" * 1000)
    for turns in (1, 5, 25, 60):
        job = asyncio.create_task(repository.snapshot())
        for _ in range(turns):
            await asyncio.sleep(0)
        job.cancel()
        with suppress(asyncio.CancelledError):
            await job
    assert len(await repository.paths(await repository.snapshot())) == 500


@pytest.mark.parametrize("path", ["link", "link/x", "a/x", "folder", "../x", ".git/x", "/x"])
async def test_a_candidate_can_not_write_through_links_or_out(
    workspace: Path, repository: ShadowRepository, path: str
) -> None:
    """Else a model's text could become the target of a link in a stage."""
    (workspace / "folder").mkdir()
    (workspace / "folder" / "f").write_text("x")
    (workspace / "a").write_text("x")
    (workspace / "link").symlink_to("folder")
    base = await repository.snapshot()
    with pytest.raises(PathRefused):
        await repository.write_snapshot(base, {path: b"/etc/passwd", "folder/f": b"x"})


async def test_the_state_folder_is_for_the_user_alone(room: Room) -> None:
    (room.workspace / "a").write_bytes(b"1")
    before = os.umask(0)
    try:
        await room.offer({"a": b"2"})
        await room.apply()
    finally:
        os.umask(before)
    state = room.repository.home.parents[1]
    known = everything_below(state)
    assert [
        path for path, (kind, mode, _) in known.items() if kind == "folder" and mode & 0o77
    ] == []
    assert [path for path, (kind, mode, _) in known.items() if kind == "file" and mode & 0o77] == []
    assert state.stat().st_mode & 0o777 == 0o700


async def test_two_sessions_may_take_snapshots_at_once(
    workspace: Path, repository: ShadowRepository
) -> None:
    other = ShadowRepository(workspace, repository.home)
    for number in range(300):
        (workspace / f"f{number}").write_text("x")
    one, two, three = await asyncio.gather(
        repository.snapshot(), other.snapshot(), repository.snapshot()
    )
    assert one == two == three
