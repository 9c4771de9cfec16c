"""Fuel is told as it is known: unknown, old or over is never called normal."""

import pytest

from orchestrator import events as e
from orchestrator.state import SessionState
from orchestrator.values import BackendStatus, QuotaWindow, Usage
from tests.widgets.host import drawn, page, row_with, shown, wheel
from tests.widgets.samples import (
    BACKENDS,
    NOW,
    PLAN,
    busy_session,
    goal,
    planned,
    started,
    state_of,
    waits_for_approval,
)
from widgets.fuel import fuel_of, local_share
from widgets.quota_pane import QuotaPane


def with_windows(*windows: QuotaWindow) -> SessionState:
    return state_of([*started(), e.QuotaObserved(provider="claude", windows=windows)])


def window(**fields: object) -> QuotaWindow:
    known: dict[str, object] = {"name": "5h", "used": 0.2, "seen_at": NOW - 20}
    return QuotaWindow(**{**known, **fields})  # type: ignore[arg-type]


async def test_without_data_it_says_so() -> None:
    pane = QuotaPane()
    async with shown(pane, 70, 10):
        assert "Opening the session" in page(pane)
        pane.show(state_of(started()), (), NOW)
        assert "no quota data yet: Claude has not been asked in this session" in page(pane)
        assert "No tokens spent yet." in page(pane)


async def test_a_window_tells_use_state_reset_and_age() -> None:
    pane = QuotaPane()
    async with shown(pane, 80, 16):
        pane.show(busy_session(), BACKENDS, NOW)
        row = row_with(pane, " 5h ")
        assert "━" in row
        assert "71 %" in row
        assert "◔ caution" in row
        assert "(in 1h 38m)" in page(pane)
        assert "as of 20s ago" in page(pane)
        assert "Quota  caution" in drawn(pane)[0]


async def test_windows_of_different_age_tell_their_own() -> None:
    pane = QuotaPane()
    async with shown(pane, 90, 16):
        pane.show(with_windows(window(), window(name="7d", seen_at=NOW - 300)), (), NOW)
        assert "as of 20s ago" in row_with(pane, " 5h ")
        assert "as of 5m ago" in row_with(pane, " 7d ")


async def test_a_bucket_of_an_api_key_is_called_that() -> None:
    pane = QuotaPane()
    async with shown(pane, 80, 16):
        pane.show(busy_session(), BACKENDS, NOW)
        row = row_with(pane, "input-tokens/min")
        assert "API key" in row
        assert "38,000 of 40,000 left" in row
        assert "━" not in row


@pytest.mark.parametrize(
    ("fields", "state", "word"),
    [
        ({}, "normal", "normal"),
        ({"used": 0.61}, "caution", "caution"),
        ({"used": None}, "unknown", "share used unknown"),
        ({"used": None, "status": "allowed"}, "unknown", "share used unknown"),
        ({"used": None, "status": "allowed_warning"}, "warning", "nearly used up"),
        ({"used": 0.3, "status": "allowed_warning"}, "warning", "warned by the provider"),
        ({"status": "rejected"}, "critical", "used up"),
        ({"seen_at": NOW - 601}, "stale", "stale"),
        ({"seen_at": NOW - 599}, "normal", "normal"),
        ({"seen_at": NOW - 601, "status": "rejected"}, "critical", "used up"),
        ({"resets_at": NOW - 1, "used": 0.99}, "unknown", "has reset, not asked since"),
        ({"resets_at": NOW + 1, "used": 0.99}, "critical", "critical"),
    ],
)
def test_a_window_is_called_what_is_known(fields: dict[str, object], state: str, word: str) -> None:
    fuel = fuel_of(window(**fields), NOW)
    assert (fuel.state, fuel.word) == (state, word)


async def test_a_stale_window_is_dashed_and_called_stale() -> None:
    pane = QuotaPane()
    async with shown(pane, 80, 16):
        pane.show(with_windows(window(seen_at=NOW - 720, used=0.5)), (), NOW)
        row = row_with(pane, " 5h ")
        assert "╍" in row
        assert "━" not in row
        assert "stale" in row
        assert "as of 12m ago" in page(pane)
        assert "Quota  stale" in drawn(pane)[0]


async def test_an_unknown_share_has_no_bar() -> None:
    pane = QuotaPane()
    async with shown(pane, 80, 16):
        pane.show(with_windows(window(used=None)), (), NOW)
        row = row_with(pane, " 5h ")
        assert "━" not in row
        assert " ? " in row
        assert "share used unknown" in row


async def test_the_configured_thresholds_count() -> None:
    pane = QuotaPane(thresholds=(0.1, 0.15, 0.9))
    async with shown(pane, 80, 16):
        pane.show(with_windows(window()), (), NOW)
        assert "warning" in row_with(pane, " 5h ")


async def test_tokens_are_summed_by_model_over_roles() -> None:
    pane = QuotaPane()
    happened = [
        *started(),
        *goal(),
        *planned(*PLAN),
        *waits_for_approval("T-001"),
        e.ResponseReceived(
            attempt_id="T-001.1",
            usage=Usage(input_tokens=800, output_tokens=580),
            seconds=1,
            role="review",
            model="qwen2.5:14b-instruct-q4_K_M",
        ),
        e.ResponseReceived(
            attempt_id="G1.1",
            usage=Usage(input_tokens=5200, output_tokens=3000),
            seconds=1,
            role="plan",
            model="claude-opus-4-1",
        ),
    ]
    async with shown(pane, 80, 20):
        pane.show(state_of(happened), (), NOW)
        row = row_with(pane, "qwen2.5:14b local")
        assert "2 calls" in row
        assert "2.0k in" in row
        assert "1.0k out" in row
        assert "3.0k out" in row_with(pane, "opus claude")
        # A plan is no code.
        assert "100 % of the code was written locally (by tokens)" in page(pane)
        assert local_share(state_of(happened)) == 1.0


async def test_a_server_that_is_away_is_told_with_its_error() -> None:
    pane = QuotaPane()
    async with shown(pane, 80, 24):
        pane.show(state_of(started()), BACKENDS, NOW)
        assert "● ollama  0.33 · 1 model loaded · 2 installed" in page(pane)
        assert "✗ lmstudio  Nothing answers at 127.0.0.1:1234" in page(pane)
        assert "Start the LM Studio server" not in page(pane)


async def test_when_no_server_is_there_it_says_what_to_do() -> None:
    pane = QuotaPane()
    away = BackendStatus(
        name="ollama", kind="ollama", url="", reachable=False, error="refused", hint="Run it"
    )
    async with shown(pane, 80, 24):
        pane.show(state_of(started()), (away,), NOW)
        assert "✗ ollama  refused" in page(pane)
        assert "Run it" in page(pane)


async def test_what_does_not_fit_can_be_reached() -> None:
    pane = QuotaPane()
    async with shown(pane, 40, 6) as pilot:
        pane.show(busy_session(), BACKENDS, NOW)
        assert "more lines" in drawn(pane)[-1]
        await pilot.press("end")
        assert "lmstudio" in page(pane)
        assert "more line" not in drawn(pane)[-1]
        await pilot.press("home")
        assert " 5h " in page(pane)


async def test_the_wheel_scrolls() -> None:
    pane = QuotaPane()
    async with shown(pane, 40, 6) as pilot:
        pane.show(busy_session(), BACKENDS, NOW)
        wheel(pane, down=True)
        await pilot.pause()
        assert " 5h " not in page(pane)
        wheel(pane, down=False)
        await pilot.pause()
        assert " 5h " in page(pane)
