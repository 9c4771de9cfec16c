"""What OpenAI-compatible servers send and get.

Facts about llama.cpp (b11549) and Ollama (0.33) come from real servers; those about LM Studio and
OpenAI from their documents.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from orchestrator.backends.answer import Stop
from orchestrator.backends.base import Request
from orchestrator.backends.refusals import message_in, prompt_too_long, refusal
from orchestrator.errors import BackendBusy, BackendError

_BAD_REQUEST = 400
_LOADING = 503


class StillLoading(BackendBusy):
    """The server is there but has not loaded its model yet; asking again later helps."""


class Delta(msgspec.Struct):
    """What a chunk adds. `content` is null in llama.cpp's first one."""

    content: str | None = None
    reasoning_content: str | None = None
    """llama.cpp, LM Studio, DeepSeek."""
    reasoning: str | None = None
    """vLLM, OpenRouter, Ollama."""
    refusal: str | None = None


class Choice(msgspec.Struct):
    """One of the answers; only one is asked for."""

    delta: Delta | None = None
    finish_reason: str | None = None


class Counts(msgspec.Struct):
    """`usage`, in a chunk of its own at the end."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class ChatChunk(msgspec.Struct):
    """The data of one event."""

    model: str | None = None
    choices: list[Choice] | None = None
    usage: Counts | None = None
    error: Any = None


CHUNK = msgspec.json.Decoder(ChatChunk)


def api_root(url: str) -> str:
    """Where the API lives: `/v1` unless the address has a path of its own."""
    return url if urlsplit(url).path.strip("/") else url.rstrip("/") + "/v1"


def server_root(url: str) -> str:
    """Where the server's own paths live (`/health`, `/props`, `/api/v0`)."""
    return url.rstrip("/").removesuffix("/v1")


def chat_body(request: Request, refused: Collection[str]) -> dict[str, Any]:
    """The body of `/chat/completions`, without the parameters this model has refused before.

    Newer OpenAI models take `max_completion_tokens` in place of `max_tokens`, and no temperature.
    """
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [{"role": m.role, "content": m.content} for m in request.messages],
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if "max_tokens" in refused:
        body["max_completion_tokens"] = body.pop("max_tokens")
    if "temperature" in refused:
        del body["temperature"]
    if request.schema is not None:
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {
                "name": re.sub(r"[^A-Za-z0-9_-]", "_", request.schema_name)[:64],
                "schema": request.schema,
                "strict": "response_format" not in refused,
            },
        }
    return body


def load_body(model: str) -> dict[str, Any]:
    """The smallest chat there is: it makes a server that loads on demand load the model."""
    return {
        "model": model,
        "messages": [{"role": "user", "content": "Hi"}],
        "max_tokens": 1,
        "stream": False,
    }


def stop_of(finish_reason: str | None) -> Stop:
    """Why it stopped, in our words."""
    if finish_reason == "length":
        return "length"
    return "refusal" if finish_reason == "content_filter" else "stop"


def refused_parameter(status: int, body: Any) -> str:  # noqa: ANN401 - any JSON
    """The parameter that a 400 names and that can be left out or sent another way, else ""."""
    if status != _BAD_REQUEST:
        return ""
    error = body.get("error") if isinstance(body, Mapping) else None
    name = error.get("param") if isinstance(error, Mapping) else None
    return name if name in {"max_tokens", "temperature", "response_format"} else ""


def error_for(
    status: int,
    body: Any,  # noqa: ANN401 - any JSON
    otherwise: str,
    who: str,
    *,
    retry_after: float | None = None,
) -> BackendError:
    """The error for a status that is not 200, or for an error inside a stream."""
    error = body.get("error") if isinstance(body, Mapping) else None
    if isinstance(error, Mapping) and "exceed_context" in str(error.get("type")):
        return prompt_too_long(_count(error, "n_prompt_tokens"), _count(error, "n_ctx"))
    if isinstance(error, Mapping) and error.get("code") == "context_length_exceeded":
        status = 413
    message = message_in(body, otherwise)
    if status == _LOADING and "loading" in message.lower():
        return StillLoading(f"{who} is loading its model.", "It answers when that is done.")
    key_hint = "Is the key in the variable that api_key_env names right?"
    return refusal(status, message, who, retry_after=retry_after, key_hint=key_hint)


def _count(error: Mapping[str, Any], name: str) -> int:
    value = error.get(name)
    return value if isinstance(value, int) else 0


def listed(body: Any) -> dict[str, str]:  # noqa: ANN401 - any JSON
    """The models of `/v1/models` or LM Studio's `/api/v0/models`: id to state ("" when unknown)."""
    data = body.get("data") if isinstance(body, Mapping) else None
    found = [row for row in data if isinstance(row, Mapping)] if isinstance(data, list) else []
    return {str(row["id"]): str(row.get("state", "")) for row in found if row.get("id")}
