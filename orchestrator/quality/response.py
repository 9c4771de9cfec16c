"""ResponseValidator: what a model answered becomes the text of one file, or a problem with a name.

Fast, pure, no model call. The text is data from a stranger: nothing in it is run or trusted, and a
file other than the one that was asked for is never given back.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import msgspec

from orchestrator.languages import Language, language_of
from orchestrator.quality.answers import problems
from orchestrator.quality.answers.bare import bare_content
from orchestrator.quality.answers.choosing import choose
from orchestrator.quality.answers.cleaning import clean
from orchestrator.quality.answers.fences import Block, blocks_of, fence_lines
from orchestrator.quality.answers.naming import path_in_comment, path_in_info, same_file
from orchestrator.quality.answers.packed import PackedFile, packed_files
from orchestrator.quality.answers.patch import apply_patch, files_of_patch, looks_like_patch
from orchestrator.quality.answers.placeholders import left_out
from orchestrator.quality.answers.problems import ParsedResponse, ResponseProblem
from orchestrator.quality.answers.wording import is_lead_in, is_refusal
from orchestrator.values import TaskSpec

_MAY_BE_EMPTY = frozenset({"__init__.py", "py.typed", ".gitkeep", ".keep"})
_TAGS = ("file", "code", "answer", "output", "response", "solution", "final_answer", "artifact")
_LEADING_BLANK_LINES = re.compile(r"\A(?:[^\S\n]*\n)+")
_MOST_LINES_BEFORE = 3
_OPENING_TAG = re.compile(rf"<({'|'.join(_TAGS)})\b([^<>\n]{{0,200}})>")
# CodeLlama's instruct models put their answer between these.
_BRACKET_TAG = re.compile(r"^\[(PYTHON|CODE|ANSWER|SOLUTION)\]", re.MULTILINE)


class _Found(msgspec.Struct, frozen=True):
    """A text that may be the file, before the last checks."""

    text: str
    notes: tuple[str, ...] = ()


class _Wanted(msgspec.Struct, frozen=True):
    """What is looked for."""

    spec: TaskSpec
    language: Language
    base: str | None


def parse_response(
    text: str, *, spec: TaskSpec, stop: str, base: str | None = None
) -> ParsedResponse | ResponseProblem:
    """Read the content of `spec.output_file` out of a model's answer. Never raises.

    Args:
        text: the answer as it came.
        spec: the task; its output file tells the language.
        stop: why the model stopped: "stop", "length" or "refusal".
        base: the file as it is, for answers that are diffs; None when there is none.
    """
    language = language_of(spec.output_file)
    wanted = _Wanted(spec, language, None if base is None else base.replace("\r\n", "\n"))
    if stop == "refusal":
        return problems.refused(spec, text)
    cleaned = clean(text)
    if stop == "length":
        return problems.cut(spec, at_limit=True)
    if not cleaned.strip():
        return problems.empty(spec, only_thinking=bool(text.strip()))
    found = _from_json(cleaned, wanted) or _from_text(_unwrapped(cleaned, wanted), wanted)
    return found if isinstance(found, ResponseProblem) else _checked(found, wanted)


# --- JSON ------------------------------------------------------------------------------------


def _from_json(text: str, wanted: _Wanted) -> _Found | ResponseProblem | None:
    """The file out of an answer that is JSON with files; None when it is not one."""
    files = packed_files(text) or _packed_in_only_block(text)
    if not files:
        return None
    ours = [f for f in files if same_file(f.path, wanted.spec.output_file)]
    if not ours and wanted.language.family == "json":
        return None
    if not ours and len(files) == 1 and not files[0].path:
        ours = [files[0]]
    others = tuple(f.path for f in files if f not in ours)
    if not ours:
        return problems.wrong_file(wanted.spec, others)
    return _unfenced(clean(ours[-1].content), wanted, others)


def _packed_in_only_block(text: str) -> tuple[PackedFile, ...]:
    blocks = blocks_of(text)
    if len(blocks) != 1 or not blocks[0].closed or blocks[0].label.lower() not in {"", "json"}:
        return ()
    return packed_files(blocks[0].text)


def _unfenced(content: str, wanted: _Wanted, others: tuple[str, ...]) -> _Found:
    """The content of a JSON string, which may hold a fence of its own."""
    first = content.lstrip()[:3]
    blocks = blocks_of(content) if first in {"```", "~~~"} else ()
    chosen = choose(blocks, wanted.spec.output_file, wanted.language).blocks
    return _Found(chosen[0].text if chosen else content, _left_out_note(others))


# --- text ------------------------------------------------------------------------------------


def _unwrapped(text: str, wanted: _Wanted) -> str:
    """`text` without one pair of tags around the whole answer."""
    if wanted.language.family == "markup" or wanted.language.kind == "prose":
        return text
    if bracket := _BRACKET_TAG.search(text):
        end = text.find(f"[/{bracket[1]}]", bracket.end())
        return text[bracket.end() : end if end >= 0 else len(text)]
    stripped = text.strip()
    opening = _OPENING_TAG.match(stripped)
    closing = f"</{opening[1]}>" if opening else ""
    if opening is None or not stripped.endswith(closing):
        return text
    inside = stripped[opening.end() : -len(closing)]
    path = path_in_info(opening[2])
    return f"``` {path}\n{inside.strip()}\n```" if path and "```" not in inside else inside


def _from_text(text: str, wanted: _Wanted) -> _Found | ResponseProblem:
    is_prose = wanted.language.kind == "prose"
    blocks = blocks_of(text, markdown=is_prose)
    if not blocks or (is_prose and not _wrapped_prose(text)):
        return _from_bare(text, wanted)
    return _before_lone_fence(text, wanted) or _from_blocks(blocks, text, wanted)


def _from_blocks(blocks: tuple[Block, ...], text: str, wanted: _Wanted) -> _Found | ResponseProblem:
    choice = choose(blocks, wanted.spec.output_file, wanted.language)
    if not all(block.closed for block in choice.blocks):
        return problems.cut(wanted.spec, at_limit=False)
    if choice.blocks:
        parts = len(choice.blocks)
        joined = (f"Joined from {parts} parts.",) if parts > 1 else ()
        text = "\n".join(block.text for block in choice.blocks)
        return _Found(text, joined + _left_out_note(choice.others))
    if choice.others:
        return problems.wrong_file(wanted.spec, choice.others)
    return (
        problems.refused(wanted.spec, text) if is_refusal(text) else problems.not_code(wanted.spec)
    )


def _wrapped_prose(text: str) -> bool:
    """True when a document stands in a block of its own and not bare, with blocks in it."""
    lines = text.split("\n")
    fences = fence_lines(lines)
    if not fences:
        return False
    before = [line for line in lines[: fences[0].at] if line.strip()]
    if fences[0].info.lower() in {"markdown", "md", "text", "txt", "plaintext"}:
        return len(before) <= _MOST_LINES_BEFORE
    return not fences[0].info and all(is_lead_in(line) for line in before)


def _before_lone_fence(text: str, wanted: _Wanted) -> _Found | None:
    """Program text that a single bare fence ends: the opening one was part of the prompt."""
    lines = text.split("\n")
    fences = fence_lines(lines)
    if len(fences) != 1 or fences[0].info:
        return None
    content = bare_content("\n".join(lines[: fences[0].at]), wanted.language)
    return _Found(content) if content.strip() else None


def _from_bare(text: str, wanted: _Wanted) -> _Found | ResponseProblem:
    named = path_in_comment(text.lstrip())
    if named and not same_file(named, wanted.spec.output_file):
        return problems.wrong_file(wanted.spec, (named,))
    if looks_like_patch(text):
        return _Found(text)
    content = bare_content(text, wanted.language)
    certain = wanted.language.name and wanted.language.kind != "prose"
    if content.strip() and (certain or not is_refusal(text)):
        return _Found(content)
    return (
        problems.refused(wanted.spec, text) if is_refusal(text) else problems.not_code(wanted.spec)
    )


# --- last checks -----------------------------------------------------------------------------


def _checked(found: _Found, wanted: _Wanted) -> ParsedResponse | ResponseProblem:
    patched = _patched(found, wanted)
    if isinstance(patched, ResponseProblem):
        return patched
    content = _tidy(patched.text, wanted)
    spec = wanted.spec
    if not content and PurePosixPath(spec.output_file).name not in _MAY_BE_EMPTY:
        return problems.empty(spec)
    if _is_spoken(content, wanted.language):
        return problems.refused(spec, content)
    if line := left_out(content, wanted.language, wanted.base or ""):
        return problems.placeholder(spec, line)
    return ParsedResponse(path=spec.output_file, content=content, notes=patched.notes)


def _patched(found: _Found, wanted: _Wanted) -> _Found | ResponseProblem:
    """The file after the diff that the answer is; `found` itself when it is no diff."""
    spec = wanted.spec
    if spec.output_file.endswith((".diff", ".patch")) or not looks_like_patch(found.text):
        return found
    names = files_of_patch(found.text)
    if names and not any(same_file(name, spec.output_file) for name in names):
        return problems.wrong_file(spec, names)
    content = apply_patch(wanted.base, found.text, spec.output_file)
    if content is None:
        return problems.not_code(
            spec, f"The answer is a diff that does not fit {spec.output_file}."
        )
    return _Found(content, (*found.notes, "The answer was a diff and has been applied."))


def _tidy(text: str, wanted: _Wanted) -> str:
    """`text` without blank lines around, without its own name on top, ended by a newline."""
    first = path_in_comment(text.lstrip("\n"))
    if first and same_file(first, wanted.spec.output_file):
        line, _, rest = text.lstrip("\n").partition("\n")
        if not (wanted.base or "").startswith(line):
            text = rest
    if wanted.language.name and wanted.language.kind != "prose":
        text = _without_stray_fences(text)
    text = _LEADING_BLANK_LINES.sub("", text.rstrip())
    return text + "\n" if text else ""


def _without_stray_fences(text: str) -> str:
    """Program text has no fence lines at its ends: those that are there belong to the answer."""
    lines = text.split("\n")
    first, last = 0, len(lines)
    while first < last and _is_stray(lines[first]):
        first += 1
    while last > first and _is_stray(lines[last - 1]):
        last -= 1
    return "\n".join(lines[first:last])


def _is_stray(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith(("```", "~~~"))


def _is_spoken(content: str, language: Language) -> bool:
    """True when a block that should be code holds a refusal."""
    return language.kind == "code" and is_refusal(content) and not bare_content(content, language)


def _left_out_note(others: tuple[str, ...]) -> tuple[str, ...]:
    return (f"Left out: {', '.join(others)}.",) if others else ()
