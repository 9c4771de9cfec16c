"""Text that is not what it looks like: hidden or reordering characters, look-alike letters. Pure.

After "Trojan Source" (Boucher, Anderson 2021): bidi controls make code read in another order than
it is compiled, look-alike letters make two names look like one.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

_BIDI: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_INVISIBLE: Final = re.compile(
    "[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u2800\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]|[\ufe0e\ufe0f]{2}|(?<![^\x00-\xff*#0-9])[\ufe0e\ufe0f]"
)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]|\r(?=.)")
_WORD: Final = re.compile(r"[^\W\d_]+")
_ESCAPE: Final = re.compile(r"\\[A-Za-z]|%[-\d.]*[a-z]")
"""What stands in a string before a word without being part of it: a tab, a place to fill in."""
_MIXABLE: Final = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC"})
_GREEK_TWINS: Final = frozenset(
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bf"
)
"""Greek letters that look like Latin ones; others are honest names such as Δt or μs."""


def suspects(text: str) -> tuple[str, ...]:
    """What a reader must know about one line of code; empty for nearly every line."""
    if text.isascii() and (text.isprintable() or not _CONTROL.search(text)):
        return ()
    return _suspects(text)


@lru_cache(maxsize=4096)
def _suspects(text: str) -> tuple[str, ...]:
    hidden = _INVISIBLE.findall(text)
    bidi = [char for char in hidden if char in _BIDI]
    other = [char for char in hidden if char not in _BIDI]
    found = []
    if bidi:
        found.append(f"reads in another order than it runs: {_names(bidi)}")
    if other:
        found.append(f"hidden characters: {_names(other)}")
    if controls := _CONTROL.findall(text):
        found.append(f"control characters: {_names(controls)}")
    if mixed := [word for word in _WORD.findall(_ESCAPE.sub(" ", text)) if _is_mixed(word)]:
        found.append(f"letters of two alphabets in one word: {', '.join(map(_spelled, mixed))}")
    return tuple(found)


def _names(chars: list[str]) -> str:
    named = dict.fromkeys(f"U+{ord(char):04X}" for group in chars for char in group)
    return ", ".join(named)


def _is_mixed(word: str) -> bool:
    if word.isascii():
        return False
    scripts = {_script(char) for char in word} & _MIXABLE
    if scripts == {"LATIN", "GREEK"}:
        return any(char in _GREEK_TWINS for char in word)
    return len(scripts) > 1


@lru_cache(maxsize=4096)
def _script(char: str) -> str:
    return unicodedata.name(char, "").partition(" ")[0]


def _spelled(word: str) -> str:
    """The word, with the code points of the letters that are not ASCII."""
    odd = dict.fromkeys(f"U+{ord(char):04X}" for char in word if not char.isascii())
    return f"{word} ({', '.join(odd)})"
