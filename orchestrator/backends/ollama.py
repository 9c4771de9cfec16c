"""Ollama over its native API, `/api/chat`.

The OpenAI-compatible API of the same server ignores the context size and ends cleanly when the
model crashes; so it is not used.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

from msgspec.structs import replace

from orchestrator.backends import ollama_wire as wire
from orchestrator.backends.answer import GrowingAnswer
from orchestrator.backends.base import Chunk, Completion, Limits, Request
from orchestrator.backends.connection import REAL_WORLD, Connection, Outside, body_of, raw
from orchestrator.backends.limits import Piece, at_most, within
from orchestrator.backends.lines import decoded, excerpt, lines, most_bytes, parsed
from orchestrator.backends.refusals import cut_short, message_in, refusal
from orchestrator.errors import (
    BackendError,
    ModelMissing,
    PromptTooLong,
    RequestRefused,
    StreamBroken,
)
from orchestrator.values import BackendStatus

if TYPE_CHECKING:
    import httpx

_OK = 200
_NOT_FOUND = 404


class Ollama:
    """A client of one Ollama server.

    Args:
        name: its name in the configuration.
        url: its address, without a path.
        limits: how long to wait for what.
        outside: network and clocks.

    Raises:
        ConfigError: the address can't be a model server's.
    """

    def __init__(
        self,
        name: str,
        url: str,
        limits: Limits,
        *,
        outside: Outside = REAL_WORLD,
    ) -> None:
        self._name = name
        self._limits = limits
        self._outside = outside
        self._clock = outside.clock
        self._server = Connection(
            "Ollama",
            url,
            limits,
            start_hint='Is it running? "ollama serve" starts it.',
            outside=outside,
        )

    @property
    def name(self) -> str:
        """Name in the configuration."""
        return self._name

    async def stream(self, request: Request) -> AsyncGenerator[Chunk | Completion, None]:
        """The answer in pieces, after the model is loaded; see `Backend.stream`.

        Loading comes first and has its own limit, because giving up during a load aborts the load
        (Ollama 0.33): a short limit and a retry would never get a slow model up.
        """
        started = self._clock()
        num_ctx, loaded = await self._ready(request)
        waited = self._clock() - started if loaded else 0.0
        pieces = within(self._limits, self._pieces(request, num_ctx, waited), self._server.name)
        async with aclosing(pieces):
            async for piece in pieces:
                yield piece

    async def check(self) -> BackendStatus:
        """Version, installed and loaded models; never raises."""
        status = BackendStatus(
            name=self._name,
            kind="ollama",
            url=self._server.url,
            reachable=False,
            seen_at=self._outside.now(),
        )
        try:
            async with at_most(self._limits.connect, "connect", self._server.name):
                return await self._found(status)
        except BackendError as error:
            return replace(status, error=error.message, hint=error.hint)

    async def aclose(self) -> None:
        """Close connections."""
        await self._server.aclose()

    # ------------------------------------------------------------------------------- loading

    async def _ready(self, request: Request) -> tuple[int, bool]:
        """The context size to ask for, and whether the model had to be loaded for it.

        A model that is loaded with more context than wanted is asked for what it has: another
        size would reload it, which takes minutes for a real one.
        """
        async with at_most(self._limits.load, "load", self._server.name):
            room = await self._loaded_context(request.model)
            if room >= request.context_tokens:
                return room, False
            await self._load(request)
        return request.context_tokens, True

    async def _loaded_context(self, model: str) -> int:
        status, answer = await self._server.ask("/api/ps")
        if status != _OK:
            return 0
        wanted = wire.full_name(model)
        sizes = (r.context_length for r in wire.rows(answer) if wanted in {r.name, r.model})
        return max(sizes, default=0)

    async def _load(self, request: Request) -> None:
        async with self._server.open("POST", "/api/chat", wire.load_body(request)) as response:
            if response.status_code != _OK:
                raise await self._refused(response, request)
            body = parsed(await body_of(response))
        if not (isinstance(body, dict) and body.get("done")):
            raise StreamBroken(f"{self._server.name} did not say that {request.model!r} is loaded.")

    # ------------------------------------------------------------------------------- answering

    async def _pieces(
        self, request: Request, num_ctx: int, load_seconds: float
    ) -> AsyncGenerator[Piece, None]:
        answer = GrowingAnswer(self._clock)
        body = wire.chat_body(request, num_ctx)
        async with self._server.open("POST", "/api/chat", body) as response:
            if response.status_code != _OK:
                raise await self._refused(response, request)
            async with (
                aclosing(raw(response)) as data,
                aclosing(lines(data, most_bytes(request.max_tokens))) as arriving,
            ):
                async for data_line in arriving:
                    line = decoded(data_line, wire.LINE)
                    for chunk in _chunks(answer, line):
                        yield chunk
                    if line.done:
                        yield _completed(answer, line, request, num_ctx, load_seconds)
                        return
        raise cut_short(self._server.name)

    async def _refused(self, response: httpx.Response, request: Request) -> BackendError:
        """The error for a status that is not 200."""
        body = await body_of(response)
        message = message_in(parsed(body), excerpt(body))
        if too_long := wire.nested_overflow(message):
            return too_long
        if response.status_code == _NOT_FOUND:
            if parsed(body) is None:  # "404 page not found" as plain text: no such path
                return RequestRefused(
                    f"{self._server.url} has no /api/chat, so it is no Ollama server.",
                    "Check the address, or configure it with kind: openai.",
                )
            return await self._missing(request.model)
        return refusal(response.status_code, message, self._server.name)

    async def _missing(self, model: str) -> ModelMissing:
        answer = None
        with suppress(BackendError):
            _, answer = await self._server.ask("/api/tags")
        installed = ", ".join(wire.names(answer)) or "nothing"
        return ModelMissing(
            f"{self._server.name} does not have the model {model!r}.",
            f'"ollama pull {model}" fetches it. Installed: {installed}.',
        )

    # ------------------------------------------------------------------------------- checking

    async def _found(self, status: BackendStatus) -> BackendStatus:
        code, version = await self._server.ask("/api/version")
        if code != _OK or not isinstance(version, dict):
            return replace(
                status,
                error=f"What answers at {status.url} is no Ollama server (status {code}).",
                hint="Check the address, or configure it with kind: openai.",
            )
        _, installed = await self._server.ask("/api/tags")
        _, loaded = await self._server.ask("/api/ps")
        return replace(
            status,
            reachable=True,
            version=str(version.get("version", "")),
            installed=wire.names(installed),
            loaded=wire.names(loaded),
        )


def _chunks(answer: GrowingAnswer, line: wire.Line) -> list[Chunk]:
    """What a line carries, as chunks.

    Raises:
        PromptTooLong, StreamBroken: the line is an error, which comes with status 200 when the
            model dies in the middle.
    """
    if line.error:
        raise wire.nested_overflow(line.error) or StreamBroken(
            f"Ollama failed in the middle of its answer: {line.error}",
            "The model may have crashed or run out of memory; a retry often helps.",
        )
    turn = line.message
    if turn is None:
        return []
    thinking = [answer.add(turn.thinking, "thinking")] if turn.thinking else []
    return [*thinking, answer.add(turn.content)] if turn.content else thinking


def _completed(
    answer: GrowingAnswer, line: wire.Line, request: Request, num_ctx: int, load_seconds: float
) -> Completion:
    counted = line.prompt_eval_count
    if counted is not None and wire.seems_cut(request, counted, num_ctx):
        raise PromptTooLong(
            f"Ollama cut the prompt: it read {counted} of about {request.estimated_tokens} tokens.",
            "Give it fewer or shorter context files, or a larger context_tokens.",
            prompt_tokens=request.estimated_tokens,
            context_tokens=num_ctx,
        )
    return answer.completed(
        model=line.model or request.model,
        usage=answer.usage(request, counted, line.eval_count),
        stop=wire.stop_of(line),
        load_seconds=load_seconds or wire.load_seconds(line),
    )
