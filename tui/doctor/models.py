"""The model servers: which answer, which models they have, who plays Claude."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlsplit

from orchestrator.config import BackendSettings, Loaded, ProfileSettings
from orchestrator.endpoints import is_nearby
from orchestrator.values import BackendStatus
from tui.doctor.findings import Finding, Level

_START = {
    "ollama": "ollama serve",
    "openai": "LM Studio: lms server start; llama.cpp: llama-server -m MODEL",
    "claude_code": "npm install -g @anthropic-ai/claude-code, then once: claude",
}


class Servers:
    """The configured servers beside what a check found.

    Args:
        loaded: the settings.
        statuses: the outcome of `Backend.check` for each backend that would be used.
        keys: by backend that needs a key: whether its environment variable is set.
        program: path of the claude program; empty when it is not there.
    """

    def __init__(
        self,
        loaded: Loaded,
        statuses: Iterable[BackendStatus],
        keys: Mapping[str, bool],
        program: str,
    ) -> None:
        self._loaded = loaded
        self._settings = loaded.settings
        self._seen = {status.name: status for status in statuses}
        self._keys = keys
        self._program = program

    @property
    def usable(self) -> bool:
        """True when at least one model can be asked."""
        return any(_answers(status) for status in self._seen.values())

    def findings(self) -> Iterator[Finding]:
        """Every backend, every profile, Claude, and keys in the open."""
        for name, backend in self._settings.backends.items():
            yield self._backend(name, backend)
        for name, profile in self._settings.profiles.items():
            yield self._profile(name, profile)
        yield self._claude()
        yield from self._keys_in_the_open()

    # --- backends ----------------------------------------------------------------------------

    def _backend(self, name: str, backend: BackendSettings) -> Finding:
        status, title = self._seen.get(name), f"Backend {name}"
        if status is None:
            return Finding(title, "ok", "not used: another plays Claude, or none is set up")
        if _answers(status):
            parts = (status.url, status.version, _models(status))
            return Finding(title, "ok", ", ".join(part for part in parts if part))
        found = status.error or f"nothing answers at {status.url}"
        level: Level = "missing" if name in self._needed() else "warning"
        return Finding(title, level, found, self._start(name, backend, status))

    def _needed(self) -> set[str]:
        """The backends without which the chosen way of working does not work."""
        needed = {self._settings.claude.via}
        if self._settings.only != "claude":
            needed.add(self._settings.profiles[self._settings.profile].backend)
        return needed

    def _start(self, name: str, backend: BackendSettings, status: BackendStatus) -> str:
        if backend.api_key_env and not self._keys.get(name):
            return f"export {backend.api_key_env}=..."
        return _START.get(backend.kind) or status.hint or "Check its address and that it runs"

    # --- profiles ----------------------------------------------------------------------------

    def _profile(self, name: str, profile: ProfileSettings) -> Finding:
        chosen = name == self._settings.profile and self._settings.only != "claude"
        title = f"Profile {name}" + (" (chosen)" if chosen else "")
        level: Level = "missing" if chosen else "warning"
        status, model = self._seen.get(profile.backend), f"{profile.model} on {profile.backend}"
        if status is None or not _answers(status):
            return Finding(title, level, f"{model}, which does not answer", "See the backend above")
        if _has(status, profile.model):
            return Finding(title, "ok", model)
        mend = f"ollama pull {profile.model}"
        if status.kind != "ollama":
            mend = f"Load it there, or name one of: {', '.join(status.installed[:5])}"
        return Finding(title, level, f"{model} is not installed", mend)

    # --- Claude ------------------------------------------------------------------------------

    def _claude(self) -> Finding:
        via = self._settings.claude.via
        if via == "none":
            origin = self._loaded.origins.get("claude.via", "")
            return Finding("Claude", "ok", f"not wanted ({origin}): local models plan")
        name = next((n for n in self._seen if n == via or self._owner(n) == "claude"), "")
        if not name:
            found = "neither an API key nor the claude program: a local model plans"
            mend = f"export ANTHROPIC_API_KEY=..., or {_START['claude_code']}"
            return Finding("Claude", "warning", found, mend)
        if not _answers(self._seen[name]):
            found = f"played by {name}, which can't be used: a local model plans"
            return Finding("Claude", "warning", found, "See the backend above")
        if self._settings.backends[name].kind == "claude_code":
            found = f"the program {self._program or name}; its first answer shows the login"
            return Finding("Claude", "ok", found)
        return Finding("Claude", "ok", f"played by {name}")

    def _owner(self, name: str) -> str:
        backend = self._settings.backends.get(name)
        return backend.owner if backend else ""

    def _keys_in_the_open(self) -> Iterator[Finding]:
        for name, backend in self._settings.backends.items():
            open_way = urlsplit(backend.url).scheme == "http" and not is_nearby(backend.url)
            if open_way and self._keys.get(name):
                found = f"is sent to {backend.url} without encryption"
                yield Finding(f"Key of {name}", "warning", found, "Use an https:// address")


def _answers(status: BackendStatus) -> bool:
    """Reachable, and the key, if there is one, accepted."""
    return status.reachable and not status.error


def _models(status: BackendStatus) -> str:
    if not status.installed:
        return ""
    loaded = f", {len(status.loaded)} loaded" if status.loaded else ""
    number = len(status.installed)
    return f"{number} model{'' if number == 1 else 's'}{loaded}"


def _has(status: BackendStatus, model: str) -> bool:
    """False only when the server lists its models and this is none; Ollama always lists them."""
    if not status.installed:
        return status.kind != "ollama"
    return model in status.installed or f"{model}:latest" in status.installed
