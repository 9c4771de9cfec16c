"""Anthropic's Messages API, with an API key."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING

from msgspec.structs import replace

from orchestrator.backends import anthropic_wire as wire
from orchestrator.backends.answer import GrowingAnswer
from orchestrator.backends.anthropic_stream import MessageReader
from orchestrator.backends.base import Chunk, Completion, Limits, Request
from orchestrator.backends.connection import (
    REAL_WORLD,
    Connection,
    Outside,
    body_of,
    checked_key,
    raw,
)
from orchestrator.backends.limits import Piece, at_most, within
from orchestrator.backends.lines import decoded, events, excerpt, most_bytes, parsed
from orchestrator.backends.quota_signals import reset_of_used_up, windows_in_headers
from orchestrator.backends.refusals import cut_short, retry_after_seconds
from orchestrator.endpoints import is_nearby
from orchestrator.errors import (
    BackendError,
    ModelMissing,
    RateLimited,
    RequestRefused,
)
from orchestrator.values import BackendStatus, QuotaWindow

if TYPE_CHECKING:
    import httpx

_OK = 200
_MODELS = "/v1/models?limit=1000"
_NO_KEY = "There is no API key for Anthropic."
_NO_KEY_HINT = "Set the environment variable that api_key_env names (ANTHROPIC_API_KEY)."


class Anthropic:
    """A client of Anthropic, or of a gateway that speaks its API.

    Args:
        name: its name in the configuration.
        url: its address.
        limits: how long to wait for what.
        api_key: sent to this address only; may be empty for a gateway nearby.
        outside: network and clocks.

    Raises:
        ConfigError: the address can't be a model server's, or the key can't be sent.
    """

    def __init__(
        self,
        name: str,
        url: str,
        limits: Limits,
        *,
        api_key: str,
        outside: Outside = REAL_WORLD,
    ) -> None:
        self._name = name
        self._limits = limits
        self._outside = outside
        key = checked_key(api_key)
        self._server = Connection(
            "Anthropic",
            url.rstrip("/").removesuffix("/v1"),
            limits,
            headers={"anthropic-version": wire.VERSION, **({"x-api-key": key} if key else {})},
            start_hint="Is this machine online, and is the address right?",
            outside=outside,
        )
        self._has_key = bool(key) or is_nearby(self._server.url)
        self._resolved: dict[str, str] = {}
        self._unforced: set[str] = set()

    @property
    def name(self) -> str:
        """Name in the configuration."""
        return self._name

    async def stream(self, request: Request) -> AsyncGenerator[Chunk | Completion, None]:
        """The answer in pieces; see `Backend.stream`.

        The words haiku, sonnet and opus stand for the newest model of that family that
        `/v1/models` lists; asked once and kept. Any other model name is sent as it is.
        """
        pieces = within(self._limits, self._pieces(request), self._server.name)
        async with aclosing(pieces):
            async for piece in pieces:
                yield piece

    async def check(self) -> BackendStatus:
        """Whether it answers and accepts the key, and its models; never raises."""
        status = BackendStatus(
            name=self._name,
            kind="anthropic",
            url=self._server.url,
            reachable=False,
            seen_at=self._outside.now(),
        )
        try:
            async with at_most(self._limits.connect, "connect", self._server.name):
                installed = await self._models()
        except RequestRefused as error:
            return replace(status, reachable=self._has_key, error=error.message, hint=error.hint)
        except BackendError as error:
            return replace(status, error=error.message, hint=error.hint)
        ids = tuple(str(row["id"]) for row in wire.rows(installed))
        return replace(status, reachable=True, installed=ids)

    async def aclose(self) -> None:
        """Close connections."""
        await self._server.aclose()

    # ------------------------------------------------------------------------------- models

    async def _models(self) -> object:
        if not self._has_key:
            raise RequestRefused(_NO_KEY, _NO_KEY_HINT)
        async with self._server.open("GET", _MODELS) as response:
            body = await body_of(response)
            if response.status_code != _OK:
                raise self._error(response, body)
            return parsed(body)

    async def _full_id(self, model: str) -> str:
        if not wire.is_family(model):
            return model
        if model not in self._resolved:
            listed = await self._models()
            found = wire.newest(model, listed)
            if found is None:
                known = ", ".join(str(row["id"]) for row in wire.rows(listed)) or "none"
                raise ModelMissing(
                    f"Anthropic lists no model of the family {model!r}.", f"Listed: {known}."
                )
            self._resolved[model] = found
        return self._resolved[model]

    # ------------------------------------------------------------------------------- answering

    async def _pieces(self, request: Request) -> AsyncGenerator[Piece, None]:
        answer = GrowingAnswer(self._outside.clock)
        model = await self._full_id(request.model)
        if not self._has_key:
            raise RequestRefused(_NO_KEY, _NO_KEY_HINT)
        while True:
            forced = model not in self._unforced
            body = wire.messages_body(request, model, forced=forced)
            async with self._server.open("POST", "/v1/messages", body) as response:
                if response.status_code != _OK:
                    said = await body_of(response)
                    if not (forced and wire.refuses_forcing(response.status_code, parsed(said))):
                        raise self._error(response, said)
                    self._unforced.add(model)
                    continue
                async with aclosing(self._read(response, request, answer)) as pieces:
                    async for piece in pieces:
                        yield piece
                return

    async def _read(
        self, response: httpx.Response, request: Request, answer: GrowingAnswer
    ) -> AsyncGenerator[Piece, None]:
        quota = self._quota(response)
        most = request.max_tokens + wire.THINKING_TOKENS
        reader = MessageReader(self._server.name, answer, as_json=request.schema is not None)
        try:
            async with (
                aclosing(raw(response)) as data,
                aclosing(events(data, most_bytes(most))) as arriving,
            ):
                async for event in arriving:
                    for piece in reader.take(decoded(event.data, wire.EVENT)) if event else (None,):
                        yield piece
                    if reader.ended:
                        yield _completed(reader, answer, request, quota)
                        return
            raise cut_short(self._server.name)
        except BackendError as error:
            error.quota = quota
            raise

    # ------------------------------------------------------------------------------- errors

    def _quota(self, response: httpx.Response) -> tuple[QuotaWindow, ...]:
        return windows_in_headers(response.headers, self._outside.now())

    def _error(self, response: httpx.Response, body: bytes) -> BackendError:
        """The error for a status that is not 200, with the quota its headers tell of."""
        wait = retry_after_seconds(response.headers.get("retry-after"), self._outside.now())
        error = wire.error_for(
            response.status_code,
            parsed(body),
            excerpt(body),
            self._server.name,
            retry_after=wait,
        )
        error.quota = self._quota(response)
        if isinstance(error, RateLimited):
            error.resets_at = reset_of_used_up(error.quota)
        return error


def _completed(
    reader: MessageReader, answer: GrowingAnswer, request: Request, quota: tuple[QuotaWindow, ...]
) -> Completion:
    return answer.completed(
        model=reader.model or request.model,
        usage=answer.usage(request, reader.read, reader.written),
        stop=reader.stop,
        text=reader.text,
        quota=quota,
    )
