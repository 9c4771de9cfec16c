import os
import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.errors import WorkspaceError
from orchestrator.workspace.snapshots import ShadowRepository

Git = Callable[..., str]


async def test_a_snapshot_keeps_every_byte(workspace: Path, repository: ShadowRepository) -> None:
    (workspace / ".gitattributes").write_text("* text=auto eol=lf ident\n*.txt filter=shout\n")
    contents = {
        "crlf.txt": b"one\r\ntwo\r\n",
        "$Id$.txt": b"$Id$\n",
        "no line end": b"x",
        "empty": b"",
        "binary": bytes(range(256)),
        "späße ünd\ttab": "ß".encode("latin-1"),
        ":(glob)*": b"odd name",
        "-dash": b"option?",
    }
    for name, data in contents.items():
        (workspace / name).write_bytes(data)
    snapshot = await repository.snapshot()
    assert {name: await repository.read(snapshot, name) for name in contents} == contents


async def test_the_same_workspace_is_the_same_snapshot(
    workspace: Path, repository: ShadowRepository
) -> None:
    (workspace / "a").write_text("1")
    first = await repository.snapshot()
    assert await repository.snapshot() == first
    (workspace / "a").write_text("2")
    second = await repository.snapshot()
    assert await repository.changed(first, second) == ["a"]


async def test_ignored_files_are_left_out_with_and_without_git(
    workspace: Path, repository: ShadowRepository
) -> None:
    (workspace / ".gitignore").write_text("secret\nbuild/\n")
    (workspace / "secret").write_text("x")
    (workspace / "build").mkdir()
    (workspace / "build" / "out").write_text("x")
    assert await repository.paths(await repository.snapshot()) == [".gitignore"]


async def test_the_users_git_is_not_touched(
    workspace: Path, repository: ShadowRepository, git: Git
) -> None:
    git("init", "--quiet")
    (workspace / "a").write_text("1")
    git("add", "a")
    git("commit", "--quiet", "-m", "one")
    (workspace / "a").write_text("staged")
    git("add", "a")
    (workspace / "a").write_text("not staged")
    (workspace / ".git" / "hooks" / "post-index-change").write_text("#!/bin/sh\ntouch ran\n")
    (workspace / ".git" / "hooks" / "post-index-change").chmod(0o755)
    before = _bytes_below(workspace / ".git")
    snapshot = await repository.snapshot()
    await repository.write_snapshot(snapshot, {"a": b"2", "b/c": b"3"})
    assert _bytes_below(workspace / ".git") == before
    assert not (workspace / "ran").exists()
    assert await repository.read(snapshot, "a") == b"not staged"


def _bytes_below(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


async def test_a_git_repository_inside_the_workspace_is_left_alone(
    workspace: Path, repository: ShadowRepository
) -> None:
    (workspace / "a").write_text("1")
    for name in ("empty-repo", "full-repo"):
        inner = workspace / name
        inner.mkdir()
        subprocess.run(["git", "init", "--quiet"], cwd=inner, check=True)
    (workspace / "full-repo" / "f").write_text("x")
    commit = ["git", "-c", "user.name=u", "-c", "user.email=u@h", "commit", "-qm", "m"]
    subprocess.run(["git", "add", "."], cwd=workspace / "full-repo", check=True)
    subprocess.run(commit, cwd=workspace / "full-repo", check=True)
    assert "a" in await repository.paths(await repository.snapshot())


async def test_an_unreadable_file_does_not_stop_the_snapshot(
    workspace: Path, repository: ShadowRepository
) -> None:
    (workspace / "a").write_text("1")
    os.mkfifo(workspace / "pipe")
    assert await repository.paths(await repository.snapshot()) == ["a"]


async def test_a_candidate_is_its_base_with_files_put_in_place(
    workspace: Path, repository: ShadowRepository
) -> None:
    (workspace / "run.sh").write_text("old")
    (workspace / "run.sh").chmod(0o755)
    (workspace / "gone").write_text("x")
    base = await repository.snapshot()
    candidate = await repository.write_snapshot(
        base, {"run.sh": b"new", "deep/er/file": b"x", "gone": None}
    )
    assert await repository.paths(candidate) == ["deep/er/file", "run.sh"]
    assert await repository.mode(candidate, "run.sh") == 0o755
    assert await repository.mode(candidate, "deep/er/file") == 0o644
    assert (workspace / "run.sh").read_text() == "old"


async def test_a_workspace_that_is_gone_is_named(
    workspace: Path, repository: ShadowRepository
) -> None:
    workspace.rmdir()
    with pytest.raises(WorkspaceError, match="is gone"):
        await repository.snapshot()


async def test_a_missing_git_says_what_to_install(
    repository: ShadowRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(WorkspaceError, match="git is not installed"):
        await repository.snapshot()


async def test_the_state_folder_is_for_the_user_alone(
    workspace: Path, repository: ShadowRepository
) -> None:
    await repository.snapshot()
    assert repository.home.stat().st_mode & 0o777 == 0o700


async def test_random_trees_come_back_byte_by_byte(
    workspace: Path, repository: ShadowRepository
) -> None:
    seed = random.randrange(10**9)
    print(f"seed {seed}")
    source = random.Random(seed)
    for _ in range(5):
        files = {
            f"{source.choice('abc')}/{source.choice('äb c')}{source.randrange(99)}": bytes(
                source.choices(b"ab\r\n\0\xff", k=source.randrange(40))
            )
            for _ in range(20)
        }
        for name, data in files.items():
            (workspace / name).parent.mkdir(exist_ok=True)
            (workspace / name).write_bytes(data)
        snapshot = await repository.snapshot()
        assert {name: await repository.read(snapshot, name) for name in files} == files
