"""What may be written where: the settings' types, asked about one key at a time.

msgspec can read a whole document, but its errors name neither the line nor the nearest valid key.
So keys and values are checked one by one here, by the types in `orchestrator.config`.
"""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec

from orchestrator.key_shapes import is_like_key

Path = tuple[str, ...]
"""A setting by its keys: ("profiles", "code", "model")."""

Kind = Any
"""A type as annotations write it: a class, Literal[...], dict[str, ...], Annotated[...]."""

_SHOWN = 40
_LONGEST_NAME = 64


class Misfit(Exception):
    """A value does not fit its setting.

    Attributes:
        problem: what is expected and what was found, to follow the setting's name.
        hint: what to write instead; may be empty.
    """

    def __init__(self, problem: str, hint: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.hint = hint


def dotted(path: Path) -> str:
    """The path as it is shown and typed."""
    return ".".join(path)


def nearest(word: str, words: Iterable[str]) -> str:
    """A hint that names the likeliest of `words`, or all of them when none is alike."""
    known = list(words)
    alike = difflib.get_close_matches(word.casefold(), [w.casefold() for w in known], n=1)
    if alike:
        return f'Did you mean "{next(w for w in known if w.casefold() == alike[0])}"?'
    return f"Possible: {', '.join(known)}." if known else ""


@cache
def fields(section: type[msgspec.Struct]) -> Mapping[str, Kind]:
    """The keys of a section with their types."""
    return {field.name: field.type for field in msgspec.structs.fields(section)}


@cache
def required(section: type[msgspec.Struct]) -> tuple[str, ...]:
    """The keys a section can't be without."""
    return tuple(field.name for field in msgspec.structs.fields(section) if field.required)


def entry_type(kind: Kind) -> Kind | None:
    """The type of the values of a mapping with free names (backends); None for all else."""
    return get_args(kind)[1] if _form(kind) is dict else None


def is_section(kind: Kind) -> bool:
    """True when `kind` has fixed keys of its own."""
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def is_name(text: str) -> bool:
    """True when `text` may name a backend, a profile or a category."""
    return 0 < len(text) <= _LONGEST_NAME and text.isprintable() and text == text.strip()


def leaves(value: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """Every setting in a value made of plain mappings, with its path."""
    if not isinstance(value, dict):
        yield path, value
        return
    for key, child in value.items():
        yield from leaves(child, (*path, key))


def fit(value: object, kind: Kind) -> object:
    """`value` as a setting of type `kind`.

    Raises:
        Misfit: it is of another type or out of bounds. A value that looks like a key is not
            repeated in the message.
    """
    try:
        found: object = msgspec.convert(value, kind)
    except (msgspec.ValidationError, OverflowError):
        raise Misfit(
            f"should be {_expected(kind)}, not {_shown(value)}.", _mend(value, kind)
        ) from None
    if isinstance(found, float) and not math.isfinite(found):
        raise Misfit(f"should be {_expected(kind)}, not {_shown(value)}.")
    return found


def _form(kind: Kind) -> object:
    """What `kind` is made with: dict, tuple, Literal, Annotated; None for a class."""
    form: object = get_origin(kind)
    return form


def _mend(value: object, kind: Kind) -> str:
    if _form(kind) is Literal and isinstance(value, str):
        return nearest(value, [word for word in get_args(kind) if word])
    if kind is str and isinstance(value, bool | int | float):
        return "Put it in quotes."
    return ""


def _expected(kind: Kind) -> str:
    if _form(kind) is Annotated:
        base, meta = get_args(kind)
        return _expected(base) + _bounds(meta)
    if _form(kind) is Literal:
        return "one of " + ", ".join(word or '""' for word in get_args(kind))
    if _form(kind) is tuple:
        return "a list of texts"
    words: dict[object, str] = {
        bool: "true or false",
        int: "a whole number",
        float: "a number",
        str: "text",
    }
    return words[kind]


def _bounds(meta: msgspec.Meta) -> str:
    parts = [
        f"{word} {bound:g}"
        for word, bound in (("at least", meta.ge), ("more than", meta.gt), ("at most", meta.le))
        if bound is not None
    ]
    return ", " + " and ".join(parts) if parts else ""


def _shown(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, dict):
        return "keys with values"
    if isinstance(value, str) and is_like_key(value):
        return "something that looks like a key"
    if isinstance(value, list):
        return "a list"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
