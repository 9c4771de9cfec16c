"""Nothing that passes the gate can steer a terminal, hide text or reorder it."""

import re
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.text import LINE_CAP, MARKS, SafeStream, safe, safe_line

HOSTILE = [
    "\x1b]52;c;ZXZpbA==\x07",  # clipboard
    "\x1b]0;title\x1b\\",
    "\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\",  # hyperlink
    "\x1b[2J\x1b[1;1H",
    "\x1bP+q544e\x1b\\",  # DCS
    "\x1b[c\x1b[6n\x1b[>q",  # questions to the terminal
    "\x9b31m\x9d52;c;AA\x9c\x90q\x9c",  # the same in C1
    "a\rb\x08c\x7fd\x0b\x0ce\x00f\x0e\x0f",
    "access = 'user\u202e \u2066// admin\u2069 \u2066'",
    "in\u200bvis\u200dible\u2060\ufeff\u00ad\u061c\u180e",
    "tags \U000e0041\U000e0042 \U000e0100\ufe01",
    "fill\u3164er\uffa0\u115f\u1160",
    "lone \ud800 \udfff",
    "lines\u2028and\u2029paragraphs\x85\x1c\x1d\x1e",
    "zalgo " + "e" + "\u0301\u0489" * 200,
    "annotation \ufff9x\ufffay\ufffb \ufffe\uffff\U0001fffe",
]

# Full of what the gate must care for, so that random text meets it.
SPICE = st.sampled_from(
    [*"\x1b\x07\r\n\t\x9b\u202e\u200d\ufe0f\u0301\u0301⚠👍1\ud800", "\U0001f3fd"]
)
TEXTS = st.text(st.one_of(st.characters(), SPICE), max_size=200)
CAPS = st.sampled_from([1, 5, 80, 81, 100, LINE_CAP])


def forbidden(text: str) -> list[str]:
    """What may never reach a terminal, judged by Unicode's own categories."""
    hidden = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    return [c for c in text if unicodedata.category(c) in hidden and c != "\n"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_becomes_visible(text: str) -> None:
    shown = safe(text)
    assert forbidden(shown) == []
    assert shown.encode("utf-8")
    assert len(shown) >= len(text) - text.count("\r\n")


def test_every_code_point_is_harmless_or_replaced() -> None:
    every = "".join(map(chr, range(0x110000)))
    assert forbidden(safe(every, cap=10**9)) == []
    assert forbidden(safe_line(every, cap=10**9)) == []


@given(TEXTS)
def test_nothing_forbidden_remains(text: str) -> None:
    assert forbidden(safe(text)) == []
    assert forbidden(safe_line(text)) == []
    assert "\n" not in safe_line(text)


@given(TEXTS, CAPS)
def test_twice_is_as_good_as_once(text: str, cap: int) -> None:
    once = safe(text, cap=cap)
    assert safe(once, cap=cap) == once
    line = safe_line(text, cap=cap)
    assert safe_line(line, cap=cap) == line


@given(st.lists(TEXTS, max_size=8), CAPS)
def test_chunking_does_not_matter(pieces: list[str], cap: int) -> None:
    stream = SafeStream(cap=cap)
    shown = "".join([*(stream.feed(piece) for piece in pieces), stream.finish()])
    assert shown == safe("".join(pieces), cap=cap)


@given(TEXTS, CAPS)
def test_one_character_at_a_time_does_not_matter(text: str, cap: int) -> None:
    stream = SafeStream(cap=cap)
    shown = "".join([*(stream.feed(char) for char in text), stream.finish()])
    assert shown == safe(text, cap=cap)


@given(TEXTS, TEXTS)
def test_what_is_pending_completes_what_was_shown(first: str, second: str) -> None:
    stream = SafeStream(cap=100)
    begun = stream.feed(first)
    assert begun + stream.pending == safe(first, cap=100)
    assert begun + stream.feed(second) + stream.pending == safe(first + second, cap=100)


def test_a_finished_stream_begins_anew() -> None:
    stream = SafeStream(cap=100)
    stream.feed("x" * 500)
    assert stream.finish().endswith("more characters⟩")
    assert stream.feed("\u0301ok") + stream.finish() == safe("\u0301ok")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain [bold]text[/] {x}", "plain [bold]text[/] {x}"),
        ("\x1b[31m", "␛[31m"),
        ("a\x00\x7f", "a␀␡"),
        ("a\u202eb", "a⟨U+202E⟩b"),
        ("\tx\r\n", "    x␍\n"),
        ("ключ 鍵 🔑 naïve café ✓", "ключ 鍵 🔑 naïve café ✓"),
        ("e\u0301", "e\u0301"),
        ("क्षि", "क्षि"),
        ("⚠\ufe0f 👍\U0001f3fd", "⚠ 👍"),
        ("⚠\ufe0f\ufe0f", "⚠⟨U+FE0F⟩"),
        ("a\ufe0f", "a⟨U+FE0F⟩"),
        ("\u0301a\n\u0301", "⟨U+0301⟩a\n⟨U+0301⟩"),
    ],
)
def test_what_is_shown(text: str, shown: str) -> None:
    assert safe(text) == shown


def test_a_line_has_no_line_breaks_or_tabs() -> None:
    assert safe_line("one\ntwo\r\nthree\tfour") == "one↵two↵three four"


def test_a_flood_of_marks_is_named() -> None:
    shown = safe("e" + "\u0301" * 50)
    assert shown.count("\u0301") == MARKS
    assert shown.count("⟨U+0301⟩") == 50 - MARKS


def test_a_long_line_is_cut_and_says_so() -> None:
    shown = safe("x" * 10_000 + "\nnext")
    first, second = shown.split("\n")
    assert len(first) <= LINE_CAP
    assert second == "next"
    kept = first.count("x")
    assert first.endswith(f"⟨{10_000 - kept:,} more characters⟩")


def test_a_line_at_the_cap_is_whole() -> None:
    assert safe("x" * LINE_CAP) == "x" * LINE_CAP
    assert "more" in safe("x" * (LINE_CAP + 1))


def test_many_short_lines_are_not_cut() -> None:
    text = "line\n" * 5000
    assert safe(text) == text


def test_a_flood_in_pieces_costs_no_more_than_its_length() -> None:
    stream = SafeStream()
    held = 0
    for _ in range(20_000):
        stream.feed("\u0301")
        held = max(held, len(stream.pending), len(stream._tail))  # noqa: SLF001 - memory is the promise
    assert held <= LINE_CAP


def test_a_megabyte_passes_quickly() -> None:
    code = "def f(x: int) -> int:  # ключ → 鍵\n    return x + 1\n" * 20_000
    began = time.perf_counter()
    shown = safe(code)
    assert time.perf_counter() - began < 2.0
    assert re.sub(r"\s", "", shown) == re.sub(r"\s", "", code)
