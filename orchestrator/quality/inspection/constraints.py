"""Which of a task's constraints can be decided, and whether they are kept.

A constraint is a phrase in plain words. Only phrases whose meaning is beyond doubt are taken; the
others are not mentioned, neither as kept nor as broken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from orchestrator.quality.inspection import rules
from orchestrator.quality.inspection.rules import Candidate, Rule
from orchestrator.quality.inspection.syntax import Finding

_A = r"(?:a |an |the |one |single |exactly one )*"
_KIND = (
    r"(?:async )?(?:arrow )?(?:functions?|constants?|const|class(?:es)?|components?|helpers?"
    r"|types?|interfaces?|hooks?)"
)
_NAME = r"[`'\"]?[A-Za-z_$][\w$]*(?:\([^()]*\))?[`'\"]?"
_NAMES = rf"({_NAME}(?:(?:, | and |, and ){_NAME})*)"
_WORDS = r"(?:named|function|functions|default|class|a|an|the|as|only|from|it|all|this|them|one)"
_NO = r"(?:no|zero|without(?: any)?|avoid(?: any)?|(?:do not|don't|must not) use(?: any)?)"
_OUTSIDE = r"(?:external |third[- ]party |additional |npm |pip )*"
_USE = r"(?:use |add |include |with )?"
_Q = r"[`'\"]?"

_RULES: tuple[tuple[Rule, tuple[str, ...]], ...] = (
    (
        rules.exports_names,
        (
            rf"(?:must )?exports? {_A}(?:named )?{_KIND} (?:named |called )?{_NAMES}",
            rf"(?:must )?exports? (?!{_WORDS}\b){_NAMES}",
        ),
    ),
    (
        rules.has_named_export,
        (rf"(?:must )?exports? {_A}named {_KIND}", r"(?:use )?named exports?(?: only)?"),
    ),
    (
        rules.no_default_export,
        (rf"{_NO} default exports?", r"(?:use )?(?:named exports? only|only named exports?)"),
    ),
    (
        rules.default_export,
        (
            rf"(?:use )?{_A}default export",
            r"exports? (?:as )?default",
            rf"exports? {_A}default {_KIND}",
        ),
    ),
    (
        rules.defines_names,
        (
            rf"{_A}{_KIND} (?:must be |should be |is )?(?:named|called) {_NAMES}",
            rf"{_KIND} name: {_NAMES}",
            rf"(?:define|create|implement|add|provide|write) {_A}{_KIND} (?:named|called) {_NAMES}",
        ),
    ),
    (
        rules.keeps_names,
        (r"keep (?:all )?(?:the )?(?:existing|current|other) (?:exports|functions|names)",),
    ),
    (
        rules.no_dependencies,
        (
            rf"{_NO} {_OUTSIDE}(?:dependencies|libraries|packages|deps)(?: allowed)?",
            rf"{_USE}(?:only )?(?:the )?(?:python )?(?:standard library|stdlib)(?: only)?",
        ),
    ),
    (rules.no_imports, (rf"{_NO} imports?(?: allowed)?",)),
    (rules.pure, (rf"{_A}pure (?:functions?|code)(?: only)?", "pure", rf"{_NO} side[- ]effects?")),
    (rules.no_classes, (rf"{_NO} class(?:es)?",)),
    (
        rules.no_printing,
        (rf"{_NO} (?:console(?:\.log| output)?|print(?:ing|s| statements?)?)",),
    ),
    (rules.no_any, (rf"{_NO} (?:explicit )?{_Q}any{_Q}(?: types?)?",)),
    (
        rules.no_var,
        (rf"{_NO} {_Q}var{_Q}", rf"{_USE}(?:const/let|const (?:and|or) let)(?: only)?"),
    ),
    (
        rules.es_modules,
        (
            rf"{_USE}(?:es|ecmascript|es6)[- ]?modules?(?: syntax)?(?: only)?",
            rf"{_USE}esm(?: only)?",
        ),
    ),
    (rules.no_regex, (rf"{_NO} (?:regex(?:es|p)?|regular expressions?)",)),
    (
        rules.typed,
        (rf"{_USE}(?:full )?type (?:hints|annotations)(?: everywhere)?", "fully typed", "typed"),
    ),
    (rules.documented, (rf"{_USE}(?:a )?docstrings?",)),
    (
        rules.at_most_lines,
        (r"(?:at most|max(?:imum)?(?: of)?|no more than|up to) (\d{1,5}) lines(?: of code)?",),
    ),
    (
        rules.fewer_than_lines,
        (r"(?:under|fewer than|less than|below) (\d{1,5}) lines(?: of code)?",),
    ),
)
_COMPILED = tuple(
    (re.compile(pattern, re.IGNORECASE), rule) for rule, patterns in _RULES for pattern in patterns
)
_LONGEST = 200


def check_constraints(constraints: Iterable[str], candidate: Candidate) -> Finding | None:
    """Whether the decidable constraints are kept; None when none of them can be decided."""
    kept: list[str] = []
    broken: list[str] = []
    for clause in (clause for one in constraints for clause in _clauses(one)):
        for rule, words in _rules_for(clause):
            wrong = rule(candidate, words)
            if wrong is not None:
                (broken if wrong else kept).append(f"{clause}: {wrong}" if wrong else clause)
    if broken:
        return Finding(
            passed=False, summary=f"breaks “{broken[0]}”"[:160], detail="\n".join(broken)
        )
    if kept:
        count = len(kept)
        summary = f"keeps {count} constraint{'s' if count > 1 else ''}"
        return Finding(passed=True, summary=summary, detail="\n".join(kept))
    return None


def _clauses(constraint: str) -> Iterator[str]:
    """The constraint itself when a rule takes it whole, else its parts."""
    constraint = " ".join(constraint.split()).rstrip(".!; ")
    if len(constraint) > _LONGEST or any(_rules_for(constraint)):
        yield constraint
        return
    parts = re.split(r"[;,.]\s+(?:and )?|\s+(?:and|with|but)\s+|\s*\(|\)", constraint)
    yield from (part.strip(" .,") for part in parts if part.strip(" .,"))


def _rules_for(clause: str) -> list[tuple[Rule, str]]:
    """The rules that a clause states, with the names or the number it gives."""
    if len(clause) > _LONGEST:
        return []
    found = []
    for pattern, rule in _COMPILED:
        if match := pattern.fullmatch(clause):
            found.append((rule, _words(match)))
    return found


def _words(match: re.Match[str]) -> str:
    text = match[1] if match.re.groups and match[1] else ""
    return re.sub(r"\([^()]*\)", "", text)
