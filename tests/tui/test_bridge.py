"""The bridge: everything arrives, in order, at most once per interval, and it ends cleanly."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from textual.message import Message

from orchestrator import events as e
from orchestrator.commands import Command
from orchestrator.errors import SessionError
from orchestrator.state import SessionState
from tests.tui import scenes
from tests.tui.fake_engine import FakeEngine
from tui.bridge import (
    BATCH_CHARS,
    INTERVAL,
    BackendsArrived,
    Bridge,
    DiffArrived,
    EngineFailed,
    Happened,
    OutputBatch,
    StateChanged,
)


class Gate:
    """Stands in for sleeping: the bridge waits here until the test lets it on."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.reached = asyncio.Event()
        self._open = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        self.reached.set()
        await self._open.wait()
        self._open.clear()
        self.reached.clear()

    async def next_flush(self) -> None:
        """Let the bridge on, and wait until it has flushed and waits again."""
        self._open.set()
        while self._open.is_set():
            await asyncio.sleep(0)
        await self.is_reached()

    async def is_reached(self) -> None:
        """Wait until the bridge waits here."""
        async with asyncio.timeout(5):
            await self.reached.wait()


@asynccontextmanager
async def running(engine: FakeEngine) -> AsyncIterator[tuple[Bridge, list[Message], Gate]]:
    gate, posted = Gate(), list[Message]()
    bridge = Bridge(engine, posted.append, gate)
    task = asyncio.create_task(bridge.run())
    await until(lambda: engine.subscribers == 1)
    try:
        yield bridge, posted, gate
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert engine.subscribers == 0, "the subscription was left open"


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not reached():
            await asyncio.sleep(0)


def piece(text: str, task_id: str = "T-001") -> e.OutputArrived:
    return e.OutputArrived(attempt_id=f"{task_id}.1", task_id=task_id, text=text)


async def test_the_first_event_goes_through_at_once() -> None:
    engine = FakeEngine()
    async with running(engine) as (_, posted, gate):
        engine.emit(*scenes.goal())
        await gate.is_reached()
        assert [type(m) for m in posted] == [StateChanged]


async def test_a_thousand_events_in_one_interval_are_one_update() -> None:
    engine = FakeEngine()
    async with running(engine) as (bridge, posted, gate):
        bridge.watched = "T-001"
        engine.emit(*scenes.goal())
        await gate.is_reached()
        engine.emit(*(piece(f"{n} ") for n in range(1000)), e.Paused(), e.Resumed(), e.Paused())
        await until(lambda: bridge.state.seq == engine.state.seq)
        assert len(posted) == 1
        await gate.next_flush()
        states = [m for m in posted[1:] if isinstance(m, StateChanged)]
        batches = [m for m in posted[1:] if isinstance(m, OutputBatch)]
        assert len(states) == len(batches) == 1
        assert states[0].state.paused
        assert batches[0].pieces == (("text", "".join(f"{n} " for n in range(1000))),)
        assert set(gate.asked) == {INTERVAL}


async def test_a_stream_that_never_waits_does_not_starve_the_screen() -> None:
    engine, given_at = Torrent(), list[int]()
    await Bridge(engine, lambda _: given_at.append(engine.given)).run()
    assert given_at[0] < Torrent.EVENTS


class Torrent:
    """An engine whose stream always has one more event, until it ends."""

    EVENTS = 5_000
    state = SessionState()
    given = 0

    async def submit(self, command: Command) -> str:
        raise NotImplementedError

    async def subscribe(self, after: int = 0) -> AsyncIterator[e.Event]:
        for _ in range(self.EVENTS):
            self.given += 1
            yield e.Paused()


async def test_only_the_watched_subjects_output_is_carried() -> None:
    engine = FakeEngine()
    async with running(engine) as (bridge, posted, gate):
        bridge.watched = "T-001"
        engine.emit(piece("mine"), piece("other", "T-002"), e.Paused())
        await gate.is_reached()
        assert [m.subject_id for m in posted if isinstance(m, OutputBatch)] == ["T-001"]


async def test_stored_output_takes_the_place_of_what_came_before_it() -> None:
    engine = FakeEngine()
    async with running(engine) as (bridge, posted, gate):
        bridge.watched = "T-001"
        engine.emit(
            piece("lost"),
            e.OutputShown(attempt_id="T-001.1", subject_id="T-001", text="from the log"),
            piece("then this"),
        )
        await gate.is_reached()
        (batch,) = (m for m in posted if isinstance(m, OutputBatch))
        assert batch.stored == "from the log"
        assert batch.pieces == (("text", "then this"),)


async def test_kinds_of_output_stay_apart_and_in_order() -> None:
    engine = FakeEngine()
    async with running(engine) as (bridge, posted, gate):
        bridge.watched = "T-001"
        kinds = (("thinking", "a"), ("thinking", "b"), ("text", "c"), ("thinking", "d"))
        for kind, text in kinds:
            engine.emit(
                e.OutputArrived(attempt_id="x", task_id="T-001", text=text, kind=kind)  # type: ignore[arg-type]
            )
        await gate.is_reached()
        (batch,) = (m for m in posted if isinstance(m, OutputBatch))
        assert batch.pieces == (("thinking", "ab"), ("text", "c"), ("thinking", "d"))


async def test_what_piles_up_is_bounded_and_keeps_the_end() -> None:
    engine = FakeEngine()
    async with running(engine) as (bridge, posted, gate):
        bridge.watched = "T-001"
        engine.emit(e.Paused())
        await gate.is_reached()
        half = BATCH_CHARS // 2
        engine.emit(piece("a" * half), piece("b" * half), piece("c" * half), e.Resumed())
        await until(lambda: not bridge.state.paused)
        await gate.next_flush()
        (batch,) = (m for m in posted if isinstance(m, OutputBatch))
        assert batch.pieces == (("text", "b" * half + "c" * half),)


async def test_of_several_diffs_of_one_subject_only_the_newest_is_drawn() -> None:
    engine = FakeEngine()
    async with running(engine) as (_, posted, gate):
        engine.emit(scenes.diff_of("T-001", "old"), scenes.diff_of("T-001", "new"))
        await gate.is_reached()
        (diff,) = (m for m in posted if isinstance(m, DiffArrived))
        assert "new" in str(diff.shown.files)


async def test_a_diff_knows_which_candidate_it_shows() -> None:
    engine = FakeEngine((*scenes.goal(), *scenes.proposed(), *scenes.accepted()))
    async with running(engine) as (_, posted, gate):
        engine.emit(*scenes.waits_for_yes("T-001"), scenes.diff_of("T-001"))
        await gate.is_reached()
        (diff,) = (m for m in posted if isinstance(m, DiffArrived))
        assert diff.candidate == "T-001.1"


async def test_what_is_worth_telling_is_told_in_order_and_nothing_is_dropped() -> None:
    engine = FakeEngine()
    async with running(engine) as (_, posted, gate):
        notices = [e.NoticeGiven(level="info", message=str(n)) for n in range(3)]
        engine.emit(*notices, scenes.backends())
        await gate.is_reached()
        told = [m.event for m in posted if isinstance(m, Happened)]
        assert [n.message for n in told if isinstance(n, e.NoticeGiven)] == ["0", "1", "2"]
        assert any(isinstance(m, BackendsArrived) for m in posted)


async def test_events_from_before_are_not_told_again() -> None:
    engine = FakeEngine([e.NoticeGiven(level="info", message="old")])
    async with running(engine) as (_, posted, gate):
        engine.emit(e.Paused())
        await gate.is_reached()
        assert not [m for m in posted if isinstance(m, Happened)]


async def test_a_newer_state_replaces_one_that_waits_to_be_drawn() -> None:
    newer, older = StateChanged(SessionState(seq=2)), StateChanged(SessionState(seq=1))
    assert newer.can_replace(older)
    assert not newer.can_replace(OutputBatch("T-001", ()))


async def test_a_broken_engine_is_a_message_and_not_a_crash() -> None:
    engine = FakeEngine()
    async with running(engine) as (_, posted, _gate):
        engine.break_down(SessionError("The disk is full.", "Free some space."))
        await until(lambda: bool(posted))
        (failed,) = posted
        assert isinstance(failed, EngineFailed)
        assert (failed.message, failed.hint) == ("The disk is full.", "Free some space.")


async def test_an_unexpected_failure_is_named() -> None:
    engine = FakeEngine()
    async with running(engine) as (_, posted, _gate):
        engine.break_down(ValueError("seven"))
        await until(lambda: bool(posted))
        (failed,) = posted
        assert isinstance(failed, EngineFailed)
        assert failed.message == "The engine failed: ValueError: seven"


async def test_an_event_that_does_not_fit_the_state_is_a_message_too() -> None:
    engine = FakeEngine()
    async with running(engine) as (_, posted, _gate):
        engine.tell(scenes.begun("T-404"))
        await until(lambda: bool(posted))
        assert isinstance(posted[0], EngineFailed)
        assert engine.subscribers == 0, "the subscription was left open"


async def test_an_engine_that_closes_says_so_after_its_last_word() -> None:
    engine = FakeEngine()
    async with running(engine) as (_, posted, _gate):
        engine.emit(*scenes.goal())
        engine.close()
        await until(lambda: any(isinstance(m, EngineFailed) for m in posted))
        assert isinstance(posted[0], StateChanged)
        assert isinstance(posted[-1], EngineFailed)
        assert posted[-1].message == "The engine has stopped."
