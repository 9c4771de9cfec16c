"""What every model server's client looks like to the engine."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, Literal, Protocol, runtime_checkable

import msgspec

from orchestrator.values import BackendStatus, QuotaWindow, Usage


class Message(msgspec.Struct, frozen=True):
    """One turn of the conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How long to wait for what, in seconds. Each ends the call with `TimedOut(limit=...)`."""

    connect: float = 5.0
    load: float = 300.0
    """For a local model to be loaded into memory."""
    first_token: float = 60.0
    """From a loaded model's request to its first piece."""
    stall: float = 30.0
    """Between two pieces."""
    total: float = 120.0
    """From the request (after loading) to the end."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One generation."""

    model: str
    messages: tuple[Message, ...]
    max_tokens: int = 2048
    context_tokens: int = 8192
    """Context size to ask for (Ollama's num_ctx); other servers have a fixed one."""
    estimated_tokens: int = 0
    """Our estimate of the prompt; a server that counted far fewer has cut it."""
    temperature: float = 0.0
    schema: dict[str, Any] | None = None
    """JSON Schema the answer must follow; None for free text."""
    schema_name: str = "answer"


class Chunk(msgspec.Struct, frozen=True):
    """A piece of the answer as it arrives."""

    text: str
    kind: Literal["text", "thinking"] = "text"


class Completion(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a whole answer: always the last thing a stream gives."""

    text: str
    """All text pieces joined; for a schema the JSON text."""
    thinking: str = ""
    usage: Usage
    stop: Literal["stop", "length", "refusal"] = "stop"
    model: str
    """The model the server says it used."""
    seconds: float = 0.0
    first_token_seconds: float = 0.0
    load_seconds: float = 0.0
    quota: tuple[QuotaWindow, ...] = ()


@runtime_checkable
class Backend(Protocol):
    """A model server's client."""

    @property
    def name(self) -> str:
        """Name in the configuration."""
        ...

    def stream(self, request: Request) -> AsyncGenerator[Chunk | Completion, None]:
        """The answer in pieces, ended by exactly one `Completion`.

        Closing the generator, or cancelling the task that reads it, stops the generation.

        Raises:
            BackendError: no whole answer could be had; the subclass says why. When the provider
                told its quota along with an error, it is in the error's `quota` attribute.
        """
        ...

    async def check(self) -> BackendStatus:
        """What is there; never raises for a server that is missing or answers oddly."""
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...
