"""Wherever the network cuts the bytes, inside a line or a character, the answer is the same."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from itertools import pairwise

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.backends.anthropic import Anthropic
from orchestrator.backends.base import Backend, Completion
from orchestrator.backends.connection import Outside
from orchestrator.backends.ollama import Ollama
from orchestrator.backends.openai_compatible import OpenAICompatible
from orchestrator.errors import BackendError, StreamBroken
from tests.backends.asking import PATIENT, a_request, ask

TEXT = "def grüße(): return '✓ 🙂 – „done“'"

OLLAMA = (
    '{"model":"tiny","message":{"role":"assistant","content":"","thinking":"Hm 🤔"},"done":false}\n'
    f'{{"model":"tiny","message":{{"role":"assistant","content":"{TEXT[:9]}"}},"done":false}}\n'
    f'{{"model":"tiny","message":{{"role":"assistant","content":"{TEXT[9:]}"}},"done":false}}\n'
    '{"model":"tiny","message":{"role":"assistant","content":""},"done":true,'
    '"done_reason":"stop","total_duration":6366286,"prompt_eval_count":22,"eval_count":4}\n'
)
OPENAI = (
    'data: {"choices":[{"delta":{"role":"assistant","content":null}}],"model":"tiny"}\n\n'
    ": ping\n\n"
    'data: {"choices":[{"delta":{"reasoning_content":"Hm 🤔"}}],"model":"tiny"}\n\n'
    f'data: {{"choices":[{{"delta":{{"content":"{TEXT[:9]}"}}}}],"model":"tiny"}}\r\n\r\n'
    f'data: {{"choices":[{{"delta":{{"content":"{TEXT[9:]}"}}}}],"model":"tiny"}}\n\n'
    'data: {"choices":[{"delta":{},"finish_reason":"stop"}],"model":"tiny"}\n\n'
    'data: {"choices":[],"usage":{"prompt_tokens":22,"completion_tokens":4},"model":"tiny"}\n\n'
    "data: [DONE]\n\n"
)
ANTHROPIC = "".join(
    f"event: {line[9 : line.index(chr(34), 9)]}\ndata: {line}\n\n"
    for line in (
        '{"type":"message_start","message":{"model":"tiny","usage":{"input_tokens":22}}}',
        '{"type":"content_block_delta","delta":{"type":"thinking_delta","thinking":"Hm 🤔"}}',
        f'{{"type":"content_block_delta","delta":{{"type":"text_delta","text":"{TEXT[:9]}"}}}}',
        '{"type":"ping"}',
        f'{{"type":"content_block_delta","delta":{{"type":"text_delta","text":"{TEXT[9:]}"}}}}',
        '{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":4}}',
        '{"type":"message_stop"}',
    )
)


class Cut(httpx.AsyncByteStream):
    """A body that arrives in given pieces."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


def server(pieces: list[bytes]) -> httpx.MockTransport:
    """Answers a chat with the pieces, and everything else as a server with a loaded model."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(200, stream=Cut(pieces))
        if request.url.path == "/api/ps":
            return httpx.Response(
                200, json={"models": [{"name": "tiny:latest", "context_length": 8192}]}
            )
        return httpx.Response(404, json={"error": "no such path"})

    return httpx.MockTransport(answer)


URL = "http://127.0.0.1:1"
FORMATS: dict[str, tuple[bytes, Callable[[Outside], Backend]]] = {
    "ollama": (OLLAMA.encode(), lambda world: Ollama("it", URL, PATIENT, outside=world)),
    "openai": (OPENAI.encode(), lambda world: OpenAICompatible("it", URL, PATIENT, outside=world)),
    "anthropic": (
        ANTHROPIC.encode(),
        lambda world: Anthropic("it", URL, PATIENT, api_key="k", outside=world),
    ),
}


async def answer_of(name: str, pieces: list[bytes]) -> Completion:
    make = FORMATS[name][1]
    backend = make(Outside(transport=server(pieces), clock=lambda: 1.0))
    try:
        model = "claude-tiny-1" if name == "anthropic" else "tiny"
        return (await ask(backend, a_request(model=model))).completion
    finally:
        await backend.aclose()


def cut(data: bytes, places: list[int]) -> list[bytes]:
    ends = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[i:j] for i, j in pairwise(ends)]


several = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)


@pytest.mark.parametrize("name", FORMATS)
@several
@given(places=st.lists(st.integers(0, 2000), max_size=40))
async def test_the_answer_is_the_same(name: str, places: list[int]) -> None:
    done = await answer_of(name, cut(FORMATS[name][0], places))
    assert done.text == TEXT
    assert done.thinking == "Hm 🤔"
    assert (done.usage.input_tokens, done.usage.output_tokens, done.stop) == (22, 4, "stop")
    assert done == await answer_of(name, [FORMATS[name][0]])


@pytest.mark.parametrize("name", FORMATS)
async def test_byte_by_byte_too(name: str) -> None:
    data = FORMATS[name][0]
    assert (await answer_of(name, [bytes([byte]) for byte in data])).text == TEXT


@pytest.mark.parametrize("name", FORMATS)
@several
@given(end=st.integers(0, 2000))
async def test_an_answer_that_ends_early_is_always_a_failure(name: str, end: int) -> None:
    data = FORMATS[name][0]
    whole = data.rstrip(b"\r\n")
    with pytest.raises(StreamBroken):
        await answer_of(name, [data[: end % len(whole)]])


@pytest.mark.parametrize("name", FORMATS)
@several
@given(place=st.integers(0, 2000), byte=st.integers(0, 255))
async def test_a_damaged_byte_never_raises_anything_but_our_own_errors(
    name: str, place: int, byte: int
) -> None:
    data = bytearray(FORMATS[name][0])
    data[place % len(data)] = byte
    try:
        await answer_of(name, [bytes(data)])
    except BackendError as error:
        assert error.message  # noqa: PT017 - it may raise, or not
