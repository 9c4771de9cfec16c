"""Workspaces as they are found: odd names, strange entries, git in every form, broken state."""

import os
import random
import socket
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.errors import WorkspaceError
from orchestrator.workspace.apply import perform, plan_apply, plan_undo
from orchestrator.workspace.snapshots import ShadowRepository, folder_for
from orchestrator.workspace.stage import StagePool

Git = Callable[..., str]


@pytest.mark.skipif(sys.platform != "linux", reason="names that other systems change or refuse")
async def test_names_come_back_as_they_are(workspace: Path, repository: ShadowRepository) -> None:
    names = [
        b"\xff\xfe.bin", unicodedata.normalize("NFD", "é").encode(), "é".encode(), b"README",
        b"readme", b"new\nline", b"tab\t", b"\x1b[31m", b"x" * 255, b"*", b"[a]", b":!x", b"-rf",
        b"--", b'"', b" lead", b"trail ", b"#c", b"!n", b"~",
    ]  # fmt: skip
    expected = {os.fsdecode(name): name for name in names}
    for name in names:
        (workspace / os.fsdecode(name)).write_bytes(name)
    snapshot = await repository.snapshot()
    assert set(await repository.paths(snapshot)) == set(expected)
    assert {name: await repository.read(snapshot, name) for name in expected} == expected
    async with StagePool(repository, 1).stage(snapshot) as stage:
        found = {entry.name: entry.read_bytes() for entry in stage.path.iterdir()}
    assert found == expected


async def test_entries_that_are_no_files_stop_nothing(
    workspace: Path, repository: ShadowRepository, tmp_path: Path
) -> None:
    (workspace / "a").write_bytes(b"")
    os.mkfifo(workspace / "pipe")
    (workspace / "dangling").symlink_to("nowhere")
    (workspace / "loop").symlink_to("loop")
    (workspace / "up").symlink_to("..")
    (workspace / "out").symlink_to(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        before = Path.cwd()
        os.chdir(workspace)  # the name of a socket has 108 bytes at most
        server.bind("socket")
        os.chdir(before)
        snapshot = await repository.snapshot()
    assert await repository.paths(snapshot) == ["a", "dangling", "loop", "out", "up"]
    assert await repository.read(snapshot, "a") == b""
    assert await repository.read(snapshot, "out") is None
    async with StagePool(repository, 1).stage(snapshot) as stage:
        assert (stage.path / "loop").readlink() == Path("loop")


@pytest.mark.parametrize("attributes", ["* text eol=crlf\n", "* -diff merge=binary filter=x\n"])
async def test_attributes_and_modules_of_the_user_change_no_byte(
    workspace: Path, repository: ShadowRepository, attributes: str
) -> None:
    files = {
        ".gitattributes": attributes.encode(),
        ".gitmodules": b'[submodule "x"]\n\tpath = x\n\turl = ext::sh -c touch\n',
        "a.txt": b"1\r\n2\n3",
        "u16.txt": "ü\n".encode("utf-16"),
    }
    for name, data in files.items():
        (workspace / name).write_bytes(data)
    snapshot = await repository.snapshot()
    candidate = await repository.write_snapshot(snapshot, {"a.txt": b"4\r\n5\n"})
    async with StagePool(repository, 1).stage(candidate) as stage:
        for name, data in (files | {"a.txt": b"4\r\n5\n"}).items():
            assert (stage.path / name).read_bytes() == data


@pytest.mark.parametrize("state", [".state", "deep/er/my state [1]", ""])
async def test_a_state_folder_inside_the_workspace_is_never_part_of_it(
    workspace: Path, state: str
) -> None:
    (workspace / "a").write_bytes(b"1")
    (workspace / ".gitignore").write_text("!*\n!*/\n!**\n")
    repository = ShadowRepository(workspace, folder_for(workspace / state, workspace))
    first = await repository.snapshot()
    (workspace / state / "sessions").mkdir(exist_ok=True)
    (workspace / state / "sessions" / "journal").write_bytes(b"x")
    async with StagePool(repository, 1).stage(first):
        pass
    found = await repository.paths(await repository.snapshot())
    assert [name for name in found if not name.endswith("journal")] == [".gitignore", "a"]


async def test_sessions_inside_the_workspace_are_left_out(workspace: Path) -> None:
    repository = ShadowRepository(workspace, folder_for(workspace / "my state", workspace))
    (workspace / "my state" / "sessions").mkdir(parents=True)
    (workspace / "my state" / "sessions" / "journal").write_bytes(b"x")
    assert await repository.paths(await repository.snapshot()) == []


async def test_rules_of_the_repository_around_it_count(tmp_path: Path) -> None:
    top = tmp_path / "monorepo"
    workspace = top / "packages" / "app"
    (workspace / "build").mkdir(parents=True)
    subprocess.run(["git", "init", "-q"], cwd=top, check=True)
    (top / ".gitignore").write_text("*.secret\n/packages/*/build/\n/packages/other\n/dist\n")
    (top / ".git" / "info" / "exclude").write_text("notes.txt\n**/gen/\n")
    (top / "packages" / ".gitignore").write_text("app/local.py\n!app/keep.secret\n")
    (workspace / "gen").mkdir()
    for name in ("a.secret", "build/x", "local.py", "notes.txt", "gen/y", "a.py", "keep.secret"):
        (workspace / name).write_bytes(b"x")
    (workspace / "dist").write_bytes(b"x")
    repository = ShadowRepository(workspace, folder_for(tmp_path / "state", workspace))
    found = await repository.paths(await repository.snapshot())
    assert found == ["a.py", "dist", "keep.secret"]


async def test_a_worktree_has_the_rules_of_its_repository(tmp_path: Path) -> None:
    main, workspace = tmp_path / "main", tmp_path / "work tree ü"
    main.mkdir()
    for arguments in (
        ["init", "-q"],
        ["-c", "user.name=u", "-c", "user.email=u@h", "commit", "-qm", "m", "--allow-empty"],
        ["worktree", "add", "-q", "-b", "x", str(workspace)],
    ):
        subprocess.run(["git", *arguments], cwd=main, check=True, capture_output=True)
    (main / ".git" / "info" / "exclude").write_text("secret\n")
    (workspace / "secret").write_bytes(b"x")
    (workspace / "a").write_bytes(b"x")
    repository = ShadowRepository(workspace, folder_for(tmp_path / "state", workspace))
    assert await repository.paths(await repository.snapshot()) == ["a"]


async def test_the_users_environment_for_git_is_not_ours(
    workspace: Path, repository: ShadowRepository, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    git("init", "--quiet")
    (workspace / "a").write_bytes(b"1")
    git("add", "a")
    kept = _bytes_below(workspace / ".git")
    monkeypatch.setenv("GIT_DIR", str(workspace / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(workspace / ".git" / "index"))
    monkeypatch.setenv("GIT_WORK_TREE", "/")
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(workspace / ".git" / "objects"))
    base = await repository.snapshot()
    candidate = await repository.write_snapshot(base, {"a": b"2"})
    async with StagePool(repository, 1).stage(candidate):
        pass
    assert _bytes_below(workspace / ".git") == kept


async def test_the_users_git_settings_run_nothing(
    workspace: Path, repository: ShadowRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = tmp_path / "ran"
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        f'[core]\n\tfsmonitor = "touch {ran}"\n\tautocrlf = true\n\thooksPath = {home}\n'
        f'[filter "x"]\n\tclean = "touch {ran}; cat"\n'
    )
    (home / "post-index-change").write_text(f"#!/bin/sh\ntouch {ran}\n")
    (home / "post-index-change").chmod(0o755)
    monkeypatch.setenv("HOME", str(home))
    (workspace / ".gitattributes").write_text("* filter=x\n")
    (workspace / "a").write_bytes(b"1\r\n")
    assert await repository.read(await repository.snapshot(), "a") == b"1\r\n"
    assert not ran.exists()


async def test_nothing_of_the_users_git_changes_whatever_we_do(
    workspace: Path, repository: ShadowRepository, git: Git
) -> None:
    git("init", "--quiet")
    (workspace / "a").write_bytes(b"1\n")
    git("add", "a")
    git("commit", "-qm", "one")
    (workspace / "a").write_bytes(b"stashed\n")
    git("stash")
    (workspace / "a").write_bytes(b"dirty\n")
    (workspace / "untracked").write_bytes(b"x")
    kept = _bytes_below(workspace / ".git")
    base = await repository.snapshot()
    candidate = await repository.write_snapshot(base, {"a": b"2\n", "new": b"n"})
    paths = ["a", "new"]
    plan = await plan_apply(repository, base=base, candidate=candidate, paths=paths)
    await perform(repository, plan)
    async with StagePool(repository, 1).stage(candidate):
        pass
    undo = await plan_undo(repository, before=plan.before, applied=plan.snapshot, paths=paths)
    await perform(repository, undo)
    assert _bytes_below(workspace / ".git") == kept
    assert (workspace / "a").read_bytes() == b"dirty\n"
    assert (workspace / "untracked").read_bytes() == b"x"


def _bytes_below(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


# --- a state folder in disorder -------------------------------------------------------------


async def test_locks_of_a_git_that_was_killed_are_no_obstacle(
    workspace: Path, repository: ShadowRepository
) -> None:
    (workspace / "a").write_bytes(b"1")
    base = await repository.snapshot()
    candidate = await repository.write_snapshot(base, {"a": b"2"})
    pool = StagePool(repository, 1)
    async with pool.stage(base):
        pass
    for name in ("workspace", "candidate", "stages/stage-1"):
        (repository.home / f"{name}.index.lock").write_bytes(b"")
    (workspace / "a").write_bytes(b"3")
    snapshot = await repository.snapshot()
    (repository.home / "shadow.git" / "refs" / "snapshots" / f"{snapshot}").unlink()
    (repository.home / "shadow.git" / "refs" / "snapshots" / f"{snapshot}.lock").write_bytes(b"")
    assert await repository.snapshot() == snapshot
    assert await repository.write_snapshot(snapshot, {"a": b"2"}) == candidate
    async with pool.stage(candidate) as stage:
        assert (stage.path / "a").read_bytes() == b"2"


@pytest.mark.parametrize("damage", ["index", "objects", "everything", "config", "HEAD"])
async def test_a_damaged_repository_is_made_anew(
    workspace: Path, repository: ShadowRepository, damage: str
) -> None:
    (workspace / "a").write_bytes(b"1")
    before = await repository.snapshot()
    shadow = repository.home / "shadow.git"
    match damage:
        case "index":
            (repository.home / "workspace.index").write_bytes(b"DIRC rubbish")
        case "objects":
            subprocess.run(["rm", "-rf", shadow / "objects"], check=True)
        case "everything":
            subprocess.run(["rm", "-rf", shadow], check=True)
        case "config":
            (shadow / "config").write_bytes(b"[core")
        case "HEAD":
            (shadow / "HEAD").unlink()
    again = ShadowRepository(workspace, repository.home)
    assert await again.snapshot() == before
    assert await again.read(before, "a") == b"1"
    if damage == "everything":
        subprocess.run(["rm", "-rf", shadow], check=True)
        assert await again.snapshot() == before


async def test_a_lost_snapshot_is_told_and_nothing_is_written(
    workspace: Path, repository: ShadowRepository
) -> None:
    (workspace / "a").write_bytes(b"1\n")
    base = await repository.snapshot()
    candidate = await repository.write_snapshot(base, {"a": b"2\n"})
    subprocess.run(["rm", "-rf", repository.home], check=True)
    fresh = ShadowRepository(workspace, repository.home)
    with pytest.raises(WorkspaceError) as caught:
        await plan_apply(fresh, base=base, candidate=candidate, paths=["a"])
    assert "snapshot" in caught.value.message
    assert caught.value.hint
    assert (workspace / "a").read_bytes() == b"1\n"


async def test_two_programs_on_one_workspace_do_not_disturb_each_other(
    workspace: Path, repository: ShadowRepository
) -> None:
    (workspace / "a").write_bytes(b"1")
    other = ShadowRepository(workspace, repository.home)
    base = await repository.snapshot()
    mine, theirs = (
        await repository.write_snapshot(base, {"a": b"mine"}),
        await other.write_snapshot(base, {"a": b"theirs"}),
    )
    one, two = StagePool(repository, 1), StagePool(other, 1)
    async with one.stage(mine) as here, two.stage(theirs) as there:
        assert (here.path / "a").read_bytes() == b"mine"
        assert (there.path / "a").read_bytes() == b"theirs"


async def test_random_edits_are_all_seen(workspace: Path, repository: ShadowRepository) -> None:
    """Whatever is made, changed, moved, removed or turned into a folder: the snapshot has it."""
    seed = random.randrange(10**9)
    print(f"seed {seed}")
    source = random.Random(seed)
    for _ in range(40):
        for _ in range(source.randrange(1, 4)):
            _edit(workspace, source)
        snapshot = await repository.snapshot()
        found = {p.relative_to(workspace).as_posix(): p for p in workspace.rglob("*")}
        files = {name: p.read_bytes() for name, p in found.items() if p.is_file()}
        names = await repository.paths(snapshot)
        assert {name: await repository.read(snapshot, name) for name in names} == files


def _edit(workspace: Path, source: random.Random) -> None:
    path = workspace.joinpath(*source.choices("abc", k=source.randrange(1, 4)))
    for parent in reversed(path.relative_to(workspace).parents[:-1]):
        if (workspace / parent).is_file():
            (workspace / parent).unlink()
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        subprocess.run(["rm", "-rf", path], check=True)
    if path.exists() and source.random() < 0.4:
        path.unlink()
    else:
        path.write_bytes(bytes(source.choices(b"ab\n", k=3)))
