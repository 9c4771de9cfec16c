"""An answer while it grows: its text, and when its parts came."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

from orchestrator.backends.base import Chunk, Completion, Request
from orchestrator.planning.budget import estimate_tokens
from orchestrator.values import QuotaWindow, Usage

Stop = Literal["stop", "length", "refusal"]


class GrowingAnswer:
    """Gathers the pieces of one answer; made when the request is sent.

    Args:
        clock: seconds that never jump.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started = clock()
        self._first: float | None = None
        self._text: list[str] = []
        self._thinking: list[str] = []

    def add(self, text: str, kind: Literal["text", "thinking"] = "text") -> Chunk:
        """The piece as a chunk; it is kept for the end."""
        if text:
            if self._first is None:
                self._first = self._clock()
            (self._text if kind == "text" else self._thinking).append(text)
        return Chunk(text, kind)

    @property
    def text(self) -> str:
        """All text so far."""
        return "".join(self._text)

    @property
    def thinking(self) -> str:
        """All thinking so far."""
        return "".join(self._thinking)

    def completed(
        self,
        *,
        model: str,
        usage: Usage,
        stop: Stop = "stop",
        text: str | None = None,
        load_seconds: float = 0.0,
        quota: tuple[QuotaWindow, ...] = (),
    ) -> Completion:
        """The whole answer; `text` replaces what was gathered when the server repeats it whole."""
        now = self._clock()
        return Completion(
            text=self.text if text is None else text,
            thinking=self.thinking,
            usage=usage,
            stop=stop,
            model=model,
            seconds=now - self._started,
            first_token_seconds=(now if self._first is None else self._first) - self._started,
            load_seconds=load_seconds,
            quota=quota,
        )

    def usage(self, request: Request, read: int | None, written: int | None) -> Usage:
        """The server's counts; our estimates, marked as such, where it gave none."""
        counted = read is not None and written is not None
        if read is None:
            read = request.estimated_tokens or sum(
                estimate_tokens(message.content) for message in request.messages
            )
        if written is None:
            written = estimate_tokens(self.text + self.thinking)
        return Usage(input_tokens=read, output_tokens=written, counted=counted)
