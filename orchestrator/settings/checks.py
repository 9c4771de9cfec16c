"""What single values can't tell: whether the settings fit each other."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path

import msgspec

from orchestrator.backends.base import Limits
from orchestrator.config import BackendSettings, Settings
from orchestrator.endpoints import checked_url
from orchestrator.errors import ConfigError
from orchestrator.key_shapes import is_like_key
from orchestrator.settings.schema import nearest

Place = Callable[..., str]
"""How an error names the place a setting comes from, by its keys."""

_NEEDS = {
    "ollama": "url",
    "openai": "url",
    "anthropic": "url",
    "claude_code": "command",
    "recorded": "file",
}
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def checked(settings: Settings, place: Place) -> Settings:
    """The settings with their addresses in one form.

    Raises:
        ConfigError: something names what is not there, or contradicts something else.
    """
    backends = {
        name: _checked_backend(name, backend, place) for name, backend in settings.backends.items()
    }
    settings = msgspec.structs.replace(settings, backends=backends)
    _check_profiles(settings, place)
    _check_claude(settings, place)
    _check_quota(settings, place)
    _check_limits("local", settings.limits.local, place)
    _check_limits("cloud", settings.limits.cloud, place)
    if settings.templates_dir and not Path(settings.templates_dir).is_dir():
        raise ConfigError(
            f"{place('templates_dir')}: there is no folder {settings.templates_dir}.",
            "Make it, or take templates_dir out.",
        )
    return settings


def _checked_backend(name: str, backend: BackendSettings, place: Place) -> BackendSettings:
    key = f"backends.{name}"
    need = _NEEDS[backend.kind]
    if not getattr(backend, need):
        raise ConfigError(
            f'{place("backends", name)}: "{key}" has no {need}.',
            f"A backend of kind {backend.kind} needs one.",
        )
    variable = backend.api_key_env
    if variable and (is_like_key(variable) or not _VARIABLE.fullmatch(variable)):
        raise ConfigError(
            f'{place("backends", name, "api_key_env")}: "{key}.api_key_env" is no name of an'
            " environment variable.",
            "Write the variable's name, like ANTHROPIC_API_KEY, never the key itself.",
        )
    if not backend.url:
        return backend
    try:
        return msgspec.structs.replace(backend, url=checked_url(backend.url))
    except ConfigError as error:
        raise ConfigError(
            f'{place("backends", name, "url")}: "{key}.url": {error.message}', error.hint
        ) from None


def _check_profiles(settings: Settings, place: Place) -> None:
    for name, profile in settings.profiles.items():
        if profile.backend not in settings.backends:
            raise ConfigError(
                f'{place("profiles", name, "backend")}: "profiles.{name}" is on the backend'
                f' "{profile.backend}", which is not configured.',
                nearest(profile.backend, settings.backends),
            )
        if not profile.model.strip():
            raise ConfigError(
                f'{place("profiles", name, "model")}: "profiles.{name}" names no model.'
            )
    if settings.profile not in settings.profiles:
        raise ConfigError(
            f'{place("profile")}: there is no profile "{settings.profile[:40]}".',
            nearest(settings.profile, settings.profiles),
        )


def _check_claude(settings: Settings, place: Place) -> None:
    possible = ["auto", "none", *settings.backends]
    if settings.claude.via not in possible:
        raise ConfigError(
            f'{place("claude", "via")}: "claude.via" names "{settings.claude.via}", which is no'
            " backend.",
            nearest(settings.claude.via, possible),
        )


def _check_quota(settings: Settings, place: Place) -> None:
    quota = settings.quota
    if not quota.caution < quota.warning < quota.critical:
        raise ConfigError(
            f"{place('quota')}: quota.caution, quota.warning and quota.critical must rise:"
            f" {quota.caution:g}, {quota.warning:g}, {quota.critical:g} do not."
        )


def _check_limits(side: str, limits: Limits, place: Place) -> None:
    for name in limits.__struct_fields__:
        seconds: float = getattr(limits, name)
        if not (math.isfinite(seconds) and seconds > 0):
            raise ConfigError(
                f'{place("limits", side, name)}: "limits.{side}.{name}" should be more than 0'
                f" seconds, not {seconds:g}."
            )
