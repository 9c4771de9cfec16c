"""Models that are scripted in this process."""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncGenerator,
    Callable,
    Sequence,
)
from typing import Any

import msgspec

from orchestrator.backends.base import Chunk, Completion, Request
from orchestrator.values import BackendStatus, QuotaWindow, Usage

ADD = "def add(a, b):\n    return a + b\n"
"""What every scripted model writes unless it is told otherwise."""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of a scripted model."""

    text: str = f"```python\n{ADD}```"
    stop: Any = "stop"
    fault: Exception | None = None
    """Raised after the text was sent."""
    ends: bool = True
    """False: the stream ends without its end marker."""
    hold: asyncio.Event | None = None
    """The answer goes on after the first piece when this is set."""
    quota: tuple[QuotaWindow, ...] = ()


Script = Callable[[Request], Said | str] | Sequence[Said | str] | Said | str


class ScriptedModel:
    """A backend without a server.

    Attributes:
        asked: every request, in order.
        at_once: how many requests run now; `most` is the highest that ever was.
        up: False: the server is not there.
        installed: what a check lists.
        checks: how many checks there were; they wait until `answers_checks` is set.
    """

    def __init__(self, name: str, script: Script = Said()) -> None:  # noqa: B008 - frozen
        self._name = name
        self.script = script
        self.asked: list[Request] = []
        self.at_once = 0
        self.most = 0
        self.up = True
        self.installed: tuple[str, ...] = ()
        self.checks = 0
        self.answers_checks = asyncio.Event()
        self.answers_checks.set()
        self._arrived = asyncio.Condition()

    @property
    def name(self) -> str:
        return self._name

    async def until_asked(self, count: int) -> Request:
        """Waits for request number `count`."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.asked) >= count)
        return self.asked[count - 1]

    async def until_checked(self, count: int) -> None:
        """Waits for check number `count`."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: self.checks >= count)

    async def stream(self, request: Request) -> AsyncGenerator[Chunk | Completion, None]:
        said = self._next(request)
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            async with self._arrived:
                self.asked.append(request)
                self._arrived.notify_all()
            async for piece in self._pieces(said, request):
                yield piece
        finally:
            self.at_once -= 1

    async def _pieces(
        self, said: Said, request: Request
    ) -> AsyncGenerator[Chunk | Completion, None]:
        half = len(said.text) // 2
        for piece in (said.text[:half], said.text[half:]):
            if piece:
                yield Chunk(piece)
            if said.hold:
                await said.hold.wait()
        if said.fault:
            raise said.fault
        if said.ends:
            yield Completion(
                text=said.text,
                usage=Usage(input_tokens=10, output_tokens=5),
                stop=said.stop,
                model=request.model,
                quota=said.quota,
            )

    def _next(self, request: Request) -> Said:
        script = self.script
        if callable(script):
            said = script(request)
        elif isinstance(script, str | Said):
            said = script
        else:
            said = script[min(len(self.asked), len(script) - 1)]
        return said if isinstance(said, Said) else Said(text=said)

    async def check(self) -> BackendStatus:
        async with self._arrived:
            self.checks += 1
            self._arrived.notify_all()
        await self.answers_checks.wait()
        return BackendStatus(
            name=self._name,
            kind="recorded",
            url="",
            reachable=self.up,
            installed=self.installed,
            error="" if self.up else f"{self._name} does not answer",
        )

    async def aclose(self) -> None:
        return
