"""From settings to clients."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.backends.anthropic import Anthropic
from orchestrator.backends.base import Backend, Limits
from orchestrator.backends.claude_code import ClaudeCode
from orchestrator.backends.ollama import Ollama
from orchestrator.backends.openai_compatible import OpenAICompatible
from orchestrator.backends.recorded import Recorded
from orchestrator.backends.registry import make_backend
from orchestrator.config import BackendSettings
from orchestrator.errors import ConfigError, RequestRefused
from tests.backends.asking import PATIENT, a_request, ask
from tests.servers.anthropic import AnthropicServer
from tests.servers.openai import OpenAIServer

LOCAL = "http://127.0.0.1:1"


def make(settings: BackendSettings, **environ: str) -> Backend:
    return make_backend("mine", settings, PATIENT, environ)


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        (BackendSettings(kind="ollama", url=LOCAL), Ollama),
        (BackendSettings(kind="openai", url=LOCAL), OpenAICompatible),
        (BackendSettings(kind="anthropic", url=LOCAL), Anthropic),
        (BackendSettings(kind="claude_code"), ClaudeCode),
    ],
)
def test_each_kind_has_its_client(settings: BackendSettings, kind: type) -> None:
    made = make(settings)
    assert isinstance(made, kind)
    assert isinstance(made, Backend)
    assert made.name == "mine"


def test_a_recording_is_played(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("answers: [{text: x}]", "utf-8")
    made = make(BackendSettings(kind="recorded", file=str(tmp_path / "a.yaml")))
    assert isinstance(made, Recorded)


@pytest.mark.parametrize(
    "settings",
    [
        BackendSettings(kind="recorded"),
        BackendSettings(kind="ollama", url="ftp://127.0.0.1"),
        BackendSettings(kind="openai", url="http://169.254.169.254"),
        BackendSettings(kind="anthropic", url=""),
    ],
)
def test_settings_that_can_not_work_are_refused_at_once(settings: BackendSettings) -> None:
    with pytest.raises(ConfigError):
        make(settings)


def test_a_kind_nobody_knows_is_refused() -> None:
    class Odd:
        kind, url, command, file, api_key_env = "telepathy", "", "", "", ""

    with pytest.raises(ConfigError, match="telepathy"):
        make_backend("mine", Odd(), Limits(), {})


async def test_the_key_is_taken_from_the_variable_that_the_settings_name() -> None:
    async with AnthropicServer(key="sk-mine") as anthropic, OpenAIServer(key="sk-other") as openai:
        kinds = [("anthropic", anthropic.url, "MINE"), ("openai", openai.url, "OTHER")]
        for kind, url, variable in kinds:
            settings = BackendSettings(kind=kind, url=url, api_key_env=variable)  # type: ignore[arg-type]
            request = a_request(model="opus")
            made = make(settings, MINE="sk-mine", OTHER="sk-other")
            assert (await ask(made, request)).completion.text == "Hello"
            with pytest.raises(RequestRefused):
                await ask(make(settings), request)


def test_a_key_that_can_not_be_sent_is_refused_without_being_shown() -> None:
    settings = BackendSettings(kind="openai", url=LOCAL, api_key_env="KEY")
    for key in ("sk secret", "sk\nsecret", "sk-sécret"):
        with pytest.raises(ConfigError) as caught:
            make(settings, KEY=key)
        assert "cret" not in str(caught.value)
    assert make(settings, KEY=" sk-fine\n").name == "mine"


def test_choosing_a_client_loads_no_network_library() -> None:
    script = (
        "import sys, orchestrator.backends.registry, orchestrator.backends.claude_code, "
        "orchestrator.backends.recorded; print('httpx' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "False"
