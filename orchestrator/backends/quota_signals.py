"""What Anthropic tells of its quota: response headers, and Claude Code's `rate_limit_event`.

The headers differ by account (measured with Claude Code 2.1.329): a subscription has "unified"
windows with a share used, an API key has buckets per minute with counts, some have neither. What
is not told is left unknown, never taken for fine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from orchestrator.values import QuotaWindow

_UNIFIED = "anthropic-ratelimit-unified-"
_WINDOW = re.compile(rf"{_UNIFIED}(?P<name>.+)-(?P<field>status|utilization|reset)")
_BUCKETS = ("requests", "tokens", "input-tokens", "output-tokens")
_NOT_A_WINDOW = "overage"
"""Paid use beyond the windows; it says nothing about how full they are."""

_NAMES = {"five_hour": "5h", "seven_day": "7d"}


def short_name(name: str) -> str:
    """What the gauge calls a window: five_hour is "5h"; a name we don't know stays as it is."""
    for word, short in _NAMES.items():
        if name.startswith(word):
            return short + name.removeprefix(word)
    return name


def windows_in_headers(headers: Mapping[str, str], seen_at: float) -> tuple[QuotaWindow, ...]:
    """Every window and bucket the headers of an answer tell of, on success and on error alike.

    Args:
        headers: with names in lower case or compared without case.
        seen_at: Unix seconds.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    return (*_unified(lower, seen_at), *_buckets(lower, seen_at))


def _unified(headers: Mapping[str, str], seen_at: float) -> list[QuotaWindow]:
    fields: dict[str, dict[str, str]] = {}
    for header, value in headers.items():
        if (found := _WINDOW.fullmatch(header)) and found["name"] != _NOT_A_WINDOW:
            fields.setdefault(found["name"], {})[found["field"]] = value
    if not fields and (status := headers.get(_UNIFIED + "status")):
        claim = headers.get(_UNIFIED + "representative-claim", "unified")
        fields[claim] = {"status": status, "reset": headers.get(_UNIFIED + "reset", "")}
    return [
        QuotaWindow(
            name=short_name(name),
            used=_share(told.get("utilization")),
            resets_at=_number(told.get("reset")),
            seen_at=seen_at,
            source="response headers",
            status=told.get("status", ""),
        )
        for name, told in fields.items()
    ]


def _buckets(headers: Mapping[str, str], seen_at: float) -> list[QuotaWindow]:
    windows = []
    for name in _BUCKETS:
        told = f"anthropic-ratelimit-{name}-"
        limit = _number(headers.get(told + "limit"))
        remaining = _number(headers.get(told + "remaining"))
        if limit is None or remaining is None or limit <= 0:
            continue
        windows.append(
            QuotaWindow(
                name=f"{name}/min",
                used=_share(1 - remaining / limit),
                resets_at=_moment(headers.get(told + "reset")),
                seen_at=seen_at,
                source="response headers",
                detail=f"{remaining:,.0f} of {limit:,.0f} left",
            )
        )
    return windows


def windows_in_event(info: Mapping[str, Any], seen_at: float) -> tuple[QuotaWindow, ...]:
    """The windows in the `rate_limit_info` of a `rate_limit_event` line.

    Args:
        info: the event's JSON, of any shape.
        seen_at: Unix seconds.
    """
    told = info.get("unifiedWindows")
    if not isinstance(told, Mapping) or not told:
        told = {str(info.get("rateLimitType") or "unified"): info}
    return tuple(
        QuotaWindow(
            name=short_name(str(name)),
            used=_share(window.get("utilization")),
            resets_at=_number(window.get("resetsAt")),
            seen_at=seen_at,
            source="rate_limit_event",
            status=str(window.get("status") or ""),
        )
        for name, window in told.items()
        if isinstance(window, Mapping)
    )


def merged(
    older: tuple[QuotaWindow, ...], newer: tuple[QuotaWindow, ...]
) -> tuple[QuotaWindow, ...]:
    """Both, the newer one of each name."""
    return tuple({window.name: window for window in (*older, *newer)}.values())


def reset_of_used_up(windows: tuple[QuotaWindow, ...]) -> float | None:
    """When work can go on: the latest reset (Unix seconds) of the windows that are used up."""
    resets = [
        window.resets_at
        for window in windows
        if window.resets_at is not None
        and (window.status == "rejected" or (window.used is not None and window.used >= 1))
    ]
    return max(resets, default=None)


def _number(value: object) -> float | None:
    if not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None


def _share(value: object) -> float | None:
    number = _number(value)
    return None if number is None else min(1.0, max(0.0, number))


def _moment(value: str | None) -> float | None:
    """Unix seconds of an RFC 3339 time."""
    try:
        return datetime.fromisoformat(value).timestamp() if value else None
    except ValueError:
        return None
