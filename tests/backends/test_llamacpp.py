"""Against a real llama.cpp server with a tiny model of random weights: the protocol, for real."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from orchestrator.backends.base import Limits
from orchestrator.backends.openai_compatible import OpenAICompatible
from orchestrator.errors import BackendUnreachable, PromptTooLong, StreamBroken, TimedOut
from tests.backends.asking import PATIENT, SCHEMA, a_request, ask
from tests.servers.llamacpp import LlamaServer
from tests.servers.tiny_model import write_tiny_model

pytestmark = pytest.mark.llama

LONG = a_request(max_tokens=100_000)
"""Runs until the context is full, which takes the tiny model a second or more."""


def client(server: LlamaServer, limits: Limits = PATIENT) -> OpenAICompatible:
    return OpenAICompatible("llamacpp", server.url, limits)


async def read(backend: OpenAICompatible, *, at_first_piece: Callable[[], None]) -> None:
    """Reads a long answer to its end, and does something when it has begun."""
    async with aclosing(backend.stream(LONG)) as stream:
        await anext(stream)
        at_first_piece()
        async for _ in stream:
            pass


@pytest.fixture
def own_llama(tiny_model: Path) -> Iterator[LlamaServer]:
    """A server that a test may kill."""
    with LlamaServer(tiny_model) as server:
        yield server


async def test_it_streams_an_answer(llama: LlamaServer) -> None:
    answered = await ask(client(llama), a_request(max_tokens=12))
    done = answered.completion
    assert answered.joined() == done.text
    assert done.stop == "length"
    assert done.usage.output_tokens == 12
    assert done.usage.input_tokens > 10
    assert done.usage.counted
    assert done.model.endswith("tiny.gguf")


async def test_a_schema_gives_json_that_follows_it(llama: LlamaServer) -> None:
    done = (await ask(client(llama), a_request(schema=SCHEMA, max_tokens=300))).completion
    answer = json.loads(done.text)
    assert answer["verdict"] in {"pass", "fail"}
    assert isinstance(answer["score"], int)
    assert set(answer) == {"verdict", "score"}


async def test_a_prompt_that_does_not_fit_is_told_with_its_counts(llama: LlamaServer) -> None:
    with pytest.raises(PromptTooLong) as caught:
        await ask(client(llama), a_request("word " * 3000))
    assert caught.value.prompt_tokens > 15_000
    assert caught.value.context_tokens == 2048


async def test_leaving_frees_the_server(llama: LlamaServer) -> None:
    async with aclosing(client(llama).stream(LONG)) as stream:
        async for _ in stream:
            break
        assert await asyncio.to_thread(llama.is_busy)
    async with asyncio.timeout(10):
        while await asyncio.to_thread(llama.is_busy):
            pass


async def test_a_check_tells_its_model(llama: LlamaServer) -> None:
    status = await client(llama).check()
    assert status.reachable
    assert status.loaded == status.installed
    assert status.installed[0].endswith("tiny.gguf")


async def test_a_server_that_is_killed_in_the_middle_breaks_the_stream(
    own_llama: LlamaServer,
) -> None:
    backend = client(own_llama)
    with pytest.raises(StreamBroken):
        await read(backend, at_first_piece=own_llama.kill)
    with pytest.raises(BackendUnreachable):
        await ask(backend, LONG)


async def test_a_server_that_freezes_in_the_middle_is_given_up(own_llama: LlamaServer) -> None:
    limits = Limits(connect=5, first_token=20, stall=0.3, total=40)
    with pytest.raises(TimedOut) as caught:
        await read(client(own_llama, limits), at_first_piece=own_llama.freeze)
    assert caught.value.limit == "stall"


def test_the_same_seed_gives_the_same_model(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_tiny_model(tmp_path / name)
    write_tiny_model(tmp_path / "c", seed=2)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert (tmp_path / "a").read_bytes() != (tmp_path / "c").read_bytes()
