"""A process that makes steps until it is killed: `writer.py FOLDER SEED COMPACT_AT`.

Each step's number goes to standard output once the step is confirmed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from sessions.database import JournalDatabase
from tests.sessions.states import make_step


def main(folder: str, seed: str, compact_at: str) -> None:
    database = JournalDatabase.open(Path(folder), compact_at=int(compact_at))
    while True:
        os.write(1, b"%d\n" % make_step(database, int(seed)))


if __name__ == "__main__":
    main(*sys.argv[1:])
