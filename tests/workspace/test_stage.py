from pathlib import Path

from orchestrator.workspace.snapshots import ShadowRepository
from orchestrator.workspace.stage import StagePool


async def test_a_stage_holds_exactly_its_snapshot(
    workspace: Path, repository: ShadowRepository
) -> None:
    (workspace / "a").write_text("1")
    (workspace / "tool").write_text("x")
    (workspace / "tool").chmod(0o755)
    base = await repository.snapshot()
    candidate = await repository.write_snapshot(base, {"a": b"2", "b/c": b"3"})
    pool = StagePool(repository, 1)
    async with pool.stage(candidate) as stage:
        assert _files(stage.path) == {"a": "2", "b/c": "3", "tool": "x"}
        assert (stage.path / "tool").stat().st_mode & 0o100
    async with pool.stage(base) as stage:
        assert _files(stage.path) == {"a": "1", "tool": "x"}


async def test_what_a_test_run_left_is_gone_in_the_next_use(
    workspace: Path, repository: ShadowRepository
) -> None:
    (workspace / ".gitignore").write_text("*.log\n")
    (workspace / "a").write_text("1")
    snapshot = await repository.snapshot()
    pool = StagePool(repository, 1)
    async with pool.stage(snapshot) as stage:
        (stage.path / "a").write_text("changed by a test")
        (stage.path / "new").write_text("x")
        (stage.path / "ignored.log").write_text("x")
        (stage.path / "folder").mkdir()
        (stage.path / "folder" / "deep").write_text("x")
    async with pool.stage(snapshot) as stage:
        assert _files(stage.path) == {".gitignore": "*.log\n", "a": "1"}
    assert _files(workspace) == {".gitignore": "*.log\n", "a": "1"}


async def test_dependency_folders_are_linked_and_survive_the_cleaning(
    workspace: Path, repository: ShadowRepository
) -> None:
    (workspace / ".gitignore").write_text("node_modules\n")
    (workspace / "node_modules").mkdir()
    (workspace / "node_modules" / "lib.js").write_text("x")
    snapshot = await repository.snapshot()
    pool = StagePool(repository, 1)
    for _ in range(2):
        async with pool.stage(snapshot) as stage:
            assert (stage.path / "node_modules" / "lib.js").read_text() == "x"
    assert (workspace / "node_modules" / "lib.js").exists()


async def test_two_stages_do_not_see_each_other(
    workspace: Path, repository: ShadowRepository
) -> None:
    (workspace / "a").write_text("1")
    snapshot = await repository.snapshot()
    pool = StagePool(repository, 2)
    async with pool.stage(snapshot) as one, pool.stage(snapshot) as two:
        (one.path / "a").write_text("mine")
        assert (two.path / "a").read_text() == "1"


def _files(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
