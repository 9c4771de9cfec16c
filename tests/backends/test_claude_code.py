"""The client of the `claude` program, against a program that prints what the real one was seen to.

Linux and macOS: process groups.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from orchestrator.backends.base import Backend, Limits, Message
from orchestrator.backends.claude_code import ClaudeCode
from orchestrator.errors import (
    BackendBusy,
    BackendError,
    BackendUnreachable,
    ModelMissing,
    PromptTooLong,
    RateLimited,
    RequestRefused,
    ServerFailed,
    StreamBroken,
)
from tests.backends.asking import PATIENT, SCHEMA, a_request, ask
from tests.servers.claude_program import ClaudeProgram, alive
from tests.servers.script import Answer, Fault

USED_UP = {
    "status": "rejected",
    "resetsAt": 1795230129,
    "rateLimitType": "five_hour",
    "unifiedWindows": {
        "five_hour": {"utilization": 1, "resetsAt": 1795230129, "status": "rejected"},
        "seven_day": {"utilization": 0.6, "resetsAt": 1795485729, "status": "allowed"},
    },
}

SILENT = Limits(first_token=20, stall=0.3, total=40)
"""Time enough for a start on a busy machine; a silence of 0.3 s after it is one."""


def client(
    program: ClaudeProgram, limits: Limits = PATIENT, environ: Mapping[str, str] | None = None
) -> ClaudeCode:
    known = {**os.environ, **(environ or {})}
    return ClaudeCode("claude", program.command, limits, environ=known)


async def test_an_answer_comes_in_pieces_and_then_whole() -> None:
    async with ClaudeProgram(Answer("def f(): ...", input_tokens=22)) as program:
        answered = await ask(client(program), a_request(model="opus"))
    assert [chunk.text for chunk in answered.chunks] == ["def ", "f():", " ..."]
    done = answered.completion
    assert (done.text, done.stop, done.model) == ("def f(): ...", "stop", "claude-opus-5-5")
    assert (done.usage.input_tokens, done.usage.output_tokens) == (22, 3)


async def test_it_is_a_backend() -> None:
    async with ClaudeProgram() as program:
        backend: Backend = client(program)
        assert isinstance(backend, Backend)
        assert backend.name == "claude"


async def test_the_program_is_asked_small_and_without_tools() -> None:
    async with ClaudeProgram() as program:
        await ask(client(program), a_request("Write it.", model="sonnet"))
    started = program.asked[0]
    assert started.argv[:4] == ["-p", "--output-format", "stream-json", "--verbose"]
    assert started.option("--model") == "sonnet"
    assert started.option("--tools") == ""
    assert {"--include-partial-messages", "--no-session-persistence", "--safe-mode"} <= set(
        started.argv
    )
    assert started.body["system"] == "You write code."
    assert started.body["messages"] == [{"role": "user", "content": "Write it."}]


async def test_a_conversation_becomes_one_prompt() -> None:
    turns = (Message("user", "A?"), Message("assistant", "B."), Message("user", "C?"))
    async with ClaudeProgram() as program:
        await ask(client(program), a_request(messages=turns))
    assert program.asked[0].body["messages"][0]["content"] == (
        "User:\nA?\n\nAssistant:\nB.\n\nUser:\nC?"
    )
    assert program.asked[0].body["system"]


async def test_a_schema_gives_its_json() -> None:
    async with ClaudeProgram('{"verdict": "pass", "score": 3}') as program:
        answered = await ask(client(program), a_request(schema=SCHEMA))
    assert '"verdict"' in (program.asked[0].option("--json-schema") or "")
    assert answered.completion.text == '{"verdict":"pass","score":3}'
    assert answered.joined() == '{"verdict": "pass", "score": 3}'


async def test_thinking_is_kept_apart() -> None:
    async with ClaudeProgram(Answer("42", thinking="Let me see.")) as program:
        answered = await ask(client(program), a_request())
    assert answered.joined("thinking") == answered.completion.thinking == "Let me see."
    assert answered.joined() == answered.completion.text == "42"


@pytest.mark.parametrize("stop", ["length", "refusal"])
async def test_at_a_limit_the_program_is_stopped_where_it_would_ask_again(stop: str) -> None:
    async with ClaudeProgram(Answer("Hello", stop=stop)) as program:  # type: ignore[arg-type]
        done = (await ask(client(program, SILENT), a_request())).completion
        assert (done.text, done.stop) == ("Hello", stop)
        assert not alive(program.asked[0].pid)


async def test_lines_that_are_rubbish_are_passed_over() -> None:
    async with ClaudeProgram(Answer("Hello", fault=Fault("malformed"))) as program:
        assert (await ask(client(program), a_request())).completion.text == "Hello"


# ------------------------------------------------------------------------------------- failing


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, RequestRefused),
        (429, RateLimited),
        (500, ServerFailed),
        (529, BackendBusy),
        (0, BackendUnreachable),
    ],
)
async def test_a_program_that_tries_again_in_vain_is_ended_at_once(
    status: int, expected: type[BackendError]
) -> None:
    fault = Fault("status", status=status)
    if status == 0:  # no status at all: it does not reach the server
        fault = Fault("unreachable")
    async with ClaudeProgram(Answer(fault=fault)) as program:
        with pytest.raises(expected):
            await ask(client(program), a_request())
        assert not alive(program.asked[0].pid)


@pytest.mark.parametrize(
    ("fault", "expected", "said"),
    [
        (Fault("status", status=403), RequestRefused, "403"),
        (Fault("status", status=404), ModelMissing, "404"),
        (Fault("status", status=400), RequestRefused, "400"),
        (Fault("status", status=429, headers={"retry-after": "1"}), RateLimited, "429"),
        (Fault("error", body="Not logged in · Please run /login"), RequestRefused, "logged in"),
        (Fault("error", body="Prompt is too long"), PromptTooLong, "context"),
        (Fault("error", body="Reached maximum number of turns"), ServerFailed, "maximum"),
        (Fault("cut"), StreamBroken, "end marker"),
        (Fault("crash"), ServerFailed, "Segmentation fault"),
        (Fault("crash", body="error: unknown option '--safe-mode'"), ServerFailed, "safe-mode"),
    ],
)
async def test_each_failure_is_told_as_what_it_is(
    fault: Fault, expected: type[BackendError], said: str
) -> None:
    async with ClaudeProgram(Answer("Hello", fault=fault)) as program:
        with pytest.raises(expected, match=said):
            await ask(client(program), a_request())


async def test_the_counts_of_a_prompt_that_is_too_long_are_told() -> None:
    said = "Prompt is too long · the request is ~250000 tokens (limit 200000) but"
    async with ClaudeProgram(Answer(fault=Fault("error", body=said))) as program:
        with pytest.raises(PromptTooLong) as caught:
            await ask(client(program), a_request())
    assert (caught.value.prompt_tokens, caught.value.context_tokens) == (250_000, 200_000)


async def test_a_result_is_not_trusted_when_the_program_ends_with_a_failure() -> None:
    async with ClaudeProgram() as program:
        program.exit_code = 1
        with pytest.raises(ServerFailed, match="ended with 1"):
            await ask(client(program), a_request())


async def test_who_is_not_logged_in_is_told_what_to_do() -> None:
    async with ClaudeProgram(Answer(fault=Fault("status", status=401))) as program:
        with pytest.raises(RequestRefused) as caught:
            await ask(client(program), a_request())
    assert "/login" in caught.value.hint


async def test_an_old_program_is_told_how_to_renew_it() -> None:
    said = "error: unknown option '--safe-mode'"
    async with ClaudeProgram(Answer(fault=Fault("crash", body=said))) as program:
        with pytest.raises(ServerFailed) as caught:
            await ask(client(program), a_request())
    assert "claude update" in caught.value.hint


# ------------------------------------------------------------------------------------- quota


async def test_what_the_program_tells_of_the_quota_comes_with_the_answer() -> None:
    async with ClaudeProgram() as program:
        program.rate_limit_info = USED_UP
        quota = (await ask(client(program), a_request())).completion.quota
    assert [(w.name, w.used, w.status, w.source) for w in quota] == [
        ("5h", 1.0, "rejected", "rate_limit_event"),
        ("7d", 0.6, "allowed", "rate_limit_event"),
    ]


async def test_what_the_program_tells_of_the_quota_comes_with_the_refusal() -> None:
    fault = Fault("status", status=429, headers={"retry-after": "1"}, body="5-hour limit")
    async with ClaudeProgram(Answer(fault=fault)) as program:
        program.rate_limit_info = USED_UP
        with pytest.raises(RateLimited, match="5-hour limit") as caught:
            await ask(client(program), a_request())
    assert caught.value.resets_at == 1795230129
    assert [w.name for w in caught.value.quota] == ["5h", "7d"]


# ------------------------------------------------------------------------------------- checking


async def test_a_check_tells_the_version() -> None:
    async with ClaudeProgram() as program:
        status = await client(program).check()
    assert status.reachable
    assert (status.kind, status.version) == ("claude_code", "2.1.329")
    assert status.url == program.command
    assert status.installed == ("haiku", "sonnet", "opus")


async def test_a_check_of_a_broken_program_says_so(tmp_path: Path) -> None:
    broken = tmp_path / "claude"
    broken.write_text("#!/bin/sh\necho 'no node here' >&2\nexit 3\n", "utf-8")
    broken.chmod(0o755)
    status = await ClaudeCode("claude", str(broken), PATIENT).check()
    assert not status.reachable
    assert "no node here" in status.error
