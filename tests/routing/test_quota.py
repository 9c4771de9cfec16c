import pytest

from orchestrator.routing.quota import quota_state, reopens_at
from orchestrator.values import QuotaState, QuotaWindow

NOW = 1000.0


def window(used: float | None, **fields: object) -> QuotaWindow:
    return QuotaWindow(**{"name": "5h", "used": used, "resets_at": NOW + 60, **fields})  # type: ignore[arg-type]


def state(*windows: QuotaWindow) -> QuotaState:
    return quota_state(windows, caution=0.6, warning=0.8, critical=0.95, now=NOW)


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        (0.0, "normal"),
        (0.599, "normal"),
        (0.6, "caution"),
        (0.8, "warning"),
        (0.949, "warning"),
        (0.95, "critical"),
        (1.0, "critical"),
    ],
)
def test_each_threshold_begins_its_state(used: float, expected: QuotaState) -> None:
    assert state(window(used)) == expected


def test_the_worst_window_decides() -> None:
    assert state(window(0.1), window(0.85, name="7d")) == "warning"


def test_a_rejected_window_is_critical_whatever_it_says_is_used() -> None:
    assert state(window(0.2, status="rejected")) == "critical"


def test_a_window_that_has_reset_does_not_count() -> None:
    assert state(window(1.0, resets_at=NOW)) == "normal"


def test_a_bucket_by_the_minute_is_no_budget() -> None:
    assert state(window(1.0, name="input-tokens/min")) == "normal"


def test_quota_reopens_when_the_last_used_up_window_resets() -> None:
    windows = [
        window(1.0, status="rejected", resets_at=NOW + 10),
        window(1.0, name="7d", status="rejected", resets_at=NOW + 90),
        window(0.1, name="opus", resets_at=NOW + 500),
    ]
    assert reopens_at(windows, NOW) == NOW + 90
    assert reopens_at([], NOW) is None
