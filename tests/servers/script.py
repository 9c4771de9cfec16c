"""What a stand-in says: answers, their faults, and the order they come in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

FaultKind = Literal[
    "status",  # a status with a body, before anything else
    "cut",  # a clean end, without the end marker
    "crash",  # what this kind of server does when its model dies
    "error",  # an error inside the stream
    "drop",  # the connection is closed in the middle of a line
    "reset",  # the connection is reset
    "stall",  # nothing more comes, for ever; with after=0 not even a status
    "malformed",  # a line that is no JSON
    "invalid utf-8",  # a line with bytes that are no text
    "endless",  # pieces without end, whatever limit was asked for
    "endless line",  # a line without end
    "unreachable",  # for a program: it does not reach its own server
    "raw",  # status 200 and the bytes of the body, nothing else
]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong with one answer."""

    kind: FaultKind
    after: int = 1
    """How many pieces come before it."""
    status: int = 500
    body: Any = None
    """For "status" and "error": JSON, or text for a plain one; None for the server's usual one.
    For "raw" the bytes."""
    headers: Mapping[str, str] = field(default_factory=dict)


Stop = Literal["stop", "length", "refusal"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a stand-in answers once. A token is a piece; pieces have four characters."""

    text: str = ""
    thinking: str = field(default="", kw_only=True)
    stop: Stop = field(default="stop", kw_only=True)
    """Why it ends; also "length" when the text has more pieces than the tokens asked for."""
    fault: Fault | None = field(default=None, kw_only=True)
    input_tokens: int | None = field(default=None, kw_only=True)
    """None: counted, a token for each four bytes."""
    output_tokens: int | None = field(default=None, kw_only=True)
    headers: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    write: int = field(default=0, kw_only=True)
    """Bytes in each network write, cutting lines and characters apart; 0 writes whole lines."""

    def pieces(self, most: int | None = None) -> tuple[str, ...]:
        """The text as the server sends it, `most` pieces at the most."""
        whole = range(0, len(self.text), 4)
        return tuple(self.text[i : i + 4] for i in whole)[:most]


@dataclass(slots=True)
class Asked:
    """One request that reached a stand-in."""

    method: str
    path: str
    body: dict[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the client left before the answer was complete."""
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the answer was sent to its end."""

    @property
    def model(self) -> str:
        """The model asked for."""
        return str(self.body.get("model", ""))

    @property
    def prompt(self) -> str:
        """All messages, the system's first, with an empty line between two."""
        said = [self.body.get("system") or ""]
        said += [message.get("content") or "" for message in self.body.get("messages") or ()]
        return "\n\n".join(_text(part) for part in said if part)


def _text(content: Any) -> str:  # noqa: ANN401 - a string or content blocks
    if isinstance(content, str):
        return content
    return "".join(block.get("text", "") for block in content)


Script = str | Answer | Sequence[str | Answer] | Callable[[Asked], str | Answer]
"""One answer for ever; several in their order, the last one for ever; or a function."""


class Scripted:
    """Takes the answers out of a script."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._given = 0

    def next(self, asked: Asked) -> Answer:
        """The answer to a request."""
        script = self._script
        if callable(script):
            said = script(asked)
        elif isinstance(script, str | Answer):
            said = script
        else:
            said = script[min(self._given, len(script) - 1)]
        self._given += 1
        return said if isinstance(said, Answer) else Answer(said)


def count_tokens(text: str) -> int:
    """How many tokens a stand-in counts."""
    return (len(text.encode()) + 3) // 4
