"""How the room looks. After a wanted change run these with --snapshot-update, and look at them."""

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from orchestrator import commands as c
from tests.tui import scenes
from tests.tui.fake_engine import FakeEngine
from tests.tui.rooms import ListeningApp, Room

Compare = Callable[..., bool]


@pytest.fixture(autouse=True)
def _colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests with NO_COLOR set gets the same pictures."""
    monkeypatch.delenv("NO_COLOR", raising=False)


def after(*keys: str) -> Callable[[Pilot[None]], Any]:
    """Wait for the room, press keys, wait again."""

    async def run_before(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, ListeningApp)
        engine = app.room.engine
        assert isinstance(engine, FakeEngine)
        room = Room(app, engine, pilot)
        await room.quiet()
        for key in keys:
            await room.press(key)

    return run_before


def no_servers() -> FakeEngine:
    engine = scenes.engine_with()
    engine.answers[c.CheckBackends] = lambda _: [scenes.backends(reachable=False)]
    return engine


def test_a_busy_room(snap_compare: Compare) -> None:
    app = ListeningApp(scenes.busy())
    assert snap_compare(app, terminal_size=(120, 40), run_before=after("j"))


def test_a_small_light_terminal(snap_compare: Compare) -> None:
    app = ListeningApp(scenes.busy(), theme="light")
    assert snap_compare(app, terminal_size=(80, 24), run_before=after("j", "enter"))


def test_a_plan_that_waits(snap_compare: Compare) -> None:
    app = ListeningApp(scenes.engine_with(*scenes.goal(), *scenes.proposed()))
    assert snap_compare(app, terminal_size=(100, 30), run_before=after())


def test_why(snap_compare: Compare) -> None:
    app = ListeningApp(scenes.busy())
    assert snap_compare(app, terminal_size=(100, 30), run_before=after("j", "w"))


def test_the_first_run(snap_compare: Compare) -> None:
    app = ListeningApp(no_servers())
    assert snap_compare(app, terminal_size=(80, 24), run_before=after())


def test_ascii_only(snap_compare: Compare) -> None:
    app = ListeningApp(scenes.busy(), ascii_only=True)
    assert snap_compare(app, terminal_size=(80, 24), run_before=after("j", "w"))
