"""The real `claude` program, when it is installed, against a stand-in for Anthropic.

It is given a home of its own and an invented key, so it touches nobody's login.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from orchestrator.backends.base import Limits
from orchestrator.backends.claude_code import ClaudeCode
from orchestrator.errors import BackendError, PromptTooLong, RateLimited, RequestRefused
from tests.backends.asking import SCHEMA, a_request, ask
from tests.servers.anthropic import USED_UP, AnthropicServer, refused
from tests.servers.script import Answer

pytestmark = pytest.mark.skipif(
    shutil.which("claude") is None, reason="the program claude is not installed"
)

LIMITS = Limits(first_token=60, stall=60, total=90)


def client(server: AnthropicServer, home: Path) -> ClaudeCode:
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "ANTHROPIC_BASE_URL": server.url,
        "ANTHROPIC_API_KEY": "sk-ant-invented",
    }
    return ClaudeCode("claude", "claude", LIMITS, environ=environ)


async def test_it_streams_an_answer(tmp_path: Path) -> None:
    async with AnthropicServer("def f(): ...") as server:
        answered = await ask(client(server, tmp_path), a_request(model="sonnet"))
    assert answered.joined() == answered.completion.text == "def f(): ..."
    assert "sonnet" in answered.completion.model
    assert answered.completion.usage.output_tokens == 3
    asked = server.chats()[0]
    assert "Write it." in asked.prompt
    assert "You write code." in asked.prompt
    assert len(asked.prompt) < 5000
    assert not (tmp_path / ".claude" / "projects").exists()


async def test_it_answers_with_the_json_of_a_schema(tmp_path: Path) -> None:
    async with AnthropicServer('{"verdict": "pass", "score": 3}') as server:
        request = a_request(model="sonnet", schema=SCHEMA)
        answered = await ask(client(server, tmp_path), request)
    assert answered.completion.text == '{"verdict":"pass","score":3}'


@pytest.mark.parametrize("stop", ["length", "refusal"])
async def test_it_is_stopped_at_a_limit(tmp_path: Path, stop: str) -> None:
    async with AnthropicServer(Answer("Hello", stop=stop)) as server:  # type: ignore[arg-type]
        done = (await ask(client(server, tmp_path), a_request(model="sonnet"))).completion
    assert (done.text, done.stop) == ("Hello", stop)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refused(401, "invalid x-api-key"), RequestRefused),
        (refused(429, "slow down", {"retry-after": "2"}), RateLimited),
        (refused(429, "used up", USED_UP), RateLimited),
        (refused(400, "prompt is too long: 250000 tokens > 200000 maximum"), PromptTooLong),
    ],
)
async def test_its_errors_are_understood(
    tmp_path: Path, answer: Answer, expected: type[BackendError]
) -> None:
    async with AnthropicServer(answer) as server:
        with pytest.raises(expected):
            await ask(client(server, tmp_path), a_request(model="sonnet"))


async def test_it_tells_its_version(tmp_path: Path) -> None:
    async with AnthropicServer() as server:
        status = await client(server, tmp_path).check()
    assert status.reachable
    assert status.version.startswith("2.")
