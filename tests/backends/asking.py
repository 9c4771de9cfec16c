"""What all tests of backends need: a request, limits, and a way to read an answer."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from orchestrator.backends.base import Backend, Chunk, Completion, Limits, Message, Request

PATIENT = Limits(connect=5, load=20, first_token=20, stall=20, total=40)
"""Never runs out in a test that works."""

IMPATIENT = Limits(connect=5, load=0.2, first_token=0.2, stall=0.2, total=20)
"""Runs out soon; only for tests that wait for just that."""

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"verdict": {"enum": ["pass", "fail"]}, "score": {"type": "integer"}},
    "required": ["verdict", "score"],
    "additionalProperties": False,
}


def a_request(prompt: str = "Write it.", **changes: Any) -> Request:
    """A request with a system's message and the user's."""
    messages = (Message("system", "You write code."), Message("user", prompt))
    return Request(**{"model": "tiny", "messages": messages, **changes})


@dataclass(frozen=True)
class Answered:
    """A whole answer as it arrived."""

    chunks: tuple[Chunk, ...]
    completion: Completion

    def joined(self, kind: str = "text") -> str:
        """All pieces of a kind."""
        return "".join(chunk.text for chunk in self.chunks if chunk.kind == kind)


async def ask(backend: Backend, request: Request) -> Answered:
    """Reads an answer to its end and checks that it has exactly one."""
    async with aclosing(backend.stream(request)) as stream:
        pieces = [piece async for piece in stream]
    *chunks, last = pieces
    assert isinstance(last, Completion)
    assert all(isinstance(chunk, Chunk) for chunk in chunks)
    return Answered(tuple(c for c in chunks if isinstance(c, Chunk)), last)
