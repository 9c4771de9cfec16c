"""Killing the writer loses nothing that it had confirmed.

`STORE_KILLS=500 pytest tests/sessions/test_kills.py -s` is the long form.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

from sessions.database import JournalDatabase
from tests.sessions.states import drawn_seed, state_after, state_of, tell

KILLS_OF_ONE = 20  # then a new session: a long one takes long to check

ROOT = Path(__file__).parents[2]


def confirmed_before_the_kill(folder: Path, seed: int, compact_at: int, steps: int) -> int:
    """Starts a writer and kills it some time after so many steps; the last one it confirmed."""
    command = [sys.executable, "-m", "tests.sessions.writer", str(folder), str(seed)]
    with subprocess.Popen([*command, str(compact_at)], stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(steps)]
        process.kill()
        lines += process.stdout.readlines()
    whole = [line for line in lines if line.endswith(b"\n")]
    return int(whole[-1])


def kill_writers(folder: Path, kills: int, seed: int, compact_at: int = 4096) -> int:
    """Kills so many writers on one database and checks it after each; the steps made."""
    draw = random.Random(seed)
    JournalDatabase.create(folder).close()
    confirmed = 0
    for _ in range(kills):
        confirmed = confirmed_before_the_kill(folder, seed, compact_at, draw.randrange(1, 150))
        with JournalDatabase.open(folder, read_only=True) as database:
            assert confirmed <= database.sequence <= confirmed + 1
            assert state_of(database) == state_after(database.sequence, seed)
    return confirmed


def test_no_confirmed_write_is_lost_when_the_writer_is_killed(tmp_path: Path) -> None:
    kills, seed = int(os.environ.get("STORE_KILLS", "15")), drawn_seed()
    steps = 0
    for done in range(0, kills, KILLS_OF_ONE):
        folder = tmp_path / str(done)
        steps += kill_writers(folder, min(KILLS_OF_ONE, kills - done), seed + done)
    tell(f"{kills} kills, seed {seed}: 0 of {steps} confirmed writes lost, 0 unreadable")
    assert steps >= kills
