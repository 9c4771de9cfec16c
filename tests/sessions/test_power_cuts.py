"""After a power cut everything confirmed is there, and nothing else but perhaps the last step.

`STORE_POWER_CUTS=20 pytest tests/sessions/test_power_cuts.py -s` tries more cuts at each call.
"""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest

from sessions.database import JournalDatabase
from sessions.errors import SessionMissing, StoreError
from tests.sessions.stand_ins import FastFiles
from tests.sessions.states import drawn_seed, make_step, state_after, state_of, tell
from tests.sessions.traced_disk import Call, TracedFiles, after_power_cut

SEED = 21
FAST = FastFiles()


def traced_run(folder: Path) -> tuple[list[Call], list[tuple[int, int]]]:
    """Twelve steps and three compactions; the calls, and how many were made when a step was
    confirmed. Step 0 is the making of the database."""
    files = TracedFiles()
    database = JournalDatabase.create(folder, files=files)
    confirmed = [(len(files.trace), 0)]
    while database.sequence < 12:
        step = make_step(database, SEED)
        confirmed.append((len(files.trace), step))
        if step % 4 == 0:
            database.compact()
    database.close()
    return files.trace, confirmed


def check_cut(folder: Path, confirmed: int) -> int:
    """Opens what a cut left, twice; how many steps are there."""
    with JournalDatabase.open(folder, files=FAST) as database:
        steps: int = database.sequence
        assert confirmed <= steps <= confirmed + 1
        assert state_of(database) == state_after(steps, SEED)
        make_step(database, SEED)
    with JournalDatabase.open(folder, files=FAST) as database:
        assert state_of(database) == state_after(steps + 1, SEED)
    return steps


@pytest.mark.parametrize("luck", [0.0, 0.5, 1.0])
def test_a_power_cut_at_any_call_loses_nothing_confirmed(tmp_path: Path, luck: float) -> None:
    seed, tries = drawn_seed(), int(os.environ.get("STORE_POWER_CUTS", "3"))
    draw = random.Random(seed)
    trace, confirmed = traced_run(tmp_path / "one")
    cuts = 0
    for calls in range(len(trace) + 1):
        last = max((step for made, step in confirmed if made <= calls), default=None)
        for _ in range(tries):
            cuts += 1
            folder = tmp_path / "cut"
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            after_power_cut(trace[:calls], folder, draw, luck)
            if last is None:
                opens_empty_or_not_at_all(folder)
            else:
                check_cut(folder, last)
    tell(f"{cuts} power cuts with luck {luck}, seed {seed}: nothing confirmed lost")
    assert cuts > 300


def opens_empty_or_not_at_all(folder: Path) -> None:
    """The database was not yet confirmed to be made."""
    try:
        with JournalDatabase.open(folder, files=FAST) as database:
            assert state_of(database) == state_after(0, SEED)
    except SessionMissing:
        return
    except StoreError as error:
        assert "missing" in str(error) or "empty" in str(error)  # noqa: PT017
