"""The time limits of a stream, each by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable

import pytest

from orchestrator.backends.base import Chunk, Completion, Limits
from orchestrator.backends.limits import Piece, at_most, within
from orchestrator.errors import TimedOut
from orchestrator.values import Usage

DONE = Completion(text="", usage=Usage(), model="m")
SOON = 0.05
LATE = 60.0


class Source:
    """Pieces from a list; a number waits so many seconds, an Event for good."""

    def __init__(self, *script: Piece | float | asyncio.Event) -> None:
        self._script = script
        self.closed = False

    async def __call__(self) -> AsyncGenerator[Piece, None]:
        try:
            for step in self._script:
                if isinstance(step, float):
                    await asyncio.sleep(step)
                elif isinstance(step, asyncio.Event):
                    await step.wait()
                else:
                    yield step
        finally:
            self.closed = True


def limits(**changes: float) -> Limits:
    return Limits(**{"first_token": LATE, "stall": LATE, "total": LATE, **changes})


async def read(given: Limits, source: Callable[[], AsyncGenerator[Piece, None]]) -> list[Piece]:
    return [piece async for piece in within(given, source(), "The server")]


async def test_pieces_that_come_in_time_are_passed_on() -> None:
    source = Source(Chunk("a"), Chunk("b"), DONE)
    assert await read(limits(), source) == [Chunk("a"), Chunk("b"), DONE]


async def test_signs_of_life_and_empty_chunks_are_not_passed_on() -> None:
    source = Source(None, Chunk(""), Chunk("a"), None, DONE)
    assert await read(limits(), source) == [Chunk("a"), DONE]


def never() -> asyncio.Event:
    return asyncio.Event()


@pytest.mark.parametrize(
    ("source", "given", "limit"),
    [
        (lambda: Source(never()), limits(first_token=SOON), "first token"),
        (lambda: Source(None, None, never()), limits(first_token=SOON), "first token"),
        (lambda: Source(Chunk("a"), never()), limits(stall=SOON), "stall"),
        (lambda: Source(Chunk(""), never()), limits(stall=SOON), "stall"),
        (lambda: Source(Chunk("a"), None, never()), limits(stall=SOON), "stall"),
        (lambda: Source(never()), limits(total=SOON), "total"),
        (lambda: Source(Chunk("a"), never()), limits(total=SOON), "total"),
    ],
)
async def test_the_limit_that_runs_out_is_named(
    source: Callable[[], Source], given: Limits, limit: str
) -> None:
    made = source()
    with pytest.raises(TimedOut) as caught:
        await read(given, made)
    assert caught.value.limit == limit
    assert "0.05 s" in caught.value.message
    assert made.closed


async def test_the_stall_limit_begins_anew_with_each_piece_and_sign_of_life() -> None:
    pause = 0.2
    source = Source(Chunk("a"), pause, Chunk("b"), pause, None, pause, Chunk("c"), pause, DONE)
    assert (await read(limits(stall=0.5), source))[-1] == DONE


async def test_endless_pieces_run_into_the_total_limit() -> None:
    async def endless() -> AsyncGenerator[Piece, None]:
        while True:
            await asyncio.sleep(0)
            yield Chunk("a")

    with pytest.raises(TimedOut) as caught:
        await read(limits(total=SOON), endless)
    assert caught.value.limit == "total"


async def test_closing_the_stream_closes_its_source() -> None:
    source = Source(Chunk("a"), never())
    stream = within(limits(), source(), "The server")
    assert await anext(stream) == Chunk("a")
    await stream.aclose()
    assert source.closed


async def test_cancelling_the_reader_closes_the_source() -> None:
    source = Source(Chunk("a"), never())
    begun = asyncio.Event()

    async def reader() -> None:
        async for _ in within(limits(), source(), "The server"):
            begun.set()

    task = asyncio.create_task(reader())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert source.closed


async def test_a_timeout_of_the_source_itself_is_not_taken_for_ours() -> None:
    async def failing() -> AsyncGenerator[Piece, None]:
        yield Chunk("a")
        raise TimeoutError("ETIMEDOUT")

    with pytest.raises(TimeoutError, match="ETIMEDOUT"):
        await read(limits(), failing)


async def test_a_block_with_a_limit_ends_with_its_name() -> None:
    with pytest.raises(TimedOut) as caught:
        async with at_most(SOON, "load", "The server"):
            await asyncio.Event().wait()
    assert caught.value.limit == "load"


async def test_a_block_within_its_limit_is_left_alone() -> None:
    async with at_most(LATE, "load", "The server"):
        await asyncio.sleep(0)
    with pytest.raises(TimeoutError, match="ETIMEDOUT"):
        async with at_most(LATE, "load", "The server"):
            raise TimeoutError("ETIMEDOUT")
