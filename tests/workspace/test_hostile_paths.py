"""More than a hundred paths that a model might name: none changes anything outside."""

from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.errors import PathRefused
from orchestrator.workspace.beneath import digest, file_mode, read_file
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
    "../../../../tmp/x", "a/b/../../../x", "/proc/self/environ", "////etc/x", "../", "/..",
    ".git", "sub/.git", ".gIt/x", "GIT~1/HEAD", "git~2/x", ".git /config", ".git./config",
    ".git::$INDEX_ALLOCATION/config", ".git:x", "-rf", "--help", "-", "\\\\server\\share", "C:\\x",
    "z:", "a\x85b", "a\u2029b", "a\u202ab", "a\u202cb", "a\u2067b", "a\u2069b", "a\u206ab",
    "a\U000e0001b", "a\U000e007fb", "a\ue000b", "\U000f0000", "\u00a0a", "a\u3000", "ä" * 128,
    "a/" * 512, "x" * 1025, "a/\u202e/b", "\u202d../x", "a\x00/../../x", "..%00/\x00", "a\x0b",
]  # fmt: skip


def test_there_are_enough_of_them() -> None:
    assert len(set(HOSTILE)) >= 100


@pytest.mark.parametrize("path", HOSTILE)
def test_a_hostile_path_is_refused(path: str) -> None:
    with pytest.raises(PathRefused) as caught:
        check_relative(path)
    assert caught.value.hint


def _put(root: Path, path: str) -> None:
    Replacement(root, path, None, b"x", None).prepare()


def _remove(root: Path, path: str) -> None:
    Replacement(root, path, digest(b"precious"), None, None).prepare()


@pytest.mark.parametrize("way", [_put, _remove, read_file, file_mode])
def test_no_hostile_path_changes_anything_outside(
    tmp_path: Path, way: Callable[[Path, str], object]
) -> None:
    root = tmp_path / "a" / "b" / "root"
    root.mkdir(parents=True)
    (root.parent / "x").write_bytes(b"precious")
    (tmp_path / "x").write_bytes(b"precious")
    for path in HOSTILE:
        with pytest.raises(PathRefused):
            way(root, path)
    found = {entry: entry.read_bytes() for entry in tmp_path.rglob("*") if entry.is_file()}
    assert found == {root.parent / "x": b"precious", tmp_path / "x": b"precious"}


@pytest.mark.parametrize(
    "path",
    [
        ".gitignore", ".GitAttributes", ".env", ".env.local", ".envrc", ".github/workflows/ci.yml",
        "a/.vscode/tasks.json", ".claude/settings.json", "CLAUDE.md", "docs/AGENTS.md", "Makefile",
        "makefile", "Dockerfile", "poetry.lock", "package-lock.json", "x.pth", "sitecustomize.py",
        ".mcp.json", ".idea/x", ".devcontainer/devcontainer.json", ".gitlab/x", ".env.d/x",
        "sub/MAKEFILE", "Dockerfile.dev", "uv.lock", "Cargo.lock", ".husky/pre-commit", ".npmrc",
        "a/.cargo/config.toml", "bun.lockb", ".circleci/config.yml",
    ],
)  # fmt: skip
def test_a_file_that_steers_tools_is_protected(path: str) -> None:
    assert is_protected(path)


@pytest.mark.parametrize(
    "path", ["src/main.py", "README.md", "environment.py", "make.py", "lock.py", "docs/git.md"]
)
def test_an_ordinary_file_is_not_protected(path: str) -> None:
    assert not is_protected(path)
