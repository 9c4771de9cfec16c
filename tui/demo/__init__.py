"""The demonstration: a goal on a small project, played with recorded models and a real engine."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import msgspec

from orchestrator.config import (
    BackendSettings,
    ClaudeSettings,
    GateSettings,
    Loaded,
    ProfileSettings,
    Settings,
)

GOAL = (
    "Give books an address and a readable price, let people search the shelf even with "
    "typing errors, and tell about it in the README."
)
_HERE = Path(__file__).parent


def demo_workspace(folder: Path) -> Path:
    """A fresh copy of the sample project below `folder`."""
    workspace = folder / "bookshelf"
    shutil.copytree(_HERE / "sample", workspace, ignore=shutil.ignore_patterns("__pycache__"))
    return workspace


def demo_settings(folder: Path, settings: Settings | None = None) -> Loaded:
    """Settings in which only the models are recorded; all state stays below `folder`.

    Args:
        folder: for state.
        settings: what else is configured, such as the theme; None for the defaults.
    """
    played = {
        "ollama": _recorded("local.json", owner="local"),
        "claude": _recorded("claude.json", owner="claude"),
    }
    demo = msgspec.structs.replace(
        settings or Settings(),
        backends=played,
        profiles={"code": ProfileSettings(backend="ollama", model="qwen2.5-coder:14b")},
        profile="code",
        claude=ClaudeSettings(via="claude"),
        tests=GateSettings(path=(str(Path(sys.executable).parent),)),
        state_dir=str(folder / "state"),
        templates_dir="",
        llm_disabled=False,
    )
    return Loaded(demo, {})


def _recorded(name: str, *, owner: str) -> BackendSettings:
    return msgspec.convert(
        {"kind": "recorded", "file": str(_HERE / name), "owner": owner, "concurrency": 2},
        BackendSettings,
    )
