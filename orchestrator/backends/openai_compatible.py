"""Servers that speak OpenAI's chat completions: LM Studio, llama.cpp, and providers elsewhere."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from typing import TYPE_CHECKING

from msgspec.structs import replace

from orchestrator.backends import openai_wire as wire
from orchestrator.backends.answer import GrowingAnswer
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
from orchestrator.backends.lines import excerpt, parsed
from orchestrator.backends.openai_stream import OpenAIStream
from orchestrator.backends.refusals import retry_after_seconds
from orchestrator.endpoints import checked_url, is_nearby
from orchestrator.errors import BackendError
from orchestrator.values import BackendStatus

if TYPE_CHECKING:
    import httpx

_OK = 200
_UNAVAILABLE = 503
_POLL_SECONDS = 0.5
_HINT = "Is the server running, and is it the right address?"


class OpenAICompatible:
    """A client of one OpenAI-compatible server.

    Args:
        name: its name in the configuration.
        url: its address; "/v1" is added when it has no path.
        limits: how long to wait for what.
        api_key: sent as a bearer token, to this address only; empty for none.
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
        api_key: str = "",
        outside: Outside = REAL_WORLD,
    ) -> None:
        self._name = name
        self._limits = limits
        self._outside = outside
        self._clock = outside.clock
        address = checked_url(url)
        key = checked_key(api_key)
        headers = {"authorization": f"Bearer {key}"} if key else {}
        self._api, self._server = (
            Connection(name, root, limits, headers=headers, start_hint=_HINT, outside=outside)
            for root in (wire.api_root(address), wire.server_root(address))
        )
        self._nearby = is_nearby(address)
        self._lists_states = self._nearby
        self._refused: dict[str, set[str]] = {}

    @property
    def name(self) -> str:
        """Name in the configuration."""
        return self._name

    async def stream(self, request: Request) -> AsyncGenerator[Chunk | Completion, None]:
        """The answer in pieces, after the model is loaded; see `Backend.stream`."""
        began = self._clock()
        waited = await self._loaded_on_demand(request.model)
        while True:
            load_seconds = self._clock() - began if waited else 0.0
            pieces = within(self._limits, self._pieces(request, load_seconds), self._name)
            try:
                async with aclosing(pieces):
                    async for piece in pieces:
                        yield piece
                return
            except wire.StillLoading:
                waited = True
            await self._until_loaded(self._limits.load - (self._clock() - began))

    async def check(self) -> BackendStatus:
        """Models, and what LM Studio and llama.cpp tell beyond them; never raises."""
        status = BackendStatus(
            name=self._name,
            kind="openai",
            url=self._server.url,
            reachable=False,
            seen_at=self._outside.now(),
        )
        try:
            async with at_most(self._limits.connect, "connect", self._name):
                return await self._found(status)
        except BackendError as error:
            return replace(status, error=error.message, hint=error.hint)

    async def aclose(self) -> None:
        """Close connections."""
        await self._api.aclose()
        await self._server.aclose()

    # ------------------------------------------------------------------------------- loading

    async def _loaded_on_demand(self, model: str) -> bool:
        """Makes LM Studio load a model it has on disk; True when it had to.

        LM Studio loads on the first request, without a word until it is done; under the
        first-token limit that would be given up. So a request for one token goes ahead, under
        the load limit.
        """
        if not self._lists_states:
            return False
        async with at_most(self._limits.load, "load", self._name):
            status, body = await self._server.ask("/api/v0/models")
            states = wire.listed(body) if status == _OK else {}
            self._lists_states = any(states.values())
            if states.get(model) != "not-loaded":
                return False
            load = wire.load_body(model)
            async with self._api.open("POST", "/chat/completions", load) as response:
                if response.status_code != _OK:
                    raise self._error(response, await body_of(response))
                await body_of(response)
        return True

    async def _until_loaded(self, seconds_left: float) -> None:
        """Waits while `/health` says 503; a server that has no such path is simply asked again."""
        async with at_most(max(0.0, seconds_left), "load", self._name):
            status = _UNAVAILABLE
            while status == _UNAVAILABLE:
                await self._outside.sleep(_POLL_SECONDS)
                status, _ = await self._server.ask("/health")

    # ------------------------------------------------------------------------------- answering

    async def _pieces(self, request: Request, load_seconds: float) -> AsyncGenerator[Piece, None]:
        """Asks, once more without each parameter that the model refuses, and reads the answer."""
        refused = self._refused.setdefault(request.model, set())
        answer = GrowingAnswer(self._clock)
        while True:
            body = wire.chat_body(request, refused)
            async with self._api.open("POST", "/chat/completions", body) as response:
                if response.status_code != _OK:
                    refused.add(await self._refused_parameter(response, refused))
                    continue
                stream = OpenAIStream(self._name, request, answer, load_seconds)
                async with aclosing(raw(response)) as data, aclosing(stream.pieces(data)) as pieces:
                    async for piece in pieces:
                        yield piece
                return

    async def _refused_parameter(self, response: httpx.Response, known: Collection[str]) -> str:
        """The parameter to leave out the next time.

        Raises:
            BackendError: that is not what the server complains about.
        """
        body = await body_of(response)
        name = wire.refused_parameter(response.status_code, parsed(body))
        if not name or name in known:
            raise self._error(response, body)
        return name

    def _error(self, response: httpx.Response, body: bytes) -> BackendError:
        wait = retry_after_seconds(response.headers.get("retry-after"), self._outside.now())
        return wire.error_for(
            response.status_code, parsed(body), excerpt(body), self._name, retry_after=wait
        )

    # ------------------------------------------------------------------------------- checking

    async def _found(self, status: BackendStatus) -> BackendStatus:
        async with self._api.open("GET", "/models") as response:
            body = await body_of(response)
            if response.status_code != _OK:
                error = self._error(response, body)
                return replace(status, reachable=True, error=error.message, hint=error.hint)
        models = wire.listed(parsed(body))
        status = replace(status, reachable=True, installed=tuple(models))
        return await self._more_found(status) if self._nearby else status

    async def _more_found(self, status: BackendStatus) -> BackendStatus:
        """What LM Studio (`/api/v0/models`) or llama.cpp (`/props`) tell of loaded models."""
        _, states = await self._server.ask("/api/v0/models")
        if loaded := tuple(m for m, state in wire.listed(states).items() if state == "loaded"):
            return replace(status, loaded=loaded)
        _, props = await self._server.ask("/props")
        if isinstance(props, dict) and "default_generation_settings" in props:
            version = str(props.get("build_info", ""))
            return replace(status, version=version, loaded=status.installed)
        return status
