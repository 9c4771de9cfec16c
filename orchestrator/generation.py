"""One call of a model: streamed to whoever looks, logged, counted, and its quota noted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import aclosing

import msgspec

from orchestrator.backends.base import Chunk, Completion, Message, Request
from orchestrator.errors import BackendError, BackendUnreachable, RateLimited, StreamBroken
from orchestrator.events import Event, OutputArrived, QuotaObserved, ResponseReceived
from orchestrator.planning.budget import estimate_tokens
from orchestrator.routing.quota import REJECTED
from orchestrator.state import subject_of
from orchestrator.values import QuotaWindow, Role, Route
from orchestrator.workbench import Workbench

_UNKNOWN_RESET = 60.0
"""Seconds after which a used-up quota is tried again when the provider names no time."""

OnText = Callable[[str], Awaitable[None]]
"""Told each piece of text, in order."""


def request_for(
    bench: Workbench,
    route: Route,
    messages: tuple[Message, ...],
    *,
    max_tokens: int,
    schema: dict[str, object] | None = None,
) -> Request:
    """The request for `messages` along `route`, with the backend's context size."""
    backend = bench.settings.backends.get(route.backend)
    return Request(
        model=route.model,
        messages=messages,
        max_tokens=max_tokens,
        context_tokens=backend.context_tokens if backend else 8192,
        estimated_tokens=sum(estimate_tokens(message.content) for message in messages),
        schema=schema,
    )


async def generate(
    bench: Workbench,
    route: Route,
    request: Request,
    *,
    attempt_id: str,
    role: Role,
    on_text: OnText | None = None,
) -> Completion:
    """Asks the model and gives its whole answer; every piece is told and logged on the way.

    Raises:
        BackendError: no whole answer; the server is then left alone for a while where the failure
            was the server's.
    """
    try:
        completion = await _stream(bench, route, request, attempt_id, on_text)
    except BackendError as error:
        await _note_failure(bench, route, error)
        raise
    bench.health.worked(route.backend)
    await bench.stream.record(*_received(route, completion, attempt_id, role))
    return completion


async def _stream(
    bench: Workbench,
    route: Route,
    request: Request,
    attempt_id: str,
    on_text: OnText | None,
) -> Completion:
    subject = subject_of(attempt_id)
    async with aclosing(bench.backend(route.backend).stream(request)) as pieces:
        async for piece in pieces:
            if isinstance(piece, Completion):
                return piece
            await _tell(bench, attempt_id, subject, piece)
            if on_text and piece.kind == "text":
                await on_text(piece.text)
    raise StreamBroken(f"{route.backend} ended its answer without an end marker.")


async def _tell(bench: Workbench, attempt_id: str, subject: str, piece: Chunk) -> None:
    event = OutputArrived(attempt_id=attempt_id, text=piece.text, kind=piece.kind, task_id=subject)
    await bench.stream.output(event, attempt_id, piece.text)


def _received(route: Route, completion: Completion, attempt_id: str, role: Role) -> list[Event]:
    events: list[Event] = [
        ResponseReceived(
            attempt_id=attempt_id,
            usage=completion.usage,
            seconds=completion.seconds,
            first_token_seconds=completion.first_token_seconds,
            stop=completion.stop,
            role=role,
            model=completion.model or route.model,
        )
    ]
    if completion.quota:
        events.append(QuotaObserved(provider=route.backend, windows=completion.quota))
    return events


async def _note_failure(bench: Workbench, route: Route, error: BackendError) -> None:
    windows = _used_up(error, bench.clock()) if isinstance(error, RateLimited) else error.quota
    if windows:
        await bench.stream.record(QuotaObserved(provider=route.backend, windows=windows))
    if isinstance(error, BackendUnreachable):
        bench.health.failed(route.backend, error.message)


def _used_up(error: RateLimited, now: float) -> tuple[QuotaWindow, ...]:
    """The windows as told, at least one of them used up and each of those with a time to come.

    So a refusal is never answered by asking again at once, whatever the provider said with it.
    """
    told_time = error.resets_at if error.resets_at and error.resets_at > now else None
    again = told_time or now + (error.retry_after or _UNKNOWN_RESET)
    windows = tuple(_with_reset(window, now, again) for window in error.quota)
    if any(window.status == REJECTED for window in windows):
        return windows
    limit = QuotaWindow(
        name="limit",
        used=1.0,
        resets_at=again,
        seen_at=now,
        source="429 answer",
        status=REJECTED,
    )
    return (*windows, limit)


def _with_reset(window: QuotaWindow, now: float, again: float) -> QuotaWindow:
    to_come = window.resets_at is not None and window.resets_at > now
    if window.status != REJECTED or to_come:
        return window
    return msgspec.structs.replace(window, resets_at=again)
