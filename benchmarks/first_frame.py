"""How long from the start of the process to the first complete frame, beside a minimal app.

The room opens on a session of twelve tasks in a small project, in a real terminal (a pty of 120x40
cells that answers as terminals do); the minimal app is Textual with one Static. They are started
by turns, after one start each that is not counted, and the medians are compared: time on the
clock, and CPU time used until then, which other work on the machine disturbs less. A frame is
complete when the last row is drawn, and of ours the titles of all panes, the tasks and the keys.

Ours is measured with no server in sight, with a configured server that takes the connection and
says nothing, and as the first start ever in a workspace (`--files` says how large).

    python benchmarks/first_frame.py [--runs 9] [--files 50]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks._screen import ROWS, Program, cpu_seconds  # noqa: E402 - found once the root is on the path
from benchmarks._workplace import (  # noqa: E402
    MINIMAL,
    MINIMAL_TEXTS,
    ROOM,
    environment,
    make_project,
    make_session,
)

TASKS = 12
LAST_ROW = f"\x1b[{ROWS};1H"
FRAME = (" Quota ", " Tasks ", " Needs you ", " Output ", "q quit", LAST_ROW)
"""Titles of panes (that of the diff is its file), and keys from the last row."""


@dataclass
class Start:
    """One way to start a program, and what it took each time, in seconds."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Callable[[], Path]
    texts: tuple[str, ...]
    times: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def run(self) -> None:
        """Once more."""
        with Program(self.command, self.environment, self.folder()) as program:
            self.times.append(program.until(*self.texts))
            self.cpu.append(cpu_seconds(program.pid))

    def row(self, against: Start) -> str:
        """What came out, without the first start, which fills the caches."""
        cells = f"{self.name:<46}"
        for ours, theirs in ((self.times[1:], against.times[1:]), (self.cpu[1:], against.cpu[1:])):
            low, middle, high = (1000 * t for t in (min(ours), median(ours), max(ours)))
            ratio = median(ours) / median(theirs)
            cells += f"{middle:8.0f}{low:6.0f}{high:6.0f}{ratio:7.2f}"
        return cells


@contextmanager
def silent_server() -> Iterator[str]:
    """The address of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def starts(folder: Path, silent: str, files: int) -> list[Start]:
    """The minimal app, and ours in three situations."""
    project = make_project(folder, files)
    asyncio.run(make_session(folder, project, TASKS))
    known = environment(folder / "state")
    told = (*FRAME, "T-0012")
    fresh = (folder / f"new-{number}" for number in range(1000))

    def untouched() -> Path:
        return make_project(next(fresh), files)

    return [
        Start("minimal Textual app", MINIMAL, known, lambda: project, (*MINIMAL_TEXTS, LAST_ROW)),
        Start("room, a session of 12 tasks, no server", ROOM, known, lambda: project, told),
        Start(
            "room, the same, a server that says nothing",
            ROOM,
            {**known, "OLLAMA_HOST": silent},
            lambda: project,
            told,
        ),
        Start(f"room, first start, a project of {files:,} files", ROOM, known, untouched, FRAME),
    ]


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=9, help="starts that count, of each (9)")
    parser.add_argument("--files", type=int, default=50, help="files of the project (50)")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, silent_server() as silent:
        all_starts = starts(Path(name), silent, asked.files)
        for _ in range(asked.runs + 1):
            for start in all_starts:
                start.run()
    print(f"first complete frame, {asked.runs} runs by turns, {os.cpu_count()} cores")
    heads = "".join(f"{name:>8}{'min':>6}{'max':>6}{'ratio':>7}" for name in ("wall", "CPU"))
    print(f"{'[ms], medians':<46}{heads}")
    for start in all_starts:
        print(start.row(all_starts[0]))


if __name__ == "__main__":
    main()
