import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from orchestrator.errors import PathRefused, WorkspaceError
from orchestrator.workspace.beneath import digest, read_file
from orchestrator.workspace.paths import check_relative, is_protected
from orchestrator.workspace.replacement import Replacement

HOSTILE = [
    "", "/", "/etc/passwd", "//x", "..", "../x", "a/../../x", "a/..", "./x", ".", "a//b", "a/./b",
    "a/", "C:/x", "c:x", "a\\b", "..\\x", "a\0b", "a\nb", "a\rb", "a\tb", "a\x1bb", "a\x7fb",
    "a\u202eb", "a\u2066b", "a\u200bb", "a\u200db", "\ufeffa", "a\u2028b", "a\u00adb", "x" * 256,
    "a/" * 600 + "b", ".git/config", "a/.git/hooks/x", ".GIT/config", ".Git/HEAD", "git~1/config",
    ".git~1/x", " a", "a ", "a./b", "a/ b", "b /c", "\ud800", "a/\udfff", "a\U000e0041b", "...",
    "a/...", ".. /x", "..\u200b/x", "\u2025/..", "a/\x00", "CON\x00", "~\x00", "\x80a", "a\x9bb",
    "\u061ca", "a\u180eb", "a/\u2060b", "\u200e.git/config", ".g\u200cit/config",
]  # fmt: skip


@pytest.mark.parametrize("path", HOSTILE)
def test_a_hostile_path_is_refused(path: str) -> None:
    with pytest.raises(PathRefused) as caught:
        check_relative(path)
    assert caught.value.hint


@pytest.mark.parametrize("path", ["a", "src/a.py", "ä/ö.txt", "a b.txt", ".config", "git/x", "~/x"])
def test_a_plain_path_is_taken_as_it_is(path: str) -> None:
    assert check_relative(path) == path


@pytest.mark.parametrize(
    "path",
    [
        ".gitignore", ".GitAttributes", ".env", ".env.local", ".envrc", ".github/workflows/ci.yml",
        "a/.vscode/tasks.json", ".claude/settings.json", "CLAUDE.md", "docs/AGENTS.md", "Makefile",
        "makefile", "Dockerfile", "poetry.lock", "package-lock.json", "x.pth", "sitecustomize.py",
        ".mcp.json", ".idea/x", ".devcontainer/devcontainer.json",
    ],
)  # fmt: skip
def test_a_file_that_steers_tools_is_protected(path: str) -> None:
    assert is_protected(path)


@pytest.mark.parametrize("path", ["src/main.py", "README.md", "environment.py", "make.py"])
def test_an_ordinary_file_is_not_protected(path: str) -> None:
    assert not is_protected(path)


def write_file(root: Path, path: str, data: bytes | None) -> None:
    one = Replacement(root, path, digest(read_file(root, path)), data, None)
    try:
        one.prepare()
        one.put()
    finally:
        one.close()


def test_a_link_is_never_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_bytes(b"precious")
    root = tmp_path / "root"
    root.mkdir()
    (root / "folder").symlink_to(outside)
    (root / "link").symlink_to(outside / "file")
    for path in ("folder/file", "folder/new", "link"):
        with pytest.raises(PathRefused):
            write_file(root, path, b"x")
    with pytest.raises(PathRefused):
        read_file(root, "folder/file")
    with pytest.raises(PathRefused):
        write_file(root, "folder/file", None)
    assert {p.name: p.read_bytes() for p in outside.iterdir()} == {"file": b"precious"}


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(PathRefused, match="not a regular file"):
        write_file(tmp_path, "pipe", b"x")
    with pytest.raises(PathRefused, match="not a regular file"):
        read_file(tmp_path, "pipe")


def test_a_failed_write_leaves_no_temporary_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(WorkspaceError):
        write_file(tmp_path, "folder", b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_swapping_folders_for_links_lets_nothing_out(tmp_path: Path) -> None:
    """Two thousand writes while another thread swaps the folder for a link that leads outside."""
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    root.mkdir()
    stop = threading.Event()
    swapping = threading.Thread(target=_swap, args=(root / "door", outside, stop))
    swapping.start()
    written = refused = 0
    try:
        for number in range(2000):
            try:
                write_file(root, f"door/{number % 7}", b"x")
                written += 1
            except WorkspaceError:
                refused += 1
    finally:
        stop.set()
        swapping.join()
    print(f"{written} written inside, {refused} refused")
    assert list(outside.iterdir()) == []


def _swap(door: Path, outside: Path, stop: threading.Event) -> None:
    """A folder, a link, a folder, a link ... of one name, until told to stop."""
    steps: tuple[Callable[[], object], ...] = (
        door.mkdir,
        lambda: _empty(door),
        door.rmdir,
        lambda: door.symlink_to(outside),
        door.unlink,
    )
    while not stop.is_set():
        for step in steps:
            with suppress(OSError):
                step()


def _empty(folder: Path) -> None:
    if folder.is_symlink():
        return  # what got out must stay to be found
    for entry in folder.iterdir():
        entry.unlink()
