"""The Ollama client against the stand-in, which behaves as a real 0.33 was seen to."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from orchestrator.backends.base import Backend, Limits, Message
from orchestrator.backends.ollama import Ollama
from orchestrator.errors import (
    BackendBusy,
    ModelMissing,
    PromptTooLong,
    RequestRefused,
    ServerFailed,
    StreamBroken,
    TimedOut,
)
from tests.backends.asking import IMPATIENT, PATIENT, SCHEMA, a_request, ask
from tests.servers.ollama import OllamaServer
from tests.servers.script import Answer, Fault


def client(server: OllamaServer, limits: Limits = PATIENT) -> Ollama:
    return Ollama("ollama", server.url, limits)


async def test_an_answer_comes_in_pieces_and_then_whole() -> None:
    async with OllamaServer(Answer("def f(): ...", input_tokens=22)) as server:
        answered = await ask(client(server), a_request())
    assert [chunk.text for chunk in answered.chunks] == ["def ", "f():", " ..."]
    done = answered.completion
    assert (done.text, done.stop, done.model) == ("def f(): ...", "stop", "tiny")
    assert (done.usage.input_tokens, done.usage.output_tokens) == (22, 3)
    assert done.usage.counted
    assert 0 < done.first_token_seconds <= done.seconds


async def test_it_is_a_backend() -> None:
    async with OllamaServer() as server:
        backend: Backend = client(server)
        assert isinstance(backend, Backend)
        assert backend.name == "ollama"


async def test_everything_that_bounds_an_answer_is_always_sent() -> None:
    async with OllamaServer() as server:
        await ask(client(server), a_request(max_tokens=77, context_tokens=1234, temperature=0.5))
    body = server.chats()[0].body
    assert body["options"] == {"num_ctx": 1234, "num_predict": 77, "temperature": 0.5}
    assert body["truncate"] is False
    assert body["shift"] is False
    assert [m["role"] for m in body["messages"]] == ["system", "user"]
    assert "format" not in body


async def test_a_schema_is_sent_as_the_format() -> None:
    async with OllamaServer('{"verdict": "pass", "score": 3}') as server:
        done = (await ask(client(server), a_request(schema=SCHEMA))).completion
    assert server.chats()[0].body["format"] == SCHEMA
    assert done.text == '{"verdict": "pass", "score": 3}'


async def test_thinking_is_kept_apart() -> None:
    async with OllamaServer(Answer("42", thinking="Let me see.")) as server:
        answered = await ask(client(server), a_request())
    assert answered.joined("thinking") == answered.completion.thinking == "Let me see."
    assert answered.joined() == answered.completion.text == "42"


async def test_an_answer_cut_at_the_limit_says_so() -> None:
    async with OllamaServer('{"verdict": "pass"}') as server:
        done = (await ask(client(server), a_request(max_tokens=2, schema=SCHEMA))).completion
    assert (done.text, done.stop) == ('{"verdic', "length")


# ------------------------------------------------------------------------------------- loading


async def test_a_model_is_loaded_before_it_is_asked() -> None:
    async with OllamaServer() as server:
        done = (await ask(client(server), a_request(context_tokens=2048))).completion
    paths = [(asked.path, len(asked.body.get("messages", []))) for asked in server.asked]
    assert paths == [("/api/ps", 0), ("/api/chat", 0), ("/api/chat", 2)]
    assert server.loads == [("tiny:latest", 2048)]
    assert done.load_seconds > 0


async def test_a_model_that_is_loaded_is_not_loaded_again() -> None:
    async with OllamaServer(loaded={"tiny": 8192}) as server:
        await ask(client(server), a_request())
    assert server.loads == []
    assert len(server.asked) == 2


async def test_a_model_loaded_with_more_context_is_asked_for_what_it_has() -> None:
    async with OllamaServer(loaded={"tiny": 16384}) as server:
        await ask(client(server), a_request(context_tokens=8192))
    assert server.loads == []
    assert server.chats()[0].body["options"]["num_ctx"] == 16384


async def test_a_model_loaded_with_too_little_context_is_loaded_anew() -> None:
    async with OllamaServer(loaded={"tiny": 4096}) as server:
        await ask(client(server), a_request(context_tokens=8192))
    assert server.loads == [("tiny:latest", 8192)]


async def test_a_slow_load_is_waited_for_beyond_the_first_token_limit() -> None:
    limits = Limits(load=20, first_token=0.05, stall=20, total=20)
    async with OllamaServer() as server:
        server.may_load.clear()
        asking = asyncio.create_task(ask(client(server, limits), a_request()))
        await server.load_began.wait()
        _, waiting = await asyncio.wait({asking}, timeout=3 * limits.first_token)
        assert waiting
        server.may_load.set()
        assert (await asking).completion.text == "Hello"
    assert server.aborted == 0
    assert len(server.loads) == 1


async def test_a_load_that_takes_too_long_is_given_up() -> None:
    async with OllamaServer() as server:
        server.may_load.clear()
        with pytest.raises(TimedOut) as caught:
            await ask(client(server, IMPATIENT), a_request())
        assert caught.value.limit == "load"
        await server.asked[-1].gone.wait()
    assert server.aborted == 1


# ------------------------------------------------------------------------------------- refusing


async def test_a_prompt_that_does_not_fit_is_told_with_its_counts() -> None:
    async with OllamaServer() as server:
        with pytest.raises(PromptTooLong) as caught:
            await ask(client(server), a_request("word " * 2000, context_tokens=512))
    assert caught.value.prompt_tokens == 2504
    assert caught.value.context_tokens == 512


async def test_a_long_history_is_refused_not_cut() -> None:
    turns = tuple(Message("user", "word " * 100) for _ in range(20))
    async with OllamaServer() as server:
        with pytest.raises(PromptTooLong):
            await ask(client(server), a_request(messages=turns, context_tokens=1024))


async def test_an_old_server_that_cuts_a_long_history_is_found_out() -> None:
    turns = (*(Message("user", "word " * 100) for _ in range(20)), Message("user", "And now?"))
    request = a_request(messages=turns, context_tokens=1024, estimated_tokens=3100)
    async with OllamaServer(knows_truncate=False) as server:
        short = a_request(context_tokens=1024, estimated_tokens=12)
        assert (await ask(client(server), short)).completion.text == "Hello"
        with pytest.raises(PromptTooLong) as caught:
            await ask(client(server), request)
    assert caught.value.prompt_tokens == 3100
    assert caught.value.context_tokens == 1024


@pytest.mark.parametrize(
    ("estimated", "counted", "why"),
    [
        (5000, 2600, "an estimate errs by nearly the double"),
        (3000, 40, "an old server counts only what is not in its cache"),
        (0, 1, "there is no estimate"),
    ],
)
async def test_a_wrong_estimate_is_no_cut_prompt(estimated: int, counted: int, why: str) -> None:
    request = a_request(estimated_tokens=estimated, context_tokens=6000)
    async with OllamaServer(Answer("Hello", input_tokens=counted)) as server:
        assert (await ask(client(server), request)).completion.text == "Hello", why


async def test_a_missing_model_is_told_with_what_there_is() -> None:
    async with OllamaServer(models=["qwen:7b", "gpt-oss:20b"]) as server:
        with pytest.raises(ModelMissing) as caught:
            await ask(client(server), a_request(model="deepseek"))
    assert "deepseek" in caught.value.message
    assert "ollama pull deepseek" in caught.value.hint
    assert "gpt-oss:20b, qwen:7b" in caught.value.hint


async def test_a_model_that_is_deleted_meanwhile_is_missing() -> None:
    async with OllamaServer(loaded={"tiny": 8192}) as server:
        backend = client(server)
        await ask(backend, a_request())
        server.installed.clear()
        with pytest.raises(ModelMissing):
            await ask(backend, a_request())


async def test_a_busy_server_is_told_as_busy_and_answers_later() -> None:
    async with OllamaServer() as server:
        server.busy = 2
        for _ in range(2):
            with pytest.raises(BackendBusy, match="server busy"):
                await ask(client(server), a_request())
        assert (await ask(client(server), a_request())).completion.text == "Hello"


async def test_a_schema_the_server_does_not_take_is_told_in_its_words() -> None:
    said = {"error": 'invalid format: expected "json" or a valid JSON Schema object'}
    async with OllamaServer(Answer(fault=Fault("status", status=500, body=said))) as server:
        with pytest.raises(ServerFailed, match="invalid format"):
            await ask(client(server), a_request(schema={"type": 7}))


async def test_a_request_the_server_calls_wrong_is_refused() -> None:
    said = {"error": '"tiny" does not support thinking'}
    async with OllamaServer(Answer(fault=Fault("status", status=400, body=said))) as server:
        with pytest.raises(RequestRefused, match="does not support thinking"):
            await ask(client(server), a_request())


async def test_an_overflow_in_the_middle_of_a_stream_is_one_too() -> None:
    said = '{"error":{"type":"exceed_context_size_error","n_prompt_tokens":9,"n_ctx":8}}'
    async with OllamaServer(Answer("Hello", fault=Fault("error", body=said))) as server:
        with pytest.raises(PromptTooLong) as caught:
            await ask(client(server), a_request())
    assert (caught.value.prompt_tokens, caught.value.context_tokens) == (9, 8)


async def test_a_model_that_crashes_before_the_first_token_is_told() -> None:
    async with OllamaServer(Answer("Hello", fault=Fault("crash", after=0))) as server:
        with pytest.raises(ServerFailed, match="unexpected EOF"):
            await ask(client(server), a_request())


async def test_a_model_that_crashes_in_the_middle_breaks_the_stream() -> None:
    async with OllamaServer(Answer("Hello", fault=Fault("crash"))) as server:
        with pytest.raises(StreamBroken, match="unexpected EOF"):
            await ask(client(server), a_request())


# ------------------------------------------------------------------------------------- leaving


async def test_closing_the_stream_stops_the_generation() -> None:
    async with OllamaServer(Answer("more", fault=Fault("endless"))) as server:
        async with aclosing(client(server).stream(a_request())) as stream:
            async for _ in stream:
                break
        await server.chats()[0].gone.wait()


async def test_cancelling_the_reader_stops_the_generation() -> None:
    async with OllamaServer(Answer("more", fault=Fault("stall"))) as server:
        asking = asyncio.create_task(ask(client(server), a_request()))
        asked = await server.until_asked()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await asked.gone.wait()


# ------------------------------------------------------------------------------------- checking


async def test_a_check_tells_what_is_there() -> None:
    async with OllamaServer(models=["qwen:7b", "tiny"], loaded={"tiny": 4096}) as server:
        status = await client(server).check()
    assert status.reachable
    assert (status.kind, status.version) == ("ollama", "0.33.0")
    assert status.installed == ("qwen:7b", "tiny:latest")
    assert status.loaded == ("tiny:latest",)
    assert status.seen_at > 1_700_000_000


async def test_a_check_of_nothing_says_how_to_start_it() -> None:
    async with OllamaServer() as server:
        gone = client(server)
    status = await gone.check()
    assert not status.reachable
    assert "does not answer" in status.error
    assert "ollama serve" in status.hint
