"""What is in view follows the disk, survives what happens to it, and leaves nothing behind."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from orchestrator import commands as c
from orchestrator.engine import Engine
from orchestrator.errors import SessionError
from orchestrator.events import DiffShown, Event, OutputShown
from orchestrator.workspace.snapshots import ShadowRepository
from tests.engine.house import (
    House,
    no_task_left_behind,
    records_of,
    run_task,
    soon,
    task,
    until,
    waits,
)
from tests.engine.memory import MemoryStore
from tests.engine.models import ADD


@asynccontextmanager
async def seen_by(engine: Engine) -> AsyncIterator[asyncio.Queue[Event]]:
    """Everything that is told while the block runs."""
    queue: asyncio.Queue[Event] = asyncio.Queue()

    async def listen() -> None:
        async for event in engine.subscribe(engine.state.seq):
            queue.put_nowait(event)

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0)
    try:
        yield queue
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def diff_with(queue: asyncio.Queue[Event], text: str) -> DiffShown:
    """The next diff that has this line."""

    async def look() -> DiffShown:
        while True:
            event = await queue.get()
            if isinstance(event, DiffShown) and text in lines(event):
                return event

    return await soon(look())


def lines(shown: DiffShown) -> list[str]:
    hunks = (hunk for file in shown.files for hunk in file.hunks)
    return [line.kind + line.text for hunk in hunks for line in hunk.lines]


async def test_the_diff_follows_an_edit_of_the_workspace(house: House) -> None:
    async with house.engine() as engine, seen_by(engine) as queue:
        await engine.submit(c.Show())
        (house.workspace / "notes.txt").write_text("hello\n")
        await diff_with(queue, "+hello")
        (house.workspace / "notes.txt").write_text("goodbye\n")
        await diff_with(queue, "+goodbye")


async def test_the_candidate_is_shown_against_the_file_as_it_is_now(house: House) -> None:
    head = "A = 1\n" + "\n".join(f"# {number}" for number in range(9)) + "\n"
    (house.workspace / "calc" / "add.py").write_text(head + "B = 1\n")
    house.local.script = f"```python\n{head}B = 2\n```"
    async with house.engine() as engine, seen_by(engine) as queue:
        await run_task(engine, task("T-001"))
        await engine.submit(c.Show(subject_id="T-001"))
        await diff_with(queue, "+B = 2")
        mine = head.replace("# 7", "# seven")
        (house.workspace / "calc" / "add.py").write_text(mine + "B = 1\n")
        shown = await diff_with(queue, " # seven")
        assert "+B = 2" in lines(shown)
        await engine.submit(c.Approve(breakpoint_id="T-001:1"))
        assert house.text("calc/add.py") == mine + "B = 2\n"


async def test_showing_what_is_not_there_shows_the_workspace(house: House) -> None:
    async with house.engine() as engine, seen_by(engine) as queue:
        (house.workspace / "notes.txt").write_text("hello\n")
        await engine.submit(c.Show(subject_id="T-404"))
        assert (await diff_with(queue, "+hello")).source == "workspace"


async def test_the_output_of_an_attempt_is_shown_whole(house: House) -> None:
    async with house.engine() as engine:
        await run_task(engine, task("T-001"))
    async with house.engine() as engine, seen_by(engine) as queue:
        await engine.submit(c.Show(subject_id="T-001"))
        event = await soon(queue.get())
        while not isinstance(event, OutputShown):
            event = await soon(queue.get())
        assert event.text == f"```python\n{ADD}```"


async def test_a_workspace_that_goes_away_is_said_once_and_followed_again_when_it_is_back(
    house: House,
) -> None:
    async with house.engine() as engine:
        await run_task(engine, task("T-001"))
        await engine.submit(c.Show(subject_id="T-001"))
        shutil.move(house.workspace, house.folder / "aside")
        for _ in range(5):
            await engine.submit(c.Show(subject_id="T-001"))
        said = [one for one in engine.state.notices if "gone" in one.message]
        assert len(said) == 1
        await until(engine, lambda state: "can't be watched" in state.notices[-1].message)
        shutil.move(house.folder / "aside", house.workspace)
        async with seen_by(engine) as queue:
            await engine.submit(c.Show())
            (house.workspace / "notes.txt").write_text("back\n")
            await diff_with(queue, "+back")


async def test_what_is_in_view_goes_on_after_the_disk_was_full(house: House) -> None:
    class FullStore(MemoryStore):
        full = False

        async def append(self, events: Sequence[Mapping[str, Any]]) -> None:
            if self.full:
                raise SessionError("The disk is full.")
            await super().append(events)

    async with house.engine() as engine:
        await run_task(engine, task("T-001"))
    house.store = store = FullStore(records_of(house.store))
    async with house.engine() as engine, seen_by(engine) as queue:
        await engine.submit(c.Show(subject_id="T-001"))
        shutil.move(house.workspace, house.folder / "aside")
        store.full = True
        await engine.submit(c.Show(subject_id="T-001"))
        shutil.move(house.folder / "aside", house.workspace)
        store.full = False
        await engine.submit(c.Show(subject_id="T-001"))
        await diff_with(queue, "+    return a + b")
        await engine.submit(c.Approve(breakpoint_id="T-001:1"))
        await until(engine, waits())

        async def applied() -> None:
            source = ""
            while source != "applied":
                event = await queue.get()
                source = event.source if isinstance(event, DiffShown) else ""

        await soon(applied())


class HeldRepository(ShadowRepository):
    """Takes its time with a snapshot while `hold` is set."""

    def __init__(self, workspace: Path, home: Path) -> None:
        super().__init__(workspace, home)
        self.hold = False
        self.reached = asyncio.Event()

    async def snapshot(self) -> str:
        if self.hold:
            self.reached.set()
            await asyncio.Event().wait()
        return await super().snapshot()


async def test_the_end_while_a_diff_is_being_made_leaves_nothing_behind(house: House) -> None:
    bench = house.bench()
    repository = HeldRepository(house.workspace, house.folder / "state" / "workspace")
    slow = msgspec.structs.replace(bench, repository=repository)
    async with no_task_left_behind(), Engine(slow, "s1") as engine:
        await engine.submit(c.Show())
        repository.hold = True
        (house.workspace / "notes.txt").write_text("hello\n")
        await soon(repository.reached.wait())
