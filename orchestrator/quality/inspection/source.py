"""A file's text with its syntax tree, parsed at most once."""

from __future__ import annotations

import ast
import importlib
import warnings
from collections.abc import Iterator
from functools import cache, cached_property
from typing import TYPE_CHECKING

from orchestrator.languages import Language, language_of

if TYPE_CHECKING:
    import tree_sitter

LARGEST = 1_000_000
"""Bytes; a larger file is not parsed."""


class Source:
    """One file as the checks see it.

    Attributes:
        path: relative to the workspace, POSIX.
        content: the bytes.
        language: what the path's name says.
    """

    def __init__(self, path: str, content: bytes) -> None:
        self.path = path
        self.content = content
        self.language: Language = language_of(path)

    @cached_property
    def text(self) -> str | None:
        """The text with LF newlines, without byte order mark; None when it is not UTF-8."""
        try:
            text = self.content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return None
        return text.replace("\r\n", "\n").replace("\r", "\n")

    @cached_property
    def lines(self) -> list[str]:
        """The lines, without their ends."""
        return (self.text or "").split("\n")

    @cached_property
    def module(self) -> ast.Module | None:
        """The tree of a Python file; None for other files and for one that does not parse."""
        if self.language.name != "python" or self.text is None or self.too_large:
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(self.text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None

    @cached_property
    def tree(self) -> tree_sitter.Tree | None:
        """The concrete tree; None without a grammar for the language, or for a large file.

        It exists for broken files too, with error nodes in it.
        """
        if not self.language.grammar or self.text is None or self.too_large:
            return None
        import tree_sitter

        return tree_sitter.Parser(_grammar(self.language.grammar)).parse(self.text.encode())

    @property
    def too_large(self) -> bool:
        """True when the file is not parsed because of its size."""
        return len(self.content) > LARGEST

    def nodes(self, query: str) -> list[tree_sitter.Node]:
        """What a tree-sitter query captures, in the order of the file; not names like `@_this`."""
        if self.tree is None:
            return []
        import tree_sitter

        cursor = tree_sitter.QueryCursor(_query(self.language.grammar, query))
        captured = cursor.captures(self.tree.root_node)
        nodes = [node for name in captured if name[0] != "_" for node in captured[name]]
        return sorted(nodes, key=lambda node: node.start_byte)


def text_of(node: tree_sitter.Node) -> str:
    """The source text of a node."""
    return (node.text or b"").decode("utf-8", "replace")


def walk(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    """`node` and all below it, without recursion."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.children))


@cache
def _grammar(name: str) -> tree_sitter.Language:
    """A grammar, loaded when first needed: "tree_sitter_go:language"."""
    import tree_sitter

    package, _, function = name.partition(":")
    return tree_sitter.Language(getattr(importlib.import_module(package), function)())


@cache
def _query(grammar: str, query: str) -> tree_sitter.Query:
    import tree_sitter

    return tree_sitter.Query(_grammar(grammar), query)
