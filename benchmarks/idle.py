"""What the room costs while nothing happens, beside a minimal app: CPU time and memory.

Both run at the same time, each in a terminal of its own (a pty of 120x40 cells): the room on a
session of twelve tasks with no server in sight, the minimal app with its one Static. After five
seconds of rest CPU time is counted for twenty: that of the process with all its threads, from its
CPU clock, and that of processes it started. Memory is VmRSS then, and VmHWM, the most it ever was.

    python benchmarks/idle.py [--rounds 3] [--seconds 20]
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks._screen import Program, cpu_seconds  # noqa: E402 - found once the root is on the path
from benchmarks._workplace import (  # noqa: E402
    MINIMAL,
    MINIMAL_TEXTS,
    ROOM,
    environment,
    make_project,
    make_session,
)

TASKS = 12
REST = 5.0
ROOM_TEXTS = ("T-0012", "q quit")


def megabytes(pid: int, name: str) -> float:
    """A line of the process's status, such as VmRSS."""
    [kilobytes] = re.findall(rf"^{name}:\s+(\d+) kB", _status(pid), re.MULTILINE)
    return int(kilobytes) / 1024


def _status(pid: int) -> str:
    return Path(f"/proc/{pid}/status").read_text()


class Cost:
    """What one program cost, round by round."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.cpu: list[float] = []
        self.resident: list[float] = []
        self.peak: list[float] = []

    def row(self, against: Cost) -> str:
        """Medians, and memory compared with the other."""
        ratio = median(self.resident) / median(against.resident)
        peaks = median(self.peak) / median(against.peak)
        return (
            f"{self.name:<30}{median(self.cpu):10.3f}{max(self.cpu):8.3f}"
            f"{median(self.resident):12.1f}{ratio:8.2f}{median(self.peak):12.1f}{peaks:8.2f}"
        )


def one_round(folder: Path, seconds: float, minimal: Cost, room: Cost) -> None:
    """Both at rest for so long."""
    known, project = environment(folder / "state"), folder / "project"
    with Program(MINIMAL, known, project) as first, Program(ROOM, known, project) as second:
        first.until(*MINIMAL_TEXTS)
        second.until(*ROOM_TEXTS)
        _rest(first, second, REST)
        before = [cpu_seconds(one.pid) for one in (first, second)]
        _rest(first, second, seconds)
        for one, cost, began in zip((first, second), (minimal, room), before, strict=True):
            cost.cpu.append(100 * (cpu_seconds(one.pid) - began) / seconds)
            cost.resident.append(megabytes(one.pid, "VmRSS"))
            cost.peak.append(megabytes(one.pid, "VmHWM"))


def _rest(first: Program, second: Program, seconds: float) -> None:
    """Takes what either draws; the terminals must not fill up."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        first.rest(0.1)
        second.rest(0.1)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="rounds (3)")
    parser.add_argument("--seconds", type=float, default=20.0, help="seconds of each (20)")
    asked = parser.parse_args()
    minimal, room = Cost("minimal Textual app"), Cost("room, a session of 12 tasks")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        asyncio.run(make_session(folder, make_project(folder), TASKS))
        for _ in range(asked.rounds):
            one_round(folder, asked.seconds, minimal, room)
    print(f"at rest, {asked.rounds} rounds of {asked.seconds:.0f} s, medians; memory in MB")
    print(f"{'':<30}{'CPU [%]':>10}{'most':>8}{'VmRSS':>12}{'ratio':>8}{'VmHWM':>12}{'ratio':>8}")
    print(minimal.row(minimal))
    print(room.row(minimal))


if __name__ == "__main__":
    main()
