"""What every client over HTTP keeps to: no redirects, no detours, keys for one address only."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from orchestrator.backends.base import Limits
from orchestrator.backends.connection import LIST_BYTES, Connection, Outside, body_of
from orchestrator.errors import (
    BackendUnreachable,
    ConfigError,
    RequestRefused,
    StreamBroken,
    TimedOut,
)
from tests.backends.asking import PATIENT
from tests.servers.openai import OpenAIServer
from tests.servers.script import Answer, Fault

KEY = {"x-api-key": "sk-secret"}


def connected(
    answer: Callable[[httpx.Request], httpx.Response], url: str = "http://127.0.0.1:9"
) -> Connection:
    outside = Outside(transport=httpx.MockTransport(answer))
    return Connection("It", url, PATIENT, headers=KEY, start_hint="Start it.", outside=outside)


async def test_a_redirect_is_refused_and_the_key_stays_here() -> None:
    asked: list[str] = []

    def redirect(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(302, headers={"location": "http://elsewhere.example/"})

    with pytest.raises(RequestRefused, match=r"elsewhere\.example"):
        await connected(redirect).ask("/v1/models")
    assert asked == ["http://127.0.0.1:9/v1/models"]


async def test_a_real_redirect_is_not_followed() -> None:
    async with OpenAIServer() as there:
        headers = {"location": there.url + "/v1/models"}
        redirect = Answer(fault=Fault("status", status=307, headers=headers))
        async with OpenAIServer(redirect) as here:
            connection = Connection("It", here.url, PATIENT, headers=KEY)
            with pytest.raises(RequestRefused):
                async with connection.open("POST", "/v1/chat/completions", {"messages": []}):
                    pass
        assert there.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1",
        "file:///etc/passwd",
        "ftp://x",
        "http://",
        "http://a:b@c",
        "http://[fe80::1]",
    ],
)
def test_an_address_that_is_no_server_is_refused(url: str) -> None:
    with pytest.raises(ConfigError):
        Connection("It", url, PATIENT)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (httpx.ConnectError("refused"), BackendUnreachable),
        (httpx.ConnectTimeout("late"), TimedOut),
        (httpx.ReadError(""), StreamBroken),
        (httpx.WriteError("gone"), StreamBroken),
        (httpx.RemoteProtocolError("half"), StreamBroken),
        (httpx.DecodingError("gzip"), StreamBroken),
    ],
)
async def test_each_trouble_of_the_network_has_its_error(
    error: httpx.HTTPError, expected: type[Exception]
) -> None:
    def fail(_request: httpx.Request) -> httpx.Response:
        raise error

    with pytest.raises(expected) as caught:
        await connected(fail).ask("/")
    assert "It at http://127.0.0.1:9" in str(caught.value)
    assert "sk-secret" not in str(caught.value)


async def test_who_does_not_answer_can_be_started() -> None:
    def fail(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(BackendUnreachable) as caught:
        await connected(fail).ask("/")
    assert caught.value.hint == "Start it."


async def test_a_connection_that_is_not_taken_runs_into_its_limit() -> None:
    limits = Limits(connect=0.05)
    # An address of the documentation's own network (RFC 5737), which nobody answers at.
    connection = Connection("It", "http://192.0.2.1:9", limits)
    with pytest.raises((TimedOut, BackendUnreachable)) as caught:
        await connection.ask("/")
    assert getattr(caught.value, "limit", "connect") == "connect"


async def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with OpenAIServer() as server:
        assert (await Connection("It", server.url, PATIENT).ask("/v1/models"))[0] == 200


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
async def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key", tmp_path / "certificate"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -batch"
    made = [*command.split(), "-keyout", str(key), "-out", str(certificate)]
    await asyncio.to_thread(subprocess.run, made, check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    server = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0, ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(BackendUnreachable, match="certificate"):
            await Connection("It", f"https://127.0.0.1:{port}", PATIENT).ask("/")


async def test_half_characters_in_a_prompt_do_not_stop_it() -> None:
    sent: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.content)
        return httpx.Response(200, json={})

    async with connected(answer).open("POST", "/", {"prompt": "a\ud800ü"}):
        pass
    assert sent == ['{"prompt": "a?ü"}'.encode()]


async def test_a_list_without_end_is_read_to_its_bound() -> None:
    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=b"x" * (LIST_BYTES + 1000))

    async with connected(answer).open("GET", "/") as response:
        assert len(await body_of(response)) == LIST_BYTES
    async with connected(answer).open("GET", "/") as response:
        assert await body_of(response, 10) == b"x" * 10
