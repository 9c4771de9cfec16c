"""Reading a task spec that a person or a script wrote: strictly, and saying what is wrong."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Collection
from typing import Any

import msgspec

from orchestrator.errors import PathRefused, SpecError
from orchestrator.settings.schema import Misfit, fields, fit, nearest, required
from orchestrator.values import TaskSpec
from orchestrator.workspace.paths import check_relative

MAX_BYTES = 1_000_000

_TASK_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")
_EXAMPLE = '{"task_id": "T-001", "description": "what to write", "output_file": "src/utils/x.js"}'


def read_spec(
    data: bytes, name: str, *, profiles: Collection[str] = (), context_files: int = 2
) -> TaskSpec:
    """The task that a spec file describes.

    Args:
        data: the file's content, one JSON object in UTF-8.
        name: how errors name the file.
        profiles: the configured profiles; empty to accept any.
        context_files: how many context files a task may have.

    Raises:
        SpecError: not JSON (with line and column), a missing, unknown (with the nearest valid
            name) or wrong field, a path outside the workspace, a test command that can't be split.
    """
    try:
        spec = _typed(_object(_decoded(data)))
        _check(spec, profiles, context_files)
    except SpecError as error:
        raise SpecError(f"{name}{error.message}", error.hint) from None
    return spec


# Messages below follow the file's name: "spec.json" + ":3:7: this is not JSON".


def _decoded(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise SpecError(f": is larger than {MAX_BYTES // 1000} KB.", "Is it the right file?")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SpecError(f":{line}: is not UTF-8.", "Save it as UTF-8.") from None


def _object(text: str) -> dict[str, Any]:
    if not text.strip():
        raise SpecError(": is empty.", f"Write a JSON object: {_EXAMPLE}")
    try:
        value = json.loads(text, object_pairs_hook=_without_doubles, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        reason = error.msg[0].lower() + error.msg[1:]
        raise SpecError(f":{error.lineno}:{error.colno}: this is not JSON: {reason}.") from None
    except RecursionError:
        raise SpecError(": is nested too deeply.") from None
    except ValueError as error:
        raise SpecError(f": {error}.") from None
    if not isinstance(value, dict):
        raise SpecError(": is JSON, but no object.", f"Write one task: {_EXAMPLE}")
    return value


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise SpecError(f': the field "{key[:40]}" is there twice.', "Keep one of them.")
        found[key] = value
    return found


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no JSON number")


def _typed(value: dict[str, Any]) -> TaskSpec:
    known = fields(TaskSpec)
    for key, given in value.items():
        if key not in known:
            raise SpecError(f': unknown field "{key[:40]}".', nearest(key, known))
        try:
            fit(given, known[key])
        except Misfit as misfit:
            raise SpecError(f': "{key}" {misfit.problem}', misfit.hint) from None
    missing = [key for key in required(TaskSpec) if key not in value]
    if missing:
        noun = "field" if len(missing) == 1 else "fields"
        raise SpecError(f": the {noun} {', '.join(missing)} must be there.", f"Like {_EXAMPLE}")
    return msgspec.convert(value, TaskSpec)


def _check(spec: TaskSpec, profiles: Collection[str], context_files: int) -> None:
    if not _TASK_ID.fullmatch(spec.task_id):
        raise SpecError(
            f': "task_id" can\'t be "{spec.task_id[:40]}".',
            "A letter, then letters, digits, - and _, at most 32, like T-001.",
        )
    if not spec.description.strip():
        raise SpecError(': "description" is empty.', "Say what the file should hold.")
    if len(spec.context_files) > context_files:
        raise SpecError(
            f': "context_files" names {len(spec.context_files)} files, at most {context_files}'
            " are allowed.",
            "Keep those the task can't be done without.",
        )
    _check_path("output_file", spec.output_file)
    for path in spec.context_files:
        _check_path("context_files", path)
    try:
        shlex.split(spec.test_command)
    except ValueError as error:
        raise SpecError(f': "test_command" can\'t be split: {error}.', "Close the quote.") from None
    if spec.profile and profiles and spec.profile not in profiles:
        raise SpecError(
            f': there is no profile "{spec.profile[:40]}".', nearest(spec.profile, profiles)
        )


def _check_path(field: str, path: str) -> None:
    try:
        check_relative(path)
    except PathRefused as error:
        raise SpecError(f': "{field}": {error.message}', error.hint) from None
