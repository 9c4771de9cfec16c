"""The `claude` program as a process: what it is given, and that nothing of it stays behind.

Linux and macOS: process groups.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Mapping
from contextlib import aclosing
from pathlib import Path

import pytest

from orchestrator.backends.anthropic_wire import THINKING_TOKENS
from orchestrator.backends.base import Limits, Message
from orchestrator.backends.claude_code import ClaudeCode
from orchestrator.errors import BackendUnreachable, StreamBroken, TimedOut
from tests.backends.asking import IMPATIENT, PATIENT, a_request, ask
from tests.servers.claude_program import ClaudeProgram, alive
from tests.servers.script import Answer, Fault

SILENT = Limits(first_token=20, stall=0.3, total=40)
"""Time enough for a start on a busy machine; a silence of 0.3 s after it is one."""


def client(
    program: ClaudeProgram, limits: Limits = PATIENT, environ: Mapping[str, str] | None = None
) -> ClaudeCode:
    known = {**os.environ, **(environ or {})}
    return ClaudeCode("claude", program.command, limits, environ=known)


def folders() -> set[str]:
    """What programs could have left behind."""
    return {str(path) for path in Path(tempfile.gettempdir()).glob("orchestrator-tui-*/empty")}


async def test_it_runs_in_an_empty_folder_that_is_gone_afterwards() -> None:
    async with ClaudeProgram() as program:
        await ask(client(program), a_request())
    assert program.asked[0].files == []
    assert Path(program.asked[0].cwd).name == "empty"
    assert program.asked[0].cwd not in folders()


async def test_it_gets_the_users_environment_without_our_variables() -> None:
    theirs = {"ANTHROPIC_BASE_URL": "http://127.0.0.1:1", "MY_OWN": "1"}
    ours = {"ORCHESTRATOR_STATE_DIR": "/x", "OLLAMA_PROFILE": "fast", "LLM_DISABLED": "true"}
    async with ClaudeProgram() as program:
        backend = client(program, environ={**theirs, **ours, "CLAUDECODE": "1"})
        await ask(backend, a_request(max_tokens=77))
    env = program.asked[0].env
    assert theirs.items() <= env.items()
    assert not {*ours, "CLAUDECODE"} & set(env)
    assert env["CLAUDE_CODE_MAX_OUTPUT_TOKENS"] == str(77 + THINKING_TOKENS)


async def test_no_prompt_is_on_the_command_line_and_none_is_too_long() -> None:
    long = "secret " * 100_000
    messages = (Message("system", long), Message("user", long))
    async with ClaudeProgram() as program:
        await ask(client(program), a_request(messages=messages))
    started = program.asked[0]
    assert not any("secret" in argument for argument in started.argv)
    assert started.body["system"] == started.body["messages"][0]["content"] == long


async def test_a_program_that_is_missing_is_told_how_to_install_it() -> None:
    backend = ClaudeCode("claude", "claude-that-is-not-there", PATIENT)
    with pytest.raises(BackendUnreachable, match="not installed") as caught:
        await ask(backend, a_request())
    assert "npm install" in caught.value.hint
    status = await backend.check()
    assert not status.reachable
    assert "npm install" in status.hint


async def test_a_file_that_is_no_program_can_not_be_started(tmp_path: Path) -> None:
    broken = tmp_path / "claude"
    broken.write_bytes(b"\x7fELF rubbish")
    broken.chmod(0o755)
    with pytest.raises(BackendUnreachable, match="can't be started"):
        await ask(ClaudeCode("claude", str(broken), PATIENT), a_request())


# ------------------------------------------------------------------------------------- leaving


async def test_a_silent_program_is_ended_with_its_children() -> None:
    async with ClaudeProgram(Answer("Hello", fault=Fault("stall"))) as program:
        program.leaves_child = True
        with pytest.raises(TimedOut) as caught:
            await ask(client(program, SILENT), a_request())
        assert caught.value.limit == "stall"
        assert not alive(program.asked[0].pid)
        assert not alive(program.children[0])


async def test_a_program_that_never_answers_is_ended() -> None:
    async with ClaudeProgram(Answer("Hello", fault=Fault("stall", after=0))) as program:
        with pytest.raises(TimedOut) as caught:
            await ask(client(program, IMPATIENT), a_request())
    assert caught.value.limit == "first token"


async def test_a_program_that_does_not_heed_term_is_killed() -> None:
    async with ClaudeProgram(Answer("Hello", fault=Fault("stall"))) as program:
        program.ignores_term = True
        with pytest.raises(TimedOut):
            await ask(client(program, SILENT), a_request())
        assert not alive(program.asked[0].pid)


async def test_children_that_outlive_a_good_answer_are_ended_too() -> None:
    async with ClaudeProgram() as program:
        program.leaves_child = True
        await ask(client(program), a_request())
        assert not alive(program.children[0])


async def test_an_endless_answer_is_broken_off() -> None:
    async with ClaudeProgram(Answer("Hello", fault=Fault("endless"))) as program:
        with pytest.raises(StreamBroken, match="did not stop"):
            await ask(client(program), a_request())
        assert not alive(program.asked[0].pid)


async def test_closing_the_stream_ends_the_program() -> None:
    async with ClaudeProgram(Answer("Hello", fault=Fault("stall"))) as program:
        async with aclosing(client(program).stream(a_request())) as stream:
            async for _ in stream:
                break
        assert not alive(program.asked[0].pid)


async def test_cancelling_the_reader_ends_the_program() -> None:
    async with ClaudeProgram(Answer("Hello", fault=Fault("stall", after=0))) as program:
        asking = asyncio.create_task(ask(client(program), a_request()))
        started = await program.until_asked()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert not alive(started.pid)
