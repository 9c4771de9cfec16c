"""Everything that happens is told once, in order, and only after it is kept."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from orchestrator.errors import SessionError
from orchestrator.events import Event, GoalSubmitted, NoticeGiven, OutputArrived, TaskFailed
from orchestrator.state import SessionState
from orchestrator.stream import EventStream
from tests.engine.house import soon
from tests.engine.memory import MemoryStore
from tests.engine.stores import FullStore, HeldStore, SlowStore


def stream_on(store: MemoryStore) -> EventStream:
    return EventStream(store, lambda: 7.0)


def notice(text: str) -> NoticeGiven:
    return NoticeGiven(level="info", message=text)


def piece(text: str) -> OutputArrived:
    return OutputArrived(attempt_id="T-001.1", text=text)


def full_store() -> FullStore:
    store = FullStore()
    store.full = True
    return store


async def _all(events: AsyncIterator[Event]) -> list[Event]:
    return [event async for event in events]


async def durable(stream: EventStream, after: int, last: int) -> list[int]:
    """Numbers of the durable events above `after`, up to `last`."""
    seen: list[int] = []
    async with aclosing(stream.subscribe(after)) as events:
        async for event in events:
            if event.seq:
                seen.append(event.seq)
            if event.seq >= last:
                return seen
    return seen


@pytest.mark.parametrize("after", [0, 1, 7, 20])
async def test_a_listener_gets_every_event_once_while_others_are_recorded(after: int) -> None:
    stream = stream_on(SlowStore())
    for number in range(20):
        await stream.record(notice(str(number)))

    async def record_more() -> None:
        for number in range(30):
            await stream.record(notice(f"more {number}"), notice(f"and {number}"))

    recording = asyncio.create_task(record_more())
    listeners = []
    for _ in range(8):  # they come at different moments of the recording
        listeners.append(asyncio.create_task(durable(stream, after, 80)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    found = await soon(asyncio.gather(*listeners))
    await recording
    assert all(seen == list(range(after + 1, 81)) for seen in found)


async def test_a_listener_that_never_takes_anything_holds_nobody_up() -> None:
    stream = stream_on(MemoryStore())
    idle = aiter(stream.subscribe(0))
    waiting = asyncio.ensure_future(anext(idle))
    await asyncio.sleep(0)
    for number in range(20_000):
        stream.show(piece(str(number)))
    await stream.record(notice("durable"))
    assert (await waiting).seq == 0
    kept = 1
    while (event := await anext(idle)).seq == 0:
        kept += 1
    assert event.seq == 1  # what is durable is never dropped
    assert kept <= 10_001  # what passes is, when too much of it piles up


async def test_closing_ends_subscriptions_after_what_was_told() -> None:
    stream = stream_on(MemoryStore())
    events = aiter(stream.subscribe(0))
    first = asyncio.ensure_future(anext(events))
    await asyncio.sleep(0)
    await stream.record(notice("one"), notice("two"))
    stream.close()
    rest = await soon(_all(events))
    assert [(await first).seq, *(event.seq for event in rest)] == [1, 2]


async def test_a_subscription_that_begins_after_the_end_gets_what_is_kept_and_ends() -> None:
    stream = stream_on(MemoryStore())
    await stream.record(notice("one"))
    stream.close()
    assert [event.seq for event in await soon(_all(stream.subscribe(0)))] == [1]


async def test_when_the_store_fails_the_state_stays_and_the_caller_is_told() -> None:
    store = full_store()
    stream = stream_on(store)
    with pytest.raises(SessionError, match="disk is full"):
        await stream.record(GoalSubmitted(goal_id="G1", text="t"))
    assert stream.state == SessionState()
    store.full = False
    await stream.record(GoalSubmitted(goal_id="G1", text="t"))
    assert stream.state.seq == 1
    assert [record["seq"] for record in store.records] == [1]


async def test_when_the_store_fails_whoever_listens_is_told_why() -> None:
    stream = stream_on(full_store())
    events = aiter(stream.subscribe(0))
    told = asyncio.ensure_future(anext(events))
    await asyncio.sleep(0)
    with pytest.raises(SessionError):
        await stream.record(notice("lost"))
    event = await soon(told)
    assert isinstance(event, NoticeGiven)
    assert (event.seq, event.level, event.hint) == (0, "error", "Free some space.")
    assert "disk is full" in event.message


async def test_an_event_that_does_not_fit_the_state_is_not_kept_either() -> None:
    store = MemoryStore()
    stream = stream_on(store)
    with pytest.raises(KeyError):
        await stream.record(notice("fits"), TaskFailed(task_id="T-404", error="e"))
    assert not store.records
    assert stream.state == SessionState()


async def test_nothing_is_told_before_it_is_kept() -> None:
    store = HeldStore()
    stream = stream_on(store)
    told = aiter(stream.subscribe(0))
    first = asyncio.ensure_future(anext(told))
    recording = asyncio.create_task(stream.record(notice("one")))
    await soon(store.asked.wait())
    await asyncio.sleep(0)
    assert not first.done()
    assert not stream.state.seq
    store.go.set()
    await recording
    assert (await soon(first)).seq == 1


async def test_who_is_cancelled_while_recording_ends_when_the_step_is_kept() -> None:
    store = HeldStore()
    stream = stream_on(store)
    recording = asyncio.create_task(stream.record(notice("one")))
    await soon(store.asked.wait())
    recording.cancel()
    for _ in range(5):
        await asyncio.sleep(0)
    assert not recording.done()  # whoever waits for its end then sees the state it left
    store.go.set()
    with pytest.raises(asyncio.CancelledError):
        await soon(recording)
    assert stream.state.seq == 1


async def test_output_that_is_asked_for_while_it_arrives_has_no_gap_and_nothing_twice() -> None:
    store = SlowStore()
    stream = stream_on(store)
    events = aiter(stream.subscribe(0))
    text = ""

    async def write() -> None:
        for number in range(50):
            await stream.output(piece(f"{number} "), "T-001.1", f"{number} ")

    async def read() -> None:
        nonlocal text
        async for event in events:
            text = event.text if event.__class__.__name__ == "OutputShown" else text + event.text  # type: ignore[attr-defined]
            if text.endswith("49 "):
                return

    reading = asyncio.create_task(read())
    await asyncio.sleep(0)
    writing = asyncio.create_task(write())
    for _ in range(5):
        await asyncio.sleep(0)
        await stream.show_output("T-001.1", "T-001")
    await soon(asyncio.gather(writing, reading))
    assert text == "".join(f"{number} " for number in range(50))
