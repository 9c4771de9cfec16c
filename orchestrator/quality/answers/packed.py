"""Answers that are JSON with files in it: {"files": [...]}, {"path": ...}, or {path: text}."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from orchestrator.quality.answers.naming import looks_like_path

_PATH_KEYS = (
    "path",
    "file",
    "filename",
    "file_name",
    "file_path",
    "filepath",
    "output_file",
    "name",
)
_TEXT_KEYS = ("content", "contents", "code", "text", "source", "body", "file_content")
_LIST_KEYS = ("files", "outputs", "changes", "output", "result", "results")
_LARGEST = 4_000_000


class PackedFile(msgspec.Struct, frozen=True):
    """A file as an answer's JSON gives it."""

    path: str
    """Empty when the JSON gives a content only."""
    content: str


def packed_files(text: str) -> tuple[PackedFile, ...]:
    """The files in a JSON answer, in order; empty when `text` is not such an answer.

    Raw newlines within strings are accepted: small models write them.
    """
    text = text.strip()
    if not text.startswith(("{", "[")) or len(text) > _LARGEST:
        return ()
    try:
        value = json.JSONDecoder(strict=False).decode(text)
    except (ValueError, RecursionError):
        return ()
    return tuple(_files_in(value))


def _files_in(value: Any) -> list[PackedFile]:  # noqa: ANN401 - JSON
    if isinstance(value, list):
        files = [_one_file(item) for item in value]
        return [file for file in files if file] if all(files) else []
    if not isinstance(value, dict):
        return []
    for key in _LIST_KEYS:
        if isinstance(value.get(key), list | dict) and (found := _files_in(value[key])):
            return found
    single = _one_file(value)
    return [single] if single else _by_path(value)


def _one_file(value: Any) -> PackedFile | None:  # noqa: ANN401 - JSON
    if not isinstance(value, dict):
        return None
    path = next((value[key] for key in _PATH_KEYS if isinstance(value.get(key), str)), "")
    for key in _TEXT_KEYS:
        content = _text(value.get(key))
        if content is not None:
            return PackedFile(path, content)
    return None


def _by_path(value: dict[str, Any]) -> list[PackedFile]:
    texts = {key: _text(item) for key, item in value.items()}
    if not texts or not all(looks_like_path(key) for key in texts):
        return []
    return [PackedFile(key, content) for key, content in texts.items() if content is not None]


def _text(value: Any) -> str | None:  # noqa: ANN401 - JSON
    """A content: a string, or a list of lines."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and all(isinstance(line, str) for line in value):
        return "\n".join(line.rstrip("\n") for line in value)
    return None
