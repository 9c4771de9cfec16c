"""The same journey through the app, by keys alone."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from orchestrator.engine import Engine
from tests.journey.scenario import ADD, MEAN_RIGHT, World, until, waits, world
from tests.tui.rooms import text_of
from tui.app import RoomApp

TURNS = 500
"""Looks at the screen before a test gives up; each lets everything that is pending happen."""


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as made:
        yield made


async def seen(pilot: Pilot[None], fits: Callable[[], bool]) -> None:
    """Waits until the screen fits."""
    for _ in range(TURNS):
        await pilot.pause(0.02)
        if fits():
            return
    raise AssertionError("the screen never came to that")


async def approve(pilot: Pilot[None], engine: Engine, breakpoint_id: str, name: str) -> None:
    """Reads the selected diff, then presses the key."""
    await seen(pilot, lambda: name in text_of(pilot.app.export_screenshot()))
    for _ in range(20):  # a diff that came this moment must be seen first
        await pilot.press("a")
        await pilot.pause(0.05)
        if breakpoint_id not in engine.state.open_breakpoints:
            return
    raise AssertionError(f"{breakpoint_id} still waits")


async def test_the_whole_journey_by_keys(here: World) -> None:
    async with here.engine() as engine:
        app = RoomApp(engine, title="calculator")
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.press("n", *"Add sums and means", "enter")
            await until(engine, waits("G1:1"))
            await seen(pilot, lambda: "T-002" in text_of(app.export_screenshot()))
            await approve(pilot, engine, "G1:1", "T-001")
            await until(engine, waits("T-001:1", "T-002:1"))
            await approve(pilot, engine, "T-001:1", "return a + b")
            await approve(pilot, engine, "T-002:1", "if values else 0")
            await until(engine, lambda state: state.tasks["T-002"].status == "applied")
            assert here.text("calc/add.py") == ADD
            assert here.text("calc/mean.py") == MEAN_RIGHT
            await pilot.press("u")
            await until(engine, waits("T-002:2"))
            assert here.text("calc/mean.py") is None

    async with here.engine() as engine:
        app = RoomApp(engine, title="calculator")
        async with app.run_test(size=(120, 40)) as pilot:
            await approve(pilot, engine, "T-002:2", "if values else 0")
            assert here.text("calc/mean.py") == MEAN_RIGHT


async def test_the_diff_follows_an_edit_made_by_hand(here: World) -> None:
    (here.workspace / "calc" / "add.py").write_text("# mine\n\n\n\n\n\n\ndef add(): ...\n")
    async with here.engine() as engine:
        app = RoomApp(engine, title="calculator")
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.press("n", *"Add sums and means", "enter")
            await until(engine, waits("G1:1"))
            await approve(pilot, engine, "G1:1", "T-001")
            await until(engine, waits("T-001:1", "T-002:1"))
            await seen(pilot, lambda: "return a + b" in text_of(app.export_screenshot()))
            (here.workspace / "calc" / "other.py").write_text("by_hand = 1\n")
            await pilot.press("1", "home")  # the workspace is the first row of the tasks
            await seen(pilot, lambda: "by_hand = 1" in text_of(app.export_screenshot()))
