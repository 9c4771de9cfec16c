"""Answers without a fence: program text among prose, and prose alone."""

from __future__ import annotations

import ast
import json
import re
import warnings

from orchestrator.languages import Language, language_named
from orchestrator.quality.answers.wording import is_lead_in, is_plain_lead_in

# Of any of the languages.
_KEYWORD_LIST = """
    abstract and as assert async await begin break case catch class const continue create
    debugger declare def default defer del delete do elif else end enum except export extends
    extern false final finally fn for from func function global go goto if impl implements
    import in include insert interface internal is lambda let local loop match mod module
    namespace new nil none nonlocal not null or override package pass private protected pub
    public raise return select self static struct super switch template this throw trait true
    try type typedef undefined union unless unsafe until update use using val var virtual void
    where while with yield
"""
_KEYWORDS = frozenset(_KEYWORD_LIST.split())
_CODE_LINE = re.compile(
    r"""
      [{}();\[\]=<>]                                     # punctuation of programs
    | ^\s*(?:[#@%$&*]|//|--|/\*|\"\"\"|''')              # comments, decorators, docstrings
    | ^\s*[\w.\"'-]+\s*:(?:\s|$)                         # a key
    | ^\s*(?:- |\.|\|)
    """,
    re.VERBOSE,
)
_PROSE = re.compile(r"[\"'(*_`]*[A-Za-z][\w'’`*_]*[,:]?(?: [\w'’`\"*()_,/.:&%+–-]+){2,}")
_PROSE_ENDS = (".", ":", "!", "?", ",", ")")
_TALK = re.compile(r"(?:[-*•]|\d+[.)])\s+[A-Z*`]|\*\*|[A-Z][A-Za-z]*(?: [a-z]+){0,3}:$")
_LONE_INLINE = re.compile(r"```(?:(\w+) )?([^`\n]+)```")
_WORDS_OF_A_SENTENCE = 5
_LEAST_SHARE_OF_CODE = 0.5
_LARGEST_PARSED = 200_000
"""Characters; parsing more would be felt."""


def bare_content(text: str, target: Language) -> str:
    """The file in an answer without fenced blocks; "" when the answer holds none.

    Args:
        text: the cleaned answer.
        target: the language of the wanted file.
    """
    text = _without_lead_in(_without_inline_fence(text), target)
    if target.kind == "prose" or not target.name:
        return text
    if target.family == "json":
        return _json_part(text)
    if target.name == "python" and _is_python(text):
        return text
    return _program_part(text, target)


def is_prose(line: str) -> bool:
    """True for a line that reads like a sentence and not like program text."""
    line = line.strip()
    first = re.split(r"\W", line, maxsplit=1)[0]
    if first in _KEYWORDS or not _PROSE.fullmatch(line.rstrip(".:!?")):
        return False
    return line.endswith(_PROSE_ENDS) or (
        first[:1].isupper() and len(line.split()) >= _WORDS_OF_A_SENTENCE
    )


def _without_inline_fence(text: str) -> str:
    inline = _LONE_INLINE.fullmatch(text.strip())
    if inline is None:
        return text
    label = inline[1] and language_named(inline[1])
    return inline[2] if label or not inline[1] else f"{inline[1]} {inline[2]}"


def _without_lead_in(text: str, target: Language) -> str:
    """`text` without blank lines, "Here is the code:" and a lone language name at its head."""
    lines = text.split("\n")
    lead_in = is_lead_in if target.kind == "code" else is_plain_lead_in
    at = 0
    while at < len(lines):
        line = lines[at].strip()
        label = language_named(line) if at + 1 < len(lines) else None
        names_language = label is not None and label.kind == "code" and target.kind == "code"
        if line and not names_language and not lead_in(line):
            break
        at += 1
    return "\n".join(lines[at:])


def _json_part(text: str) -> str:
    """The JSON document in `text`, or what begins like one, or ""."""
    begin = re.search(r"^[ \t]*[\[{]", text, re.MULTILINE)
    if begin is None:
        return text if _is_json(text) else ""
    document = text[begin.end() - 1 :]
    try:
        _, end = json.JSONDecoder(strict=False).raw_decode(document)
    except (ValueError, RecursionError):
        return document
    return document[:end] if document.startswith("{") or document[:end] != "[]" else document


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _is_python(text: str) -> bool:
    """True when all of it parses, and is more than words that happen to."""
    if len(text) > _LARGEST_PARSED:
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(not isinstance(s, ast.Expr) or isinstance(s.value, ast.Call) for s in body) or (
        len(body) == 1 and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
    )


def _program_part(text: str, target: Language) -> str:
    """`text` without prose before and after; "" when what remains is mostly prose."""
    lines = text.split("\n")
    is_code = target.kind == "code"
    chatter = [
        not line.strip() or is_prose(line) or (is_code and bool(_TALK.match(line.strip())))
        for line in lines
    ]
    code = [at for at, talk in enumerate(chatter) if not talk]
    if not code:
        return ""
    kept = lines[code[0] : code[-1] + 1]
    return "\n".join(kept) if _mostly_code(kept) else ""


def _mostly_code(lines: list[str]) -> bool:
    written = [line for line in lines if line.strip()]
    code = [
        line
        for line in written
        if not is_prose(line) and (_CODE_LINE.search(line) or _begins_with_keyword(line))
    ]
    return len(code) >= len(written) * _LEAST_SHARE_OF_CODE


def _begins_with_keyword(line: str) -> bool:
    return re.split(r"\W", line.strip(), maxsplit=1)[0].lower() in _KEYWORDS
