"""Each value comes from the strongest source that gave one, and tells which that was."""

from pathlib import Path

import msgspec
import pytest

from orchestrator.config import Settings
from orchestrator.errors import ConfigError
from orchestrator.settings import default_settings_file, find_settings_file, load_settings
from orchestrator.settings.schema import dotted, leaves

FILE = """\
profile: fast
state_dir: state
backends:
  ollama:
    url: http://gpu.lan:11434/
  grok:
    kind: openai
    url: https://api.x.ai/v1
    api_key_env: XAI_API_KEY
profiles:
  code:
    model: llama3:8b
  big: {backend: grok, model: grok-4}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "config.yaml"
    file.write_text(FILE)
    return file


def test_every_setting_has_an_origin(file: Path) -> None:
    loaded = load_settings({}, file)
    expected = [dotted(path) for path, _ in leaves(msgspec.to_builtins(loaded.settings))]
    assert list(loaded.origins) == expected
    assert loaded.file == str(file)


def test_without_file_environment_and_flags_all_is_default() -> None:
    loaded = load_settings({})
    assert set(loaded.origins.values()) == {"default"}
    assert loaded.settings == msgspec.structs.replace(
        Settings(), state_dir=loaded.settings.state_dir
    )
    assert loaded.settings.state_dir.endswith("orchestrator-tui")


def test_values_of_the_file_name_their_line(file: Path) -> None:
    origins = load_settings({}, file).origins
    assert origins["profile"] == "config.yaml:1"
    assert origins["backends.ollama.url"] == "config.yaml:5"
    assert origins["backends.grok.kind"] == "config.yaml:7"
    assert origins["profiles.big.model"] == "config.yaml:13"
    assert origins["profiles.code.backend"] == "default"
    assert origins["backends.ollama.kind"] == "default"


def test_a_section_is_merged_with_what_is_built_in(file: Path) -> None:
    settings = load_settings({}, file).settings
    assert settings.profiles["code"].backend == "ollama"
    assert settings.profiles["code"].model == "llama3:8b"
    assert settings.profiles["uncensored"].model == "gpt-oss:20b"
    assert settings.backends["ollama"].url == "http://gpu.lan:11434"


def test_the_environment_beats_the_file_and_a_flag_beats_both(file: Path) -> None:
    assert load_settings({}, file).settings.profile == "fast"
    env = {"OLLAMA_PROFILE": "uncensored"}
    by_environment = load_settings(env, file)
    assert by_environment.settings.profile == "uncensored"
    assert by_environment.origins["profile"] == "environment OLLAMA_PROFILE"
    by_flag = load_settings(env, file, {"profile": "big"})
    assert by_flag.settings.profile == "big"
    assert by_flag.origins["profile"] == "flag --profile"


def test_flags_that_were_not_given_change_nothing(file: Path) -> None:
    flags = {"profile": None, "local": False, "api": False, "yes": False}
    assert load_settings({}, file, flags) == load_settings({}, file)


def test_an_unknown_flag_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="quick"):
        load_settings({}, None, {"quick": True})


def test_paths_in_the_file_are_relative_to_the_file(file: Path) -> None:
    assert load_settings({}, file).settings.state_dir == str(file.parent / "state")


def test_who_owns_a_new_backend_follows_from_what_and_where_it_is(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(
        "backends:\n"
        "  near: {kind: openai, url: 'http://192.168.1.7:8000'}\n"
        "  far: {kind: openai, url: 'https://api.example.com'}\n"
        "  gateway: {kind: anthropic, url: 'http://127.0.0.1:4000'}\n"
        "  tape: {kind: recorded, file: tape.json}\n"
        "  mine: {kind: openai, url: 'https://gpu.example.com', owner: local, concurrency: 3}\n"
        "  lmstudio: {url: 'https://far.example.com'}\n"
    )
    backends = load_settings({}, file).settings.backends
    owners = {name: backends[name].owner for name in ("near", "far", "gateway", "tape", "mine")}
    assert owners == {
        "near": "local",
        "far": "other",
        "gateway": "claude",
        "tape": "local",
        "mine": "local",
    }
    assert backends["lmstudio"].owner == "other"
    assert (backends["near"].concurrency, backends["far"].concurrency) == (1, 2)
    assert backends["mine"].concurrency == 3
    assert backends["gateway"].context_tokens == 200_000


def test_a_backend_of_another_kind_keeps_nothing_of_the_built_in_one(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("backends:\n  anthropic:\n    kind: openai\n    url: http://127.0.0.1:9\n")
    anthropic = load_settings({"ANTHROPIC_BASE_URL": "http://127.0.0.1:1"}, file).settings.backends[
        "anthropic"
    ]
    assert anthropic.url == "http://127.0.0.1:9"
    assert anthropic.api_key_env == ""
    assert anthropic.owner == "local"


# --- flags ---------------------------------------------------------------------------------------


def test_local_leaves_nothing_that_could_be_reached_elsewhere(file: Path) -> None:
    loaded = load_settings({}, file, {"local": True})
    settings = loaded.settings
    assert settings.only == "local"
    assert set(settings.backends) == {"ollama", "lmstudio", "llamacpp"}
    assert set(settings.profiles) == {"code", "fast", "uncensored"}
    assert settings.claude.via == "none"
    assert loaded.origins["claude.via"] == "flag --local"
    assert "backends.anthropic.url" not in loaded.origins


def test_local_in_the_file_is_the_same(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("only: local\n")
    settings = load_settings({}, file).settings
    assert set(settings.backends) == {"ollama", "lmstudio", "llamacpp"}
    assert settings.claude.via == "none"


def test_local_with_a_profile_elsewhere_is_refused(file: Path) -> None:
    with pytest.raises(ConfigError, match=r'"big" is on "grok", which is not local') as caught:
        load_settings({}, file, {"local": True, "profile": "big"})
    assert "code, fast, uncensored" in caught.value.hint


def test_api_works_with_claude_alone() -> None:
    loaded = load_settings({}, None, {"api": True})
    assert loaded.settings.only == "claude"
    assert loaded.origins["only"] == "flag --api"


def test_local_and_api_exclude_each_other() -> None:
    with pytest.raises(ConfigError, match="exclude each other"):
        load_settings({}, None, {"local": True, "api": True})


def test_yes_lets_proven_changes_in_and_takes_no_freedom_back(tmp_path: Path) -> None:
    loaded = load_settings({}, None, {"yes": True})
    assert loaded.settings.autonomy == "unproven"
    assert loaded.origins["autonomy"] == "flag --yes"
    file = tmp_path / "config.yaml"
    file.write_text("autonomy: nothing\n")
    assert load_settings({}, file, {"yes": True}).settings.autonomy == "nothing"


# --- which file ----------------------------------------------------------------------------------


def test_the_flag_names_the_file_before_the_environment(tmp_path: Path) -> None:
    env = {"ORCHESTRATOR_CONFIG": str(tmp_path / "a.yaml")}
    assert find_settings_file(env) == tmp_path / "a.yaml"
    assert find_settings_file(env, tmp_path / "b.yaml") == tmp_path / "b.yaml"


def test_the_default_file_need_not_exist() -> None:
    assert default_settings_file().name == "config.yaml"
    found = find_settings_file({})
    assert found is None or found == default_settings_file()
