"""Whatever a test run leaves in a stage, the next one finds it clean, and nothing else changed."""

import os
import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.workspace.snapshots import ShadowRepository
from orchestrator.workspace.stage import StagePool

FILES = {"a": b"1", "src/b": b"2", "src/deep/c": b"3"}


def _read_only_folders(stage: Path, outside: Path) -> None:
    (stage / "made").mkdir()
    (stage / "made" / "x").write_bytes(b"x")
    (stage / "src" / "new").write_bytes(b"x")
    (stage / "src" / "b").write_bytes(b"changed")
    (stage / "made").chmod(0)
    (stage / "src" / "deep").chmod(0o500)
    (stage / "src").chmod(0o500)
    stage.chmod(0o500)


def _links_outside(stage: Path, outside: Path) -> None:
    subprocess.run(["rm", "-rf", stage / "src"], check=True)
    (stage / "src").symlink_to(outside)
    (stage / "a").unlink()
    (stage / "a").symlink_to(outside / "b")
    (stage / "more").symlink_to(outside)
    (stage / "broken").symlink_to("nowhere")


def _repositories(stage: Path, outside: Path) -> None:
    for folder in (stage, stage / "src", stage / "inner"):
        folder.mkdir(exist_ok=True)
        subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    (stage / "inner" / "x").write_bytes(b"x")
    (stage / "src" / "deep" / ".git").write_text("gitdir: /nowhere\n")


def _many_files(stage: Path, outside: Path) -> None:
    for number in range(3000):
        (stage / f"x{number % 7}").mkdir(exist_ok=True)
        (stage / f"x{number % 7}" / str(number)).write_bytes(b"")


def _odd_entries(stage: Path, outside: Path) -> None:
    os.mkfifo(stage / "pipe")
    (stage / os.fsdecode(b"\xff\n")).write_bytes(b"x")
    (stage / "a").unlink()
    (stage / "a").mkdir()
    (stage / "a" / "x").write_bytes(b"x")
    os.link(outside / "b", stage / "hard")
    (stage / "src" / "b").unlink()
    os.link(outside / "b", stage / "src" / "b")


def _ignore_rules(stage: Path, outside: Path) -> None:
    (stage / ".gitignore").write_text("*\n")
    (stage / "src" / ".gitattributes").write_text("* eol=crlf\n")
    (stage / "hidden").write_bytes(b"x")


def _gone(stage: Path, outside: Path) -> None:
    subprocess.run(["rm", "-rf", stage], check=True)
    stage.symlink_to(outside)


MISUSES = [
    _read_only_folders, _links_outside, _repositories, _many_files, _odd_entries, _ignore_rules,
    _gone,
]  # fmt: skip


@pytest.mark.parametrize("misuse", MISUSES)
async def test_the_next_use_of_a_stage_is_clean(
    workspace: Path,
    repository: ShadowRepository,
    tmp_path: Path,
    misuse: Callable[[Path, Path], None],
) -> None:
    outside = tmp_path / "outside"
    (outside / "deep").mkdir(parents=True)
    for name in ("b", "deep/c", "mine"):
        (outside / name).write_bytes(b"precious")
    for name, data in FILES.items():
        (workspace / name).parent.mkdir(parents=True, exist_ok=True)
        (workspace / name).write_bytes(data)
    snapshot = await repository.snapshot()
    candidate = await repository.write_snapshot(snapshot, {"src/b": b"new", "src/deep/c": None})
    pool = StagePool(repository, 1)
    for held, content in ((snapshot, FILES), (candidate, {"a": b"1", "src/b": b"new"})):
        async with pool.stage(snapshot) as stage:
            misuse(stage.path, outside)
        async with pool.stage(held) as stage:
            assert _everything(stage.path) == content
            assert stage.path.name == "stage-1"
    assert {n: (outside / n).read_bytes() for n in ("b", "deep/c", "mine")} == {
        "b": b"precious",
        "deep/c": b"precious",
        "mine": b"precious",
    }
    assert _everything(workspace) == FILES


def _everything(folder: Path) -> dict[str, bytes]:
    """Every file and link; a link by where it leads."""
    return {
        path.relative_to(folder).as_posix(): (
            os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
        )
        for path in folder.rglob("*")
        if path.is_symlink() or not path.is_dir()
    }


async def test_a_tracked_folder_takes_the_place_of_a_link_to_dependencies(
    workspace: Path, repository: ShadowRepository
) -> None:
    (workspace / ".gitignore").write_text("vendor\n")
    (workspace / "vendor").mkdir()
    (workspace / "vendor" / "lib").write_bytes(b"theirs")
    base = await repository.snapshot()
    candidate = await repository.write_snapshot(base, {"vendor/lib": b"ours"})
    pool = StagePool(repository, 1)
    async with pool.stage(base) as stage:
        assert (stage.path / "vendor").is_symlink()
    async with pool.stage(candidate) as stage:
        assert (stage.path / "vendor" / "lib").read_bytes() == b"ours"
    async with pool.stage(base) as stage:
        assert (stage.path / "vendor" / "lib").read_bytes() == b"theirs"
    assert (workspace / "vendor" / "lib").read_bytes() == b"theirs"


async def test_snapshots_candidates_and_stages_at_once_are_all_right(
    workspace: Path, repository: ShadowRepository
) -> None:
    import asyncio

    seed = random.randrange(10**9)
    print(f"seed {seed}")
    source = random.Random(seed)
    for number in range(30):
        (workspace / f"f{number}").write_bytes(b"%d" % number)
    base = await repository.snapshot()
    pool = StagePool(repository, 2)

    async def one(number: int) -> None:
        data = b"new %d" % number
        candidate = await repository.write_snapshot(base, {f"f{number % 30}": data})
        async with pool.stage(candidate) as stage:
            assert (stage.path / f"f{number % 30}").read_bytes() == data
            found = len([p for p in stage.path.iterdir() if p.name.startswith("f")])
            assert found == 30
        (workspace / f"new{source.randrange(5)}").write_bytes(data)
        await repository.snapshot()

    async with asyncio.TaskGroup() as group:
        for number in range(12):
            group.create_task(one(number))
