"""A stand-in for the engine: plays scripted events through the real `reduce`, notes commands."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable

import msgspec

from orchestrator import commands as c
from orchestrator import events as e
from orchestrator.reduce import reduce
from orchestrator.state import SessionState

NOON = 1_750_000_000.0
"""The frozen time of these tests."""

Answer = Callable[[c.Command], Iterable[e.Event]]


class FakeEngine:
    """Answers each command with what the script says for its type; without a script it only notes.

    Attributes:
        commands: everything submitted, in order.
        refusal: raised by the next `submit` when set.
        answers: by command type, the events that follow.
    """

    def __init__(self, events: Iterable[e.Event] = ()) -> None:
        self.state = SessionState()
        self.commands: list[c.Command] = []
        self.refusal: Exception | None = None
        self.answers: dict[type[c.Command], Answer] = {}
        self._durable: list[e.Event] = []
        self._queues: list[asyncio.Queue[e.Event | Exception | None]] = []
        self.emit(*events)

    def emit(self, *events: e.Event) -> None:
        for event in events:
            if isinstance(event, e.Passing):
                self.tell(event)
                continue
            numbered = msgspec.structs.replace(
                event, seq=self.state.seq + 1, at=event.at or NOON - 60
            )
            self.state = reduce(self.state, numbered)
            self._durable.append(numbered)
            self.tell(numbered)

    async def submit(self, command: c.Command) -> str:
        self.commands.append(command)
        if self.refusal is not None:
            refusal, self.refusal = self.refusal, None
            raise refusal
        if answer := self.answers.get(type(command)):
            self.emit(*answer(command))
        if isinstance(command, c.SubmitGoal):
            return self.state.goal_order[-1] if self.state.goal_order else "G1"
        return ""

    async def subscribe(self, after: int = 0) -> AsyncGenerator[e.Event, None]:
        queue: asyncio.Queue[e.Event | Exception | None] = asyncio.Queue()
        for event in self._durable[after:]:
            queue.put_nowait(event)
        self._queues.append(queue)
        try:
            while (item := await queue.get()) is not None:
                if isinstance(item, Exception):
                    raise item
                yield item
        finally:
            self._queues.remove(queue)

    def close(self) -> None:
        self.tell(None)

    def break_down(self, error: Exception) -> None:
        self.tell(error)

    @property
    def subscribers(self) -> int:
        return len(self._queues)

    @property
    def delivered(self) -> bool:
        """True when every subscriber took everything."""
        return all(queue.empty() for queue in self._queues)

    def sent(self, kind: type[c.Command]) -> list[c.Command]:
        """The commands of one type, in order."""
        return [command for command in self.commands if isinstance(command, kind)]

    def tell(self, item: e.Event | Exception | None) -> None:
        """Give subscribers an event as it is; an exception breaks the stream, None ends it."""
        for queue in self._queues:
            queue.put_nowait(item)
