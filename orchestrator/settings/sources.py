"""What environment variables and flags set."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any

from orchestrator.endpoints import checked_url, ollama_url
from orchestrator.errors import ConfigError
from orchestrator.settings.gathering import Gathering
from orchestrator.settings.schema import Path

_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off"})

FLAGS = frozenset({"profile", "local", "api", "yes"})
"""The flags that change settings, by their names without dashes."""


def add_environment(gathering: Gathering, env: Mapping[str, str]) -> None:
    """Put what the environment says over what is there; an empty variable says nothing.

    Raises:
        ConfigError: a variable can't be used; names it.
    """
    for name, path, value in _from_environment(gathering, env):
        gathering.put(path, value, f"environment {name}")


def _from_environment(
    gathering: Gathering, env: Mapping[str, str]
) -> Iterator[tuple[str, Path, object]]:
    said = {name: text.strip() for name, text in env.items() if text.strip()}
    if "OLLAMA_HOST" in said and gathering["backends", "ollama", "kind"] == "ollama":
        url = _named("OLLAMA_HOST", lambda: ollama_url(said["OLLAMA_HOST"]))
        yield "OLLAMA_HOST", ("backends", "ollama", "url"), url
    if "ANTHROPIC_BASE_URL" in said and gathering["backends", "anthropic", "kind"] == "anthropic":
        url = _named("ANTHROPIC_BASE_URL", lambda: checked_url(said["ANTHROPIC_BASE_URL"]))
        yield "ANTHROPIC_BASE_URL", ("backends", "anthropic", "url"), url
    if "OLLAMA_PROFILE" in said:
        yield "OLLAMA_PROFILE", ("profile",), said["OLLAMA_PROFILE"]
    if "ORCHESTRATOR_STATE_DIR" in said:
        folder = FilePath(said["ORCHESTRATOR_STATE_DIR"]).expanduser().absolute()
        yield "ORCHESTRATOR_STATE_DIR", ("state_dir",), str(folder)
    if "LLM_DISABLED" in said:
        yield "LLM_DISABLED", ("llm_disabled",), _truth("LLM_DISABLED", said["LLM_DISABLED"])


def _named(name: str, read: Callable[[], str]) -> str:
    try:
        return read()
    except ConfigError as error:
        raise ConfigError(f"environment {name}: {error.message}", error.hint) from None


def _truth(name: str, text: str) -> bool:
    word = text.casefold()
    if word not in _TRUE | _FALSE:
        raise ConfigError(
            f'environment {name}: "{text[:40]}" is neither yes nor no.', "Write true or false."
        )
    return word in _TRUE


def add_flags(gathering: Gathering, flags: Mapping[str, Any]) -> None:
    """Put what the flags say over what is there; a flag that is None or False says nothing.

    Raises:
        ConfigError: --local and --api together.
    """
    given = {name: value for name, value in flags.items() if value not in {None, False, ""}}
    if given.keys() - FLAGS:
        raise ValueError(f"not flags that change settings: {sorted(given.keys() - FLAGS)}")
    if "local" in given and "api" in given:
        raise ConfigError("--local and --api exclude each other.", "Leave one of them out.")
    if "profile" in given:
        gathering.put(("profile",), given["profile"], "flag --profile")
    if "local" in given:
        gathering.put(("only",), "local", "flag --local")
        gathering.put(("claude", "via"), "none", "flag --local")
    if "api" in given:
        gathering.put(("only",), "claude", "flag --api")
    if "yes" in given and gathering["autonomy",] != "nothing":
        gathering.put(("autonomy",), "unproven", "flag --yes")
