"""A test command sees where tools are, and nothing of the user's."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from orchestrator.quality.running.environment import small_environment
from orchestrator.quality.running.programs import find_program, python_of, search_path

CANARIES = dict.fromkeys(
    (
        *(
            "ANTHROPIC_API_KEY",
            "OPENAI_API_KEY",
            "GITHUB_TOKEN",
            "GH_TOKEN",
            "AWS_SECRET_ACCESS_KEY",
        ),
        *("NPM_TOKEN", "DATABASE_URL", "SSH_AUTH_SOCK", "PGPASSWORD", "HTTP_PROXY", "HTTPS_PROXY"),
        *(
            "LD_PRELOAD",
            "PYTHONPATH",
            "PYTHONSTARTUP",
            "NODE_OPTIONS",
            "PYTEST_ADDOPTS",
            "BASH_ENV",
        ),
        *("ANTHROPIC_BASE_URL", "OLLAMA_HOST", "GIT_DIR", "EDITOR", "CARGO_REGISTRY_TOKEN"),
    ),
    "canary",
)


def environment(tmp_path: Path, **user: str) -> dict[str, str]:
    return small_environment(user, search_path="/bin", stage=tmp_path, scratch=tmp_path / "scratch")


def test_no_key_and_no_switch_of_the_users_is_passed_on(tmp_path: Path) -> None:
    found = environment(tmp_path, HOME="/home/me", **CANARIES)
    assert not CANARIES.keys() & found.keys()
    assert "canary" not in found.values()


def test_home_is_an_empty_folder_of_its_own(tmp_path: Path) -> None:
    found = environment(tmp_path, HOME="/home/me")
    assert found["HOME"] == str(tmp_path / "scratch/home")
    assert not any(value.startswith("/home/me") for value in found.values())


def test_tool_chains_below_the_real_home_are_still_found(tmp_path: Path) -> None:
    (tmp_path / ".cargo").mkdir()
    found = environment(tmp_path, HOME=str(tmp_path), GOPATH="/opt/go")
    assert found["CARGO_HOME"] == str(tmp_path / ".cargo")
    assert found["GOPATH"] == "/opt/go"
    assert "RUSTUP_HOME" not in found


def test_a_linked_virtual_environment_is_named(tmp_path: Path) -> None:
    (tmp_path / "real/bin").mkdir(parents=True)
    (tmp_path / ".venv").symlink_to(tmp_path / "real")
    assert environment(tmp_path)["VIRTUAL_ENV"] == str(tmp_path / ".venv")


def test_nobody_watches_and_nobody_is_asked(tmp_path: Path) -> None:
    found = environment(tmp_path)
    assert (found["CI"], found["TERM"], found["npm_config_yes"]) == ("true", "dumb", "false")


# --- programs --------------------------------------------------------------------------------


def executable(path: Path, text: str = "#!/bin/sh\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    path.chmod(0o755)
    return path


def test_the_workspaces_tools_come_before_the_users(tmp_path: Path) -> None:
    own = executable(tmp_path / "node_modules/.bin/vitest")
    executable(tmp_path / "elsewhere/vitest")
    path = search_path(tmp_path, (), str(tmp_path / "elsewhere"))
    assert find_program("vitest", tmp_path, path) == own


def test_configured_folders_come_first_of_all(tmp_path: Path) -> None:
    executable(tmp_path / ".venv/bin/pytest")
    first = executable(tmp_path / "first/pytest")
    path = search_path(tmp_path, (str(tmp_path / "first"),), "")
    assert find_program("pytest", tmp_path, path) == first


def test_a_relative_entry_of_path_is_dropped(tmp_path: Path) -> None:
    assert search_path(tmp_path, (), "bin:.::/usr/bin") == "/usr/bin"


def test_the_link_in_a_virtual_environment_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / ".venv/bin").mkdir(parents=True)
    link = tmp_path / ".venv/bin/python"
    link.symlink_to(sys.executable)
    assert find_program("python", tmp_path, search_path(tmp_path)) == link


def test_python_is_always_found(tmp_path: Path) -> None:
    assert find_program("python", tmp_path, "/nowhere") == Path(sys.executable)
    assert find_program("pytest", tmp_path, "/nowhere") is None


def test_a_name_with_a_slash_is_in_the_workspace(tmp_path: Path) -> None:
    script = executable(tmp_path / "scripts/test")
    assert find_program("./scripts/test", tmp_path, "") == script
    script.chmod(0o644)
    assert find_program("scripts/test", tmp_path, os.environ["PATH"]) is None


@pytest.mark.parametrize("command", [(), ("python", "-m", "pytest"), ("python3", "-c", "")])
def test_the_interpreter_of_the_tests_is_known(tmp_path: Path, command: tuple[str, ...]) -> None:
    link = tmp_path / ".venv/bin/python"
    link.parent.mkdir(parents=True)
    link.symlink_to(sys.executable)
    (tmp_path / ".venv/bin/python3").symlink_to(sys.executable)
    found = python_of(command, tmp_path, search_path(tmp_path))
    assert found is not None
    assert found.parent == link.parent


def test_the_interpreter_of_a_script_is_in_its_first_line(tmp_path: Path) -> None:
    executable(tmp_path / ".venv/bin/pytest", f"#!{sys.executable}\n")
    executable(tmp_path / ".venv/bin/other", "#!/bin/sh\n")
    path = search_path(tmp_path)
    assert python_of(("pytest",), tmp_path, path) == Path(sys.executable)
    assert python_of(("other",), tmp_path, path) is None
    assert python_of(("missing",), tmp_path, path) is None
