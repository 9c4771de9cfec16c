"""A stand-in for Anthropic's Messages API; the real Claude Code works with it too."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from tests.servers.script import Answer, Asked, Fault, Script, count_tokens
from tests.servers.serving import Reply, StandIn, fail, send_raw

_SSE = "text/event-stream"

MODELS = {
    "claude-opus-5-5": "2026-09-01T00:00:00Z",
    "claude-sonnet-5-5": "2026-08-01T00:00:00Z",
    "claude-opus-4-5": "2025-11-01T00:00:00Z",
    "claude-haiku-4-5": "2025-10-01T00:00:00Z",
}
"""Id to the day it was made."""

SUBSCRIPTION = {
    "anthropic-ratelimit-unified-status": "allowed",
    "anthropic-ratelimit-unified-reset": "1795230125",
    "anthropic-ratelimit-unified-representative-claim": "five_hour",
    "anthropic-ratelimit-unified-5h-status": "allowed",
    "anthropic-ratelimit-unified-5h-utilization": "0.42",
    "anthropic-ratelimit-unified-5h-reset": "1795230125",
    "anthropic-ratelimit-unified-7d-status": "allowed",
    "anthropic-ratelimit-unified-7d-utilization": "0.81",
    "anthropic-ratelimit-unified-7d-reset": "1795485725",
    "anthropic-ratelimit-unified-overage-status": "rejected",
    "anthropic-ratelimit-unified-overage-disabled-reason": "org_level_disabled",
}
"""Headers for a subscription that is 42 % into its five hours."""

USED_UP = SUBSCRIPTION | {
    "anthropic-ratelimit-unified-status": "rejected",
    "anthropic-ratelimit-unified-5h-status": "rejected",
    "anthropic-ratelimit-unified-5h-utilization": "1",
    "retry-after": "3600",
}
"""Headers for a subscription whose five hours are used up."""

API_KEY = {
    "anthropic-ratelimit-requests-limit": "50",
    "anthropic-ratelimit-requests-remaining": "49",
    "anthropic-ratelimit-requests-reset": "2026-11-21T02:00:01Z",
    "anthropic-ratelimit-input-tokens-limit": "40000",
    "anthropic-ratelimit-input-tokens-remaining": "38000",
    "anthropic-ratelimit-input-tokens-reset": "2026-11-21T02:00:03Z",
}
"""Headers for an API key: buckets per minute."""

_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}


def refused(status: int, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer that is an error, as Anthropic words it."""
    return Answer(fault=Fault("status", 0, status, error_body(status, message), headers or {}))


def error_body(status: int, message: str) -> dict[str, Any]:
    """The JSON of an error."""
    error = {"type": _TYPES.get(status, "api_error"), "message": message}
    return {"type": "error", "error": error, "request_id": "req_stub0001"}


class AnthropicServer(StandIn):
    """Answers in text, or as the input of a tool when one is forced or the only one there is."""

    def __init__(
        self,
        answer: Script = "Hello",
        *,
        models: Mapping[str, str] = MODELS,
        key: str = "",
        headers: Mapping[str, str] | None = None,
        refuses_forcing: Collection[str] = ("claude-opus-5-5",),
        most_tokens: int = 200_000,
    ) -> None:
        """Args:
        answer: what it says.
        models: what /v1/models lists.
        key: others than this get a 401; empty takes every key.
        headers: sent with every answer, see SUBSCRIPTION and API_KEY.
        refuses_forcing: models that refuse to be told which tool to call.
        most_tokens: longer prompts get a 400.
        """
        super().__init__(answer)
        self.models = dict(models)
        self.headers = dict(headers or {})
        self._key = key
        self._refuses_forcing = refuses_forcing
        self._most_tokens = most_tokens
        self._routes = {
            ("POST", "/v1/messages"): self._messages,
            ("POST", "/v1/messages/count_tokens"): self._count,
            ("GET", "/v1/models"): self._list,
        }

    async def _messages(self, asked: Asked, reply: Reply) -> None:
        for status, complaint in self._complaints(asked):
            await reply.json(error_body(status, complaint), status, self.headers)
            return
        answer = self._script.next(asked)
        headers = self.headers | dict(answer.headers)
        fault = answer.fault
        if fault is not None and fault.kind == "status":
            body = error_body(fault.status, "failed") if fault.body is None else fault.body
            await reply.json(body, fault.status, headers | dict(fault.headers))
            return
        if fault is not None and fault.kind == "raw":
            await send_raw(reply, _SSE, answer)
            return
        message = _Message(asked, reply, answer, headers)
        await (message.stream() if asked.body.get("stream") else message.whole())

    def _complaints(self, asked: Asked) -> Iterator[tuple[int, str]]:
        if self._key and asked.headers.get("x-api-key") != self._key:
            yield 401, "invalid x-api-key"
        if asked.headers.get("anthropic-version") != "2023-06-01":
            yield 400, "anthropic-version: header is required"
        if asked.model not in self.models:
            yield 404, f"model: {asked.model}"
        if "temperature" in asked.body and "4-5" not in asked.model:
            yield 400, "`temperature` is deprecated for this model."
        choice = asked.body.get("tool_choice", {}).get("type")
        if choice in {"tool", "any"} and asked.model in self._refuses_forcing:
            yield 400, 'tool_choice: type "tool" and "any" are not supported for this model.'
        counted = count_tokens(asked.prompt)
        if counted > self._most_tokens:
            yield 400, f"prompt is too long: {counted} tokens > {self._most_tokens} maximum"

    async def _count(self, asked: Asked, reply: Reply) -> None:
        await reply.json({"input_tokens": count_tokens(asked.prompt)})

    async def _list(self, asked: Asked, reply: Reply) -> None:
        if self._key and asked.headers.get("x-api-key") != self._key:
            await reply.json(error_body(401, "invalid x-api-key"), 401)
            return
        rows = [
            {"type": "model", "id": name, "display_name": name, "created_at": made}
            for name, made in self.models.items()
        ]
        await reply.json({"data": rows, "has_more": False})

    async def unknown(self, asked: Asked, reply: Reply) -> None:
        await reply.json(error_body(404, "Not Found"), 404)


class _Message:
    """One answer, streamed in the API's full order or whole, faults included."""

    def __init__(
        self, asked: Asked, reply: Reply, answer: Answer, headers: Mapping[str, str]
    ) -> None:
        self._asked = asked
        self._reply = reply
        self._answer = answer
        self._headers = headers
        self._tool = _tool(asked.body)
        self._pieces = answer.pieces(asked.body.get("max_tokens"))
        cut = self._pieces != answer.pieces()
        natural = "tool_use" if self._tool else "end_turn"
        told = {"stop": natural, "length": "max_tokens", "refusal": "refusal"}[answer.stop]
        self._reason = "max_tokens" if cut else told

    async def whole(self) -> None:
        text = "".join(self._pieces)
        block: dict[str, Any] = {"type": "text", "text": text}
        if self._tool:
            block = self._block() | {"input": json.loads(text)}
        body = self._head() | {"content": [block], "stop_reason": self._reason}
        body["usage"] = self._usage(len(self._pieces))
        await self._reply.json(body, 200, dict(self._headers))

    async def stream(self) -> None:
        fault = self._answer.fault
        if fault is not None and fault.kind == "stall" and not fault.after:
            await fail(fault, self._reply, b"")
        await self._event("message_start", {"message": self._head() | {"usage": self._usage(1)}})
        index = await self._thinking()
        block = self._block()
        await self._event("content_block_start", {"index": index, "content_block": block})
        await self._event("ping", {})
        while fault is not None and fault.kind == "endless":
            await self._delta(index, "more" * 500)
        for piece in self._pieces[: fault.after if fault else None]:
            await self._delta(index, piece)
        await (self._finish(index) if fault is None else self._fail(fault))
        await self._reply.end()

    async def _thinking(self) -> int:
        if not self._answer.thinking:
            return 0
        start = {"index": 0, "content_block": {"type": "thinking", "thinking": ""}}
        await self._event("content_block_start", start)
        delta = {"type": "thinking_delta", "thinking": self._answer.thinking}
        await self._event("content_block_delta", {"index": 0, "delta": delta})
        signed = {"type": "signature_delta", "signature": "c2ln"}
        await self._event("content_block_delta", {"index": 0, "delta": signed})
        await self._event("content_block_stop", {"index": 0})
        return 1

    async def _delta(self, index: int, piece: str) -> None:
        delta = {"type": "text_delta", "text": piece}
        if self._tool:
            delta = {"type": "input_json_delta", "partial_json": piece}
        await self._event("content_block_delta", {"index": index, "delta": delta})

    async def _finish(self, index: int) -> None:
        await self._event("content_block_stop", {"index": index})
        delta = {"stop_reason": self._reason, "stop_sequence": None}
        written = {"output_tokens": self._usage(len(self._pieces))["output_tokens"]}
        await self._event("message_delta", {"delta": delta, "usage": written})
        await self._event("message_stop", {})

    async def _fail(self, fault: Fault) -> None:
        if fault.kind == "error":
            body = fault.body or error_body(529, "Overloaded")
            await self._event("error", body)
        elif fault.kind not in {"cut", "crash"}:
            await fail(fault, self._reply, b'event: message_stop\ndata: {"type":')

    def _head(self) -> dict[str, Any]:
        return {
            "id": "msg_stub0001",
            "type": "message",
            "role": "assistant",
            "model": self._asked.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
        }

    def _block(self) -> dict[str, Any]:
        if self._tool:
            return {"type": "tool_use", "id": "toolu_stub01", "name": self._tool, "input": {}}
        return {"type": "text", "text": ""}

    def _usage(self, written: int) -> dict[str, int]:
        answer = self._answer
        read = count_tokens(self._asked.prompt)
        if answer.input_tokens is not None:
            read = answer.input_tokens
        if answer.output_tokens is not None and written > 1:
            written = answer.output_tokens
        cached = read // 2
        return {
            "input_tokens": read - cached,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": cached,
            "output_tokens": written,
        }

    async def _event(self, kind: str, content: dict[str, Any]) -> None:
        if not self._reply.begun:
            await self._reply.stream(_SSE, self._headers.items())
        line = json.dumps({"type": kind} | content, ensure_ascii=False, separators=(",", ":"))
        await self._reply.write(f"event: {kind}\ndata: {line}\n\n".encode(), self._answer.write)


def _tool(body: dict[str, Any]) -> str:
    """The tool the answer goes to; empty for an answer in text."""
    choice = body.get("tool_choice") or {}
    tools = [tool for tool in body.get("tools") or [] if not tool.get("defer_loading")]
    if choice.get("type") == "tool":
        return str(choice["name"])
    return str(tools[0]["name"]) if len(tools) == 1 else ""
