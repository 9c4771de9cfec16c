"""What the `claude` program takes and prints. Facts: version 2.1.329, against a stand-in server."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from orchestrator.backends import anthropic_wire
from orchestrator.backends.base import Message, Request
from orchestrator.backends.refusals import overflow, prompt_too_long, refusal
from orchestrator.errors import BackendError, BackendUnreachable, RequestRefused, ServerFailed

WHO = "Claude Code"
SYSTEM_FILE = "system-prompt"

_LOGIN = 'Start "claude" once and log in with /login, or set ANTHROPIC_API_KEY.'
_NOT_LOGGED_IN = re.compile(r"not logged in|/login|invalid api key", re.IGNORECASE)
_NO_SYSTEM = "You help with programming. Answer exactly what is asked."
_TRIES = 3
"""After so many failed requests we give up; the program itself goes on for 200 seconds."""

_OURS = re.compile(r"ORCHESTRATOR_.*|OLLAMA_PROFILE|LLM_DISABLED")
_OF_A_PARENT = frozenset({"CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_SSE_PORT"})
"""Set by a running `claude` for its children; with them it thinks that it runs within itself."""


class Line(msgspec.Struct):
    """One line of `--output-format stream-json`; which fields are filled depends on its type."""

    type: str = ""
    subtype: str = ""
    model: str | None = None
    event: anthropic_wire.StreamEvent | None = None
    rate_limit_info: dict[str, Any] | None = None
    # system/api_retry
    attempt: int = 0
    error_status: int | None = None
    # result
    is_error: bool = False
    terminal_reason: str | None = None
    stop_reason: str | None = None
    api_error_status: int | None = None
    result: str | None = None
    structured_output: Any = None
    usage: anthropic_wire.Counts | None = None
    errors: list[str] | None = None


_LINE = msgspec.json.Decoder(Line)


def read_line(data: bytes) -> Line | None:
    """The line; None for one that is not ours to understand: a warning, a broken line."""
    try:
        return _LINE.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def arguments(command: str, request: Request) -> list[str]:
    """The command line: no tools, no session kept, nothing of the user's own set-up loaded.

    `--safe-mode` leaves out CLAUDE.md, hooks, plugins and MCP servers and keeps the login. With
    it and a system prompt the request has 2 kB of its own where it would have 49.
    """
    argv = [command, "-p", "--output-format", "stream-json", "--verbose"]
    argv += ["--include-partial-messages", "--no-session-persistence", "--safe-mode"]
    argv += ["--model", request.model, "--tools", ""]
    argv += ["--system-prompt-file", f"{{{SYSTEM_FILE}}}"]
    if request.schema is not None:
        argv += ["--json-schema", msgspec.json.encode(request.schema).decode()]
    return argv


def system_prompt(messages: Sequence[Message]) -> str:
    """The system's messages; a short one of ours in place of the program's 40 kB."""
    return "\n\n".join(m.content for m in messages if m.role == "system") or _NO_SYSTEM


def prompt(messages: Sequence[Message]) -> str:
    """The conversation as one text, since the program takes one."""
    turns = [message for message in messages if message.role != "system"]
    if len(turns) == 1:
        return turns[0].content
    return "\n\n".join(f"{turn.role.capitalize()}:\n{turn.content}" for turn in turns)


def environment(environ: Mapping[str, str], max_tokens: int) -> dict[str, str]:
    """The user's environment, which holds the login, without our own variables."""
    kept = {
        name: value
        for name, value in environ.items()
        if not _OURS.fullmatch(name) and name not in _OF_A_PARENT
    }
    return kept | {"CLAUDE_CODE_MAX_OUTPUT_TOKENS": str(max_tokens)}


def error_of_retry(line: Line) -> BackendError | None:
    """The error for an `api_retry` line; None while it makes sense to let the program try."""
    status = line.error_status
    if status not in {401, 403, 429} and line.attempt < _TRIES:
        return None
    if status is None:
        return BackendUnreachable(f"{WHO} does not reach Anthropic.", "Is this machine online?")
    return refusal(status, f"the API answers {status}", WHO, key_hint=_LOGIN)


def error_of_result(line: Line) -> BackendError:
    """The error for a `result` line with `is_error`. Its `subtype` says "success" even then."""
    message = line.result or "; ".join(line.errors or ()) or line.terminal_reason or "it failed"
    if too_long := overflow(message):
        return too_long
    if line.terminal_reason == "prompt_too_long":
        return prompt_too_long()
    if line.api_error_status is not None:
        return refusal(line.api_error_status, message, WHO, key_hint=_LOGIN)
    if _NOT_LOGGED_IN.search(message):
        return RequestRefused(f"{WHO}: {message}", _LOGIN)
    return ServerFailed(f"{WHO}: {message}", "A retry often helps.")


def error_of_exit(code: int | None, complaints: str) -> BackendError | None:
    """The error for a program that refused to start its work; None when it said nothing."""
    if code == 0 or not complaints:
        return None
    hint = ""
    if "unknown option" in complaints:
        hint = '"claude update" installs a version that knows it.'
    return ServerFailed(f"{WHO}: {complaints}", hint)


def answer_text(line: Line, *, as_json: bool) -> str | None:
    """The answer in a `result` line: for a schema the JSON."""
    if as_json and line.structured_output is not None:
        return msgspec.json.encode(line.structured_output).decode()
    return line.result
