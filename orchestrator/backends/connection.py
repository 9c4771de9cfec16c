"""HTTP to one model server: no redirects, no reused connections, errors of our own tree."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from orchestrator.backends.base import Limits
from orchestrator.backends.limits import timed_out
from orchestrator.backends.lines import parsed
from orchestrator.endpoints import checked_url, is_nearby
from orchestrator.errors import BackendUnreachable, ConfigError, RequestRefused, StreamBroken

if TYPE_CHECKING:
    import httpx

LIST_BYTES = 8 * 1024 * 1024
"""What is read of an answer that is no stream; the longest lists of models have about 1 MB."""


_JSON = {"content-type": "application/json"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Outside:
    """What a client uses of the world around it; tests put something else in its place."""

    transport: httpx.AsyncBaseTransport | None = None
    """Carries the requests; None for the network."""
    clock: Callable[[], float] = time.monotonic
    """Seconds that never jump."""
    now: Callable[[], float] = time.time
    """Unix seconds."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


REAL_WORLD = Outside()


class Connection:
    """One server at one address.

    Every call opens a connection of its own and closes it, so that leaving a stream early ends
    the generation, and no call meets a connection the server has just given up.

    Args:
        name: how the server is called in messages.
        url: http or https; what `path` arguments are appended to.
        limits: the connect limit is enforced here, the others by `limits.within`.
        headers: sent with every request, to this address only.
        start_hint: what the user can do when nothing answers.
        outside: its transport carries the requests.

    Raises:
        ConfigError: the address can't be a model server's.
    """

    def __init__(
        self,
        name: str,
        url: str,
        limits: Limits,
        *,
        headers: Mapping[str, str] | None = None,
        start_hint: str = "",
        outside: Outside = REAL_WORLD,
    ) -> None:
        self.name = name
        self.url = checked_url(url)
        self._limits = limits
        self._headers = {"accept-encoding": "identity", **(headers or {})}
        self._start_hint = start_hint
        self._transport = outside.transport

    @cached_property
    def _client(self) -> httpx.AsyncClient:
        """Made on first use. Certificates are read, which takes 20 ms, where there is https only.

        A proxy from the environment is used for servers out in the world only; one that is asked
        for 127.0.0.1 would look on its own machine.
        """
        import httpx  # 30 ms, which the room's first frame does not wait for

        return httpx.AsyncClient(
            headers=self._headers,
            timeout=httpx.Timeout(None, connect=self._limits.connect),
            limits=httpx.Limits(max_keepalive_connections=0),
            follow_redirects=False,
            trust_env=not is_nearby(self.url),
            verify=self.url.startswith("https:"),
            transport=self._transport,
        )

    @asynccontextmanager
    async def open(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> AsyncIterator[httpx.Response]:
        """The answer to one request, its body not yet read; closed at the end.

        Raises:
            BackendUnreachable: nothing listens there.
            TimedOut: "connect".
            StreamBroken: the connection broke, here or in the body of the `async with`.
            RequestRefused: the server redirects.
        """
        import httpx

        try:
            async with self._client.stream(
                method, self.url + path, content=_encoded(body), headers=_JSON
            ) as response:
                self._refuse_redirect(response)
                yield response
        except httpx.ConnectTimeout:
            raise timed_out("connect", self._limits.connect, self._who) from None
        except (httpx.ConnectError, httpx.ProxyError, httpx.UnsupportedProtocol) as error:
            raise BackendUnreachable(
                f"{self._who} does not answer: {error}.", self._start_hint
            ) from None
        except httpx.HTTPError as error:
            raise StreamBroken(
                f"{self._who} broke off the connection ({_described(error)}).",
                "The server may have crashed; its log tells more.",
            ) from None

    async def ask(self, path: str) -> tuple[int, Any]:
        """Status and JSON of a GET; None for a body that is no JSON.

        Raises:
            BackendError: like `open`; nothing is raised for the status.
        """
        async with self.open("GET", path) as response:
            return response.status_code, parsed(await body_of(response))

    async def aclose(self) -> None:
        """Closes what is still open."""
        if "_client" in self.__dict__:
            await self._client.aclose()

    @property
    def _who(self) -> str:
        return f"{self.name} at {self.url}"

    def _refuse_redirect(self, response: httpx.Response) -> None:
        if response.is_redirect:
            target = response.headers.get("location", "elsewhere")
            raise RequestRefused(
                f"{self._who} sends us on to {target}.",
                "Redirects are not followed; if this is right, configure that address.",
            )


def _encoded(body: Mapping[str, Any] | None) -> bytes | None:
    """The body as JSON. Half a character (a lone surrogate) becomes a question mark."""
    if body is None:
        return None
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


def checked_key(key: str) -> str:
    """An API key that can be sent in a header.

    Raises:
        ConfigError: it can't; the message does not repeat it.
    """
    key = key.strip()
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ConfigError("The API key has a space or an odd character in it.", "Copy it anew.")
    return key


async def body_of(response: httpx.Response, most: int = LIST_BYTES) -> bytes:
    """The whole body, or its first `most` bytes."""
    gathered = bytearray()
    async with aclosing(raw(response)) as pieces:
        async for piece in pieces:
            gathered += piece
            if len(gathered) >= most:
                break
    return bytes(gathered[:most])


async def raw(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    """The body's bytes as they arrive; a generator, so that it can be closed early."""
    async for piece in response.aiter_bytes():
        yield piece


def _described(error: httpx.HTTPError) -> str:
    return str(error) or type(error).__name__
