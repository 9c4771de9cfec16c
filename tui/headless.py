"""Driving the engine without a screen: submit, tell what happens, stop when nothing moves."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from typing import Any, Literal

import msgspec

from orchestrator.commands import Command
from orchestrator.config import Autonomy
from orchestrator.errors import OrchestratorError
from orchestrator.events import BreakpointRaised, Event, NoticeGiven
from orchestrator.state import Breakpoint, SessionState
from tui.door import EngineDoor

PATIENCE = 120.0
"""Seconds that work which waits for a backend or for quota is waited for, all in all."""
GRACE = 30.0
"""Seconds within which the engine decides by itself what the autonomy leaves to it."""

INTERRUPTED, TERMINATED = 130, 143
"""Exit codes after Ctrl-C and SIGTERM."""

Motion = Literal["moves", "waits", "stands"]
"""Something happens now; something happens at a known time; nothing happens without a person."""


class Waits(msgspec.Struct, frozen=True):
    """How long a standstill is watched before it counts, in seconds."""

    patience: float = PATIENCE
    grace: float = GRACE


def motion(state: SessionState, now: float, *, dispatches: bool = True) -> Motion:
    """Whether anything goes on by itself.

    Args:
        state: the session.
        now: Unix seconds.
        dispatches: False when the kill switch is on: what waits is not started.
    """
    if state.running() or any(t.status in {"running", "applying"} for t in state.tasks.values()):
        return "moves"
    if state.paused or not dispatches:
        return "stands"
    times = _start_times(state)
    if any(until is None or until <= now for until in times):
        return "moves"
    return "waits" if times else "stands"


def _start_times(state: SessionState) -> list[float | None]:
    """When each goal and task that can start may start; None for at once."""
    goals = [g.wait_until for g in state.goals.values() if g.status == "planning"]
    tasks = [
        t.wait_until for t in state.tasks.values() if t.status == "waiting" and not state.unmet(t)
    ]
    return goals + tasks


class Watch:
    """Carries out commands and watches until nothing goes on by itself.

    Args:
        door: the engine.
        tell: told every event with the state it led to.
        autonomy: what the engine decides by itself.
        dispatches: False when the kill switch is on.
        waits: how long a standstill is watched.
        clock: Unix seconds.
    """

    def __init__(
        self,
        door: EngineDoor,
        tell: Callable[[Event, SessionState], None],
        *,
        autonomy: Autonomy = "every_diff",
        dispatches: bool = True,
        waits: Waits = Waits(),  # noqa: B008 - frozen
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._door = door
        self._tell = tell
        self._autonomy = autonomy
        self._dispatches = dispatches
        self._waits = waits
        self._clock = clock
        self._left_alone: set[str] = set()

    async def carry_out(
        self, command: Command, until: Callable[[Event, str], bool] | None = None
    ) -> str:
        """Submit `command`, tell what follows, and return once all stands still.

        Args:
            command: what to do.
            until: return after the event for which this holds, given the subject, instead.

        Returns:
            The id of what the command made or acted on.

        Raises:
            OrchestratorError: the command was refused, or the engine stopped.
        """
        seen = self._door.state.seq
        self._left_alone = set(self._door.state.open_breakpoints)
        subject = await self._door.submit(command)
        events = self._door.subscribe(seen)
        last = (lambda event: until(event, subject)) if until else None
        try:
            await self._follow(events, seen, last)
        finally:
            if isinstance(events, AsyncGenerator):
                await events.aclose()
        return subject

    async def _follow(
        self, events: AsyncIterator[Event], seen: int, last: Callable[[Event], bool] | None
    ) -> None:
        patience = self._waits.patience
        while True:
            told_all = seen >= self._door.state.seq
            limit = self._limit(patience) if told_all and not last else None
            if limit is not None and limit <= 0:
                return
            began = asyncio.get_running_loop().time()
            try:
                async with asyncio.timeout(limit):
                    event = await anext(events)
            except TimeoutError:
                return
            except StopAsyncIteration:
                raise OrchestratorError("The engine has stopped.", "Start again.") from None
            if limit is not None:
                patience -= asyncio.get_running_loop().time() - began
            seen = max(seen, event.seq)
            self._notice(event)
            self._tell(event, self._door.state)
            if last and last(event):
                return

    def _limit(self, patience: float) -> float | None:
        """Seconds to wait for the next event: None for ever, 0 when nothing more will come."""
        state, now = self._door.state, self._clock()
        moving = motion(state, now, dispatches=self._dispatches)
        if moving == "moves":
            return None
        if any(self._decided_soon(point, state) for point in state.needs_you()):
            return self._waits.grace
        if moving == "stands":
            return 0.0
        first = min(until for until in _start_times(state) if until is not None)
        return patience if first - now <= patience else 0.0

    # --- what the engine decides by itself ---------------------------------------------------

    def _decided_soon(self, point: Breakpoint, state: SessionState) -> bool:
        """True for what the autonomy approves a moment after it began to wait."""
        if point.breakpoint_id in self._left_alone or self._autonomy == "every_diff":
            return False
        if point.kind == "plan":
            return True
        task = state.tasks.get(point.task_id)
        attempt = task.candidate_attempt if task else None
        proven = bool(attempt and attempt.verdict and attempt.verdict.proven)
        return point.kind == "diff" and (proven or self._autonomy == "nothing")

    def _notice(self, event: Event) -> None:
        """A warning after something began to wait: the engine could not approve it by itself."""
        if isinstance(event, NoticeGiven) and event.level != "info":
            self._left_alone |= {point.breakpoint_id for point in self._door.state.needs_you()}
        elif isinstance(event, BreakpointRaised):
            self._left_alone.discard(event.breakpoint_id)


# --- a program around it -------------------------------------------------------------------------


def run_to_end(work: Coroutine[Any, Any, int], stopped: Callable[[], None]) -> int:
    """Run `work` to its exit code; Ctrl-C and SIGTERM cancel it in order.

    Args:
        work: gives an exit code.
        stopped: called after it was cancelled, to say what was kept.
    """
    try:
        return asyncio.run(_with_termination(work))
    except KeyboardInterrupt:
        stopped()
        return INTERRUPTED
    except asyncio.CancelledError:
        stopped()
        return TERMINATED


async def _with_termination(work: Coroutine[Any, Any, int]) -> int:
    """By default SIGTERM would leave test programs behind; so it cancels like Ctrl-C."""
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    if task is not None:
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(signal.SIGTERM, task.cancel)
    return await work
