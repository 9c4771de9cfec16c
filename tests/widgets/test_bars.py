"""One line on top, one line of keys: the most important facts stay when room gets scarce."""

import pytest

from orchestrator import events as e
from orchestrator.state import SessionState
from orchestrator.values import BackendStatus
from tests.widgets.host import drawn, shown
from tests.widgets.samples import (
    BACKENDS,
    NOW,
    PLAN,
    WINDOWS,
    attempt,
    busy_session,
    goal,
    planned,
    started,
    state_of,
)
from widgets.key_bar import KeyBar
from widgets.status_bar import StatusBar

KEYS = (("a", "approve"), ("r", "retry"), ("e", "escalate"), ("?", "help"))


async def bar(
    state: SessionState,
    width: int = 160,
    *,
    backends: tuple[BackendStatus, ...] = BACKENDS,
    claude: str = "claude",
    demo: bool = False,
) -> str:
    widget = StatusBar()
    async with shown(widget, width, 3):
        widget.show(state, backends, claude, NOW, demo=demo)
        return drawn(widget)[0]


async def test_a_wide_bar_tells_everything() -> None:
    text = await bar(busy_session())
    for fact in (
        " shop-api  Add dark mode support ",
        "running",
        "claude ◔ 71 % caution",
        "ollama ● 1 loaded",
        "wrote: local 1.3k (100 %), claude 0",
        "needs you 2",
    ):
        assert fact in text


async def test_a_narrow_bar_is_shortened() -> None:
    text = await bar(busy_session(), 80)
    assert "shop-api" in text
    assert "◔ 71 % " in text
    assert "local 100 %" in text
    assert "needs you 2" in text
    assert "ollama" not in text


@pytest.mark.parametrize("width", [34, 60, 99, 100, 120, 200])
async def test_what_needs_a_person_is_told_at_every_width(width: int) -> None:
    assert "needs you 2" in await bar(busy_session(), width)


async def test_nothing_running_is_called_idle() -> None:
    assert "idle" in await bar(state_of(started()))
    assert "no goal yet" in await bar(state_of(started()))
    assert "needs you 0" in await bar(state_of(started()))


async def test_a_pause_is_told_along_with_what_still_runs() -> None:
    happened = [*started(), *goal(), *planned(PLAN[0]), e.Paused()]
    assert "‖ paused  " in await bar(state_of(happened))
    assert "‖ paused, 1 running" in await bar(state_of([*happened, *attempt("T-001")]))


async def test_what_is_not_known_about_claude_is_not_called_fine() -> None:
    assert "claude ? not asked yet" in await bar(state_of(started()))
    assert "no Claude" in await bar(state_of(started()), claude="")
    away = BackendStatus(name="claude", kind="claude_code", url="", reachable=False)
    assert "claude ✗ away" in await bar(state_of(started()), backends=(away,))


async def test_the_worst_window_is_the_one_that_counts() -> None:
    old = [e.QuotaObserved(provider="claude", windows=WINDOWS)]
    assert "◔ 71 % caution" in await bar(state_of([*started(), *old]))
    full = WINDOWS[1].__class__(name="7d", used=0.97, seen_at=NOW)
    both = [*started(), *old, e.QuotaObserved(provider="claude", windows=(full,))]
    assert "● 97 % critical" in await bar(state_of(both))


async def test_no_local_server_is_told() -> None:
    assert "no local model server" in await bar(state_of(started()), backends=BACKENDS[1:])


async def test_the_demonstration_calls_itself_one() -> None:
    assert (await bar(busy_session(), 80, demo=True)).startswith(" DEMO ")
    assert "DEMO" not in await bar(busy_session())


async def test_keys_are_left_out_whole_and_from_the_end() -> None:
    widget = KeyBar()
    async with shown(widget, 60, 3) as pilot:
        widget.show(KEYS)
        assert drawn(widget)[0].rstrip() == " a approve  r retry  e escalate  ? help"
        await pilot.resize_terminal(25, 3)
        assert drawn(widget)[0].rstrip() == " a approve  r retry"
        widget.show(())
        assert drawn(widget)[0].strip() == ""


async def test_keys_that_look_like_markup_are_shown() -> None:
    widget = KeyBar()
    async with shown(widget, 60, 3):
        widget.show((("]", "next [hunk]"), ("[", "previous")))
        assert drawn(widget)[0].rstrip() == " ] next [hunk]  [ previous"
