"""Quota windows and spent tokens as lines. Pure."""

from __future__ import annotations

from typing import Final, NamedTuple

from orchestrator.state import SessionState, Spent
from orchestrator.text import Safe, safe_line
from orchestrator.values import BackendStatus, QuotaWindow
from widgets.glyphs import (
    THRESHOLDS,
    Face,
    FuelState,
    Thresholds,
    fuel_glyphs,
    fuel_state,
)
from widgets.line import Line, Span, fit, pad, pad_left, paragraph, span, spread, width_of
from widgets.wording import clock, count, duration, percent, plural, short_model

STALE_AFTER: Final = 600.0
"""Seconds after which what a provider said is called stale."""
_BAR: Final = 20
"""Cells of the longest bar."""
_INDENT: Final = "    "
_READ_FROM: Final = 38
"""From so many cells on input tokens are told, ..."""
_CALLS_FROM: Final = 52
"""... and from so many the number of calls."""


class Fuel(NamedTuple):
    """How one window stands at one moment."""

    state: FuelState
    word: str
    """What to call it; says more than the state where the provider said more."""
    used: float | None
    """The share used, None when it is not known now."""


def fuel_of(window: QuotaWindow, now: float, thresholds: Thresholds = THRESHOLDS) -> Fuel:
    """How a window stands. What is unknown, over or old is never called normal."""
    if window.resets_at is not None and window.resets_at <= now:
        return Fuel("unknown", "has reset, not asked since", None)
    if window.status == "rejected":
        return Fuel("critical", "used up", window.used)
    if now - window.seen_at > STALE_AFTER:
        return Fuel("stale", "stale", window.used)
    if window.used is None:
        warned = window.status == "allowed_warning"
        word = "nearly used up" if warned else "share used unknown"
        return Fuel("warning" if warned else "unknown", word, None)
    state = fuel_state(window.used, thresholds)
    if window.status == "allowed_warning" and state in {"normal", "caution"}:
        return Fuel("warning", "warned by the provider", window.used)
    return Fuel(state, state, window.used)


def is_bucket(window: QuotaWindow) -> bool:
    """True for an API key's allowance such as "input-tokens/min", False for "5h" and "7d"."""
    return "/" in window.name


def provider_lines(
    provider: str,
    windows: tuple[QuotaWindow, ...],
    now: float,
    width: int,
    thresholds: Thresholds,
    *,
    ascii_only: bool,
) -> list[Line]:
    """A provider and its windows: bar, share, state, reset, and how old this is."""
    ages = {duration(now - window.seen_at) for window in windows}
    age = f"as of {ages.pop()} ago " if len(ages) == 1 else ""
    lines = [spread((span(f" {provider}", "strong"),), (span(age, "quiet"),), width)]
    for window in windows:
        fuel = fuel_of(window, now, thresholds)
        face = fuel_glyphs(ascii_only)[fuel.state]
        said = [span(f"{face.glyph} {fuel.word}", face.role), *_times(window, now, aged=not age)]
        if is_bucket(window):
            start: Line = (span(f" API key {window.name}"),)
            said.insert(0, span(window.detail or _share(fuel)))
        else:
            start = _gauge(window, fuel, face, width)
        lines += _flow(start, said, width)
    return lines


def _share(fuel: Fuel) -> str:
    return "share unknown" if fuel.used is None else f"{percent(fuel.used)} used"


def _gauge(window: QuotaWindow, fuel: Fuel, face: Face, width: int) -> Line:
    share = "?" if fuel.used is None else percent(fuel.used)
    cells = max(4, min(_BAR, width // 3))
    name = pad(safe_line(window.name), 3)
    return (span(" "), Span(name), *_bar(fuel, cells, face), Span(pad_left(safe_line(share), 6)))


def _times(window: QuotaWindow, now: float, *, aged: bool) -> list[Span]:
    times = []
    if window.resets_at is not None and window.resets_at > now:
        at, left = clock(window.resets_at, now), window.resets_at - now
        soon = f" (in {duration(left)})" if " " not in at else ""
        times.append(span(f"resets {at}{soon}", "quiet"))
    if aged:
        times.append(span(f"as of {duration(now - window.seen_at)} ago", "quiet"))
    return times


def _flow(start: Line, said: list[Span], width: int) -> list[Line]:
    """`start`, then what is said, on as many lines as they need."""
    lines: list[Line] = []
    line: Line = (*start, span(" "))
    for index, part in enumerate(said):
        joint = span(" · " if index and width_of(line) > len(_INDENT) else " ", "quiet")
        if width_of((*line, joint, part)) > width:
            lines.append(fit(line, width))
            line, joint = (span(_INDENT),), span("")
        line = (*line, joint, part)
    return [*lines, fit(line, width)]


def _bar(fuel: Fuel, cells: int, face: Face) -> Line:
    if fuel.used is None:
        return (Span(Safe("┄" * cells), "quiet"),)
    full = max(0, min(cells, round(fuel.used * cells)))
    done, rest = ("╍", "┄") if fuel.state == "stale" else ("━", "─")
    tip = "╸" if 0 < full < cells and fuel.state != "stale" else ""
    filled = done * (full - len(tip)) + tip
    return (Span(Safe(filled), face.role), Span(Safe(rest * (cells - full)), "quiet"))


def spent_lines(state: SessionState, width: int) -> list[Line]:
    """Tokens by model as the servers counted them, and the local share of what was written."""
    by_model: dict[tuple[str, str], Spent] = {}
    for (owner, model, _), spent in state.spent.items():
        by_model[owner, model] = _sum(by_model.get((owner, model), Spent()), spent)
    if not by_model:
        return paragraph("No tokens spent yet.", width, "quiet")
    lines = [_spent(*key, by_model[key], width) for key in sorted(by_model)]
    share = local_share(state)
    if share is not None:
        lines += paragraph(f"{percent(share)} of the code was written locally (by tokens)", width)
    return lines


def _sum(one: Spent, other: Spent) -> Spent:
    return Spent(
        one.calls + other.calls,
        one.input_tokens + other.input_tokens,
        one.output_tokens + other.output_tokens,
    )


def _spent(owner: str, model: str, spent: Spent, width: int) -> Line:
    read, wrote = count(spent.input_tokens), f"{count(spent.output_tokens):>6} out "
    left = (span(f" {short_model(model) or 'unknown model'} "), span(owner, "quiet"))
    if width < _READ_FROM:
        return spread(left, (span(wrote),), width)
    calls = f"{plural(spent.calls, 'call')}" if width >= _CALLS_FROM else ""
    return spread(left, (span(f"{calls} {read:>6} in {wrote}"),), width)


def written(state: SessionState) -> dict[str, int]:
    """Output tokens of code that each side wrote; plans, reviews and answers are not counted."""
    by_owner = {"local": 0, "claude": 0}
    for (owner, _, role), spent in state.spent.items():
        if role == "write":
            by_owner[owner] = by_owner.get(owner, 0) + spent.output_tokens
    return by_owner


def local_share(state: SessionState) -> float | None:
    """Share of the written tokens that local models wrote; None when nothing was written."""
    by_owner = written(state)
    total = sum(by_owner.values())
    return by_owner["local"] / total if total else None


def claude_was_asked(state: SessionState) -> bool:
    """True when Claude answered anything in this session."""
    return any(owner == "claude" for owner, _, _ in state.spent)


def backend_lines(backends: tuple[BackendStatus, ...], width: int) -> list[Line]:
    """The model servers: there or not; what to do about it when none of them is there."""
    lines: list[Line] = []
    for backend in backends:
        name = span(f"{backend.name}  ")
        if backend.reachable:
            lines.append(fit((span(" ● ", "good"), name, span(_found(backend), "quiet")), width))
            continue
        why = span(backend.error or "does not answer", "quiet")
        lines.append(fit((span(" ✗ ", "danger"), name, why), width))
        if not any(other.reachable for other in backends):
            lines += paragraph(backend.hint, width, indent=3)
    return lines


def _found(backend: BackendStatus) -> str:
    loaded, installed = len(backend.loaded), len(backend.installed)
    parts = (
        backend.version,
        f"{plural(loaded, 'model')} loaded" if installed else "",
        f"{installed:,} installed" if installed else "",
    )
    return " · ".join(part for part in parts if part) or "answers"
