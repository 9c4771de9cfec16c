"""Bytes from a network or a pipe, cut into lines and events wherever they happened to be cut."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, NamedTuple, TypeVar

import msgspec

from orchestrator.errors import StreamBroken

MAX_LINE = 4 * 1024 * 1024
"""Bytes of one line. A whole answer of 100,000 tokens in one line has about a tenth."""

_BYTES_PER_TOKEN = 1024
"""What a token may take on the wire. Servers wrap each in 120 to 350 bytes of JSON."""
_BYTES_BESIDE = 1024 * 1024
_EXCERPT = 200

T = TypeVar("T")


def most_bytes(max_tokens: int) -> int:
    """How long an answer of `max_tokens` can be on the wire; whatever sends more has no end."""
    return _BYTES_BESIDE + _BYTES_PER_TOKEN * max_tokens


class LineCutter:
    """Gathers bytes and gives whole lines, without their ends; its memory is bounded.

    A line ends with a line feed; a carriage return before it is dropped.

    Args:
        most: bytes in all.
        longest: bytes of one line.
    """

    def __init__(self, most: int, longest: int = MAX_LINE) -> None:
        self._most = most
        self._longest = longest
        self._seen = 0
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that `data` completes.

        Raises:
            StreamBroken: too much came.
        """
        self._seen += len(data)
        if self._seen > self._most:
            raise StreamBroken(
                f"The server sent more than {self._most:,} bytes and did not stop.",
                "It seems to ignore the limit on the answer's length.",
            )
        self._rest += data
        if b"\n" not in data:
            self._refuse_long(self._rest)
            return []
        *whole, rest = self._rest.split(b"\n")
        self._rest = rest
        for line in (*whole, rest):
            self._refuse_long(line)
        return [bytes(line.removesuffix(b"\r")) for line in whole]

    def rest(self) -> bytes:
        """What came after the last line feed: a last line that was not ended, or half a line."""
        return bytes(self._rest)

    def _refuse_long(self, line: bytearray) -> None:
        if len(line) > self._longest:
            raise StreamBroken(f"The server sent a line of more than {self._longest:,} bytes.")


async def lines(data: AsyncIterator[bytes], most: int) -> AsyncGenerator[bytes, None]:
    """Every line that is not empty, the last one also when it has no line feed.

    Raises:
        StreamBroken: more than `most` bytes, or an endless line.
    """
    cutter = LineCutter(most)
    async for piece in data:
        for line in cutter.feed(piece):
            if line:
                yield line
    if rest := cutter.rest():
        yield rest


class ServerEvent(NamedTuple):
    """One server-sent event: its name ("message" when it has none) and its data lines joined."""

    name: str
    data: bytes


class EventGatherer:
    """Gathers lines to server-sent events (WHATWG HTML, "server-sent events")."""

    def __init__(self) -> None:
        self._name = b""
        self._data: list[bytes] = []

    def feed(self, line: bytes) -> ServerEvent | None:
        """The event that `line` ends, if it ends one. Comments and unknown fields are skipped."""
        if not line:
            return self.flush()
        field, _, value = line.partition(b":")
        if field == b"data":
            self._data.append(value.removeprefix(b" "))
        elif field == b"event":
            self._name = value.removeprefix(b" ")
        return None

    def flush(self) -> ServerEvent | None:
        """The event gathered so far, None when it has no data."""
        name, data = self._name, self._data
        self._name, self._data = b"", []
        if not data:
            return None
        return ServerEvent(name.decode("utf-8", "replace") or "message", b"\n".join(data))


async def events(data: AsyncIterator[bytes], most: int) -> AsyncGenerator[ServerEvent | None, None]:
    """Server-sent events; None for a comment line, which is a sign of life.

    Unlike the standard, an event that the end of the stream closes is given too: whether it is
    whole shows in its content.

    Raises:
        StreamBroken: more than `most` bytes, or an endless line.
    """
    cutter, gatherer = LineCutter(most), EventGatherer()
    async for piece in data:
        for line in cutter.feed(piece):
            if (event := gatherer.feed(line)) or line.startswith(b":"):
                yield event
    gatherer.feed(cutter.rest())
    if event := gatherer.flush():
        yield event


def decoded(data: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """`data` as the JSON that the decoder expects.

    Raises:
        StreamBroken: not JSON, not UTF-8, or of another shape.
    """
    try:
        return decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise StreamBroken(
            f"The server sent a line that can't be read: {excerpt(data)} ({error})",
            "The answer is damaged; a retry often helps.",
        ) from None


def excerpt(data: bytes) -> str:
    """The beginning of `data`, to be shown in a message."""
    text = data[: _EXCERPT * 4].decode("utf-8", "replace").strip()
    return text if len(text) <= _EXCERPT else text[:_EXCERPT] + "…"


def parsed(data: bytes) -> Any:  # noqa: ANN401 - whatever an error's body holds
    """`data` as JSON, None when it is none: for the bodies of errors, which can be anything."""
    try:
        return msgspec.json.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
