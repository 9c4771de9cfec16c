"""What Anthropic tells of its quota, in every shape it was seen in."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.backends.quota_signals import (
    merged,
    reset_of_used_up,
    windows_in_event,
    windows_in_headers,
)
from orchestrator.values import QuotaWindow
from tests.servers.anthropic import API_KEY, SUBSCRIPTION

NOW = 1_795_000_000.0


def window(name: str, used: float | None = None, **rest: Any) -> QuotaWindow:
    return QuotaWindow(name=name, used=used, seen_at=NOW, **rest)


def test_a_subscription_has_a_window_for_five_hours_and_one_for_seven_days() -> None:
    five, seven = windows_in_headers(SUBSCRIPTION, NOW)
    source = "response headers"
    assert five == window("5h", 0.42, resets_at=1795230125, status="allowed", source=source)
    assert seven == window("7d", 0.81, resets_at=1795485725, status="allowed", source=source)


def test_the_case_of_header_names_does_not_matter() -> None:
    upper = {name.title(): value for name, value in SUBSCRIPTION.items()}
    assert windows_in_headers(upper, NOW) == windows_in_headers(SUBSCRIPTION, NOW)


def test_an_account_without_named_windows_has_one_of_unknown_use() -> None:
    headers = {
        "anthropic-ratelimit-unified-status": "rejected",
        "anthropic-ratelimit-unified-reset": "1795230125",
        "anthropic-ratelimit-unified-representative-claim": "five_hour",
    }
    (only,) = windows_in_headers(headers, NOW)
    assert (only.name, only.used, only.status) == ("5h", None, "rejected")
    assert only.resets_at == 1795230125


def test_an_api_key_has_buckets_with_counts() -> None:
    requests, tokens = windows_in_headers(API_KEY, NOW)
    assert (requests.name, tokens.name) == ("requests/min", "input-tokens/min")
    assert tokens.used == pytest.approx(0.05)
    assert tokens.resets_at == 1795226403
    assert tokens.detail == "38,000 of 40,000 left"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "application/json"},
        {"anthropic-ratelimit-tokens-limit": "0", "anthropic-ratelimit-tokens-remaining": "0"},
        {"anthropic-ratelimit-tokens-limit": "many", "anthropic-ratelimit-tokens-remaining": "1"},
        {"anthropic-ratelimit-unified-overage-status": "rejected"},
    ],
)
def test_what_is_not_told_is_not_claimed(headers: dict[str, str]) -> None:
    assert windows_in_headers(headers, NOW) == ()


@pytest.mark.parametrize("share", ["", "x", "nan!", "inf"])
def test_a_share_that_can_not_be_read_is_unknown(share: str) -> None:
    headers = {"anthropic-ratelimit-unified-5h-utilization": share}
    assert [w.used for w in windows_in_headers(headers, NOW)] == [None]


def test_a_share_beyond_its_range_is_full_or_empty() -> None:
    for share, used in (("1.2", 1.0), ("-0.1", 0.0)):
        headers = {"anthropic-ratelimit-unified-7d_opus-utilization": share}
        (only,) = windows_in_headers(headers, NOW)
        assert (only.name, only.used) == ("7d_opus", used)


def test_an_event_tells_all_windows_or_at_least_one() -> None:
    whole = {
        "status": "allowed_warning",
        "rateLimitType": "five_hour",
        "unifiedWindows": {
            "five_hour": {"utilization": 0.93, "resetsAt": 5, "status": "allowed_warning"},
            "seven_day": {"utilization": 0.81, "resetsAt": 7, "status": "allowed"},
        },
    }
    seen = windows_in_event(whole, NOW)
    assert [(w.name, w.used, w.resets_at) for w in seen] == [("5h", 0.93, 5), ("7d", 0.81, 7)]
    single = {"status": "rejected", "rateLimitType": "seven_day_opus", "resetsAt": 9}
    (only,) = windows_in_event(single, NOW)
    assert only == window(
        "7d_opus", None, resets_at=9, status="rejected", source="rate_limit_event"
    )


@pytest.mark.parametrize("odd", [{}, {"unifiedWindows": []}, {"unifiedWindows": {"five_hour": 7}}])
def test_an_event_of_another_shape_claims_no_share(odd: dict[str, Any]) -> None:
    assert all(w.used is None for w in windows_in_event(odd, NOW))


def test_the_newer_of_two_windows_of_a_name_holds() -> None:
    old = (window("5h", 0.1), window("7d", 0.2))
    assert merged(old, (window("5h", 0.9),)) == (window("5h", 0.9), window("7d", 0.2))


def test_work_goes_on_when_the_last_used_up_window_opens() -> None:
    windows = (
        window("5h", 1.0, resets_at=100),
        window("7d", None, resets_at=200, status="rejected"),
        window("x", 0.9, resets_at=300, status="allowed"),
        window("y", 1.0),
    )
    assert reset_of_used_up(windows) == 200
    assert reset_of_used_up(()) is None
