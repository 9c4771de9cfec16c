"""The client of OpenAI-compatible servers, against stand-ins for llama.cpp and LM Studio."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from orchestrator.backends.base import Backend, Limits
from orchestrator.backends.connection import Outside
from orchestrator.backends.openai_compatible import OpenAICompatible
from orchestrator.errors import (
    BackendBusy,
    PromptTooLong,
    RateLimited,
    RequestRefused,
    ServerFailed,
    StreamBroken,
    TimedOut,
)
from tests.backends.asking import IMPATIENT, PATIENT, SCHEMA, a_request, ask
from tests.servers.ollama import OllamaServer
from tests.servers.openai import OpenAIServer
from tests.servers.script import Answer, Fault


class Waiter:
    """A sleep that takes no time but lets the others run; counts how often it was used."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.waits.append(seconds)
        await asyncio.sleep(0)


def client(server: OpenAIServer, limits: Limits = PATIENT, key: str = "") -> OpenAICompatible:
    return OpenAICompatible("llamacpp", server.url, limits, api_key=key)


async def test_an_answer_comes_in_pieces_and_then_whole() -> None:
    async with OpenAIServer(Answer("def f(): ...", input_tokens=22)) as server:
        answered = await ask(client(server), a_request())
    assert [chunk.text for chunk in answered.chunks] == ["def ", "f():", " ..."]
    done = answered.completion
    assert (done.text, done.stop) == ("def f(): ...", "stop")
    assert (done.usage.input_tokens, done.usage.output_tokens, done.usage.counted) == (22, 3, True)


async def test_it_is_a_backend() -> None:
    async with OpenAIServer() as server:
        backend: Backend = client(server)
        assert isinstance(backend, Backend)
        assert backend.name == "llamacpp"


async def test_the_answer_is_bounded_and_its_tokens_are_asked_for() -> None:
    async with OpenAIServer() as server:
        await ask(client(server), a_request(max_tokens=77, temperature=0.5))
    body = server.chats()[0].body
    assert (body["max_tokens"], body["temperature"]) == (77, 0.5)
    assert body["stream_options"] == {"include_usage": True}


async def test_the_model_is_the_one_the_server_says_it_used() -> None:
    async with OpenAIServer(models=["other.gguf"]) as server:
        done = (await ask(client(server), a_request(model="wanted"))).completion
    assert done.model == "other.gguf"


async def test_a_schema_is_sent_as_the_response_format() -> None:
    async with OpenAIServer('{"verdict": "pass", "score": 3}') as server:
        request = a_request(schema=SCHEMA, schema_name="the verdict")
        done = (await ask(client(server), request)).completion
    sent = server.chats()[0].body["response_format"]
    assert sent["type"] == "json_schema"
    assert sent["json_schema"] == {"name": "the_verdict", "schema": SCHEMA, "strict": True}
    assert done.text == '{"verdict": "pass", "score": 3}'


async def test_thinking_is_kept_apart() -> None:
    async with OpenAIServer(Answer("42", thinking="Let me see.")) as server:
        answered = await ask(client(server), a_request())
    assert answered.joined("thinking") == answered.completion.thinking == "Let me see."
    assert answered.joined() == answered.completion.text == "42"


@pytest.mark.parametrize("stop", ["stop", "length", "refusal"])
async def test_why_it_stopped_is_told(stop: str) -> None:
    async with OpenAIServer(Answer("Hello", stop=stop)) as server:  # type: ignore[arg-type]
        assert (await ask(client(server), a_request())).completion.stop == stop


async def test_tokens_that_were_not_counted_are_marked_as_estimates() -> None:
    events = b'data: {"choices":[{"delta":{"content":"Hello"}}]}\n\ndata: [DONE]\n\n'
    async with OpenAIServer(Answer(fault=Fault("raw", body=events))) as server:
        usage = (await ask(client(server), a_request(estimated_tokens=17))).completion.usage
    assert usage.input_tokens == 17
    assert usage.output_tokens > 0
    assert not usage.counted


async def test_a_clean_end_without_its_marker_is_a_failure() -> None:
    async with OllamaServer(Answer("Hello", fault=Fault("crash"))) as server:
        backend = OpenAICompatible("it", server.url, PATIENT)
        with pytest.raises(StreamBroken, match="without an end marker"):
            await ask(backend, a_request())


async def test_an_error_inside_the_stream_is_told_as_what_it_is() -> None:
    failing = Answer("Hello", fault=Fault("error"))
    overflow = {"type": "exceed_context_size_error", "n_prompt_tokens": 9, "n_ctx": 8}
    async with OpenAIServer([failing, Answer("Hello", fault=Fault("error", body=overflow))]) as it:
        with pytest.raises(ServerFailed, match="the model failed"):
            await ask(client(it), a_request())
        with pytest.raises(PromptTooLong) as caught:
            await ask(client(it), a_request())
    assert (caught.value.prompt_tokens, caught.value.context_tokens) == (9, 8)


async def test_a_path_in_the_address_is_the_root_of_the_api() -> None:
    async with OpenAIServer() as server:
        backend = OpenAICompatible("it", server.url + "/v1/", PATIENT)
        assert (await ask(backend, a_request())).completion.text == "Hello"


# ------------------------------------------------------------------------------------- loading


async def test_a_server_that_loads_its_model_is_waited_for() -> None:
    async with OpenAIServer() as server:
        server.ready.clear()

        async def sleep(_seconds: float) -> None:
            if sum(asked.path == "/health" for asked in server.asked) == 3:
                server.ready.set()

        backend = OpenAICompatible("it", server.url, PATIENT, outside=Outside(sleep=sleep))
        done = (await ask(backend, a_request())).completion
    assert done.text == "Hello"
    assert done.load_seconds > 0


async def test_a_server_without_a_health_path_is_asked_again() -> None:
    waiter = Waiter()
    said = {"error": {"message": "Loading model", "code": 503}}
    loading = Answer(fault=Fault("status", status=503, body=said))
    async with OpenAIServer([loading, loading, "Hello"], flavour="plain") as server:
        backend = OpenAICompatible("it", server.url, PATIENT, outside=Outside(sleep=waiter))
        assert (await ask(backend, a_request())).completion.text == "Hello"
    assert len(waiter.waits) == 2


async def test_a_load_that_takes_too_long_is_given_up() -> None:
    async with OpenAIServer() as server:
        server.ready.clear()
        with pytest.raises(TimedOut) as caught:
            await ask(client(server, IMPATIENT), a_request())
    assert caught.value.limit == "load"


async def test_a_server_that_is_busy_for_another_reason_is_not_waited_for() -> None:
    said = {"error": {"message": "no slot available", "code": 503}}
    async with OpenAIServer(Answer(fault=Fault("status", status=503, body=said))) as server:
        with pytest.raises(BackendBusy, match="no slot"):
            await ask(client(server), a_request())


async def test_lm_studio_gets_the_time_to_load_a_model_from_disk() -> None:
    limits = Limits(load=20, first_token=0.05, stall=20, total=20)
    async with OpenAIServer(flavour="lmstudio", models={"tiny": "not-loaded"}) as server:
        server.may_load.clear()
        asking = asyncio.create_task(ask(client(server, limits), a_request()))
        await server.until_asked()
        _, waiting = await asyncio.wait({asking}, timeout=3 * limits.first_token)
        assert waiting
        server.may_load.set()
        done = (await asking).completion
    assert done.text == "Hello"
    assert done.load_seconds >= 3 * limits.first_token


async def test_lm_studio_is_asked_at_once_when_the_model_is_loaded() -> None:
    async with OpenAIServer(flavour="lmstudio", models={"tiny": "loaded"}) as server:
        await ask(client(server), a_request())
        assert len(server.chats()) == 1


async def test_a_server_that_is_no_lm_studio_is_not_asked_for_states_twice() -> None:
    async with OpenAIServer() as server:
        backend = client(server)
        await ask(backend, a_request())
        await ask(backend, a_request())
        assert sum(asked.path.startswith("/api/v0") for asked in server.asked) == 1


# ------------------------------------------------------------------------------------- refusing


async def test_a_prompt_that_does_not_fit_is_told_with_its_counts() -> None:
    async with OpenAIServer(n_ctx=512) as server:
        with pytest.raises(PromptTooLong) as caught:
            await ask(client(server), a_request("word " * 2000))
    assert (caught.value.prompt_tokens, caught.value.context_tokens) == (2505, 512)


async def test_openais_own_words_for_a_prompt_that_does_not_fit_are_known() -> None:
    message = (
        "This model's maximum context length is 8192 tokens. However, your messages resulted in "
        "9001 tokens. Please reduce the length of the messages."
    )
    said = {"error": {"message": message, "code": "context_length_exceeded", "param": "messages"}}
    async with OpenAIServer(Answer(fault=Fault("status", status=400, body=said))) as server:
        with pytest.raises(PromptTooLong) as caught:
            await ask(client(server), a_request())
    assert (caught.value.prompt_tokens, caught.value.context_tokens) == (9001, 8192)


async def test_the_key_is_sent_and_a_wrong_one_is_refused() -> None:
    async with OpenAIServer(key="sk-right") as server:
        assert (await ask(client(server, key="sk-right"), a_request())).completion.text == "Hello"
        with pytest.raises(RequestRefused, match="Incorrect API key") as caught:
            await ask(client(server, key="sk-wrong"), a_request())
    assert "api_key_env" in caught.value.hint
    assert "sk-wrong" not in str(caught.value)


async def test_without_a_key_none_is_sent() -> None:
    async with OpenAIServer() as server:
        await ask(client(server), a_request())
    assert "authorization" not in server.chats()[0].headers


@pytest.mark.parametrize(
    "refused", [["max_tokens"], ["temperature"], ["max_tokens", "temperature"]]
)
async def test_a_parameter_a_newer_model_refuses_is_left_out_from_then_on(
    refused: list[str],
) -> None:
    async with OpenAIServer(refuses=refused) as server:
        backend = client(server)
        for _ in range(2):
            assert (await ask(backend, a_request(max_tokens=9))).completion.text == "Hello"
        *_, last = server.chats()
        assert len(server.chats()) == 2 + len(refused)
    assert not set(refused) & set(last.body)
    assert last.body.get("max_completion_tokens", 9) == 9


async def test_a_strict_schema_that_is_refused_is_sent_as_a_wish() -> None:
    async with OpenAIServer("{}", refuses=["response_format"]) as server:
        await ask(client(server), a_request(schema={"type": "object"}))
        assert server.chats()[-1].body["response_format"]["json_schema"]["strict"] is False


async def test_any_other_refusal_is_not_tried_again() -> None:
    said = {"error": {"message": "Unknown parameter", "param": "messages"}}
    async with OpenAIServer(Answer(fault=Fault("status", status=400, body=said))) as server:
        with pytest.raises(RequestRefused, match="Unknown parameter"):
            await ask(client(server), a_request())
        assert len(server.chats()) == 1


async def test_a_rate_limit_says_how_long_to_wait() -> None:
    fault = Fault("status", status=429, headers={"retry-after": "7"})
    async with OpenAIServer(Answer(fault=fault)) as server:
        with pytest.raises(RateLimited) as caught:
            await ask(client(server), a_request())
    assert caught.value.retry_after == 7


# ------------------------------------------------------------------------------------- leaving


async def test_closing_the_stream_stops_the_generation() -> None:
    async with OpenAIServer(Answer(fault=Fault("endless"))) as server:
        async with aclosing(client(server).stream(a_request())) as stream:
            async for _ in stream:
                break
        await server.chats()[0].gone.wait()


# ------------------------------------------------------------------------------------- checking


async def test_a_check_of_llamacpp_tells_its_model_and_version() -> None:
    async with OpenAIServer(models=["tiny.gguf"]) as server:
        status = await client(server).check()
    assert status.reachable
    assert (status.kind, status.version) == ("openai", "b11549")
    assert status.installed == status.loaded == ("tiny.gguf",)


async def test_a_check_of_lm_studio_tells_loaded_models_from_others() -> None:
    models = {"a": "loaded", "b": "not-loaded"}
    async with OpenAIServer(flavour="lmstudio", models=models) as server:
        status = await client(server).check()
    assert status.installed == ("a", "b")
    assert status.loaded == ("a",)


async def test_a_check_of_any_other_server_tells_its_models() -> None:
    async with OpenAIServer(flavour="plain", models=["gpt-x"]) as server:
        status = await client(server).check()
    assert (status.reachable, status.installed, status.loaded) == (True, ("gpt-x",), ())


async def test_a_check_with_a_wrong_key_says_so() -> None:
    async with OpenAIServer(key="sk-right") as server:
        status = await client(server, key="sk-wrong").check()
    assert "Incorrect API key" in status.error
    assert status.hint
