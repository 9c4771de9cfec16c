"""Which program a test command means: the workspace's own tools first, then the user's PATH."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

_OWN_TOOLS = (".venv/bin", "venv/bin", "node_modules/.bin")
_PYTHONS = frozenset({"python", "python3"})


def search_path(cwd: Path, first: Sequence[str] = (), inherited: str | None = None) -> str:
    """The PATH of a test command.

    Args:
        cwd: the stage; its virtual environment and node_modules come before the user's PATH.
        first: folders that come before everything, from the configuration.
        inherited: the user's PATH; None takes the environment's. Relative entries are dropped:
            they would mean folders that a candidate can write to.
    """
    inherited = os.environ.get("PATH", os.defpath) if inherited is None else inherited
    own = [str(cwd / tools) for tools in _OWN_TOOLS if (cwd / tools).is_dir()]
    rest = [entry for entry in inherited.split(os.pathsep) if Path(entry).is_absolute()]
    return os.pathsep.join([*first, *own, *rest])


def find_program(name: str, cwd: Path, path: str) -> Path | None:
    """The file that runs for `name`; None when there is none that can be executed.

    A name with a slash is taken from `cwd`. Links are not followed: the link in a virtual
    environment's `bin` is what tells Python its environment. `python` is always found: this
    program's own interpreter stands in where PATH has none.
    """
    if "/" in name:
        file = cwd / name
        return file if file.is_file() and os.access(file, os.X_OK) else None
    found = shutil.which(name, path=path)
    if found is None:
        return Path(sys.executable) if name in _PYTHONS else None
    return Path(found)


def python_of(argv: Sequence[str], cwd: Path, path: str) -> Path | None:
    """The interpreter that runs the tests; None when the command does not tell.

    Args:
        argv: the test command; empty means plain `python`.
        cwd: the stage.
        path: its search path.
    """
    name = argv[0] if argv else "python"
    program = find_program(name, cwd, path)
    if program is None or Path(name).name.startswith("python"):
        return program
    return _interpreter_of_script(program)


def _interpreter_of_script(script: Path) -> Path | None:
    """What the first line of a script such as `pytest` names."""
    try:
        with script.open("rb") as file:
            first = file.readline(512).decode("utf-8", "replace").strip()
    except OSError:
        return None
    interpreter = first.removeprefix("#!").strip() if first.startswith("#!") else ""
    named = Path(interpreter)
    return named if named.name.startswith("python") and named.is_file() else None
