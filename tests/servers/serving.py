"""The part that all stand-ins over HTTP share: a real socket, and a connection that can break."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable, Iterable
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.servers.script import Answer, Asked, Fault, Script, Scripted

Handle = Callable[[Asked, "Reply"], Awaitable[None]]


class ServerGone(Exception):
    """The stand-in itself broke the connection."""


class Reply:
    """The way back to one client."""

    def __init__(self, request: web.Request) -> None:
        self._request = request
        self._response: web.StreamResponse | None = None

    async def json(
        self,
        body: Any,  # noqa: ANN401 - whatever becomes JSON
        status: int = 200,
        headers: dict[str, str] | None = None,
    ) -> None:
        """A whole answer; a string is sent as plain text, everything else as JSON."""
        if isinstance(body, str):
            response = web.Response(text=body, status=status, headers=headers)
        else:
            response = web.json_response(body, status=status, headers=headers)
        await self._begin(response)
        await response.write_eof()

    async def stream(
        self, content_type: str, headers: Iterable[tuple[str, str]] = ()
    ) -> web.StreamResponse:
        """Sends status 200 and the headers; what follows is written piece by piece."""
        response = web.StreamResponse(headers=dict([("content-type", content_type), *headers]))
        await self._begin(response)
        return response

    @property
    def begun(self) -> bool:
        """True when the status is sent."""
        return self._response is not None

    @property
    def response(self) -> web.StreamResponse:
        """What was begun."""
        assert self._response is not None
        return self._response

    async def write(self, data: bytes, size: int = 0) -> None:
        """Sends bytes, `size` at a time; 0 sends them at once."""
        step = size or len(data) or 1
        for i in range(0, len(data), step):
            await self.response.write(data[i : i + step])

    async def end(self) -> None:
        """The clean end of what was begun."""
        await self.response.write_eof()

    def break_off(self, *, reset: bool) -> None:
        """Closes the connection in the middle; with `reset` the other side gets an error."""
        transport = self._request.transport
        assert transport is not None
        if reset:
            sock: socket.socket = transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        else:
            transport.close()
        raise ServerGone

    async def _begin(self, response: web.StreamResponse) -> None:
        await response.prepare(self._request)
        self._response = response


class StandIn:
    """A server on a free port of this machine, up as long as its `async with`.

    Attributes:
        asked: every request that came, in order.
    """

    def __init__(self, answer: Script) -> None:
        self._script = Scripted(answer)
        self._arrived = asyncio.Condition()
        self._runner: web.AppRunner | None = None
        self._routes: dict[tuple[str, str], Handle] = {}
        self.asked: list[Asked] = []
        self.url = ""

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def chats(self) -> list[Asked]:
        """The requests that asked for an answer, in order."""
        return [asked for asked in self.asked if asked.body.get("messages")]

    async def until_asked(self, count: int = 1) -> Asked:
        """Waits for the chat number `count` and gives it."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.chats()) >= count)
        return self.chats()[count - 1]

    async def unknown(self, asked: Asked, reply: Reply) -> None:
        """What is said to a path or method that there is not."""
        await reply.json("404 page not found", 404)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        asked = await _asked(request)
        self.asked.append(asked)
        async with self._arrived:
            self._arrived.notify_all()
        reply = Reply(request)
        handle = self._routes.get((request.method, request.path), self.unknown)
        try:
            await handle(asked, reply)
        except ServerGone:
            return reply.response if reply.begun else web.Response()
        except (asyncio.CancelledError, ConnectionError):
            asked.gone.set()
            raise
        asked.answered.set()
        return reply.response


async def send_raw(reply: Reply, content_type: str, answer: Answer) -> None:
    """Sends the bytes of a "raw" fault as the whole answer."""
    assert answer.fault is not None
    await reply.stream(content_type)
    await reply.write(answer.fault.body, answer.write)
    await reply.end()


async def fail(fault: Fault, reply: Reply, half_line: bytes) -> None:
    """The faults that look the same in every format.

    Args:
        fault: which one.
        reply: where to.
        half_line: the beginning of a line in this format, up to where a value is expected.
    """
    match fault.kind:
        case "drop" | "reset":
            if reply.begun:
                await reply.write(half_line)
            reply.break_off(reset=fault.kind == "reset")
        case "stall":
            await asyncio.Event().wait()
        case "malformed":
            await reply.write(half_line + b"oops\n\n")
        case "invalid utf-8":
            await reply.write(half_line + b'"\xff\xfe\xc3"}\n\n')
        case "endless line":
            await reply.write(half_line + b'"')
            while True:
                await reply.write(b"x" * 65536)
        case _:
            raise AssertionError(f"{fault.kind} is made by each server itself")


async def _asked(request: web.Request) -> Asked:
    text = await request.read()
    try:
        body = json.loads(text) if text else {}
    except ValueError:
        body = {}
    return Asked(
        request.method,
        request.path,
        body if isinstance(body, dict) else {},
        {name.lower(): value for name, value in request.headers.items()},
        request.query_string,
    )
