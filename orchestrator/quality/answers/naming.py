"""How an answer says which file a block is: in the fence, in a heading, in a first comment."""

from __future__ import annotations

import re

_PATH = re.compile(
    r"(?:[A-Za-z]:)?[\w@.+\-/\\\[\]()$]*[\w\])]\.[A-Za-z]\w{0,9}|[\w@.+\-/\\]*/[\w.\-]+"
)
_BARE_NAMES = re.compile(r"(?:[\w.\-]+/)*(?:Dockerfile|Makefile|Gemfile|Rakefile|LICENSE)")
_INFO_KEY = re.compile(
    r"(?:file_?name|file_?path|path|file|title|name)\s*[=:]\s*[\"'{]?([^\s\"'{}]+)", re.IGNORECASE
)
_SAID = (
    r"(?:(?:file ?name|file ?path|context file|context|file|path|content of|contents of|in)"
    r"\s*:?\s*)?"
)
_COMMENT = re.compile(
    rf"(?:#|//|--|;|/\*+|<!--|%|\"\"\")\s*{_SAID}[`'\"]?(\S+?)[`'\"]?\s*(?:\*/|-->|\"\"\")?",
    re.IGNORECASE,
)
_HEADING = re.compile(
    rf"(?:#+\s*|[-*]\s+|\d+[.)]\s+)?[*_`]*{_SAID}[*_`\"']*(\S+?)[*_`\"']*"
    r"\s*(?:\([^)]*\))?\s*:?[*_]*\s*:?",
    re.IGNORECASE,
)
_LONGEST = 300
"""Characters; no longer line names a file."""
# Products whose names look like files.
_PRODUCT_LIST = "node vue next react express nuxt three d3 ember backbone socket"
_PRODUCTS = {f"{name}.js" for name in _PRODUCT_LIST.split()} | {"asp.net", "e.g", "i.e", "etc"}


def looks_like_path(word: str) -> bool:
    """True for something that can only be meant as a file's name."""
    if word.lower() in _PRODUCTS or "://" in word:
        return False
    return bool(_PATH.fullmatch(word) or _BARE_NAMES.fullmatch(word))


def path_in_info(info: str) -> str:
    """The path in a fence's info string: `js path=a.js`, `python:src/a.py`, `src/a.py`; or ""."""
    if len(info) > _LONGEST:
        return ""
    if keyed := _INFO_KEY.search(info):
        return _as_path(keyed[1])
    for word in re.split(r"[\s,]+", info):
        if path := _as_path(word) or _as_path(word.partition(":")[2]):
            return path
    return ""


def path_in_heading(line: str) -> str:
    """The path when the line before a block is nothing but a file's name; or ""."""
    match = _HEADING.fullmatch(line.strip()) if len(line) < _LONGEST else None
    return _as_path(match[1]) if match else ""


def path_in_comment(text: str) -> str:
    """The path when the first line is a comment that is nothing but a file's name; or ""."""
    line = text.partition("\n")[0].strip()
    match = _COMMENT.fullmatch(line) if len(line) < _LONGEST else None
    return _as_path(match[1]) if match else ""


def same_file(said: str, wanted: str) -> bool:
    """True when the name an answer gives can be the wanted file.

    A shorter or a longer path to the same place counts: `x.py`, `/repo/src/x.py`, `a/src/x.py`
    for `src/x.py`. Another folder does not.
    """
    one, other = _parts(said), _parts(wanted)
    shared = min(len(one), len(other))
    return shared > 0 and one[-shared:] == other[-shared:]


def _as_path(word: str) -> str:
    word = word.strip("`\"'{}:,;")
    return word if looks_like_path(word) else ""


def _parts(path: str) -> list[str]:
    return [part for part in path.replace("\\", "/").split("/") if part not in {"", "."}]
