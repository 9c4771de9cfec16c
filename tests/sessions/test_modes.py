"""What is kept is for its owner only, whatever the umask says."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from sessions.database import JournalDatabase
from sessions.kept import Surroundings
from sessions.store import SessionStore
from tests.sessions.stand_ins import FastFiles
from tests.sessions.states import make_step

AROUND = Surroundings(files=FastFiles())


@pytest.fixture(params=[0o000, 0o077, 0o277])
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def modes(folder: Path) -> tuple[set[int], set[int]]:
    """The modes of all folders, and of all files, from here down."""
    folders, files = {stat.S_IMODE(folder.stat().st_mode)}, set[int]()
    for path in folder.rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        (folders if path.is_dir() else files).add(mode)
    return folders, files


async def test_folders_are_0700_and_files_0600(tmp_path: Path, umask: None) -> None:
    state = tmp_path / "new" / "state"
    async with await SessionStore.create(state, workspace="/w", around=AROUND) as store:
        await store.append([{"seq": 1}])
        await store.append_output("t1.1", "text")
        await store.put_blob(b"big")
        folder = store.folder
    with (folder / "session.journal").open("ab") as journal:
        journal.write(b"torn")
    with JournalDatabase.open(folder, files=AROUND.files) as database:
        make_step(database, seed=1)
        database.compact()
        database.compact()
    assert len(list(folder.glob("*.previous"))) == 2
    assert (folder / "session.journal.cut-1").exists()
    assert modes(tmp_path / "new") == ({0o700}, {0o600})


async def test_folders_that_were_opened_to_others_are_closed_again(tmp_path: Path) -> None:
    store = await SessionStore.create(tmp_path, workspace="/w", around=AROUND)
    await store.close()
    store.folder.chmod(0o777)
    (tmp_path / "sessions").chmod(0o755)
    async with await SessionStore.open(tmp_path, store.session_id, around=AROUND):
        assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700
    await (await SessionStore.create(tmp_path, workspace="/w", around=AROUND)).close()
    assert stat.S_IMODE((tmp_path / "sessions").stat().st_mode) == 0o700
