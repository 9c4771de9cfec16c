"""What goes wrong on the wire ends in an error of our tree, within the limits, in every format."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from orchestrator.backends.anthropic import Anthropic
from orchestrator.backends.base import Backend, Limits
from orchestrator.backends.ollama import Ollama
from orchestrator.backends.openai_compatible import OpenAICompatible
from orchestrator.errors import (
    BackendBusy,
    BackendError,
    BackendUnreachable,
    RateLimited,
    RequestRefused,
    ServerFailed,
    StreamBroken,
    TimedOut,
)
from tests.backends.asking import IMPATIENT, PATIENT, a_request, ask
from tests.servers.anthropic import AnthropicServer
from tests.servers.ollama import OllamaServer
from tests.servers.openai import OpenAIServer
from tests.servers.script import Answer, Fault, FaultKind, Script
from tests.servers.serving import StandIn

Server = Callable[[Script], StandIn]
Client = Callable[[str, Limits], Backend]

FORMATS: dict[str, tuple[Server, Client]] = {
    "ollama": (
        lambda script: OllamaServer(script, loaded={"tiny": 8192}),
        lambda url, limits: Ollama("it", url, limits),
    ),
    "openai": (OpenAIServer, lambda url, limits: OpenAICompatible("it", url, limits)),
    "anthropic": (
        lambda script: AnthropicServer(script, models={"tiny": "2026-01-01T00:00:00Z"}),
        lambda url, limits: Anthropic("it", url, limits, api_key="key"),
    ),
}

BROKEN: list[tuple[FaultKind, type[BackendError]]] = [
    ("cut", StreamBroken),
    ("crash", StreamBroken),
    ("error", BackendError),
    ("drop", StreamBroken),
    ("reset", StreamBroken),
    ("malformed", StreamBroken),
    ("invalid utf-8", StreamBroken),
    ("endless", StreamBroken),
    ("endless line", StreamBroken),
]


@pytest.fixture(params=FORMATS)
def wire(request: pytest.FixtureRequest) -> tuple[Server, Client]:
    return FORMATS[request.param]


async def outcome(wire: tuple[Server, Client], answer: Answer, limits: Limits = PATIENT) -> Any:  # noqa: ANN401
    """What asking ends with: the error, or the completion."""
    server, client = wire
    async with server(answer) as standing:
        backend = client(standing.url, limits)
        try:
            return (await ask(backend, a_request(max_tokens=8))).completion
        except BackendError as error:
            return error
        finally:
            await backend.aclose()


@pytest.mark.parametrize("after", [0, 1, 2])
@pytest.mark.parametrize(("kind", "expected"), BROKEN)
async def test_a_stream_that_breaks_is_a_failure(
    wire: tuple[Server, Client], kind: FaultKind, expected: type[BackendError], after: int
) -> None:
    if kind == "crash" and after == 0:
        expected = BackendError
    error = await outcome(wire, Answer("Hello, world", fault=Fault(kind, after=after)))
    assert isinstance(error, expected), error
    assert error.message


async def test_the_same_answer_without_a_fault_is_none(wire: tuple[Server, Client]) -> None:
    assert (await outcome(wire, Answer("Hello, world"))).text == "Hello, world"


@pytest.mark.parametrize("size", [1, 7])
async def test_a_network_that_cuts_lines_and_characters_apart_changes_nothing(
    wire: tuple[Server, Client], size: int
) -> None:
    text = "grüße 🙂 – „done“"
    assert (await outcome(wire, Answer(text, write=size))).text == text


@pytest.mark.parametrize(("after", "limit"), [(0, "first token"), (1, "stall")])
async def test_a_server_that_falls_silent_is_given_up(
    wire: tuple[Server, Client], after: int, limit: str
) -> None:
    error = await outcome(wire, Answer("Hello", fault=Fault("stall", after=after)), IMPATIENT)
    assert isinstance(error, TimedOut)
    assert error.limit == limit


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (301, RequestRefused),
        (400, RequestRefused),
        (401, RequestRefused),
        (403, RequestRefused),
        (429, RateLimited),
        (500, ServerFailed),
        (502, ServerFailed),
        (503, BackendBusy),
        (529, BackendBusy),
    ],
)
async def test_each_status_has_its_error(
    wire: tuple[Server, Client], status: int, expected: type[BackendError]
) -> None:
    error = await outcome(wire, Answer(fault=Fault("status", status=status)))
    assert isinstance(error, expected)


@pytest.mark.parametrize("body", ["<html>Bad Gateway</html>", "", [], {"error": None}, 7])
async def test_the_body_of_an_error_can_be_anything(
    wire: tuple[Server, Client],
    body: Any,  # noqa: ANN401
) -> None:
    error = await outcome(wire, Answer(fault=Fault("status", status=502, body=body)))
    assert isinstance(error, ServerFailed)


async def test_a_refused_connection_is_a_server_that_is_not_there(
    wire: tuple[Server, Client],
) -> None:
    server, client = wire
    async with server("Hello") as standing:
        backend = client(standing.url, PATIENT)
    with pytest.raises(BackendUnreachable) as caught:
        await ask(backend, a_request())
    assert caught.value.hint
    status = await backend.check()
    assert not status.reachable
    assert status.error


async def test_the_error_names_no_more_than_the_beginning_of_a_long_line(
    wire: tuple[Server, Client],
) -> None:
    body = "<html>" + "x" * 100_000
    error = await outcome(wire, Answer(fault=Fault("status", status=502, body=body)))
    assert len(error.message) < 500
