"""The client of Anthropic's Messages API against the stand-in."""

from __future__ import annotations

import asyncio
import re
from contextlib import aclosing

import pytest

from orchestrator.backends.anthropic import Anthropic
from orchestrator.backends.anthropic_wire import THINKING_TOKENS
from orchestrator.backends.base import Backend, Limits
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
from tests.backends.asking import PATIENT, SCHEMA, a_request, ask
from tests.servers.anthropic import (
    API_KEY,
    SUBSCRIPTION,
    USED_UP,
    AnthropicServer,
    error_body,
    refused,
)
from tests.servers.script import Answer, Fault

KEY = "sk-ant-test"


def client(server: AnthropicServer, limits: Limits = PATIENT, key: str = KEY) -> Anthropic:
    return Anthropic("anthropic", server.url, limits, api_key=key)


async def test_an_answer_comes_in_pieces_and_then_whole() -> None:
    async with AnthropicServer(Answer("def f(): ...", input_tokens=22)) as server:
        answered = await ask(client(server), a_request(model="sonnet"))
    assert [chunk.text for chunk in answered.chunks] == ["def ", "f():", " ..."]
    done = answered.completion
    assert (done.text, done.stop, done.model) == ("def f(): ...", "stop", "claude-sonnet-5-5")
    assert (done.usage.input_tokens, done.usage.output_tokens, done.usage.counted) == (22, 3, True)


async def test_it_is_a_backend() -> None:
    async with AnthropicServer() as server:
        backend: Backend = client(server)
        assert isinstance(backend, Backend)
        assert backend.name == "anthropic"


async def test_version_key_system_and_bounds_are_sent() -> None:
    async with AnthropicServer(key=KEY) as server:
        await ask(client(server), a_request(model="haiku", max_tokens=77))
    asked = server.chats()[0]
    assert asked.headers["anthropic-version"] == "2023-06-01"
    assert asked.headers["x-api-key"] == KEY
    assert asked.body["max_tokens"] == 77 + THINKING_TOKENS
    assert asked.body["system"] == "You write code."
    assert [m["role"] for m in asked.body["messages"]] == ["user"]
    assert "temperature" not in asked.body


@pytest.mark.parametrize(
    ("word", "model"),
    [
        ("haiku", "claude-haiku-4-5"),
        ("sonnet", "claude-sonnet-5-5"),
        ("opus", "claude-opus-5-5"),
        ("Opus", "claude-opus-5-5"),
        ("claude-opus-4-5", "claude-opus-4-5"),
    ],
)
async def test_a_family_is_its_newest_model_and_an_id_is_itself(word: str, model: str) -> None:
    async with AnthropicServer() as server:
        assert (await ask(client(server), a_request(model=word))).completion.model == model


async def test_a_family_is_looked_up_once() -> None:
    async with AnthropicServer() as server:
        backend = client(server)
        for _ in range(3):
            await ask(backend, a_request(model="opus"))
        assert sum(asked.path == "/v1/models" for asked in server.asked) == 1


async def test_a_family_that_is_not_listed_is_missing() -> None:
    async with AnthropicServer(models={"claude-opus-5-5": ""}) as server:
        with pytest.raises(ModelMissing, match="haiku") as caught:
            await ask(client(server), a_request(model="haiku"))
    assert "claude-opus-5-5" in caught.value.hint


# ------------------------------------------------------------------------------------- schemas


async def test_a_schema_is_the_input_of_a_forced_tool() -> None:
    async with AnthropicServer('{"verdict": "pass", "score": 3}') as server:
        request = a_request(model="haiku", schema=SCHEMA, schema_name="the verdict")
        answered = await ask(client(server), request)
    body = server.chats()[0].body
    assert body["tools"][0]["input_schema"] == SCHEMA
    assert body["tool_choice"] == {"type": "tool", "name": "the_verdict"}
    assert answered.joined() == answered.completion.text == '{"verdict": "pass", "score": 3}'
    assert answered.completion.stop == "stop"


async def test_a_model_that_refuses_to_be_forced_is_asked_in_words_from_then_on() -> None:
    async with AnthropicServer('{"verdict": "pass", "score": 3}') as server:
        backend = client(server)
        for _ in range(2):
            request = a_request(model="opus", schema=SCHEMA, schema_name="verdict")
            done = (await ask(backend, request)).completion
            assert done.text == '{"verdict": "pass", "score": 3}'
        choices = [asked.body["tool_choice"]["type"] for asked in server.chats()]
        assert choices == ["tool", "auto", "auto"]
        assert "calling the tool 'verdict'" in server.chats()[-1].body["system"]


async def test_json_in_place_of_the_tool_is_taken_too() -> None:
    body = _events(
        '{"type":"message_start","message":{"model":"m","usage":{"input_tokens":5}}}',
        '{"type":"content_block_delta","delta":{"type":"text_delta","text":"{\\"score\\": 1}"}}',
        '{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":4}}',
        '{"type":"message_stop"}',
    )
    async with AnthropicServer(Answer(fault=Fault("raw", body=body))) as server:
        done = (await ask(client(server), a_request(model="haiku", schema=SCHEMA))).completion
    assert done.text == '{"score": 1}'


# ------------------------------------------------------------------------------------- streams


async def test_thinking_is_kept_apart() -> None:
    async with AnthropicServer(Answer("42", thinking="Let me see.")) as server:
        answered = await ask(client(server), a_request(model="opus"))
    assert answered.joined("thinking") == answered.completion.thinking == "Let me see."
    assert answered.joined() == answered.completion.text == "42"


@pytest.mark.parametrize("stop", ["stop", "length", "refusal"])
async def test_why_it_stopped_is_told(stop: str) -> None:
    async with AnthropicServer(Answer("Hello", stop=stop)) as server:  # type: ignore[arg-type]
        assert (await ask(client(server), a_request(model="opus"))).completion.stop == stop


async def test_a_stream_without_message_stop_is_a_failure() -> None:
    async with AnthropicServer(Answer("Hello", fault=Fault("cut", after=2))) as server:
        with pytest.raises(StreamBroken, match="without an end marker"):
            await ask(client(server), a_request(model="opus"))


async def test_events_nobody_knows_are_passed_over() -> None:
    body = _events(
        '{"type":"message_start","message":{"model":"m"}}',
        '{"type":"something_new","index":{"a":[1]}}',
        '{"type":"content_block_delta","delta":{"type":"text_delta","text":"Hi"}}',
        '{"type":"content_block_delta","delta":{"type":"newer_delta","text":null}}',
        '{"type":"message_stop"}',
    )
    async with AnthropicServer(Answer(fault=Fault("raw", body=body))) as server:
        done = (await ask(client(server), a_request(model="opus"))).completion
    assert done.text == "Hi"
    assert not done.usage.counted


@pytest.mark.parametrize(
    ("status", "message", "expected"),
    [
        (529, "Overloaded", BackendBusy),
        (429, "slow down", RateLimited),
        (500, "Internal server error", ServerFailed),
        (401, "invalid x-api-key", RequestRefused),
        (404, "model: x", ModelMissing),
        (413, "too large", PromptTooLong),
        (400, "prompt is too long: 9 tokens > 8 maximum", PromptTooLong),
    ],
)
@pytest.mark.parametrize("when", ["at once", "in the stream"])
async def test_each_kind_of_error_is_told_as_what_it_is(
    status: int, message: str, expected: type[BackendError], when: str
) -> None:
    answer = refused(status, message)
    if when == "in the stream":
        answer = Answer("Hello", fault=Fault("error", body=error_body(status, message)))
    async with AnthropicServer(answer, headers=SUBSCRIPTION) as server:
        with pytest.raises(expected) as caught:
            await ask(client(server), a_request(model="opus"))
    assert [window.name for window in caught.value.quota] == ["5h", "7d"]


async def test_a_prompt_that_does_not_fit_is_told_with_its_counts() -> None:
    async with AnthropicServer(most_tokens=512) as server:
        with pytest.raises(PromptTooLong) as caught:
            await ask(client(server), a_request("word " * 2000, model="opus"))
    assert (caught.value.prompt_tokens, caught.value.context_tokens) == (2505, 512)


async def test_closing_the_stream_stops_the_generation() -> None:
    async with AnthropicServer(Answer(fault=Fault("endless"))) as server:
        async with aclosing(client(server).stream(a_request(model="opus"))) as stream:
            async for _ in stream:
                break
        await server.chats()[0].gone.wait()


async def test_cancelling_the_reader_stops_the_generation() -> None:
    async with AnthropicServer(Answer("Hello", fault=Fault("stall"))) as server:
        asking = asyncio.create_task(ask(client(server), a_request(model="opus")))
        asked = await server.until_asked()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await asked.gone.wait()


# ------------------------------------------------------------------------------------- quota


async def test_a_subscription_tells_its_windows_with_every_answer() -> None:
    async with AnthropicServer(headers=SUBSCRIPTION) as server:
        quota = (await ask(client(server), a_request(model="opus"))).completion.quota
    assert [(w.name, w.used, w.status, w.resets_at) for w in quota] == [
        ("5h", 0.42, "allowed", 1795230125),
        ("7d", 0.81, "allowed", 1795485725),
    ]
    assert {w.source for w in quota} == {"response headers"}


async def test_an_api_key_tells_its_buckets_with_every_answer() -> None:
    async with AnthropicServer(headers=API_KEY) as server:
        quota = (await ask(client(server), a_request(model="opus"))).completion.quota
    assert [(w.name, w.detail) for w in quota] == [
        ("requests/min", "49 of 50 left"),
        ("input-tokens/min", "38,000 of 40,000 left"),
    ]
    assert [w.used for w in quota] == pytest.approx([0.02, 0.05])


async def test_a_used_up_quota_says_when_it_opens_again() -> None:
    async with AnthropicServer(refused(429, "used up", USED_UP)) as server:
        with pytest.raises(RateLimited) as caught:
            await ask(client(server), a_request(model="opus"))
    error = caught.value
    assert (error.retry_after, error.resets_at) == (3600, 1795230125)
    assert [(w.name, w.used, w.status) for w in error.quota] == [
        ("5h", 1.0, "rejected"),
        ("7d", 0.81, "allowed"),
    ]


async def test_a_bucket_that_is_empty_for_a_moment_says_for_how_long() -> None:
    headers = API_KEY | {"anthropic-ratelimit-requests-remaining": "0", "retry-after": "2"}
    async with AnthropicServer(refused(429, "slow down", headers)) as server:
        with pytest.raises(RateLimited) as caught:
            await ask(client(server), a_request(model="opus"))
    assert (caught.value.retry_after, caught.value.resets_at) == (2, 1795226401)


async def test_a_rate_limit_that_tells_nothing_claims_nothing() -> None:
    async with AnthropicServer(refused(429, "slow down")) as server:
        with pytest.raises(RateLimited) as caught:
            await ask(client(server), a_request(model="opus"))
    error = caught.value
    assert (error.retry_after, error.resets_at, error.quota) == (None, None, ())


# ------------------------------------------------------------------------------------- keys


async def test_a_wrong_key_is_refused_with_what_to_do() -> None:
    async with AnthropicServer(key="sk-right") as server:
        with pytest.raises(RequestRefused, match="invalid x-api-key") as caught:
            await ask(client(server), a_request(model="opus"))
        status = await client(server).check()
    assert "API key" in caught.value.hint
    assert KEY not in str(caught.value)
    assert status.reachable
    assert "invalid x-api-key" in status.error


async def test_without_a_key_nothing_is_sent_to_anthropic() -> None:
    backend = Anthropic("anthropic", "https://api.anthropic.com", PATIENT, api_key="")
    for model in ("opus", "claude-opus-5-5"):
        with pytest.raises(RequestRefused, match=re.escape("no API key")) as caught:
            await ask(backend, a_request(model=model))
        assert "ANTHROPIC_API_KEY" in caught.value.hint
    status = await backend.check()
    assert not status.reachable
    assert "no API key" in status.error


async def test_a_gateway_nearby_needs_no_key() -> None:
    async with AnthropicServer() as server:
        backend = Anthropic("gateway", server.url + "/v1", PATIENT, api_key="")
        assert (await ask(backend, a_request(model="opus"))).completion.text == "Hello"
    assert "x-api-key" not in server.chats()[0].headers


async def test_a_check_lists_the_models() -> None:
    async with AnthropicServer(key=KEY) as server:
        status = await client(server).check()
    assert status.reachable
    assert status.kind == "anthropic"
    assert "claude-haiku-4-5" in status.installed


def _events(*data: str) -> bytes:
    return "".join(f"event: x\ndata: {line}\n\n" for line in data).encode()
