"""What is taken off a model's answer before it is read: thinking, chat tokens, odd newlines."""

from __future__ import annotations

import bisect
import re

_MOST_THOUGHTS = 50
_MOST_TOKENS = 20
_TAGS = "think|thinking|thought|thoughts|reasoning|reflection|scratchpad|seed:think"
_OPEN = re.compile(rf"^[ \t]*<({_TAGS})>", re.IGNORECASE | re.MULTILINE)
# A closing tag ends its line, or a fence follows it: in program text it stands within quotes.
_CLOSE = re.compile(rf"(?<![\"'`])</({_TAGS})>(?=[ \t]*(?:\n|$|```|~~~))", re.IGNORECASE)
_FENCE = re.compile(r"^[ \t]*(?:`{3,}|~{3,})", re.MULTILINE)
# Kimi and Magistral write their thinking between marks of their own.
_OTHER_MARKS = (("◁think▷", "◁/think▷"), ("[THINK]", "[/THINK]"))
_FINAL_CHANNEL = "<|channel|>final<|message|>"
# Ends of a turn that a server with a wrong chat template lets through.
_TOKENS = (
    *(f"<|{name}|>" for name in ("im_end", "im_start", "endoftext", "eot_id", "end", "return")),
    *(f"<|{name}|>" for name in ("end_of_text", "eom_id", "assistant", "start_header_id")),
    *(
        "<\uff5cend▁of▁sentence\uff5c>",
        "<end_of_turn>",
        "</s>",
        "<s>",
        "[/INST]",
        "[INST]",
        "<EOT>",
    ),
)
# Alpaca-style models repeat the prompt up to this heading.
_RESPONSE_HEADING = re.compile(r"^#{2,3} (?:Response|Answer|Output):[ \t]*$", re.MULTILINE)


def clean(text: str) -> str:
    """`text` with LF newlines and without marks, thinking, chat tokens and a repeated prompt."""
    text = _lone_surrogates_replaced(text.replace("\r\n", "\n").replace("\r", "\n"))
    text = text.replace("\ufeff", "")
    text = _without_thinking(_final_channel(text))
    text = _after_response_heading(text)
    return _without_tokens(text)


def thinking_only(text: str) -> bool:
    """True when the answer holds thinking and nothing else."""
    return bool(text.strip()) and not clean(text).strip()


def _lone_surrogates_replaced(text: str) -> str:
    """A lone surrogate can't be written as UTF-8; JSON escapes bring them in."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _without_tokens(text: str) -> str:
    """`text` without chat tokens at its head and its end."""
    for _ in range(_MOST_TOKENS):
        stripped = text.strip()
        first = next((t for t in _TOKENS if stripped.startswith(t)), "")
        last = next((t for t in _TOKENS if stripped.endswith(t)), "")
        if not first and not last:
            break
        text = stripped.removeprefix(first).removesuffix(last)
    return text


def _final_channel(text: str) -> str:
    """The last channel of a "harmony" answer (gpt-oss) when the server passes channels on."""
    at = text.rfind(_FINAL_CHANNEL)
    return text if at < 0 else text[at + len(_FINAL_CHANNEL) :]


def _without_thinking(text: str) -> str:
    for opening, closing in _OTHER_MARKS:
        if text.lstrip().startswith(opening):
            text = text.partition(closing)[2]
    text = _without_headless_thinking(text)
    for _ in range(_MOST_THOUGHTS):
        opened = _first_open(text)
        if opened is None:
            break
        text = _cut(text, opened)
    return text


def _without_headless_thinking(text: str) -> str:
    """Some chat templates put the opening tag into the prompt: only the closing one is seen."""
    closed = _CLOSE.search(text)
    if closed is None or _first_open(text) is not None:
        return text
    alone = not text[: closed.start()].rpartition("\n")[2].strip()
    if alone or not _inside_fence(_fence_starts(text), closed.start()):
        return text[closed.end() :]
    return text


def _first_open(text: str) -> re.Match[str] | None:
    """The first opening tag outside of fenced blocks."""
    fences = _fence_starts(text)
    return next((m for m in _OPEN.finditer(text) if not _inside_fence(fences, m.start())), None)


def _cut(text: str, opened: re.Match[str]) -> str:
    """`text` without the thinking that begins at `opened`."""
    before, after = text[: opened.start()], text[opened.end() :]
    closed = re.search(rf"</{re.escape(opened[1])}>", after, re.IGNORECASE)
    if closed is not None:
        return before + after[closed.end() :]
    # Never closed: what follows is thinking, but a block in it may be the answer.
    fence = _FENCE.search(after)
    return before + (after[fence.start() :] if fence else "")


def _fence_starts(text: str) -> list[int]:
    return [fence.start() for fence in _FENCE.finditer(text)]


def _inside_fence(starts: list[int], at: int) -> bool:
    return bisect.bisect_left(starts, at) % 2 == 1


def _after_response_heading(text: str) -> str:
    headings = list(_RESPONSE_HEADING.finditer(text))
    if not headings or "### Instruction" not in text[: headings[-1].start()]:
        return text
    return text[headings[-1].end() :]
