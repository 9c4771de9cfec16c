"""From a backend's settings to its client. Each client's module is loaded when it is needed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from orchestrator.backends.base import Backend, Limits
from orchestrator.errors import ConfigError


class BackendDescription(Protocol):
    """What is read of a backend's settings; `orchestrator.config.BackendSettings` has it all."""

    @property
    def kind(self) -> str:
        """ollama, openai, anthropic, claude_code or recorded."""

    @property
    def url(self) -> str:
        """Address, for the first three kinds."""

    @property
    def command(self) -> str:
        """Program, for claude_code."""

    @property
    def file(self) -> str:
        """Recording, for recorded."""

    @property
    def api_key_env(self) -> str:
        """Name of the environment variable that holds the key."""


def make_backend(
    name: str, settings: BackendDescription, limits: Limits, environ: Mapping[str, str]
) -> Backend:
    """The client that the settings describe. Nothing is sent or started yet.

    Args:
        name: the backend's name in the configuration.
        settings: which client, and where its server is.
        limits: how long to wait for what.
        environ: where the key is looked up; a `claude` program gets it without our variables.

    Raises:
        ConfigError: unknown kind, an address that can't be a model server's, a key that can't be
            sent, or a recording that can't be read.
    """
    key = environ.get(settings.api_key_env, "") if settings.api_key_env else ""
    match settings.kind:
        case "ollama":
            from orchestrator.backends.ollama import Ollama

            return Ollama(name, settings.url, limits)
        case "openai":
            from orchestrator.backends.openai_compatible import OpenAICompatible

            return OpenAICompatible(name, settings.url, limits, api_key=key)
        case "anthropic":
            from orchestrator.backends.anthropic import Anthropic

            return Anthropic(name, settings.url, limits, api_key=key)
        case "claude_code":
            from orchestrator.backends.claude_code import ClaudeCode

            return ClaudeCode(name, settings.command or "claude", limits, environ=environ)
        case "recorded" if not settings.file:
            raise ConfigError(f"The backend {name!r} names no recording.", "Set its file.")
        case "recorded":
            from orchestrator.backends.recorded import Recorded, load_recording

            return Recorded(name, load_recording(Path(settings.file).expanduser()))
        case kind:
            raise ConfigError(f"The backend {name!r} has the unknown kind {kind!r}.")
