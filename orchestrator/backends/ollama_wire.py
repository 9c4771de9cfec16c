"""What Ollama's native API sends and gets. Facts: a real server of version 0.33."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from orchestrator.backends.base import Request
from orchestrator.backends.refusals import message_in, overflow, prompt_too_long
from orchestrator.errors import PromptTooLong

_NANOSECONDS = 1e-9

_DOUBTED_SHARE = 0.5
_NEAR_FULL = 0.7


class Turn(msgspec.Struct):
    """The `message` of a line."""

    content: str = ""
    thinking: str | None = None


class Line(msgspec.Struct):
    """One line of a stream. Fields that are zero are left out by the server."""

    model: str = ""
    message: Turn | None = None
    done: bool = False
    done_reason: str = ""
    error: str = ""
    load_duration: int = 0
    prompt_eval_count: int | None = None
    eval_count: int = 0


class Model(msgspec.Struct):
    """A row of `/api/tags` or `/api/ps`."""

    name: str = ""
    model: str = ""
    context_length: int = 0


class Models(msgspec.Struct):
    """The answer of `/api/tags` and `/api/ps`."""

    models: list[Model] | None = None


LINE = msgspec.json.Decoder(Line)


def chat_body(request: Request, num_ctx: int) -> dict[str, Any]:
    """The body of `/api/chat`.

    `truncate: false` makes the server refuse a prompt that does not fit where it would silently
    drop the oldest messages; `shift: false` makes it stop at the end of the context where it would
    silently forget the beginning. Servers that don't know these fields ignore them.
    """
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [{"role": m.role, "content": m.content} for m in request.messages],
        "stream": True,
        "truncate": False,
        "shift": False,
        "options": {
            "num_ctx": num_ctx,
            "num_predict": request.max_tokens,
            "temperature": request.temperature,
        },
    }
    if request.schema is not None:
        body["format"] = request.schema
    return body


def load_body(request: Request) -> dict[str, Any]:
    """The body of `/api/chat` that only loads the model, with the context size it is to have."""
    return {
        "model": request.model,
        "messages": [],
        "stream": False,
        "options": {"num_ctx": request.context_tokens},
    }


def full_name(model: str) -> str:
    """The name as the server lists it: without a tag it means ":latest"."""
    return model if ":" in model.rpartition("/")[2] else f"{model}:latest"


def rows(answer: Any) -> list[Model]:  # noqa: ANN401 - any JSON
    """The models in the answer of `/api/tags` or `/api/ps`; none when it is of another shape."""
    try:
        return msgspec.convert(answer, Models).models or []
    except msgspec.ValidationError:
        return []


def names(answer: Any) -> tuple[str, ...]:  # noqa: ANN401 - any JSON
    """The names of `rows`."""
    return tuple(row.name or row.model for row in rows(answer))


def nested_overflow(message: str) -> PromptTooLong | None:
    """The error for an overflow: llama.cpp's JSON arrives as a string inside Ollama's `error`."""
    try:
        inner = msgspec.json.decode(message)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return overflow(message)
    error = inner.get("error") if isinstance(inner, dict) else None
    if isinstance(error, dict) and error.get("type") == "exceed_context_size_error":
        prompt, room = error.get("n_prompt_tokens"), error.get("n_ctx")
        return prompt_too_long(
            prompt if isinstance(prompt, int) else 0, room if isinstance(room, int) else 0
        )
    return overflow(message_in(inner, message))


def seems_cut(request: Request, counted: int | None, num_ctx: int) -> bool:
    """True when the server must have dropped a part of the prompt (versions before `truncate`).

    It drops only from prompts longer than `num_ctx`, and what is left has at most that many
    tokens. So two things must hold: by our estimate the prompt fills 70 % of the context or more,
    and the server counted less than half of that estimate. Estimates err upwards (3.2 bytes a
    token; code and English prose have 3.5 to 4.2), so a prompt that fits never comes near both.
    A prompt that is in the cache counts in full (seen with 0.33: 22 tokens, every time), in
    versions before 0.4 it counts less: the first condition keeps small prompts out of doubt.
    """
    estimate = request.estimated_tokens
    if counted is None or not estimate:
        return False
    return estimate >= _NEAR_FULL * num_ctx and counted < _DOUBTED_SHARE * estimate


def stop_of(line: Line) -> Literal["stop", "length"]:
    """Why it stopped."""
    return "length" if line.done_reason == "length" else "stop"


def load_seconds(line: Line) -> float:
    """What the server spent on loading, as it says."""
    return line.load_duration * _NANOSECONDS
