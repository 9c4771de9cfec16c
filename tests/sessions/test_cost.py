"""What one operation costs does not depend on how many documents there are."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sessions.database import JournalDatabase
from tests.sessions.stand_ins import FastFiles
from tests.sessions.states import tell

Operation = Callable[[JournalDatabase, int], object]

OPERATIONS: dict[str, Operation] = {
    "get": lambda db, n: db.table("tasks").get(doc_id=n % 100 + 1),
    "insert": lambda db, n: db.table("tasks").insert({"title": "new", "n": n}),
    "update": lambda db, n: db.table("tasks").update({"n": n}, doc_ids=[n % 100 + 1]),
    "last events": lambda db, n: db.journal_table("tasks").after(
        db.journal_table("tasks").last_id() - 5
    ),
}


def filled(folder: Path, documents: int) -> JournalDatabase:
    database = JournalDatabase.create(folder, files=FastFiles())
    database.table("tasks").insert_multiple(
        {"title": f"task {n}", "status": "queued", "text": "x" * 100, "n": n}
        for n in range(documents)
    )
    database.compact()
    return database


def seconds(call: Operation, database: JournalDatabase, n: int) -> float:
    start = time.perf_counter()
    call(database, n)
    return time.perf_counter() - start


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_costs_the_same_at_10000_documents_as_at_100(
    tmp_path: Path, name: str
) -> None:
    small, large = filled(tmp_path / "small", 100), filled(tmp_path / "large", 10_000)
    call = OPERATIONS[name]
    pairs = [(seconds(call, small, n), seconds(call, large, n)) for n in range(400)]
    at_100, at_10000 = (statistics.median(times) for times in zip(*pairs, strict=True))
    small.close()
    large.close()
    tell(f"{name}: {at_100 * 1e6:.0f} us at 100 documents, {at_10000 * 1e6:.0f} us at 10,000")
    assert at_10000 <= 3 * at_100
