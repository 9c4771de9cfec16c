"""Reads one streamed answer of the Messages API. Claude Code passes the same events on."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.backends import anthropic_wire as wire
from orchestrator.backends.answer import GrowingAnswer, Stop
from orchestrator.backends.base import Chunk

_ALIVE: tuple[Chunk | None, ...] = (None,)
_NOTHING_YET = Chunk("")
"""The answer has begun, but its first piece is empty."""


class MessageReader:
    """Takes the events of one message in their order.

    With a schema the answer is a tool's input, which arrives as pieces of JSON; text beside it
    counts as thinking.

    Args:
        who: the server, as messages call it.
        answer: made when the request was sent.
        as_json: True when a schema was asked for.
    """

    def __init__(self, who: str, answer: GrowingAnswer, *, as_json: bool) -> None:
        self._who = who
        self._answer = answer
        self._as_json = as_json
        self._beside: list[str] = []
        self.model = ""
        self.stop: Stop = "stop"
        self.read: int | None = None
        """Tokens of the prompt."""
        self.written: int | None = None
        """Tokens of the answer."""
        self.ended = False
        """True when `message_stop` came."""

    def take(self, event: wire.StreamEvent) -> Sequence[Chunk | None]:
        """What the event adds; a lone None when it only shows that the server is alive.

        Raises:
            BackendError: it is an `error` event.
        """
        match event.type:
            case "message_start":
                self._started(event.message or wire.Start())
            case "content_block_start":
                block = event.content_block or wire.Block()
                return self._added(wire.Delta(text=block.text, thinking=block.thinking))
            case "content_block_delta":
                return self._added(event.delta or wire.Delta())
            case "message_delta":
                self._counted(event.usage)
                self.stop = wire.stop_of(event.delta.stop_reason if event.delta else None)
            case "message_stop":
                self.ended = True
            case "error":
                said = {"error": event.error}
                raise wire.error_for(None, said, "an error without a message", self._who)
        return _ALIVE

    @property
    def text(self) -> str:
        """The answer: for a schema the JSON, or the text if the model wrote that instead."""
        return self._answer.text or "".join(self._beside)

    def _started(self, start: wire.Start) -> None:
        self.model = start.model
        self._counted(start.usage)

    def _counted(self, usage: wire.Counts | None) -> None:
        """Later counts replace earlier ones: they grow with the message."""
        if usage is None:
            return
        if usage.read() is not None:
            self.read = usage.read()
        if usage.output_tokens is not None:
            self.written = usage.output_tokens

    def _added(self, delta: wire.Delta) -> Sequence[Chunk]:
        add = self._answer.add
        if delta.thinking:
            return [add(delta.thinking, "thinking")]
        if delta.text and self._as_json:
            self._beside.append(delta.text)
            return [add(delta.text, "thinking")]
        text = delta.partial_json if self._as_json else delta.text
        return [add(text)] if text else [_NOTHING_YET]
