"""From the engine's stream to the screen, at most twenty updates a second.

It keeps the state, gathers what happens in between, and drops what nobody looks at.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from itertools import groupby
from operator import itemgetter
from typing import Literal

from textual.message import Message

from orchestrator import events as e
from orchestrator.errors import OrchestratorError
from orchestrator.reduce import reduce
from orchestrator.state import SessionState, subject_of
from tui.door import EngineDoor
from tui.situation import candidate_of

INTERVAL = 0.05
"""Seconds between two updates of the screen."""
BATCH_CHARS = 256_000
"""The newest characters of output that one update carries; the full text is in the log."""

_BREATH = 200

Kind = Literal["text", "thinking", "test"]
NOTEWORTHY = (
    e.ChangeApplied,
    e.ChangeUndone,
    e.NoticeGiven,
    e.PlanFailed,
    e.TaskFailed,
    e.WriteAbandoned,
)
"""What is told in passing, beside being drawn."""


class StateChanged(Message):
    """The newest state; an older one that has not been drawn yet is not drawn any more."""

    def __init__(self, state: SessionState) -> None:
        super().__init__()
        self.state = state
        """The state to draw."""

    def can_replace(self, message: Message) -> bool:
        """Only the newest state is worth drawing."""
        return isinstance(message, StateChanged)


class OutputBatch(Message):
    """What the models wrote for one subject since the last batch."""

    def __init__(
        self, subject_id: str, pieces: tuple[tuple[Kind, str], ...], stored: str | None = None
    ) -> None:
        super().__init__()
        self.subject_id = subject_id
        """Task or goal."""
        self.stored = stored
        """The log's text, which takes the place of everything before; None: `pieces` are added."""
        self.pieces = pieces
        """(kind, text), in order; they come after `stored`."""


class DiffArrived(Message):
    """The newest diff of one subject."""

    def __init__(self, shown: e.DiffShown, candidate: str) -> None:
        super().__init__()
        self.shown = shown
        """The diff as the engine sent it."""
        self.candidate = candidate
        """Attempt whose candidate the state held when the diff came; empty when none."""


class BackendsArrived(Message):
    """The newest check of the model servers."""

    def __init__(self, checked: e.BackendsChecked) -> None:
        super().__init__()
        self.checked = checked
        """What was found."""


class Happened(Message):
    """Something to tell in passing."""

    def __init__(self, event: e.Event) -> None:
        super().__init__()
        self.event = event
        """One of `NOTEWORTHY`."""


class EngineFailed(Message):
    """The stream broke or ended; what is on the screen will not change any more."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__()
        self.message = message
        """What went wrong."""
        self.hint = hint
        """What to do."""


class _Output:
    """Output of one subject that has not been let through yet, bounded."""

    def __init__(self, stored: str | None = None) -> None:
        self._stored = stored
        self._pieces: deque[tuple[Kind, str]] = deque()
        self._chars = 0

    def add(self, kind: Kind, text: str) -> None:
        self._pieces.append((kind, text[-BATCH_CHARS:]))
        self._chars += len(self._pieces[-1][1])
        while self._chars > BATCH_CHARS:
            self._chars -= len(self._pieces.popleft()[1])

    def batch(self, subject_id: str) -> OutputBatch:
        """The message, with neighbouring pieces of one kind joined."""
        runs = groupby(self._pieces, key=itemgetter(0))
        pieces = tuple((kind, "".join(text for _, text in run)) for kind, run in runs)
        return OutputBatch(subject_id, pieces, self._stored)


class Bridge:
    """Carries events from the engine to `post`, gathered.

    Args:
        engine: where events come from.
        post: takes the messages, usually a screen's `post_message`.
        pause: waits the given seconds between two updates; tests bring their own.
    """

    def __init__(
        self,
        engine: EngineDoor,
        post: Callable[[Message], object],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.state = engine.state
        """The newest state, ahead of what is drawn."""
        self.watched = ""
        """The subject whose output is let through; the others' is in their logs."""
        self._engine = engine
        self._post = post
        self._pause = pause
        self._waiting = asyncio.Event()
        self._state_changed = False
        self._output: dict[str, _Output] = {}
        self._diffs: dict[str, DiffArrived] = {}
        self._rest: list[Message] = []

    @property
    def idle(self) -> bool:
        """True when everything that came has been let through."""
        return not self._waiting.is_set()

    async def run(self) -> None:
        """Carry until the engine closes. A failure becomes `EngineFailed`, never an exception."""
        try:
            async with asyncio.TaskGroup() as group:
                letting_through = group.create_task(self._let_through())
                await self._gather()
                letting_through.cancel()
            self._flush()
            self._post(EngineFailed("The engine has stopped.", "Leave with q and start again."))
        except* Exception as failures:  # noqa: BLE001 - whatever breaks, the screen stays
            self._flush()
            self._post(_failed(failures))

    async def _gather(self) -> None:
        stream = self._engine.subscribe(after=self.state.seq)
        taken = 0
        try:
            async for event in stream:
                self._take(event)
                self._waiting.set()
                taken += 1
                if taken % _BREATH == 0:  # a stream that never waits must not starve the screen
                    await asyncio.sleep(0)
        finally:
            if isinstance(stream, AsyncGenerator):
                await stream.aclose()

    async def _let_through(self) -> None:
        while True:
            await self._waiting.wait()
            self._waiting.clear()
            self._flush()
            await self._pause(INTERVAL)

    def _take(self, event: e.Event) -> None:
        match event:
            case e.OutputArrived():
                subject = event.task_id or subject_of(event.attempt_id)
                if subject == self.watched:
                    self._output.setdefault(subject, _Output()).add(event.kind, event.text)
            case e.OutputShown():
                subject = event.subject_id or subject_of(event.attempt_id)
                self._output[subject] = _Output(event.text)
            case e.DiffShown():
                self._diffs[event.subject_id] = DiffArrived(
                    event, candidate_of(self.state, event.subject_id)
                )
            case e.BackendsChecked():
                self._rest.append(BackendsArrived(event))
            case _:
                self.state = reduce(self.state, event)
                self._state_changed = True
                if isinstance(event, NOTEWORTHY):
                    self._rest.append(Happened(event))

    def _flush(self) -> None:
        if self._state_changed:
            self._post(StateChanged(self.state))
        for subject, output in self._output.items():
            self._post(output.batch(subject))
        for message in (*self._diffs.values(), *self._rest):
            self._post(message)
        self._state_changed = False
        self._output.clear()
        self._diffs.clear()
        self._rest.clear()


def _failed(failures: BaseExceptionGroup[Exception]) -> EngineFailed:
    """The first failure, in words."""
    failure: BaseException = failures
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    if isinstance(failure, OrchestratorError):
        return EngineFailed(failure.message, failure.hint)
    told = f"{type(failure).__name__}: {failure}" if str(failure) else type(failure).__name__
    return EngineFailed(f"The engine failed: {told}", "Leave with q and start again.")
