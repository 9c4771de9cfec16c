"""A process that holds a session until its standard input ends: `holder.py FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

from sessions.database import JournalDatabase


def main(folder: str) -> None:
    with JournalDatabase.open(Path(folder)) as database:
        sys.stdout.write("read-only\n" if database.read_only else "writing\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
