"""Reads one streamed answer of an OpenAI-compatible server."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from orchestrator.backends import openai_wire as wire
from orchestrator.backends.answer import GrowingAnswer, Stop
from orchestrator.backends.base import Chunk, Completion, Request
from orchestrator.backends.limits import Piece
from orchestrator.backends.lines import decoded, events, most_bytes
from orchestrator.backends.refusals import cut_short

_END = b"[DONE]"
_FAILED = 500


class OpenAIStream:
    """The state of one answer.

    Args:
        who: the server, as messages call it.
        request: what was asked.
        answer: made when the request was sent.
        load_seconds: what the server spent on loading before.
    """

    def __init__(
        self, who: str, request: Request, answer: GrowingAnswer, load_seconds: float
    ) -> None:
        self._who = who
        self._request = request
        self._answer = answer
        self._load_seconds = load_seconds
        self._model = ""
        self._stop: Stop = "stop"
        self._counts = wire.Counts()

    async def pieces(self, data: AsyncIterator[bytes]) -> AsyncGenerator[Piece, None]:
        """Chunks, signs of life, and at the end the completion.

        Raises:
            StreamBroken: no `[DONE]` came. Ollama's own `/v1`, for example, ends cleanly without
                it when the model crashes, after a chunk with an empty text.
            BackendError: the server told of an error inside the stream.
        """
        async with aclosing(events(data, most_bytes(self._request.max_tokens))) as arriving:
            async for event in arriving:
                if event is None:
                    yield None
                elif event.data == _END:
                    yield self._completed()
                    return
                else:
                    for piece in self._read(decoded(event.data, wire.CHUNK)):
                        yield piece
        raise cut_short(self._who)

    def _read(self, chunk: wire.ChatChunk) -> list[Chunk | None]:
        if chunk.error is not None:
            raise wire.error_for(_FAILED, {"error": chunk.error}, "error in the stream", self._who)
        self._model = chunk.model or self._model
        self._counts = chunk.usage or self._counts
        pieces: list[Chunk | None] = []
        for choice in chunk.choices or ():
            if choice.finish_reason and self._stop == "stop":
                self._stop = wire.stop_of(choice.finish_reason)
            pieces += self._added(choice.delta or wire.Delta())
        return pieces or [None]

    def _added(self, delta: wire.Delta) -> list[Chunk]:
        if delta.refusal:
            self._stop = "refusal"
        thinking = delta.reasoning_content or delta.reasoning
        text = delta.content or delta.refusal
        chunks = [self._answer.add(thinking, "thinking")] if thinking else []
        return [*chunks, self._answer.add(text)] if text else chunks

    def _completed(self) -> Completion:
        counts = self._counts
        return self._answer.completed(
            model=self._model or self._request.model,
            usage=self._answer.usage(self._request, counts.prompt_tokens, counts.completion_tokens),
            stop=self._stop,
            load_seconds=self._load_seconds,
        )
