"""Loading the settings: defaults, then the user's file, then the environment, then flags."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from orchestrator.config import APP_NAME, BackendKind, BackendOwner, Loaded, Settings
from orchestrator.endpoints import is_nearby
from orchestrator.errors import ConfigError
from orchestrator.settings.checks import checked
from orchestrator.settings.gathering import Gathering
from orchestrator.settings.sources import add_environment, add_flags

_LOCAL_CONTEXT, _CLAUDE_CONTEXT = 8192, 200_000


def default_settings_file() -> Path:
    """Where the user's file is looked for when nothing else is said; it need not exist."""
    import platformdirs

    return Path(platformdirs.user_config_dir(APP_NAME, appauthor=False)) / "config.yaml"


def find_settings_file(env: Mapping[str, str], given: Path | None = None) -> Path | None:
    """The file to read: `given`, else ORCHESTRATOR_CONFIG, else the default one if it exists."""
    named = given or env.get("ORCHESTRATOR_CONFIG", "").strip()
    if named:
        return Path(named).expanduser()
    default = default_settings_file()
    return default if default.exists() else None


def load_settings(
    env: Mapping[str, str], file: Path | None = None, flags: Mapping[str, Any] | None = None
) -> Loaded:
    """The settings that hold, each with its origin.

    Args:
        env: the environment; OLLAMA_HOST, OLLAMA_PROFILE, ANTHROPIC_BASE_URL, LLM_DISABLED and
            ORCHESTRATOR_STATE_DIR are read from it.
        file: the configuration file, which must exist; None for none (see `find_settings_file`).
        flags: by name without dashes: profile, local, api, yes.

    Raises:
        ConfigError: something can't be used; names the file and line, the variable or the flag,
            and the nearest valid key.
    """
    gathering = Gathering()
    if file is not None:
        from orchestrator.settings.file import read_settings_file

        gathering.add_file(read_settings_file(file), file)
        _forget_other_kinds(gathering)
        _resolve_paths(gathering, file.absolute().parent)
    add_environment(gathering, env)
    add_flags(gathering, flags or {})
    gathering.derive(("state_dir",), _default_state_dir())
    _derive_backends(gathering)
    settings = checked(gathering.settings(), gathering.place)
    if settings.only == "local":
        settings = _without_others(settings, gathering)
    return Loaded(settings, gathering.origins(settings), str(file or ""))


def _default_state_dir() -> str:
    import platformdirs

    return platformdirs.user_state_dir(APP_NAME, appauthor=False)


def _forget_other_kinds(gathering: Gathering) -> None:
    """A backend that the file gives another kind keeps nothing of the built-in one."""
    for name in gathering.names("backends"):
        builtin = Gathering()["backends", name, "kind"]
        if builtin and gathering["backends", name, "kind"] != builtin:
            gathering.forget_defaults("backends", name)


def _resolve_paths(gathering: Gathering, folder: Path) -> None:
    """Paths in the file are relative to the file; ~ is the home folder."""
    paths: list[tuple[str, ...]] = [("state_dir",), ("templates_dir",)]
    paths += [("backends", name, "file") for name in gathering.names("backends")]
    for path in paths:
        text = gathering[path]
        if text and not gathering.is_default(path):
            gathering.amend(path, str(folder / Path(str(text)).expanduser()))
    folders = gathering["tests", "path"]
    if isinstance(folders, tuple) and folders:
        gathering.amend(("tests", "path"), tuple(str(Path(f).expanduser()) for f in folders))


def _derive_backends(gathering: Gathering) -> None:
    for name in gathering.names("backends"):
        kind: Any = gathering["backends", name, "kind"]
        if kind is None:
            continue  # an entry without a kind is refused later, with its place
        local = kind in {"ollama", "openai", "recorded"}
        owner = default_owner(kind, str(gathering["backends", name, "url"] or ""))
        gathering.derive(("backends", name, "owner"), owner)
        chosen = gathering["backends", name, "owner"]
        gathering.derive(("backends", name, "concurrency"), 1 if chosen == "local" else 2)
        context = _LOCAL_CONTEXT if local else _CLAUDE_CONTEXT
        gathering.derive(("backends", name, "context_tokens"), context)


def default_owner(kind: BackendKind, url: str) -> BackendOwner:
    """Whose tokens a backend spends when nobody said: by its kind, and by where it is."""
    if kind in {"anthropic", "claude_code"}:
        return "claude"
    if kind == "recorded":
        return "local"
    try:
        return "local" if is_nearby(url) else "other"
    except ValueError:  # an address that can't be read is refused later, with its place
        return "other"


def _without_others(settings: Settings, gathering: Gathering) -> Settings:
    """Local only: what is elsewhere is not there at all, so nothing can reach it."""
    backends = {n: b for n, b in settings.backends.items() if b.owner == "local"}
    profiles = {n: p for n, p in settings.profiles.items() if p.backend in backends}
    if settings.profile not in profiles:
        backend = settings.profiles[settings.profile].backend
        raise ConfigError(
            f'{gathering.place("only")}: the profile "{settings.profile}" is on "{backend}",'
            " which is not local.",
            f"Choose another with --profile: {', '.join(profiles) or 'there is none'}.",
        )
    claude = msgspec.structs.replace(settings.claude, via="none")
    return msgspec.structs.replace(settings, backends=backends, profiles=profiles, claude=claude)
