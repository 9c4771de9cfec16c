"""The shapes of kept data: documents in tables, and changes to them, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from sessions.errors import InvalidDocument

NOT_JSON = (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError)
"""What msgspec raises for what is not JSON."""

Document = dict[str, Any]
"""One JSON object."""

Tables = dict[str, dict[str, Document]]
"""Table name to document id (a decimal number as text) to document: TinyDB's own layout."""

TableChanges = dict[str, Document | None]
"""Document id to its new content, None for a removed document."""

Changes = dict[str, TableChanges | None]
"""Table name to what changes in it, None for a dropped table."""


def encode(value: object) -> bytes:
    """The value as compact JSON in UTF-8 without line breaks; NaN becomes null.

    Raises:
        InvalidDocument: it can't be written as JSON.
    """
    try:
        return msgspec.json.encode(value)
    except NOT_JSON as error:
        raise InvalidDocument(
            f"This can't be kept as JSON: {error}.",
            "Keep only text, numbers, true, false, null, lists and objects.",
        ) from error


def own_copy(document: Mapping[str, Any]) -> Document:
    """A copy that shares nothing with the original, in the form that JSON gives back."""
    copied = decode_object(encode(document))
    if copied is None:
        raise InvalidDocument("A document must be a JSON object.")
    return copied


def decode_object(data: bytes) -> Document | None:
    """The JSON object in these bytes, None when they hold anything else."""
    try:
        value = msgspec.json.decode(data)
    except NOT_JSON:
        return None
    return value if isinstance(value, dict) else None


def apply_changes(tables: Tables, changes: Changes) -> None:
    """Makes the changes in place. The order of documents is kept; new ones come last."""
    for name, documents in changes.items():
        if documents is None:
            tables.pop(name, None)
            continue
        table = tables.setdefault(name, {})
        for doc_id, document in documents.items():
            if document is None:
                table.pop(doc_id, None)
            else:
                table[doc_id] = document
