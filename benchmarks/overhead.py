"""What the program itself costs for each task: a model that answers at once, all else real.

Tasks go through the whole engine: prompt, answer, snapshot in the shadow git repository, stage,
checks, tests, verdict, journal. The real store and the real git work in a temporary folder
(`--folder` chooses the disk); each task writes a file of its own in a project of 50 files.

Two ways are measured, each with a test command that does nothing (`true`) and with none:
all tasks at once gives the throughput, and the CPU time of this process and of those it starts;
one task after another gives how long a person waits for one, and where that time goes. For the
latter the calls to git, store, checks and tests are wrapped and timed; they do not overlap there.
Last comes the router alone: classify a task and decide where it goes.

    python benchmarks/overhead.py [--tasks 10 100] [--large] [--folder FOLDER]
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import wraps
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks._workplace import (  # noqa: E402 - found once the root is on the path
    instant_settings,
    make_project,
    task,
    until,
)
from orchestrator import pipeline  # noqa: E402
from orchestrator.commands import SubmitTask  # noqa: E402
from orchestrator.config import Settings  # noqa: E402
from orchestrator.engine import Engine  # noqa: E402
from orchestrator.routing.complexity import classify  # noqa: E402
from orchestrator.routing.health import Health  # noqa: E402
from orchestrator.routing.router import Quota, Router  # noqa: E402
from orchestrator.workspace import snapshots  # noqa: E402
from sessions.store import SessionStore  # noqa: E402
from tui.compose import open_engine  # noqa: E402

LARGE = 1000
ONE_BY_ONE = 15
DECISIONS = 20_000
PARTS = ("git", "store", "checks", "tests")


class Meter:
    """Calls and seconds by part, while it is switched on by `watch`."""

    def __init__(self) -> None:
        self.calls = dict.fromkeys(PARTS, 0)
        self.seconds = dict.fromkeys(PARTS, 0.0)

    def watch(self) -> None:
        """Wraps what belongs to each part, for the rest of this process."""
        self._wrap(snapshots, "run_git", "git")
        self._wrap(SessionStore, "append", "store")
        self._wrap(SessionStore, "append_output", "store")
        self._wrap(pipeline, "run_tests", "tests")
        self._wrap_plain(pipeline, "check_candidate", "checks")

    def reset(self) -> None:
        """Begin to count anew."""
        for part in PARTS:
            self.calls[part], self.seconds[part] = 0, 0.0

    def _wrap(self, owner: object, name: str, part: str) -> None:
        call: Callable[..., Awaitable[Any]] = getattr(owner, name)

        @wraps(call)
        async def timed(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - passed on as it is
            began = time.perf_counter()
            try:
                return await call(*args, **kwargs)
            finally:
                self._add(part, began)

        setattr(owner, name, timed)

    def _wrap_plain(self, owner: object, name: str, part: str) -> None:
        call: Callable[..., Any] = getattr(owner, name)

        @wraps(call)
        def timed(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - passed on as it is
            began = time.perf_counter()
            try:
                return call(*args, **kwargs)
            finally:
                self._add(part, began)

        setattr(owner, name, timed)

    def _add(self, part: str, began: float) -> None:
        self.calls[part] += 1
        self.seconds[part] += time.perf_counter() - began


def cpu_seconds() -> tuple[float, float]:
    """CPU time of this process, and of the processes it started that have ended."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    others = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime, others.ru_utime + others.ru_stime


def waiting(count: int) -> Callable[[Any], bool]:
    """True when so many diffs wait for a person."""
    return lambda state: len(state.open_breakpoints) == count


async def all_at_once(engine: Engine, count: int, test_command: str) -> str:
    """Runs `count` tasks together; what each of them cost."""
    own, others = cpu_seconds()
    began = time.perf_counter()
    for number in range(1, count + 1):
        await engine.submit(SubmitTask(spec=task(number, test_command=test_command)))
    await until(engine, waiting(count))
    wall = time.perf_counter() - began
    own_after, others_after = cpu_seconds()
    each = [1000 * t / count for t in (wall, own_after - own, others_after - others)]
    return "".join(f"{value:11.1f}" for value in each)


async def one_by_one(engine: Engine, meter: Meter, test_command: str) -> str:
    """Runs tasks one after another; the median time of one, and the mean of each part."""
    times = []
    for number in range(ONE_BY_ONE + 1):
        if number == 1:
            meter.reset()  # the first one fills caches
        began = time.perf_counter()
        await engine.submit(SubmitTask(spec=task(number, test_command=test_command)))
        await until(engine, waiting(number + 1))
        times.append(time.perf_counter() - began)
    whole = 1000 * sum(times[1:]) / ONE_BY_ONE
    parts = [1000 * meter.seconds[part] / ONE_BY_ONE for part in PARTS]
    cells = "".join(f"{value:8.1f}" for value in (*parts, whole - sum(parts)))
    each = meter.calls["git"] / ONE_BY_ONE
    return f"{1000 * median(times[1:]):8.1f}{cells}{each:10.1f}"


def decisions() -> float:
    """Microseconds to classify a task and to decide where it goes.

    Half of the tasks have a category; the others are classified by their words.
    """
    settings = Settings()
    router = Router(settings, Health(30.0, time.monotonic), "anthropic", settings.only)
    known = [task(number) for number in range(50)]
    specs = [*known, *(msgspec.structs.replace(spec, category="") for spec in known)]
    quota = Quota("normal", None)
    began = time.perf_counter()
    for number in range(DECISIONS):
        spec = specs[number % len(specs)]
        router.write(spec, classify(spec), quota)
    return 1e6 * (time.perf_counter() - began) / DECISIONS


async def measure(folder: Path, sizes: list[int]) -> None:
    """Everything, one after another."""
    meter = Meter()
    meter.watch()
    print(f"{'one task after another [ms]':<28}{'median':>8}", end="")
    print("".join(f"{name:>8}" for name in (*PARTS, "rest")) + f"{'git calls':>10}")
    for test_command in ("", "true"):
        async with _engine(folder / f"one-{test_command}") as engine:
            row = await one_by_one(engine, meter, test_command)
            print(f"  test command: {test_command or 'none':<12}{row}")
    heads = "".join(f"{name:>11}" for name in ("wall", "CPU own", "CPU others"))
    print(f"\n{'all at once, for each [ms]':<28}{heads}")
    for count in sizes:
        for test_command in ("", "true"):
            async with _engine(folder / f"{count}-{test_command}") as engine:
                row = await all_at_once(engine, count, test_command)
                print(f"  {count:>5} tasks, test: {test_command or 'none':<8}{row}")
    print(f"\nrouter: {decisions():.1f} microseconds to classify a task and decide where it goes")


def _engine(folder: Path) -> Any:  # noqa: ANN401 - an async context manager
    folder.mkdir()
    return open_engine(instant_settings(folder), workspace=make_project(folder), new=True)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tasks", type=int, nargs="+", default=[10, 100], help="all at once")
    parser.add_argument("--large", action="store_true", help=f"{LARGE:,} tasks, too")
    parser.add_argument("--folder", type=Path, help="on the disk to be measured")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="overhead-", dir=asked.folder) as name:
        asyncio.run(measure(Path(name), asked.tasks + [LARGE] * asked.large))


if __name__ == "__main__":
    main()
