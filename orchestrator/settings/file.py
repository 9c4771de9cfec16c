"""Reading the configuration file: YAML with a line number for every key, and nothing clever.

Refused, each with its line: duplicate keys, aliases (a few lines of them can mean gigabytes),
keys that are not text, files too big or too deep to be a configuration, and API keys.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from orchestrator.errors import ConfigError
from orchestrator.key_shapes import holds_key
from orchestrator.settings.document import Leaf, Table

MAX_BYTES = 256 * 1024
MAX_DEPTH = 16

_NO_KEYS = (
    "Keys are never kept in files: take it out, put it in an environment variable, and give that"
    " variable's name as api_key_env."
)


def read_settings_file(path: Path) -> Table:
    """What the file says; not yet compared with what can be configured.

    Raises:
        ConfigError: it can't be read or is not a plain YAML mapping; names file and line. A key
            found in it is not repeated in the message.
    """
    text = _text(path)
    for number, line in enumerate(text.splitlines(), start=1):
        if holds_key(line):
            raise ConfigError(f"{path}:{number}: this looks like an API key.", _NO_KEYS)
    return _Reader(path).table(text)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: there is no such configuration file.",
            "Make it, or leave out --config and ORCHESTRATOR_CONFIG.",
        ) from None
    except OSError as error:
        raise ConfigError(f"{path}: can't be read: {error.strerror}.") from error
    if len(data) > MAX_BYTES:
        raise ConfigError(
            f"{path}: is larger than {MAX_BYTES // 1024} KB.", "Is it the right file?"
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: is not UTF-8.", "Save the file as UTF-8.") from None


class _Reader:
    """Makes tables of YAML nodes; knows the file for its errors."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def table(self, text: str) -> Table:
        try:
            self._refuse_floods(text)
            node = yaml.compose(text, Loader=yaml.SafeLoader)
            if node is None:
                return Table({})
            entry = self._entry(node, 1, "")
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            told = [part.strip() for part in (error.context, error.problem) if part]
            problem = ", ".join(told) or "it is not YAML"
            hint = "Check the indentation, and put odd characters in quotes."
            raise self._wrong(mark.line + 1 if mark else 1, f"{problem}.", hint) from None
        except yaml.YAMLError as error:
            reason = str(error).partition("\n")[0]
            raise self._wrong(1, f"this is not YAML: {reason}.") from None
        if isinstance(entry, Leaf) and entry.value is not None:
            problem = "expected keys with values."
            raise self._wrong(node.start_mark.line + 1, problem, "For example: profile: fast")
        return entry if isinstance(entry, Table) else Table({})

    def _refuse_floods(self, text: str) -> None:
        depth = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, yaml.AliasEvent):
                problem = "aliases (*name) are not read here."
                raise self._wrong(line, problem, "Write the value out.")
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > MAX_DEPTH:
                raise self._wrong(line, f"is nested more than {MAX_DEPTH} levels deep.")

    def _entry(self, node: yaml.Node, line: int, where: str) -> Leaf | Table:
        if not isinstance(node, yaml.MappingNode):
            return Leaf(self._value(node, where), line)
        entries: dict[str, Leaf | Table] = {}
        lines: dict[str, int] = {}
        for key, key_line, child in self._pairs(node):
            if key in entries:
                problem = f'the key "{key}" is there twice, first on line {lines[key]}.'
                raise self._wrong(key_line, problem, "Keep one of them.")
            lines[key] = key_line
            entries[key] = self._entry(child, key_line, f"{where}.{key}".lstrip("."))
        return Table(entries, line)

    def _pairs(self, node: yaml.MappingNode) -> Iterator[tuple[str, int, yaml.Node]]:
        for key_node, child in node.value:
            line = key_node.start_mark.line + 1
            if key_node.tag != "tag:yaml.org,2002:str":
                shown = str(key_node.value)[:40] if isinstance(key_node.value, str) else "a list"
                raise self._wrong(line, f"the key {shown} is not text.", f'Write it as "{shown}".')
            yield key_node.value, line, child

    def _value(self, node: yaml.Node, where: str) -> object:
        constructor = yaml.SafeLoader("")
        line = node.start_mark.line + 1
        try:
            return constructor.construct_object(node, deep=True)
        except yaml.constructor.ConstructorError:
            problem = f'"{where}" has a type mark (!) that is not read here.'
            raise self._wrong(line, problem) from None
        except (ValueError, TypeError, OverflowError) as error:
            raise self._wrong(line, f'"{where}" can\'t be read: {error}.') from None
        finally:
            constructor.dispose()

    def _wrong(self, line: int, problem: str, hint: str = "") -> ConfigError:
        return ConfigError(f"{self._path}:{line}: {problem}", hint)
