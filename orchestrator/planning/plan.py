"""The planner's answer: its JSON Schema, reading it whole, and reading it while it grows."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import msgspec

from orchestrator.errors import OrchestratorError, PlanError
from orchestrator.quality.running.command import argv_of
from orchestrator.scheduling import find_cycle
from orchestrator.values import TaskSpec
from orchestrator.workspace.paths import check_relative

_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")
_RESERVED = re.compile(r"[GQ]\d+")
"""What goals and questions are called: their logs must stay their own."""
_MAX_CONTEXT_FILES = 2


class _PlannedTask(msgspec.Struct, frozen=True):
    task_id: str
    description: str
    output_file: str
    context_files: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    test_command: str = ""
    category: str = ""
    depends_on: tuple[str, ...] = ()
    owner: str = ""


class _PlanAnswer(msgspec.Struct, frozen=True):
    tasks: tuple[_PlannedTask, ...]
    summary: str = ""


def plan_schema(categories: Collection[str]) -> dict[str, Any]:
    """The JSON Schema that constrains a planner's answer."""
    text, texts = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
    task = {
        "type": "object",
        "properties": {
            "task_id": text,
            "description": text,
            "output_file": text,
            "context_files": {**texts, "maxItems": _MAX_CONTEXT_FILES},
            "constraints": texts,
            "test_command": text,
            "category": {"type": "string", "enum": sorted(categories)},
            "depends_on": texts,
            "owner": {"type": "string", "enum": ["local", "claude"]},
        },
        "required": [
            "task_id",
            "description",
            "output_file",
            "context_files",
            "constraints",
            "test_command",
            "category",
            "depends_on",
            "owner",
        ],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"summary": text, "tasks": {"type": "array", "minItems": 1, "items": task}},
        "required": ["summary", "tasks"],
        "additionalProperties": False,
    }


class GrowingPlan:
    """Finds the tasks of a plan while its JSON is still arriving.

    `feed(piece)` gives each task once, as soon as its object is closed. A piece may end anywhere.
    What is not a task, or not JSON, gives nothing: the whole answer is judged by `read_plan`.
    """

    def __init__(self) -> None:
        self._text = ""
        self._at = 0
        self._in_tasks = False
        self._decoder = json.JSONDecoder()

    def feed(self, piece: str) -> Iterator[TaskSpec]:
        """The tasks that `piece` completes."""
        self._text += piece
        if not self._in_tasks:
            found = re.search(r'"tasks"\s*:\s*\[', self._text)
            if not found:
                return
            self._in_tasks, self._at = True, found.end()
        while True:
            start = self._text.find("{", self._at)
            if start < 0:
                return
            try:
                value, self._at = self._decoder.raw_decode(self._text, start)
            except (ValueError, RecursionError):
                return
            spec = _draft(value)
            if spec:
                yield spec


def _draft(value: object) -> TaskSpec | None:
    try:
        spec = _as_spec(msgspec.convert(value, _PlannedTask, strict=False))
        msgspec.json.encode(spec)
    except (msgspec.ValidationError, UnicodeEncodeError):
        return None
    return spec


def _as_spec(task: _PlannedTask) -> TaskSpec:
    owner = task.owner if task.owner in {"local", "claude"} else ""
    return msgspec.convert({**msgspec.structs.asdict(task), "owner": owner}, TaskSpec)


def read_plan(text: str, taken: Collection[str] = ()) -> tuple[str, tuple[TaskSpec, ...]]:
    """(summary, tasks) of a planner's whole answer.

    Args:
        text: the answer; a fence or words around the JSON are tolerated.
        taken: task ids that other plans of the session use; clashing tasks are renumbered.

    Raises:
        PlanError: not JSON, fields missing, a path outside the project, an unknown dependency or
            a cycle (named).
    """
    try:
        answer = msgspec.convert(_json_object(text), _PlanAnswer, strict=False)
        msgspec.json.encode(answer)  # what can't be written can't be kept
    except msgspec.ValidationError as error:
        raise PlanError(f"The plan's fields are not right: {error}.") from error
    except UnicodeEncodeError:
        raise PlanError("The plan has half a character (a lone \\ud800 to \\udfff).") from None
    tasks = tuple(_as_spec(task) for task in answer.tasks)
    _check(tasks)
    return answer.summary.strip(), renumbered(tasks, taken)


def _json_object(text: str) -> object:
    start = text.find("{")
    if start < 0:
        raise PlanError("The plan is not JSON: there is no object in the answer.")
    try:
        return json.JSONDecoder().raw_decode(text, start)[0]
    except ValueError as error:
        raise PlanError(f"The plan is not valid JSON: {error}.") from error
    except RecursionError:
        raise PlanError("The plan is not valid JSON: it is nested too deeply.") from None


def _check(tasks: tuple[TaskSpec, ...]) -> None:
    if not tasks:
        raise PlanError("The plan has no tasks.")
    ids = [task.task_id for task in tasks]
    twice = sorted({key for key in ids if ids.count(key) > 1})
    if twice:
        raise PlanError(f"The plan uses a task id twice: {', '.join(twice)}.")
    for task in tasks:
        _check_task(task, ids)
    cycle = find_cycle({task.task_id: task.depends_on for task in tasks})
    if cycle:
        raise PlanError(f"The plan's tasks wait for each other: {' -> '.join(cycle)}.")


def _check_task(task: TaskSpec, ids: list[str]) -> None:
    if not _ID.fullmatch(task.task_id):
        raise PlanError(f"{task.task_id!r} is no task id: letters, digits, - and _ only.")
    if not task.description.strip():
        raise PlanError(f"{task.task_id} has no description.")
    if len(task.context_files) > _MAX_CONTEXT_FILES:
        raise PlanError(f"{task.task_id} has more than {_MAX_CONTEXT_FILES} context files.")
    for path in (task.output_file, *task.context_files):
        try:
            check_relative(path)
        except OrchestratorError as error:
            raise PlanError(f"{task.task_id}: {error}") from error
    if task.test_command:
        try:
            argv_of(task.test_command)
        except OrchestratorError as error:
            raise PlanError(f"{task.task_id}: {error}") from error
    unknown = [key for key in task.depends_on if key not in ids]
    if unknown:
        names = ", ".join(unknown)
        raise PlanError(f"{task.task_id} depends on {names}, which is not in the plan.")


def is_reserved(task_id: str) -> bool:
    """True for what may be the name of a goal or a question."""
    return _RESERVED.fullmatch(task_id) is not None


def renumbered(tasks: tuple[TaskSpec, ...], taken: Collection[str]) -> tuple[TaskSpec, ...]:
    """The same tasks; ids that clash with `taken` are replaced everywhere by the next free ones."""
    names: dict[str, str] = {}
    used = set(taken) | {task.task_id for task in tasks}
    for task in tasks:
        names[task.task_id] = task.task_id
        if task.task_id in taken or is_reserved(task.task_id):
            names[task.task_id] = next_task_id(used)
            used.add(names[task.task_id])
    return tuple(_renamed(task, names) for task in tasks)


def _renamed(task: TaskSpec, names: Mapping[str, str]) -> TaskSpec:
    depends_on = tuple(names[key] for key in task.depends_on)
    return msgspec.structs.replace(task, task_id=names[task.task_id], depends_on=depends_on)


def next_task_id(used: Collection[str]) -> str:
    """The first of T-001, T-002 ... that is not in `used`."""
    number = 1
    while (name := f"T-{number:03}") in used:
        number += 1
    return name
