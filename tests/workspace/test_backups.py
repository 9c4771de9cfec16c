"""Whatever is replaced can be had again, in any order of writing, taking back and editing."""

import os
import random
import resource
import subprocess
from pathlib import Path

import pytest

from orchestrator.errors import Conflict, WorkspaceError
from orchestrator.workspace.apply import WritePlan, perform, plan_apply, plan_undo, recover
from orchestrator.workspace.snapshots import ShadowRepository
from orchestrator.workspace.swap import temporary_name


async def base_with(repository: ShadowRepository, path: str) -> str:
    """A snapshot that holds `path`, ignored or not."""
    data = (repository.workspace / path).read_bytes()
    return await repository.with_files(await repository.snapshot(), {path: data})


async def write(repository: ShadowRepository, path: str, data: bytes, base: str) -> WritePlan:
    candidate = await repository.write_snapshot(base, {path: data})
    plan = await plan_apply(repository, base=base, candidate=candidate, paths=[path])
    await perform(repository, plan)
    return plan


async def take_back(repository: ShadowRepository, applied: WritePlan) -> None:
    paths = [change.path for change in applied.files]
    plan = await plan_undo(repository, before=applied.before, applied=applied.snapshot, paths=paths)
    await perform(repository, plan)


async def test_a_file_that_git_ignores_is_written_and_taken_back(
    workspace: Path, repository: ShadowRepository
) -> None:
    (workspace / ".gitignore").write_text("out.py\n")
    (workspace / "out.py").write_bytes(b"mine\r\n")
    (workspace / "out.py").chmod(0o755)
    base = await base_with(repository, "out.py")
    assert await repository.mode(base, "out.py") == 0o755
    applied = await write(repository, "out.py", b"new\n", base)
    assert (workspace / "out.py").read_bytes() == b"new\n"
    assert await repository.read(applied.before, "out.py") == b"mine\r\n"
    await take_back(repository, applied)
    assert (workspace / "out.py").read_bytes() == b"mine\r\n"


async def test_an_ignored_file_that_was_not_in_the_base_is_a_conflict_not_a_loss(
    workspace: Path, repository: ShadowRepository
) -> None:
    (workspace / ".gitignore").write_text("out.py\n")
    (workspace / "out.py").write_bytes(b"mine\n")
    with pytest.raises(Conflict):
        await write(repository, "out.py", b"new\n", await repository.snapshot())
    assert (workspace / "out.py").read_bytes() == b"mine\n"


async def test_a_file_in_a_repository_inside_is_written_and_taken_back(
    workspace: Path, repository: ShadowRepository
) -> None:
    inner = workspace / "sub"
    inner.mkdir()
    (inner / "f.py").write_bytes(b"mine\n")
    (inner / "other.py").write_bytes(b"other\n")
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "m"]):
        command = ["git", "-c", "user.name=u", "-c", "user.email=u@h", *arguments]
        subprocess.run(command, cwd=inner, check=True)
    kept = {str(p): p.read_bytes() for p in (inner / ".git").rglob("*") if p.is_file()}
    base = await base_with(repository, "sub/f.py")
    applied = await write(repository, "sub/f.py", b"new\n", base)
    assert (inner / "f.py").read_bytes() == b"new\n"
    await take_back(repository, applied)
    assert (inner / "f.py").read_bytes() == b"mine\n"
    assert (inner / "other.py").read_bytes() == b"other\n"
    assert {str(p): p.read_bytes() for p in (inner / ".git").rglob("*") if p.is_file()} == kept


async def test_a_file_that_becomes_ignored_does_not_look_deleted(
    workspace: Path, repository: ShadowRepository
) -> None:
    (workspace / "a.py").write_bytes(b"1\n")
    first = await repository.snapshot()
    (workspace / ".gitignore").write_text("a.py\n")
    assert await repository.changed(first, await repository.snapshot()) == [".gitignore"]
    applied = await write(repository, "a.py", b"2\n", first)
    await take_back(repository, applied)
    assert (workspace / "a.py").read_bytes() == b"1\n"


async def test_a_backup_that_does_not_hold_the_file_stops_the_write(
    workspace: Path, repository: ShadowRepository
) -> None:
    (workspace / "a.py").write_bytes(b"1\n")
    base = await repository.snapshot()
    candidate = await repository.write_snapshot(base, {"a.py": b"2\n"})
    plan = await plan_apply(repository, base=base, candidate=candidate, paths=["a.py"])
    poor = WritePlan(before=candidate, snapshot=plan.snapshot, files=plan.files, merged=())
    with pytest.raises(WorkspaceError, match="damaged"):
        await perform(repository, poor)
    assert (workspace / "a.py").read_bytes() == b"1\n"


async def test_a_disk_that_is_full_in_the_middle_changes_nothing(
    workspace: Path, repository: ShadowRepository
) -> None:
    (workspace / "a.py").write_bytes(b"1\n")
    base = await repository.snapshot()
    files = {"a.py": b"2\n", "new/b.py": b"x" * 100_000}
    candidate = await repository.write_snapshot(base, files)
    plan = await plan_apply(repository, base=base, candidate=candidate, paths=list(files))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))  # as good as a full disk
    try:
        with pytest.raises(WorkspaceError, match="too large"):
            await perform(repository, plan)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [p.name for p in workspace.rglob("*") if p.is_file()] == ["a.py"]
    assert (workspace / "a.py").read_bytes() == b"1\n"


@pytest.mark.parametrize("what", ["folder", "link", "pipe", "parent"])
async def test_recovery_leaves_alone_what_is_no_file_any_more(
    workspace: Path, repository: ShadowRepository, what: str
) -> None:
    path = workspace / "d" / "a.py"
    path.parent.mkdir()
    path.write_bytes(b"1\n")
    base = await repository.snapshot()
    candidate = await repository.write_snapshot(base, {"d/a.py": b"2\n"})
    plan = await plan_apply(repository, base=base, candidate=candidate, paths=["d/a.py"])
    path.unlink()
    match what:
        case "folder":
            path.mkdir()
        case "link":
            path.symlink_to("/etc/hostname")
        case "pipe":
            os.mkfifo(path)
        case "parent":
            path.parent.rmdir()
            path.parent.write_bytes(b"mine")
    assert await recover(repository, before=plan.before, files=plan.files) == "edited"


async def test_recovery_waits_for_a_workspace_that_is_away(
    workspace: Path, repository: ShadowRepository
) -> None:
    (workspace / "a.py").write_bytes(b"1\n")
    base = await repository.snapshot()
    candidate = await repository.write_snapshot(base, {"a.py": b"2\n", "b.py": b"x"})
    paths = ["a.py", "b.py"]
    plan = await plan_apply(repository, base=base, candidate=candidate, paths=paths)
    workspace.rename(workspace.with_name("away"))
    with pytest.raises(WorkspaceError, match="is gone"):
        await recover(repository, before=plan.before, files=plan.files)


async def test_recovery_removes_what_a_kill_left_beside_the_file_and_nothing_else(
    workspace: Path, repository: ShadowRepository
) -> None:
    (workspace / "a.py").write_bytes(b"1\n")
    base = await repository.snapshot()
    candidate = await repository.write_snapshot(base, {"a.py": b"2\n"})
    plan = await plan_apply(repository, base=base, candidate=candidate, paths=["a.py"])
    (workspace / "a.py").write_bytes(b"2\n")
    (workspace / temporary_name("a.py")).write_bytes(b"1\n")
    mine = workspace / temporary_name("a.py")
    mine.write_bytes(b"mine")
    (workspace / ".a.py.swp").write_bytes(b"1\n")
    assert await recover(repository, before=plan.before, files=plan.files) == "written"
    assert {entry.name for entry in workspace.iterdir()} == {"a.py", ".a.py.swp", mine.name}


async def test_in_any_order_the_users_own_lines_survive(
    workspace: Path, repository: ShadowRepository
) -> None:
    """Random writing, taking back and editing: what the user wrote last is always there."""
    seed = random.randrange(10**9)
    print(f"seed {seed}")
    source = random.Random(seed)
    path = workspace / "f.py"
    (workspace / ".gitignore").write_text("")
    mine: set[bytes] = set()
    path.write_bytes(b"".join(b"line %d\n" % number for number in range(30)))
    applied: list[WritePlan] = []
    for step in range(25):
        match source.choice(["edit", "write", "undo", "ignore"]):
            case "edit":
                mark = b"mine %d\n" % step
                lines = path.read_bytes().splitlines(keepends=True)
                lines.insert(source.randrange(len(lines)), mark)
                path.write_bytes(b"".join(lines))
                mine.add(mark)
            case "write":
                base = await base_with(repository, "f.py")
                lines = path.read_bytes().splitlines(keepends=True)
                lines.insert(source.randrange(len(lines)), b"model %d\n" % step)
                plan = await write(repository, "f.py", b"".join(lines), base)
                applied.append(plan)
            case "undo" if applied:
                try:
                    await take_back(repository, applied.pop())
                except Conflict:
                    continue
            case _:
                ignored = source.choice(["", "*.py\n"])
                (workspace / ".gitignore").write_text(ignored)
        assert mine <= set(path.read_bytes().splitlines(keepends=True))
    assert {entry.name for entry in workspace.iterdir()} == {"f.py", ".gitignore"}
