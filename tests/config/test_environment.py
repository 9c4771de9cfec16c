"""Standard environment variables mean what they mean to the programs they come from."""

import pytest

from orchestrator.errors import ConfigError
from orchestrator.settings import load_settings


def ollama(host: str) -> str:
    return load_settings({"OLLAMA_HOST": host}).settings.backends["ollama"].url


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("gpu", "http://gpu:11434"),
        ("gpu:1234", "http://gpu:1234"),
        ("192.168.1.5", "http://192.168.1.5:11434"),
        (":5000", "http://127.0.0.1:5000"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:5000", "http://127.0.0.1:5000"),
        ("http://0.0.0.0:5000", "http://127.0.0.1:5000"),
        ("[::]:5000", "http://[::1]:5000"),
        ("::", "http://[::1]:11434"),
        ("::1", "http://[::1]:11434"),
        ("[::1]", "http://[::1]:11434"),
        ("[::1]:5000", "http://[::1]:5000"),
        ("http://gpu", "http://gpu"),
        ("https://gpu", "https://gpu"),
        ("https://gpu:8443/", "https://gpu:8443"),
        ("https://gpu/ollama/", "https://gpu/ollama"),
        ("gpu:1234/ollama", "http://gpu:1234/ollama"),
        ("  'gpu:1234' ", "http://gpu:1234"),
        ("GPU.Lan", "http://gpu.lan:11434"),
    ],
)
def test_every_form_of_ollama_host(host: str, url: str) -> None:
    assert ollama(host) == url


def test_ollama_host_tells_that_it_was_it() -> None:
    origins = load_settings({"OLLAMA_HOST": "gpu"}).origins
    assert origins["backends.ollama.url"] == "environment OLLAMA_HOST"


@pytest.mark.parametrize(
    "host", ["gpu:99999", "gpu:port", "ftp://gpu", "169.254.169.254", "a b", "http://me:pw@gpu"]
)
def test_an_ollama_host_that_is_none_is_refused_by_name(host: str) -> None:
    with pytest.raises(ConfigError, match=r"^environment OLLAMA_HOST: ") as caught:
        ollama(host)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize("empty", ["", "   "])
def test_an_empty_variable_says_nothing(empty: str) -> None:
    names = ("OLLAMA_HOST", "OLLAMA_PROFILE", "ANTHROPIC_BASE_URL", "LLM_DISABLED")
    assert load_settings(dict.fromkeys(names, empty)) == load_settings({})


@pytest.mark.parametrize("word", ["true", "1", "yes", "TRUE", "Yes", "on"])
def test_the_kill_switch_is_on(word: str) -> None:
    loaded = load_settings({"LLM_DISABLED": word})
    assert loaded.settings.llm_disabled
    assert loaded.origins["llm_disabled"] == "environment LLM_DISABLED"


@pytest.mark.parametrize("word", ["false", "0", "no", "off"])
def test_the_kill_switch_is_off(word: str) -> None:
    assert not load_settings({"LLM_DISABLED": word}).settings.llm_disabled


def test_a_kill_switch_that_is_neither_on_nor_off_stops_everything() -> None:
    with pytest.raises(ConfigError, match=r"LLM_DISABLED.*neither yes nor no"):
        load_settings({"LLM_DISABLED": "ture"})


def test_the_profile_of_the_environment_must_exist() -> None:
    assert load_settings({"OLLAMA_PROFILE": "fast"}).settings.profile == "fast"
    with pytest.raises(ConfigError, match=r'environment OLLAMA_PROFILE: .*"fats"') as caught:
        load_settings({"OLLAMA_PROFILE": "fats"})
    assert caught.value.hint == 'Did you mean "fast"?'


def test_the_address_of_claude_can_be_another() -> None:
    settings = load_settings({"ANTHROPIC_BASE_URL": "http://127.0.0.1:4000/"}).settings
    assert settings.backends["anthropic"].url == "http://127.0.0.1:4000"
    with pytest.raises(ConfigError, match=r"environment ANTHROPIC_BASE_URL: .*scheme"):
        load_settings({"ANTHROPIC_BASE_URL": "127.0.0.1:4000"})


def test_the_state_folder_of_the_environment_is_absolute() -> None:
    loaded = load_settings({"ORCHESTRATOR_STATE_DIR": "/var/lib/orchestrator"})
    assert loaded.settings.state_dir == "/var/lib/orchestrator"
    assert loaded.origins["state_dir"] == "environment ORCHESTRATOR_STATE_DIR"
    assert load_settings({"ORCHESTRATOR_STATE_DIR": "here"}).settings.state_dir.startswith("/")


def test_keys_in_the_environment_do_not_become_settings() -> None:
    loaded = load_settings({"ANTHROPIC_API_KEY": "sk-ant-secret-secret-secret"})
    assert loaded == load_settings({})
