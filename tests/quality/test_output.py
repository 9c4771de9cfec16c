"""Output is kept within its limit, decoded whatever it holds, and stripped of what redraws it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.quality.running.output import CappedOutput, plain


def test_short_output_is_kept_whole() -> None:
    output = CappedOutput(100)
    output.feed(b"one\n")
    output.feed(b"two\n")
    assert output.text() == "one\ntwo\n"


def test_of_long_output_the_beginning_and_the_end_are_kept() -> None:
    output = CappedOutput(40)
    for number in range(1000):
        output.feed(f"{number:04}\n".encode())
    text = output.text()
    assert text.startswith("0000\n0001\n")
    assert text.endswith("0998\n0999\n")
    assert "[... 4,960 characters left out ...]" in text


def test_a_character_split_between_pieces_is_one_character() -> None:
    output = CappedOutput(100)
    assert output.feed("ä".encode()[:1]) == ""
    assert output.feed("ä".encode()[1:]) == "ä"


def test_invalid_bytes_are_replaced() -> None:
    output = CappedOutput(100)
    output.feed(b"a\xff\xfeb\xc3")
    output.feed(b"", final=True)
    assert output.text() == "a\ufffd\ufffdb\ufffd"


@given(st.lists(st.binary(max_size=50), max_size=30), st.integers(min_value=4, max_value=200))
def test_never_more_than_the_limit_and_a_note_is_kept(pieces: list[bytes], limit: int) -> None:
    output = CappedOutput(limit)
    whole = "".join(output.feed(piece) for piece in pieces) + output.feed(b"", final=True)
    text = output.text()
    if len(whole) <= limit:
        assert text == whole
    else:
        assert len(text) <= limit + 60
        assert f"{len(whole) - limit:,} characters left out" in text
        assert text.startswith(whole[: limit // 4])
        assert text.endswith(whole[-(limit - limit // 4) :])


@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("10%\r50%\r100%\ndone\r\n", "100%\ndone\n"),
        ("plain\n", "plain\n"),
    ],
)
def test_escapes_and_redrawn_lines_are_taken_out(raw: str, seen: str) -> None:
    assert plain(raw) == seen
