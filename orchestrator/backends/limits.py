"""The one place where a stream's time limits are enforced."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

from orchestrator.backends.base import Chunk, Completion, Limits
from orchestrator.errors import TimedOut

_HINTS = {
    "connect": "Is the address right, and does a firewall let it through?",
    "load": "The model may be too large for this machine; a smaller one loads faster.",
    "first token": "A shorter prompt or a smaller model answers sooner, or raise first_token.",
    "stall": "The server stopped in the middle of its answer; a retry often helps.",
    "total": "A smaller task or a faster model finishes in time, or raise total.",
}

Piece = Chunk | Completion | None
"""What a backend reads off the wire. None is a sign of life that carries no text (a ping)."""


def timed_out(limit: str, seconds: float, who: str) -> TimedOut:
    """The error for a limit that ran out: its name, its length, whom we waited for."""
    what = {
        "connect": "did not take the connection",
        "load": "did not have the model ready",
        "first token": "did not begin to answer",
        "stall": "fell silent in the middle of its answer",
        "total": "did not finish its answer",
    }[limit]
    return TimedOut(f"{who} {what} within {seconds:g} s.", _HINTS[limit], limit)


@asynccontextmanager
async def at_most(seconds: float, limit: str, who: str) -> AsyncIterator[None]:
    """Ends its body after `seconds`.

    Raises:
        TimedOut: the time ran out; `limit` names it.
    """
    scope = asyncio.timeout(seconds)
    try:
        async with scope:
            yield
    except TimeoutError:
        if scope.expired():
            raise timed_out(limit, seconds, who) from None
        raise


async def within(
    limits: Limits, pieces: AsyncGenerator[Piece, Any], who: str
) -> AsyncGenerator[Chunk | Completion, None]:
    """The pieces that carry something, each in time; `pieces` is closed at the end.

    The first-token limit runs until the first `Chunk`, an empty one included (the server says that
    it has begun); signs of life do not end it. From then on the stall limit runs anew after each
    piece or sign of life, and the total limit over everything. Time that the reader takes between
    two pieces counts for the total limit only.

    Raises:
        TimedOut: "first token", "stall" or "total" ran out.
    """
    loop = asyncio.get_running_loop()
    started = loop.time()
    end, begun = started + limits.total, False
    async with aclosing(pieces):
        while True:
            soft = loop.time() + limits.stall if begun else started + limits.first_token
            scope = asyncio.timeout_at(min(soft, end))
            try:
                async with scope:
                    piece = await anext(pieces)
            except StopAsyncIteration:
                return
            except TimeoutError:
                if scope.expired():
                    raise _ran_out(limits, who, total=end <= soft, begun=begun) from None
                raise
            begun = begun or isinstance(piece, Chunk)
            if isinstance(piece, Completion) or (piece is not None and piece.text):
                yield piece


def _ran_out(limits: Limits, who: str, *, total: bool, begun: bool) -> TimedOut:
    if total:
        return timed_out("total", limits.total, who)
    if begun:
        return timed_out("stall", limits.stall, who)
    return timed_out("first token", limits.first_token, who)
