"""What an update, a read and opening cost, next to sqlite3 doing the same work.

Both keep the same tasks as JSON documents and change one document per transaction, durably:
ours with one journal record and one data sync, sqlite3 in WAL mode with synchronous=FULL. The
two take turns, step by step, so that both meet the same disk and the same load.

    python benchmarks/store.py [--large] [--updates N] [--folder FOLDER]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import random
import re
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Protocol

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from sessions.database import JournalDatabase  # noqa: E402
from sessions.store import SessionStore  # noqa: E402

SIZES = (100, 10_000)
LARGE = 100_000
EVENTS = 100_000
OPENINGS = 7
SEED = 1


def task(number: int) -> dict[str, Any]:
    """A document of about 300 bytes."""
    return {
        "title": f"Task {number}",
        "status": "queued",
        "goal": "Add a function that reads the file and returns its lines. " * 2,
        "files": [f"src/module_{number % 97}.py"],
        "attempts": [{"model": "qwen2.5-coder:7b", "tokens": number, "seconds": 1.5}],
        "step": 0,
    }


def event(number: int) -> dict[str, Any]:
    """An event of about 250 bytes."""
    return {
        "seq": number,
        "at": 1_795_236_120.0 + number,
        "event": "attempt_ended",
        "task": f"t{number % 500}",
        "text": "The function reads the file and returns its lines. " * 2,
        "usage": {"prompt_tokens": 812, "completion_tokens": number},
    }


class Kept(Protocol):
    """What both do."""

    def update(self, number: int, step: int) -> None:
        """Changes one task, durably."""


class Sqlite:
    """The same work in sqlite3."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db = self._connected()
        self._db.execute("CREATE TABLE IF NOT EXISTS tasks (id INTEGER PRIMARY KEY, json TEXT)")

    def _connected(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, isolation_level=None)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        return db

    def fill(self, count: int) -> None:
        """Keeps so many new tasks."""
        rows = ((n, json.dumps(task(n))) for n in range(1, count + 1))
        with self._db:
            self._db.execute("BEGIN")
            self._db.executemany("INSERT INTO tasks VALUES (?, ?)", rows)

    def update(self, number: int, step: int) -> None:
        """Changes one task, durably."""
        self._db.execute("BEGIN IMMEDIATE")
        [text] = self._db.execute("SELECT json FROM tasks WHERE id = ?", (number,)).fetchone()
        changed = json.dumps(json.loads(text) | {"step": step, "status": "running"})
        self._db.execute("UPDATE tasks SET json = ? WHERE id = ?", (changed, number))
        self._db.execute("COMMIT")

    def read_all(self) -> int:
        """Opens anew and reads every document, as ours does on opening."""
        self._db.close()
        self._db = self._connected()
        rows = self._db.execute("SELECT id, json FROM tasks").fetchall()
        return len({number: json.loads(text) for number, text in rows})

    def close(self) -> None:
        """Gives the files back."""
        self._db.close()


class Ours:
    """TinyDB on a journal."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._db = JournalDatabase.create(folder)

    def fill(self, count: int) -> None:
        """Keeps so many new tasks."""
        self._db.table("tasks").insert_multiple(task(n) for n in range(1, count + 1))
        self._db.compact()

    def update(self, number: int, step: int) -> None:
        """Changes one task, durably."""
        self._db.table("tasks").update({"step": step, "status": "running"}, doc_ids=[number])

    def read_all(self) -> int:
        """Opens anew, which reads every document."""
        self._db.close()
        self._db = JournalDatabase.open(self._folder)
        return len(self._db.table("tasks"))

    def close(self) -> None:
        """Gives the files back."""
        self._db.close()


def milliseconds(call: Callable[[], object]) -> float:
    """How long the call takes."""
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1000


def row(name: str, times: list[float]) -> str:
    """The 50th, 95th and 99th percentile, and the longest."""
    ordered = sorted(times)
    p50, p95, p99 = (ordered[int(len(ordered) * q)] for q in (0.50, 0.95, 0.99))
    return f"  {name:<34}{p50:9.3f}{p95:9.3f}{p99:9.3f}{ordered[-1]:9.3f}"


def compare(folder: Path, size: int, updates: int) -> tuple[list[float], list[float]]:
    """Fills both and changes them by turns; prints and returns the times of an update."""
    ours, sqlite = Ours(folder / "ours"), Sqlite(folder / "sqlite.db")
    draw = random.Random(SEED)
    ours.fill(size)
    sqlite.fill(size)
    times: tuple[list[float], list[float]] = ([], [])
    turns: list[tuple[Kept, list[float]]] = [(ours, times[0]), (sqlite, times[1])]
    for step in range(updates):
        number = draw.randrange(1, size + 1)
        for store, kept in turns:
            kept.append(milliseconds(partial(store.update, number, step)))
    print(f"\n{size:,} documents, {updates:,} updates [ms]       p50      p95      p99      max")
    print(row("update, ours", times[0]))
    print(row("update, sqlite3 WAL FULL", times[1]))
    print(row("open and read all, ours", [milliseconds(ours.read_all) for _ in range(OPENINGS)]))
    opened = [milliseconds(sqlite.read_all) for _ in range(OPENINGS)]
    print(row("open and read all, sqlite3", opened))
    ours.close()
    sqlite.close()
    return times


async def through_the_door(folder: Path, steps: int) -> None:
    """The same through the async store: what the engine waits for."""
    store = await SessionStore.create(folder, workspace="/w")
    times = []
    for number in range(1, steps + 1):
        start = time.perf_counter()
        await store.append([event(number)])
        times.append((time.perf_counter() - start) * 1000)
    print(f"\nSessionStore, {steps:,} steps [ms]                p50      p95      p99      max")
    print(row("append of one event", times))
    await store.close()


async def fill_with_events(folder: Path, count: int) -> str:
    """A closed session of so many events; its name."""
    store = await SessionStore.create(folder, workspace="/w")
    for start in range(1, count + 1, 1000):
        await store.append([event(n) for n in range(start, min(start + 1000, count + 1))])
    await store.close()
    return store.session_id


def peak_megabytes() -> float:
    """The most memory that this process has had."""
    status = Path("/proc/self/status")
    if status.exists():  # ru_maxrss would count the parent's memory before exec too
        [peak] = re.findall(r"VmHWM:\s+(\d+) kB", status.read_text())
        return int(peak) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2  # bytes on macOS


async def open_long_session(folder: Path, name: str) -> None:
    """Opens and reads a session of many events in a process of its own; time and memory."""
    start = time.perf_counter()
    store = await SessionStore.open(folder, name)
    opened = time.perf_counter() - start
    after = 0
    while events := await store.read(after, limit=5000):
        after = events[-1]["seq"]
    seconds = time.perf_counter() - start
    print(
        f"\nA session of {after:,} events: open {opened:.2f} s, with reading all {seconds:.2f} s, "
        f"process at most {peak_megabytes():.0f} MB"
    )
    await store.close()


def main() -> None:
    """Prints all figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--large", action="store_true", help=f"{LARGE:,} documents too")
    parser.add_argument("--updates", type=int, default=5000, help="for each size")
    parser.add_argument("--folder", type=Path, help="on the disk to be measured")
    parser.add_argument("--open-session", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.open_session:
        asyncio.run(open_long_session(options.folder, options.open_session))
        return
    folder = Path(tempfile.mkdtemp(prefix="store-benchmark-", dir=options.folder))
    try:
        measure(folder, (*SIZES, LARGE) if options.large else SIZES, options.updates)
    finally:
        shutil.rmtree(folder)


def measure(folder: Path, sizes: tuple[int, ...], updates: int) -> None:
    """All figures, one after another."""
    medians = {}
    for size in sizes:
        place = folder / str(size)
        place.mkdir()
        ours, sqlite = compare(place, size, updates)
        medians[size] = (sorted(ours)[updates // 2], sorted(sqlite)[updates // 2])
        gc.collect()
    mine, theirs = medians[10_000]
    print(f"\nat 10,000: {mine / theirs:.2f} times sqlite3's p50;", end=" ")
    print(f"cost at 10,000 over cost at 100: {mine / medians[100][0]:.2f}")
    asyncio.run(through_the_door(folder / "steps", min(updates, 5000)))
    name = asyncio.run(fill_with_events(folder / "long", EVENTS))
    command = [sys.executable, __file__, "--folder", str(folder / "long"), "--open-session", name]
    sys.stdout.flush()
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
