"""`config` shows what holds and where it comes from."""

from pathlib import Path

from tests.cli import scripted as s
from tests.cli.typing_in import type_in

CONFIG = """\
profile: fast
profiles:
  fast:
    model: llama3:8b
"""


def test_each_value_stands_beside_its_origin(tmp_path: Path) -> None:
    outside = s.outside(tmp_path, config=CONFIG, env={"OLLAMA_HOST": "gpu"})
    said = type_in(outside, "config", "--local")
    assert said.code == 0
    rows = {line.split()[0]: line.split(maxsplit=2)[1:] for line in said.out.splitlines()}
    assert rows["profile"] == ["fast", "config.yaml:1"]
    assert rows["profiles.fast.model"] == ["llama3:8b", "config.yaml:4"]
    assert rows["profiles.fast.backend"] == ["ollama", "default"]
    assert rows["backends.ollama.url"] == ["http://gpu:11434", "environment OLLAMA_HOST"]
    assert rows["only"] == ["local", "flag --local"]
    assert f"File: {tmp_path / 'config.yaml'}" in said.err


def test_origins_stand_in_one_column(tmp_path: Path) -> None:
    lines = type_in(s.outside(tmp_path), "config").out.splitlines()
    default = [line for line in lines if line.endswith("  default") and "state_dir" not in line]
    assert len(default) > 50
    assert len({line.rindex("default") for line in default}) == 1


def test_what_a_kind_of_backend_does_not_use_is_left_out(tmp_path: Path) -> None:
    out = type_in(s.outside(tmp_path), "config").out
    assert "backends.claude.command" in out
    assert "backends.claude.url" not in out


def test_as_json(tmp_path: Path) -> None:
    told = type_in(s.outside(tmp_path, config=CONFIG), "config", "--json").json
    assert told["file"] == str(tmp_path / "config.yaml")
    assert told["settings"]["profiles"]["fast"] == {"backend": "ollama", "model": "llama3:8b"}
    assert told["origins"]["profiles.fast.model"] == "config.yaml:4"


def test_the_path_alone(tmp_path: Path) -> None:
    said = type_in(s.outside(tmp_path, config="nonsense: 1"), "config", "--path")
    assert (said.code, said.out) == (0, f"{tmp_path / 'config.yaml'}\n")


def test_an_error_names_the_line(tmp_path: Path) -> None:
    said = type_in(s.outside(tmp_path, config="\nprofil: fast"), "config")
    assert said.code == 2
    assert f'{tmp_path / "config.yaml"}:2: unknown key "profil".' in said.err
    assert 'Did you mean "profile"?' in said.err


def test_keys_are_not_shown(tmp_path: Path) -> None:
    key = "sk-ant-secret-secret-secret"
    said = type_in(s.outside(tmp_path, env={"ANTHROPIC_API_KEY": key}), "config", "--json")
    assert said.code == 0
    assert key not in said.out + said.err
