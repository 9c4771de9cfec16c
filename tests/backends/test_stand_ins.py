"""The stand-in for Ollama says what a real 0.33 said, also where our client never asks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.servers.ollama import BUSY, CRASHED, OllamaServer
from tests.servers.script import Answer, Fault

MESSAGES = [{"role": "user", "content": "Hi"}]


@pytest.fixture
async def ollama() -> AsyncIterator[OllamaServer]:
    async with OllamaServer(["Hello", "Again"]) as server:
        yield server


async def post(server: OllamaServer, path: str, **body: Any) -> httpx.Response:
    async with httpx.AsyncClient(base_url=server.url) as client:
        return await client.post(path, json={"model": "tiny", **body})


async def test_it_streams_unless_told_not_to(ollama: OllamaServer) -> None:
    streamed = await post(ollama, "/api/chat", messages=MESSAGES)
    assert streamed.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in streamed.text.splitlines()]
    assert [line["message"]["content"] for line in lines] == ["Hell", "o", ""]
    assert [line["done"] for line in lines] == [False, False, True]
    assert lines[-1]["done_reason"] == "stop"
    assert lines[-1]["eval_count"] == 2
    whole = (await post(ollama, "/api/chat", messages=MESSAGES, stream=False)).json()
    assert whole["message"]["content"] == "Again"


async def test_numbers_that_are_zero_are_left_out() -> None:
    async with OllamaServer(Answer("", input_tokens=0)) as server:
        answer = (await post(server, "/api/chat", messages=MESSAGES, stream=False)).json()
    assert "prompt_eval_count" not in answer
    assert "eval_count" not in answer
    assert "total_duration" in answer


async def test_models_are_loaded_unloaded_and_loaded_anew_for_another_size(
    ollama: OllamaServer,
) -> None:
    loaded = await post(ollama, "/api/chat", messages=[], options={"num_ctx": 256})
    assert loaded.json()["done_reason"] == "load"
    assert ollama.loaded == {"tiny:latest": 256}
    await post(ollama, "/api/generate", prompt="Hi", options={"num_ctx": 512})
    assert ollama.loads == [("tiny:latest", 256), ("tiny:latest", 512)]
    unloaded = await post(ollama, "/api/generate", keep_alive=0, options={"num_ctx": 512})
    assert unloaded.json()["done_reason"] == "unload"
    assert ollama.loaded == {}


async def test_nothing_is_loaded_while_it_loads(ollama: OllamaServer) -> None:
    ollama.may_load.clear()
    loading = asyncio.create_task(post(ollama, "/api/chat", messages=MESSAGES))
    await ollama.load_began.wait()
    assert ollama.loaded == {}
    ollama.may_load.set()
    assert (await loading).status_code == 200
    assert ollama.loaded == {"tiny:latest": 4096}


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"model": ""}, 400, "model is required"),
        ({"model": "nope"}, 404, "model 'nope' not found"),
        ({"options": {"num_ctx": "x"}}, 500, 'option "num_ctx" must be of type integer'),
        ({"format": "xml"}, 500, "invalid format"),
        ({"think": True}, 400, "does not support thinking"),
    ],
)
async def test_it_refuses_in_ollamas_words(
    ollama: OllamaServer, body: dict[str, Any], status: int, said: str
) -> None:
    answer = await post(ollama, "/api/chat", **{"messages": MESSAGES, **body})
    assert answer.status_code == status
    assert said in answer.json()["error"]


async def test_unknown_paths_and_methods_get_plain_text(ollama: OllamaServer) -> None:
    for path, status in (("/api/nothing", 404), ("/api/tags", 405)):
        answer = await post(ollama, path)
        assert answer.status_code == status
        assert answer.headers["content-type"].startswith("text/plain")


async def test_it_is_busy_as_often_as_it_was_told(ollama: OllamaServer) -> None:
    ollama.busy = 1
    answer = await post(ollama, "/api/chat", messages=MESSAGES)
    assert (answer.status_code, answer.json()) == (503, {"error": BUSY})
    assert (await post(ollama, "/api/chat", messages=MESSAGES)).status_code == 200


async def test_its_crash_looks_different_in_each_of_its_formats() -> None:
    async with OllamaServer(Answer("Hello", fault=Fault("crash"))) as server:
        native = await post(server, "/api/chat", messages=MESSAGES)
        openai = await post(server, "/v1/chat/completions", messages=MESSAGES, stream=True)
    assert native.status_code == openai.status_code == 200
    assert json.loads(native.text.splitlines()[-1]) == {"error": CRASHED}
    assert "[DONE]" not in openai.text
    assert "error" not in openai.text


async def test_an_overflow_is_told_as_json_within_a_string(ollama: OllamaServer) -> None:
    long = [{"role": "user", "content": "word " * 2000}]
    options = {"num_ctx": 512}
    answer = await post(ollama, "/api/chat", messages=long, options=options, truncate=False)
    assert answer.status_code == 400
    inner = json.loads(answer.json()["error"])["error"]
    assert (inner["n_prompt_tokens"], inner["n_ctx"]) == (2500, 512)
    generated = await post(ollama, "/api/generate", prompt="word " * 2000, options=options)
    assert json.loads(generated.text.splitlines()[-1])["prompt_eval_count"] == 512
