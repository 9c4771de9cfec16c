"""Whether the modules that a JavaScript or TypeScript file imports exist in a stage."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from orchestrator.quality.inspection.python_modules import Existence

_SUFFIXES = (
    *(".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".mts", ".cts", ".d.ts"),
    *(".json", ".vue", ".svelte", ".node"),
)
# TypeScript names the file that it will be compiled to.
_COMPILED = {".js": (".ts", ".tsx"), ".jsx": (".tsx",), ".mjs": (".mts",), ".cjs": (".cts",)}
_BUILTIN_LIST = """
    assert async_hooks buffer child_process cluster console constants crypto dgram
    diagnostics_channel dns domain events fs http http2 https inspector module net os path
    perf_hooks process punycode querystring readline repl stream string_decoder sys timers tls
    trace_events tty url util v8 vm wasi worker_threads zlib
"""
_BUILTIN = frozenset(_BUILTIN_LIST.split())


def script_module(stage: Path, path: str, name: str) -> Existence:
    """Whether what a script in the stage imports as `name` is there.

    Relative names are decided. A package is there when it is Node's own or installed in the stage;
    otherwise it is unknown: bundlers give names of their own.
    """
    name = re.split(r"[?#]", name, maxsplit=1)[0]
    if name.startswith("."):
        return "there" if _exists(stage / PurePosixPath(path).parent / name) else "missing"
    if is_builtin(name):
        return "there"
    package = "/".join(name.split("/")[: 2 if name.startswith("@") else 1])
    folder = PurePosixPath(path).parent
    above = [stage / folder, *(stage / parent for parent in folder.parents)]
    installed = any((place / "node_modules" / package).is_dir() for place in above)
    return "there" if installed and package else "unknown"


def is_builtin(name: str) -> bool:
    """True for a module that comes with Node."""
    return name.startswith("node:") or name.partition("/")[0] in _BUILTIN


def _exists(target: Path) -> bool:
    if target.is_file() or any(target.with_name(target.name + end).is_file() for end in _SUFFIXES):
        return True
    twins = _COMPILED.get(target.suffix, ())
    if any(target.with_suffix(twin).is_file() for twin in twins):
        return True
    return any((target / f"index{end}").is_file() for end in _SUFFIXES)
