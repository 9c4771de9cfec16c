"""The one gate between untrusted text and a terminal.

Everything a model, a server, a file or a test wrote passes here before it is shown. What could
steer a terminal, hide text or reorder it is replaced by visible glyphs. This is for showing only:
bytes that are written to files never pass here.

Replaced are: C0 and C1 controls, DEL, every format character (category Cf: bidi controls,
zero-width, tags), line and paragraph separators, lone surrogates, noncharacters, and all of
Unicode's Default_Ignorable_Code_Point (fillers, variation selectors). A tab becomes four spaces.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NewType

Safe = NewType("Safe", str)
"""Text that went through the gate. Ask for this type where text meets the terminal."""

LINE_CAP: Final = 4000
"""Characters of one line that are shown: a line of 1 MB froze a widget for 6.7 s."""

MARKS: Final = 6
"""Zero-width marks shown on one character; Burmese needs six, a flood of marks has hundreds."""

_TAB: Final = "    "
_NOTE_ROOM: Final = 40
"""Characters kept free for the note at the end of a line that was cut."""

_HIDDEN: Final = re.compile(
    "["
    "\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2"
    "\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
    + "".join(
        f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(1 << 16, 17 << 16, 1 << 16)
    )
    + "]"
)
_ASCII_HIDDEN: Final = re.compile("[\x00-\x09\x0b-\x1f\x7f]")

# Blocks that hold marks; `_is_mark` decides about each character in them.
_MARK_BLOCKS: Final = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u109f\u1160-\u11ff\u135d-\u135f\u1700-\u1aff"
    "\u1b00-\u1bff\u1c24-\u1cff\u1dc0-\u1dff\u20d0-\u20ff\u2cef-\u2cf1\u2d7f\u2de0-\u2dff"
    "\u302a-\u302f\u3099\u309a\ua66f-\ua69f\ua6f0\ua6f1\ua800-\ua9ff\uaa00-\uabff\ud7b0-\ud7ff"
    "\ufb1e\ufe0e\ufe0f\ufe20-\ufe2f\U000101fd-\U00011fff\U00016100-\U00016fff"
    "\U0001bc9d\U0001bc9e\U0001cf00-\U0001cf46\U0001d165-\U0001d244\U0001da00-\U0001e94a"
    "\U0001f3fb-\U0001f3ff"
)
_ANY_MARK: Final = re.compile(f"[{_MARK_BLOCKS}]")
_CLUSTER: Final = re.compile(f"[^{_MARK_BLOCKS}]?[{_MARK_BLOCKS}]+")
_ADORNMENTS: Final = frozenset("\ufe0e\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
"""Emoji style and skin colour: terminals disagree about their width, so they are not drawn."""


def safe(text: str, *, cap: int = LINE_CAP) -> Safe:
    """`text` fit to be shown on several lines: newlines stay, lines are at most `cap` long.

    Doing it twice changes nothing.
    """
    return Safe(_cap_lines(_visible(text), cap))


def safe_line(text: str, *, cap: int = LINE_CAP) -> Safe:
    """`text` fit to be shown on one line: a newline becomes "↵", a tab one space."""
    if text.isascii() and text.isprintable() and len(text) <= cap:
        return Safe(text)
    flat = text.replace("\r\n", "↵").replace("\n", "↵").replace("\t", " ")
    return Safe(_cap_line(_visible(flat), cap))


class SafeStream:
    """The same gate for text that comes in pieces: how it was cut makes no difference.

    `feed` of every piece and `finish`, joined, give exactly `safe` of the whole.
    """

    def __init__(self, *, cap: int = LINE_CAP) -> None:
        self._cap = cap
        self._tail = ""
        self._shown = 0
        self._held = ""
        self._lost = 0

    def feed(self, piece: str) -> Safe:
        """What can be shown for sure after `piece`."""
        if not piece:
            return Safe("")
        before = len(_visible(self._tail))
        text = self._tail + piece
        self._tail = _last_cluster(text)
        return Safe(self._capped(_visible(text)[before:]))

    @property
    def pending(self) -> Safe:
        """What is held back until it is known whether the last line gets too long."""
        return Safe(_note(self._lost, self._cap) if self._lost else self._held)

    def finish(self) -> Safe:
        """The rest; the stream is as new afterwards."""
        rest = self.pending
        self._tail = self._held = ""
        self._shown = self._lost = 0
        return rest

    def _capped(self, text: str) -> str:
        first, *others = text.split("\n")
        out = [self._grow(first)]
        for line in others:
            out += (self.pending, "\n")
            self._shown = self._lost = 0
            self._held = ""
            out.append(self._grow(line))
        return "".join(out)

    def _grow(self, text: str) -> str:
        """Lengthen the current line by `text`; what of it can be shown."""
        kept = _kept(self._cap)
        out = text[: max(0, kept - self._shown)]
        self._shown += len(out)
        if self._lost:
            self._lost += len(text) - len(out)
            return out
        self._held += text[len(out) :]
        if kept + len(self._held) > self._cap:
            self._lost, self._held = len(self._held), ""
        return out


def _visible(text: str) -> str:
    if text.isascii():
        return _ASCII_HIDDEN.sub(_replace, text) if _ASCII_HIDDEN.search(text) else text
    if _HIDDEN.search(text):
        text = _HIDDEN.sub(_replace, text)
    return _CLUSTER.sub(_limit_marks, text) if _ANY_MARK.search(text) else text


def _replace(match: re.Match[str]) -> str:
    char = match[0]
    if char == "\t":
        return _TAB
    if char < " ":
        return chr(0x2400 + ord(char))
    return "␡" if char == "\x7f" else _named(char)


def _named(char: str) -> str:
    return f"⟨U+{ord(char):04X}⟩"


def _limit_marks(match: re.Match[str]) -> str:
    """A character and its marks: the first marks stay, the others are named."""
    out: list[str] = []
    base, room = "", 0
    for char in match[0]:
        if not _is_mark(char):
            base, room = char, 0 if char == "\n" else MARKS
            out.append(char)
            continue
        if char in _ADORNMENTS:
            out.append("" if room and _may_be_adorned(base) else _named(char))
        else:
            out.append(char if room else _named(char))
        base, room = "", max(0, room - 1)
    return "".join(out)


def _is_mark(char: str) -> bool:
    """True for what takes no cell of its own: marks, medial and final jamo, skin colours."""
    return (
        unicodedata.category(char) in {"Mn", "Me", "Mc"}
        or "\u1160" <= char <= "\u11ff"
        or "\ud7b0" <= char <= "\ud7ff"
        or char in _ADORNMENTS
    )


def _may_be_adorned(base: str) -> bool:
    """True for emoji: symbols and the few others Unicode lists, not our own control pictures."""
    if not base:
        return False
    return base in "#*0123456789‼⁉〰〽" or (
        unicodedata.category(base) in {"So", "Sm"} and not "\u2400" <= base <= "\u243f"
    )


def _last_cluster(text: str) -> str:
    """The last character with its marks; only as many as can still matter."""
    start = len(text) - 1
    while start > 0 and len(text) - start <= MARKS + 1 and _is_mark(text[start]):
        start -= 1
    return text[start:]


def _kept(cap: int) -> int:
    return cap - _NOTE_ROOM if cap > 2 * _NOTE_ROOM else max(0, cap - 1)


def _note(lost: int, cap: int) -> str:
    return f" … ⟨{lost:,} more characters⟩" if cap > 2 * _NOTE_ROOM else "…"[:cap]


def _cap_line(line: str, cap: int) -> str:
    if len(line) <= cap:
        return line
    kept = _kept(cap)
    return line[:kept] + _note(len(line) - kept, cap)


def _cap_lines(text: str, cap: int) -> str:
    if len(text) <= cap:
        return text
    return "\n".join(_cap_line(line, cap) for line in text.split("\n"))
