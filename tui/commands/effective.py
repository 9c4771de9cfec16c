"""config: the settings that hold, and where each comes from."""

from __future__ import annotations

import json

import msgspec

from orchestrator.settings import default_settings_file
from orchestrator.settings.schema import Path, dotted, leaves
from tui.commands.choice import Choice
from tui.commands.console import Console
from tui.commands.outside import Outside
from tui.report import SUCCESS

_WIDEST = 48
"""Values longer than this do not push the origins of all others to the right."""


def show_settings(choice: Choice, outside: Outside, console: Console) -> int:
    """Print every setting with its value and origin."""
    loaded = outside.settings(choice)
    values = msgspec.to_builtins(loaded.settings)
    if choice.json:
        console.json({"file": loaded.file, "settings": values, "origins": dict(loaded.origins)})
        return SUCCESS
    rows = [(dotted(path), _shown(value)) for path, value in leaves(values) if _says(path, value)]
    key_width = max(len(key) for key, _ in rows)
    value_width = max((len(value) for _, value in rows if len(value) <= _WIDEST), default=0)
    console.say(f"File: {loaded.file or f'none ({default_settings_file()} is not there)'}")
    for key, value in rows:
        origin = loaded.origins[key]
        line = f"{key:<{key_width}}  {value:<{value_width}}  {origin}"
        console.line(line, "" if origin == "default" else "bold")
    return SUCCESS


def show_path(choice: Choice, outside: Outside, console: Console) -> int:
    """Print which configuration file is read, whether or not it is there."""
    console.line(str(outside.settings_file(choice) or default_settings_file()))
    return SUCCESS


def _says(path: Path, value: object) -> bool:
    """False for what a backend of this kind does not use."""
    return path[0] != "backends" or value != ""


def _shown(value: object) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
