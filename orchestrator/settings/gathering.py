"""Putting settings together from several sources, later ones over earlier ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any

import msgspec

from orchestrator.config import Settings
from orchestrator.errors import ConfigError
from orchestrator.key_shapes import is_like_key, names_key
from orchestrator.settings.document import Leaf, Table
from orchestrator.settings.schema import (
    Kind,
    Misfit,
    Path,
    dotted,
    entry_type,
    fields,
    fit,
    is_name,
    is_section,
    leaves,
    nearest,
    required,
)

DEFAULT = "default"
_NO_KEYS = (
    "Keys are never kept in files: put the key in an environment variable and write that"
    " variable's name as api_key_env."
)


class Given(msgspec.Struct, frozen=True):
    """A value, where it comes from, and that place as an error names it."""

    value: object
    origin: str = DEFAULT
    place: str = DEFAULT


class Gathering:
    """Settings while they are put together; starts with the defaults."""

    def __init__(self) -> None:
        builtin = msgspec.to_builtins(Settings())
        self._given = {path: Given(value) for path, value in leaves(builtin)}
        self._named: dict[Path, Given] = {}

    def __getitem__(self, path: Path) -> object:
        """The value of a setting; None when nothing gave one."""
        given = self._given.get(path)
        return given.value if given else None

    def names(self, section: str) -> list[str]:
        """The names in a section with free names: backends, profiles."""
        return list(dict.fromkeys(path[1] for path in self._all() if path[0] == section))

    def is_default(self, path: Path) -> bool:
        """True when nobody chose this value."""
        return self._origin(path) == DEFAULT

    def place(self, *path: str) -> str:
        """How an error names the place a setting, or something in it, comes from."""
        for known, given in (*self._named.items(), *self._given.items()):
            if known[: len(path)] == path and given.origin != DEFAULT:
                return given.place
        return DEFAULT

    def put(self, path: Path, value: object, origin: str, place: str = "") -> None:
        """Set a value over what was there."""
        self._given[path] = Given(value, origin, place or origin)

    def amend(self, path: Path, value: object) -> None:
        """Change a value's form; it still comes from where it came from."""
        self._given[path] = msgspec.structs.replace(self._given[path], value=value)

    def derive(self, path: Path, value: object) -> None:
        """Set a value that follows from others, unless somebody chose one."""
        if self.is_default(path):
            self._given[path] = Given(value)

    def forget_defaults(self, *path: str) -> None:
        """Drop the defaults below `path`: they were made for something else."""
        for known in [p for p in self._given if p[: len(path)] == path]:
            if self.is_default(known):
                del self._given[known]

    def origins(self, settings: Settings) -> dict[str, str]:
        """Where every setting comes from, in the order of the settings."""
        return {
            dotted(path): self._origin(path) for path, _ in leaves(msgspec.to_builtins(settings))
        }

    def settings(self) -> Settings:
        """All of it together.

        Raises:
            ConfigError: an entry lacks a key it can't be without.
        """
        nested: dict[str, Any] = {}
        for path in self._all():
            at = nested
            for key in path[:-1]:
                at = at.setdefault(key, {})
            if path in self._given:
                at[path[-1]] = self._given[path].value
            else:
                at.setdefault(path[-1], {})
        self._refuse_incomplete(nested, Settings, ())
        return msgspec.convert(nested, Settings)

    # --- the file ----------------------------------------------------------------------------

    def add_file(self, table: Table, file: FilePath) -> None:
        """Put what the file says over what is there.

        Raises:
            ConfigError: an unknown key, a value of the wrong type, or a key (secret).
        """
        for path, leaf in self._checked(table, Settings, (), file):
            origin, place = f"{file.name}:{leaf.line}", f"{file}:{leaf.line}"
            if isinstance(leaf, Table):
                self._named[path] = Given(None, origin, place)
            else:
                self.put(path, leaf.value, origin, place)

    def _checked(
        self,
        table: Table,
        kind: Kind,
        path: Path,
        file: FilePath,
    ) -> Iterator[tuple[Path, Leaf | Table]]:
        for key, node in table.entries.items():
            here = (*path, key)
            child = self._type_of(key, kind, path, f"{file}:{node.line}")
            if is_section(child) or entry_type(child):
                section = _as_table(node, here, file)
                if entry_type(kind):
                    yield here, Table({}, node.line)
                yield from self._checked(section, child, here, file)
            else:
                yield here, _fitted(node, child, here, file)

    def _type_of(self, key: str, kind: Kind, path: Path, place: str) -> Kind:
        if free := entry_type(kind):
            if not is_name(key):
                raise ConfigError(f'{place}: "{key[:40]}" can\'t be a name in "{dotted(path)}".')
            return free
        known = fields(kind)
        if key not in known:
            raise _unknown(key, list(known), path, place)
        return known[key]

    # --- inside ------------------------------------------------------------------------------

    def _all(self) -> list[Path]:
        return [*self._given, *self._named]

    def _origin(self, path: Path) -> str:
        return self._given[path].origin if path in self._given else DEFAULT

    def _refuse_incomplete(self, value: dict[str, Any], kind: Kind, path: Path) -> None:
        free = entry_type(kind)
        types: Mapping[str, Kind] = dict.fromkeys(value, free) if free else fields(kind)
        missing = [] if free else [key for key in required(kind) if key not in value]
        if missing:
            raise ConfigError(
                f'{self.place(*path)}: "{dotted(path)}" has no {missing[0]}.',
                f"Add a line: {missing[0]}: ...",
            )
        for key, child in value.items():
            if is_section(types[key]) or entry_type(types[key]):
                self._refuse_incomplete(child, types[key], (*path, key))


def _as_table(node: Leaf | Table, path: Path, file: FilePath) -> Table:
    if isinstance(node, Table):
        return node
    if node.value is None:  # all its lines are commented out
        return Table({}, node.line)
    raise ConfigError(
        f'{file}:{node.line}: "{dotted(path)}" should hold keys with values, one a line.',
        "Indent them below it.",
    )


def _fitted(node: Leaf | Table, kind: Kind, path: Path, file: FilePath) -> Leaf:
    value: object = {} if isinstance(node, Table) else node.value
    place = f"{file}:{node.line}"
    if isinstance(value, str) and is_like_key(value):
        raise ConfigError(f'{place}: "{dotted(path)}" looks like an API key.', _NO_KEYS)
    try:
        return Leaf(fit(value, kind), node.line)
    except Misfit as misfit:
        raise ConfigError(f'{place}: "{dotted(path)}" {misfit.problem}', misfit.hint) from None


def _unknown(key: str, known: list[str], path: Path, place: str) -> ConfigError:
    inside = f' in "{dotted(path)}"' if path else ""
    if names_key(key) and path[:1] == ("backends",):
        return ConfigError(f'{place}: unknown key "{key[:40]}"{inside}.', _NO_KEYS)
    return ConfigError(f'{place}: unknown key "{key[:40]}"{inside}.', nearest(key, known))
