"""From a server's status and words to an error of our tree: shared by every wire format."""

from __future__ import annotations

import re
from typing import Any

from orchestrator.errors import (
    BackendBusy,
    BackendError,
    ModelMissing,
    PromptTooLong,
    RateLimited,
    RequestRefused,
    ServerFailed,
    StreamBroken,
)

_OVERFLOWS = (
    # llama.cpp b11549, and Ollama 0.33 which passes its words on
    r"request \((?P<prompt>\d+) tokens\) exceeds .*context size \((?P<room>\d+) tokens",
    # Anthropic
    r"prompt is too long: (?P<prompt>\d+) tokens > (?P<room>\d+) maximum",
    # Claude Code 2.1.329
    r"request is ~(?P<prompt>\d+) tokens \(limit (?P<room>\d+)\)",
    # OpenAI, vLLM
    r"maximum context length is (?P<room>\d+) tokens.*?(?P<prompt>\d+) (?:input )?tokens",
    # without counts: Claude Code, LM Studio, and others in their own words
    r"prompt is too long",
    r"context[_ ](?:length|size|window).*exceed",
    r"exceed\w*.{0,40}context[_ ](?:length|size|window)",
    r"greater than the context length|context the overflows",
)
_LONGEST = 2000
_TOO_MANY_REQUESTS = 429
_SERVER_ERRORS = 500
_MAY_BE_TOO_LONG = frozenset({400, 413, 422, 500})
_KINDS: dict[int, type[BackendError]] = {
    404: ModelMissing,
    413: PromptTooLong,
    503: BackendBusy,
    529: BackendBusy,  # Anthropic: overloaded
}
_HINTS: dict[type[BackendError], str] = {
    BackendBusy: "It is a matter of moments as a rule; try again.",
    ServerFailed: "The server's log tells more; a retry often helps.",
}
_SHORTER = "Give it fewer or shorter context files, or split the task."


def overflow(message: str) -> PromptTooLong | None:
    """The error for a prompt that does not fit, when `message` says so in words we know."""
    for pattern in _OVERFLOWS:
        if found := re.search(pattern, message, re.IGNORECASE | re.DOTALL):
            counts = {name: int(value) for name, value in found.groupdict().items() if value}
            return prompt_too_long(counts.get("prompt", 0), counts.get("room", 0))
    return None


def prompt_too_long(prompt: int = 0, room: int = 0) -> PromptTooLong:
    """The error for a prompt of `prompt` tokens where `room` fit; 0 for what is not known."""
    if prompt and room:
        said = f"The prompt has {prompt} tokens; {room} fit."
    else:
        said = "The prompt is longer than the model's context."
    return PromptTooLong(said, _SHORTER, prompt_tokens=prompt, context_tokens=room)


def message_in(body: Any, otherwise: str) -> str:  # noqa: ANN401 - any JSON
    """What an error's JSON says, in any of the shapes {"error": text}, {"error": {"message"}}."""
    if isinstance(body, dict):
        error = body.get("error", body)
        if isinstance(error, dict):
            error = error.get("message")
        if isinstance(error, str) and error:
            return error[:_LONGEST]
    return otherwise


def refusal(
    status: int, message: str, who: str, *, retry_after: float | None = None, key_hint: str = ""
) -> BackendError:
    """The error for an HTTP status and what the server said with it.

    Args:
        status: 300 to 599.
        message: the server's own words.
        who: the server, as the user knows it.
        retry_after: seconds, as the server asked.
        key_hint: what to do when the key is not accepted.
    """
    if status in _MAY_BE_TOO_LONG and (too_long := overflow(message)):
        return too_long
    said = f"{who}: {message}"
    if status == _TOO_MANY_REQUESTS:
        return RateLimited(said, _waiting(retry_after), retry_after)
    if status in {401, 403}:
        return RequestRefused(said, key_hint)
    if kind := _KINDS.get(status):
        return kind(said, _HINTS.get(kind, ""))
    kind = ServerFailed if status >= _SERVER_ERRORS else RequestRefused
    return kind(said, _HINTS.get(kind, ""))


def cut_short(who: str) -> StreamBroken:
    """The error for a stream that ended without its end marker."""
    return StreamBroken(
        f"{who} ended its answer without an end marker.",
        "The model or the connection may have crashed; a retry often helps.",
    )


def _waiting(retry_after: float | None) -> str:
    return "" if retry_after is None else f"It asks to wait {retry_after:g} s."


def retry_after_seconds(value: str | None, now: float) -> float | None:
    """The header `retry-after`: seconds, or a date; None when it is missing or unreadable."""
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except ValueError:
        return None
