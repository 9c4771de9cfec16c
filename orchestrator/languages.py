"""The languages this program can tell apart, by file name and by the word after a fence."""

from __future__ import annotations

import re
from functools import cache
from pathlib import PurePosixPath
from typing import Literal

import msgspec


class Language(msgspec.Struct, frozen=True, kw_only=True):
    """What the checks need to know about a language."""

    name: str
    """Empty for a language that is not known."""
    suffixes: tuple[str, ...] = ()
    file_names: tuple[str, ...] = ()
    """Whole names that mean this language, without regard to the suffix."""
    fences: tuple[str, ...] = ()
    """Words after a fence that mean this language, beside its name and its suffixes."""
    family: str = ""
    """Languages of one family are often confused in a fence's label."""
    kind: Literal["code", "data", "prose"] = "code"
    """Only code has lines that count against the contract."""
    comments: tuple[str, ...] = ()
    """Beginnings of a line that is a comment."""
    grammar: str = ""
    """tree-sitter package and function, "tree_sitter_go:language"; empty when there is none."""
    exact: bool = True
    """False where a grammar complains about correct files too: macros, templates, lenient HTML."""


UNKNOWN = Language(name="")
_TEST_NAME = re.compile(
    r"(?:^|/)(?:tests?/|test_|conftest)|[._-](?:test|spec)s?\.\w+$", re.IGNORECASE
)

_C_LIKE = ("//", "/*", "*/", "* ")
_HASH = ("#",)
_MARKUP = ("<!--",)

LANGUAGES = (
    Language(
        name="python",
        suffixes=("py", "pyi", "pyw"),
        fences=("python3", "py3", "python2"),
        comments=_HASH,
        grammar="tree_sitter_python:language",
    ),
    Language(
        name="javascript",
        suffixes=("js", "mjs", "cjs", "jsx"),
        fences=("node", "nodejs", "ecmascript", "javascriptreact", "es6"),
        family="javascript",
        comments=_C_LIKE,
        grammar="tree_sitter_javascript:language",
    ),
    Language(
        name="typescript",
        suffixes=("ts", "mts", "cts"),
        family="javascript",
        comments=_C_LIKE,
        grammar="tree_sitter_typescript:language_typescript",
    ),
    Language(
        name="tsx",
        suffixes=("tsx",),
        fences=("typescriptreact",),
        family="javascript",
        comments=_C_LIKE,
        grammar="tree_sitter_typescript:language_tsx",
    ),
    Language(
        name="json",
        suffixes=("json", "webmanifest", "geojson", "ipynb"),
        family="json",
        kind="data",
    ),
    Language(
        name="jsonc",
        suffixes=("jsonc",),
        file_names=("tsconfig.json", "jsconfig.json", ".eslintrc.json", "devcontainer.json"),
        family="json",
        kind="data",
        comments=_C_LIKE,
        grammar="tree_sitter_json:language",
    ),
    Language(
        name="jsonl", suffixes=("jsonl", "ndjson"), fences=("json",), family="json", kind="data"
    ),
    Language(name="yaml", suffixes=("yaml", "yml"), kind="data", comments=_HASH),
    Language(name="toml", suffixes=("toml",), kind="data", comments=_HASH),
    Language(
        name="ini",
        suffixes=("ini", "cfg", "conf", "properties", "env"),
        file_names=(".editorconfig", ".gitignore", ".dockerignore", ".env.example"),
        kind="data",
        comments=("#", ";"),
    ),
    Language(
        name="markdown",
        suffixes=("md", "markdown", "mdx"),
        kind="prose",
        comments=_MARKUP,
    ),
    Language(
        name="text",
        suffixes=("txt", "rst", "adoc"),
        file_names=("LICENSE", "README", "CHANGELOG", "NOTICE", "AUTHORS"),
        fences=("plaintext", "plain"),
        kind="prose",
    ),
    Language(
        name="html",
        suffixes=("html", "htm", "xhtml"),
        family="markup",
        comments=_MARKUP,
        grammar="tree_sitter_html:language",
        exact=False,
    ),
    Language(name="vue", suffixes=("vue",), family="markup", comments=(*_MARKUP, *_C_LIKE)),
    Language(name="svelte", suffixes=("svelte",), family="markup", comments=(*_MARKUP, *_C_LIKE)),
    Language(
        name="xml", suffixes=("xml", "svg", "xsd", "plist"), family="markup", comments=_MARKUP
    ),
    Language(
        name="css",
        suffixes=("css",),
        family="css",
        comments=("/*", "*/", "* "),
        grammar="tree_sitter_css:language",
    ),
    Language(name="scss", suffixes=("scss", "sass", "less"), family="css", comments=_C_LIKE),
    Language(
        name="go",
        suffixes=("go",),
        fences=("golang",),
        comments=_C_LIKE,
        grammar="tree_sitter_go:language",
    ),
    Language(name="rust", suffixes=("rs",), comments=_C_LIKE, grammar="tree_sitter_rust:language"),
    Language(
        name="java", suffixes=("java",), comments=_C_LIKE, grammar="tree_sitter_java:language"
    ),
    Language(
        name="c",
        suffixes=("c", "h"),
        family="c",
        comments=_C_LIKE,
        grammar="tree_sitter_c:language",
        exact=False,
    ),
    Language(
        name="cpp",
        suffixes=("cpp", "cc", "cxx", "hpp", "hh", "hxx"),
        fences=("c++",),
        family="c",
        comments=_C_LIKE,
        grammar="tree_sitter_cpp:language",
        exact=False,
    ),
    Language(
        name="ruby",
        suffixes=("rb", "rake", "gemspec"),
        file_names=("Gemfile", "Rakefile"),
        comments=_HASH,
        grammar="tree_sitter_ruby:language",
    ),
    Language(
        name="php",
        suffixes=("php",),
        comments=(*_C_LIKE, "#"),
        grammar="tree_sitter_php:language_php",
    ),
    Language(
        name="bash",
        suffixes=("sh", "bash", "zsh"),
        fences=("shell",),
        comments=_HASH,
        grammar="tree_sitter_bash:language",
        exact=False,
    ),
    Language(name="csharp", suffixes=("cs",), fences=("c#",), comments=_C_LIKE),
    Language(name="kotlin", suffixes=("kt", "kts"), comments=_C_LIKE),
    Language(name="swift", suffixes=("swift",), comments=_C_LIKE),
    Language(name="scala", suffixes=("scala",), comments=_C_LIKE),
    Language(name="dart", suffixes=("dart",), comments=_C_LIKE),
    Language(name="lua", suffixes=("lua",), comments=("--",)),
    Language(name="sql", suffixes=("sql",), comments=("--", "/*", "*/", "* ")),
    Language(name="graphql", suffixes=("graphql", "gql"), comments=_HASH),
    Language(name="proto", suffixes=("proto",), fences=("protobuf",), comments=_C_LIKE),
    Language(name="r", suffixes=("r",), comments=_HASH),
    Language(name="dockerfile", file_names=("Dockerfile",), fences=("docker",), comments=_HASH),
    Language(
        name="makefile",
        suffixes=("mk",),
        file_names=("Makefile",),
        fences=("make",),
        comments=_HASH,
    ),
)


def language_of(path: str) -> Language:
    """The language a file of this name is written in; `UNKNOWN` when the name does not tell."""
    name = PurePosixPath(path).name
    for language in LANGUAGES:
        if name in language.file_names:
            return language
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    return _by_suffix().get(suffix, UNKNOWN)


def language_named(word: str) -> Language | None:
    """The language meant by a fence's first word; None for a word that names none."""
    return _by_word().get(word.strip().lower())


def suits(label: Language | None, target: Language) -> int:
    """How well a block with this label fits a file: 3 exactly, 2 no label, 1 related, 0 not."""
    if label is None:
        return 2
    if label.name == target.name:
        return 3
    related = bool(target.family) and label.family == target.family
    return 1 if related or not target.name else 0


def is_test_file(path: str) -> bool:
    """True when a file's name says that it holds tests."""
    return bool(_TEST_NAME.search(path))


@cache
def _by_suffix() -> dict[str, Language]:
    return {suffix: language for language in LANGUAGES for suffix in language.suffixes}


@cache
def _by_word() -> dict[str, Language]:
    words = {
        word: language
        for language in reversed(LANGUAGES)
        for word in (language.name, *language.suffixes, *language.fences)
    }
    # A plain-text label says nothing about what is inside.
    return {word: language for word, language in words.items() if language.name != "text"}
