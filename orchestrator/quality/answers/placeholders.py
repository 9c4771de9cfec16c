"""Comments that stand where code should be: "# rest of the code", "// ... existing code ..."."""

from __future__ import annotations

import re

from orchestrator.languages import Language

_ELLIPSIS = "..."
_LONGEST = 200
"""Characters; a longer comment is no stand-in for code."""
_MARKS = "#/-;*<!{%[( "
_ENDS = "*/->})]! "

_THING = (
    r"(?:code|implementation|logic|function|functions|method|methods|class|file|content|tests?"
    r"|body|imports?|styles?|props?|handlers?|routes?|cases?)"
)
_THE = r"(?:(?:the|your|this|all|any|existing|original|actual|real|other|more) )*"
_HERE = (
    r"(?:(?:goes?|comes?|stays?|remains?|is|are|continues?|below) )?"
    r"(?:here|unchanged|the same|as before|as is|omitted)(?: as before| for brevity)?"
)
# With "..." at an end a comment needs little more to say that something was left out ...
_ELIDED = re.compile(
    rf"(?:{_THE}(?:rest|remaining|remainder|existing|previous|other|same|original|unchanged"
    rf"|implementation|code|more|omitted|snip)\b.*|{_THE}{_THING}(?: {_HERE})?)?"
)
# ... without it the words must be plain.
_LEFT_OUT = re.compile(
    "|".join(
        (
            rf"{_THE}(?:rest|remainder) of {_THE}(?:\w+ ){{1,2}}{_HERE}",
            rf"{_THE}(?:rest|remainder) of {_THE}(?:code|implementation|logic)",
            rf"(?:more|other|remaining|existing|previous) (?:\w+ ){{,2}}{_THING} {_HERE}",
            r"(?:same|unchanged) (?:code )?as (?:before|above|(?:the )?original|previous)(?: \w+)?",
            r"(?:code|content|implementation|section) (?:omitted|elided|truncated|unchanged)",
            r"(?:\w+ ){,3}for brevity",
        )
    )
)
# Where the writer is invited to begin: left empty by some models, filled in below by others.
_TODO = r"(?:todo|fixme):? "
_WRITE = r"(?:implement|write|complete)(?: (?:the|your|this|actual|it|me|real))*"
_PUT = r"(?:fill in|add|insert|put|place)(?: (?:the|your|this|actual|it|real))*"
_INVITATION = re.compile(
    "|".join(
        (
            rf"(?:{_TODO})?(?:{_WRITE}|{_PUT})(?: \w+)?(?: {_THING})?(?: (?:here|logic))+",
            rf"{_TODO}{_WRITE}(?: {_THING})?",
            rf"(?:{_TODO})?(?:your|the|actual) (?:\w+ )?{_THING} (?:goes )?here",
            r"(?:implementation|code|logic) (?:goes )?here",
        )
    )
)
_HOLLOW = re.compile(
    r"(?:pass|\.\.\.|return(?: (?:None|null|undefined|nil|\{\}|\[\]))?;?|[})\]]+;?"
    r"|raise NotImplementedError.*|throw new Error\(.*|todo!\(.*|unimplemented!\(.*|end)"
)


def left_out(text: str, language: Language, base: str = "") -> str:
    """The first line that stands for code that was not written; "" when there is none.

    Lines that `base` has too do not count: they are the user's.
    """
    marks = (*language.comments, "{/*") if language.family == "javascript" else language.comments
    if not marks:
        return ""
    lines = text.split("\n")
    known = {line.strip() for line in base.split("\n")}
    for at, line in enumerate(lines):
        comment = line.strip()
        if not comment.startswith(marks) or len(comment) > _LONGEST or comment in known:
            continue
        said = comment.lstrip(_MARKS).rstrip(_ENDS).lower().replace("…", _ELLIPSIS)
        if _says_left_out(said, alone=_alone(lines, at, marks)):
            return comment
        if _INVITATION.fullmatch(_words(said)) and _nothing_follows(lines, at, marks):
            return comment
    return ""


def _says_left_out(said: str, *, alone: bool) -> bool:
    """`alone`: no neighbour is a comment; among others a lone "..." may elide prose."""
    words = _words(said)
    if said.startswith(_ELLIPSIS) or said.endswith(_ELLIPSIS):
        return bool((words or alone) and (_ELIDED.fullmatch(words) or _LEFT_OUT.fullmatch(words)))
    return bool(_LEFT_OUT.fullmatch(words))


def _words(said: str) -> str:
    return " ".join(said.strip(".: ").split())


def _alone(lines: list[str], at: int, marks: tuple[str, ...]) -> bool:
    neighbours = lines[max(at - 1, 0) : at] + lines[at + 1 : at + 2]
    return not any(line.strip().startswith(marks) for line in neighbours)


def _nothing_follows(lines: list[str], at: int, marks: tuple[str, ...]) -> bool:
    """True when the block around the comment at `at` ends without code, or with a mere stub."""
    for line in lines[at + 1 :]:
        code = line.strip()
        if not code or code.startswith(marks):
            continue
        return _indent(line) < _indent(lines[at]) or bool(_HOLLOW.fullmatch(code))
    return True


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
