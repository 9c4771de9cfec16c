"""What Anthropic's Messages API sends and gets, version 2023-06-01."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from orchestrator.backends.answer import Stop
from orchestrator.backends.base import Request
from orchestrator.backends.refusals import message_in, refusal
from orchestrator.errors import BackendError

VERSION = "2023-06-01"
KEY_HINT = "Is the API key right, and is it allowed to use this model?"

THINKING_TOKENS = 16_000
"""Added to the answer's limit: models from version 5 on think unasked, and what they think counts
as answer; with 2,000 tokens for both, many an answer would be cut off."""

_STATUS_OF = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
_CALL_THE_TOOL = "Give your answer by calling the tool {name!r} once, and say nothing beside it."


class Counts(msgspec.Struct):
    """`usage`. Cached tokens are counted beside `input_tokens`, not in it."""

    input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    output_tokens: int | None = None

    def read(self) -> int | None:
        """All tokens of the prompt; None when the server does not say."""
        if self.input_tokens is None:
            return None
        cached = (self.cache_creation_input_tokens or 0) + (self.cache_read_input_tokens or 0)
        return self.input_tokens + cached


class Start(msgspec.Struct):
    """The `message` of `message_start`."""

    model: str = ""
    usage: Counts | None = None


class Block(msgspec.Struct):
    """The `content_block` of `content_block_start`."""

    type: str = ""
    text: str | None = None
    thinking: str | None = None


class Delta(msgspec.Struct):
    """The `delta` of `content_block_delta` and of `message_delta`."""

    type: str = ""
    text: str | None = None
    thinking: str | None = None
    partial_json: str | None = None
    stop_reason: str | None = None


class StreamEvent(msgspec.Struct):
    """The data of one event; which fields are filled depends on its type."""

    type: str = ""
    message: Start | None = None
    content_block: Block | None = None
    delta: Delta | None = None
    usage: Counts | None = None
    error: Any = None


EVENT = msgspec.json.Decoder(StreamEvent)


def tool_name(request: Request) -> str:
    """The schema's name as the name of a tool."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", request.schema_name)[:64] or "answer"


def messages_body(request: Request, model: str, *, forced: bool) -> dict[str, Any]:
    """The body of `/v1/messages`.

    No temperature is sent: models from Opus 4.7 on refuse it with a 400. A schema becomes the
    input of a tool. `forced` names that tool in `tool_choice`; models that refuse this with a 400
    (Opus 5.5, for example) are asked in words.
    """
    system = [m.content for m in request.messages if m.role == "system"]
    body: dict[str, Any] = {
        "model": model,
        "max_tokens": request.max_tokens + THINKING_TOKENS,
        "stream": True,
        "messages": [
            {"role": m.role, "content": m.content} for m in request.messages if m.role != "system"
        ],
    }
    if request.schema is not None:
        name = tool_name(request)
        tool = {"name": name, "description": "Takes the answer.", "input_schema": request.schema}
        body["tools"] = [tool]
        body["tool_choice"] = {"type": "tool", "name": name} if forced else {"type": "auto"}
        if not forced:
            system.append(_CALL_THE_TOOL.format(name=name))
    if system:
        body["system"] = "\n\n".join(system)
    return body


def refuses_forcing(status: int, body: Any) -> bool:  # noqa: ANN401 - any JSON
    """True when the model does not let itself be told which tool to call."""
    return status == _STATUS_OF["invalid_request_error"] and "tool_choice" in message_in(body, "")


def stop_of(reason: str | None) -> Stop:
    """Why it stopped, in our words."""
    if reason in {"max_tokens", "model_context_window_exceeded"}:
        return "length"
    return "refusal" if reason == "refusal" else "stop"


def error_for(
    status: int | None,
    body: Any,  # noqa: ANN401 - any JSON
    otherwise: str,
    who: str,
    *,
    retry_after: float | None = None,
) -> BackendError:
    """The error for a status that is not 200; for an `error` event (status None) by its type."""
    if status is None:
        error = body.get("error") if isinstance(body, Mapping) else None
        kind = error.get("type") if isinstance(error, Mapping) else None
        status = _STATUS_OF.get(str(kind), 500)
    message = message_in(body, otherwise)
    return refusal(status, message, who, retry_after=retry_after, key_hint=KEY_HINT)


def is_family(model: str) -> bool:
    """True for a word like "sonnet", which stands for the newest model of that family."""
    return model.isalpha()


def newest(family: str, body: Any) -> str | None:  # noqa: ANN401 - any JSON
    """The id of the newest model of a family in the answer of `/v1/models`; None without one."""
    found = [row for row in rows(body) if family.lower() in str(row["id"]).lower().split("-")]
    return str(max(found, key=_made)["id"]) if found else None


def rows(body: Any) -> list[Mapping[str, Any]]:  # noqa: ANN401 - any JSON
    """The models in the answer of `/v1/models`."""
    data = body.get("data") if isinstance(body, Mapping) else None
    if not isinstance(data, list):
        return []
    return [row for row in data if isinstance(row, Mapping) and row.get("id")]


def _made(row: Mapping[str, Any]) -> datetime:
    try:
        made = datetime.fromisoformat(str(row.get("created_at")))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return made if made.tzinfo else made.replace(tzinfo=UTC)
