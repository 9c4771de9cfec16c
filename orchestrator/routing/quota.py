"""The quota state as far as it can be told from the windows seen so far."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.values import QuotaState, QuotaWindow

REJECTED = "rejected"
"""The provider's word for a window that is used up."""
_BELIEVED = 3600.0
"""Seconds for which a window counts that does not say when it resets."""


def quota_state(
    windows: Iterable[QuotaWindow],
    *,
    caution: float,
    warning: float,
    critical: float,
    now: float,
) -> QuotaState:
    """The worst state of all budget windows that have not reset since they were seen.

    Args:
        windows: as last seen; per-minute buckets (names that end in "/min") are no budget.
        caution: share used from which the state is caution; `warning` and `critical` likewise.
        critical: see `caution`.
        warning: see `caution`.
        now: Unix seconds.
    """
    worst = 0.0
    for window in windows:
        if _is_over(window, now) or window.name.endswith("/min"):
            continue
        worst = max(worst, 1.0 if window.status == REJECTED else window.used or 0.0)
    if worst >= critical:
        return "critical"
    if worst >= warning:
        return "warning"
    return "caution" if worst >= caution else "normal"


def _is_over(window: QuotaWindow, now: float) -> bool:
    if window.resets_at is not None:
        return window.resets_at <= now
    return bool(window.seen_at) and window.seen_at + _BELIEVED <= now


def reopens_at(windows: Iterable[QuotaWindow], now: float) -> float | None:
    """When the last of the used-up windows resets; None when none is used up or none tells."""
    times = [
        window.resets_at
        for window in windows
        if window.status == REJECTED and window.resets_at is not None and window.resets_at > now
    ]
    return max(times, default=None)
