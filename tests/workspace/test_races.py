"""An editor that saves while a change is written loses nothing."""

import os
import random
import secrets
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from orchestrator.errors import Conflict, WorkspaceError
from orchestrator.workspace.beneath import digest
from orchestrator.workspace.replacement import Replacement

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who writes a file")
BEFORE, AFTER = b"before\n", b"after\n"


def replace(root: Path, before: bytes | None, after: bytes | None) -> bool:
    """Whether it was written; it holds as before, or as the user saved it, otherwise."""
    one = Replacement(root, "file", digest(before), after, None)
    try:
        one.prepare()
        one.put()
    except Conflict:
        return False
    finally:
        one.close()
    return True


def save_in_place(path: Path, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(0, os.SEEK_END)
        file.write(data)


def save_by_renaming(path: Path, data: bytes) -> None:
    beside = path.with_name(f"{secrets.token_hex(4)}~")
    beside.write_bytes(path.read_bytes() + data)
    beside.rename(path)


@LINUX
@pytest.mark.parametrize("save", [save_in_place, save_by_renaming])
def test_what_an_editor_saves_during_a_write_is_never_lost(
    tmp_path: Path, save: Callable[[Path, bytes], None]
) -> None:
    """Each save must be there at the end, whichever of the two came first."""
    seed = random.randrange(10**9)
    print(f"seed {seed}")
    pauses, path = random.Random(seed), tmp_path / "file"
    written = lost = 0
    for number in range(300):
        path.write_bytes(BEFORE)
        mark = b"user %d\n" % number
        go = threading.Barrier(2)

        def edit(mark: bytes = mark, go: threading.Barrier = go) -> None:
            go.wait()
            for _ in range(pauses.randrange(3000)):
                pass
            save(path, mark)

        editor = threading.Thread(target=edit)
        editor.start()
        go.wait()
        written += replace(tmp_path, BEFORE, AFTER)
        editor.join()
        lost += mark not in path.read_bytes()
    print(f"{written} of 300 written")
    assert lost == 0
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


@contextmanager
def moment(one: Replacement, name: str, act: Callable[[], object]) -> Iterator[None]:
    """`act` is done by the user just before the step `name` of a replacement."""
    step = getattr(one, name)

    def disturbed(*given: object) -> object:
        setattr(one, name, step)
        act()
        return step(*given)

    setattr(one, name, disturbed)
    yield


@pytest.mark.parametrize(
    ("before", "after", "step"),
    [
        (BEFORE, AFTER, "_put_instead"),
        (None, AFTER, "_put_new"),
        (BEFORE, None, "_put_instead"),
    ],
)
def test_a_save_in_the_last_moment_wins(
    tmp_path: Path, before: bytes | None, after: bytes | None, step: str
) -> None:
    path = tmp_path / "file"
    if before is not None:
        path.write_bytes(before)
    one = Replacement(tmp_path, "file", digest(before), after, None)
    one.prepare()
    with moment(one, step, lambda: path.write_bytes(b"mine")), pytest.raises(Conflict):
        one.put()
    one.close()
    assert {entry.name: entry.read_bytes() for entry in tmp_path.iterdir()} == {"file": b"mine"}


@pytest.mark.parametrize("what", ["folder", "link", "nothing"])
def test_what_took_the_files_place_stays(tmp_path: Path, what: str) -> None:
    path, outside = tmp_path / "file", tmp_path / "outside"
    outside.write_bytes(BEFORE)
    path.write_bytes(BEFORE)

    def take_its_place() -> None:
        path.unlink()
        if what == "folder":
            path.mkdir()
            (path / "inner").write_bytes(b"mine")
        if what == "link":
            path.symlink_to(outside)

    one = Replacement(tmp_path, "file", digest(BEFORE), AFTER, None)
    one.prepare()
    with moment(one, "_put_instead", take_its_place), pytest.raises(WorkspaceError):
        one.put()
    one.close()
    assert outside.read_bytes() == BEFORE
    assert path.is_symlink() == (what == "link")
    assert path.is_dir() == (what == "folder")
    assert len(list(tmp_path.iterdir())) == (1 if what == "nothing" else 2)


@LINUX
def test_a_file_that_is_open_for_writing_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(BEFORE)
    with path.open("ab") as editor:
        assert not replace(tmp_path, BEFORE, AFTER)
        editor.write(b"mine\n")
    assert path.read_bytes() == BEFORE + b"mine\n"


@LINUX
def test_a_file_that_is_open_for_writing_is_not_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(BEFORE)
    one = Replacement(tmp_path, "file", digest(BEFORE), AFTER, None)
    one.prepare()
    one.put()
    with path.open("ab") as editor:
        one.take_back()
        one.close()
        editor.write(b"mine\n")
    assert path.read_bytes() == AFTER + b"mine\n"


def test_taking_back_gives_the_very_file_again(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(BEFORE)
    path.chmod(0o4710)
    os.utime(path, (1, 1))
    found = path.stat()
    one = Replacement(tmp_path, "file", digest(BEFORE), None, None)
    one.prepare()
    one.put()
    assert not path.exists()
    one.take_back()
    one.close()
    again = path.stat()
    assert path.read_bytes() == BEFORE
    assert (again.st_ino, again.st_mode, again.st_mtime) == (found.st_ino, found.st_mode, 1)


@pytest.mark.parametrize(("before", "after"), [(BEFORE, AFTER), (None, AFTER), (BEFORE, None)])
def test_what_was_saved_after_a_write_is_not_taken_back(
    tmp_path: Path, before: bytes | None, after: bytes | None
) -> None:
    path = tmp_path / "file"
    if before is not None:
        path.write_bytes(before)
    one = Replacement(tmp_path, "file", digest(before), after, None)
    one.prepare()
    one.put()
    path.write_bytes(b"mine")
    one.take_back()
    one.close()
    assert {entry.name: entry.read_bytes() for entry in tmp_path.iterdir()} == {"file": b"mine"}


@pytest.mark.parametrize("mode", [0o600, 0o755, 0o444, 0o2750])
def test_permissions_of_a_file_stay(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(BEFORE)
    path.chmod(mode)
    assert replace(tmp_path, BEFORE, AFTER)
    assert path.read_bytes() == AFTER
    assert path.stat().st_mode & 0o7777 == mode


def test_a_new_file_is_as_private_as_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        assert replace(tmp_path, None, AFTER)
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600
