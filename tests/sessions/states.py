"""A run of steps that is known beforehand, so that every later state can be checked exactly."""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path
from typing import Any

from tinydb.table import Document

from sessions.database import JournalDatabase

Tables = dict[str, dict[int, dict[str, Any]]]


def make_step(database: JournalDatabase, seed: int) -> int:
    """Makes the next step of the run with this seed; its number."""
    number = database.sequence + 1
    draw = random.Random(f"{seed}/{number}")
    tasks = database.table("tasks")
    with database.transaction():
        events = database.table("events")
        events.insert(Document({"seq": number, "text": "é" * draw.randrange(1, 200)}, number))
        doc_id = draw.randrange(1, 20)
        if draw.random() < 0.2:
            tasks.remove(doc_ids=[doc_id])
        else:
            tasks.upsert(Document({"step": number, "size": draw.random()}, doc_id))
    return number


def state_after(steps: int, seed: int) -> Tables:
    """The documents after so many steps, worked out without any database."""
    tables: Tables = {"events": {}, "tasks": {}}
    for number in range(1, steps + 1):
        draw = random.Random(f"{seed}/{number}")
        tables["events"][number] = {"seq": number, "text": "é" * draw.randrange(1, 200)}
        doc_id = draw.randrange(1, 20)
        if draw.random() < 0.2:
            tables["tasks"].pop(doc_id, None)
        else:
            tables["tasks"][doc_id] = {"step": number, "size": draw.random()}
    return tables


def state_of(database: JournalDatabase) -> Tables:
    """The documents that a database holds."""
    return {
        name: {document.doc_id: dict(document) for document in database.table(name)}
        for name in ("events", "tasks")
    }


def run(folder: Path, steps: int, seed: int, compact_after: int = 0, **options: Any) -> None:
    """A database with so many steps, compacted after some of them, closed."""
    database = JournalDatabase.create(folder, **options)
    for _ in range(steps):
        if make_step(database, seed) == compact_after:
            database.compact()
    database.close()


def drawn_seed() -> int:
    """A new seed in each run; `STORE_SEED` repeats one."""
    return int(os.environ.get("STORE_SEED", time.time_ns()))


def tell(figure: str) -> None:
    """Prints what a test has measured, and its seed: pytest shows it with -s and on failure."""
    sys.stdout.write(f"{figure}\n")
