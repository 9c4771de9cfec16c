"""Bytes become lines and events wherever they are cut, and never without bound."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.backends.lines import (
    LineCutter,
    ServerEvent,
    decoded,
    events,
    excerpt,
    lines,
    most_bytes,
    parsed,
)
from orchestrator.errors import StreamBroken

PLENTY = 10_000_000


async def of(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def cut(data: bytes, places: Iterable[int]) -> list[bytes]:
    ends = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[i:j] for i, j in pairwise(ends)]


cuts = st.lists(st.integers(0, 500), max_size=20)
some_lines = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=8), max_size=8
)


@given(some_lines, cuts)
def test_lines_are_the_same_wherever_the_bytes_are_cut(texts: list[str], places: list[int]) -> None:
    whole = [text.encode() for text in texts]
    cutter = LineCutter(PLENTY)
    pieces = cut(b"".join(line + b"\n" for line in whole), places)
    assert [line for piece in pieces for line in cutter.feed(piece)] == whole
    assert cutter.rest() == b""


async def test_a_last_line_without_an_end_is_given_too() -> None:
    assert [line async for line in lines(of([b"a\r\n\nb"]), PLENTY)] == [b"a", b"b"]


async def test_events_have_names_and_joined_data() -> None:
    sent = (
        b"event: ping\ndata: {}\n\n: comment\n\ndata:a\ndata: b\nid: 7\n\nevent: lonely\n\ndata: c"
    )
    assert [event async for event in events(of([sent]), PLENTY)] == [
        ServerEvent("ping", b"{}"),
        None,
        ServerEvent("message", b"a\nb"),
        ServerEvent("message", b"c"),
    ]


@given(cuts)
async def test_events_are_the_same_wherever_the_bytes_are_cut(places: list[int]) -> None:
    sent = "event: é\r\ndata: ✓1\r\n\r\n: hm\r\n\r\ndata: ✓2\ndata: 3\n\n".encode()
    whole = [event async for event in events(of([sent]), PLENTY)]
    assert [event async for event in events(of(cut(sent, places)), PLENTY)] == whole
    assert len(whole) == 3


async def test_a_stream_without_end_is_broken_off() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"more\n"

    with pytest.raises(StreamBroken, match="did not stop"):
        _ = [line async for line in lines(endless(), 1000)]


def test_a_line_without_end_is_broken_off() -> None:
    cutter = LineCutter(PLENTY, longest=100)
    assert cutter.feed(b"m" * 100) == []
    with pytest.raises(StreamBroken, match="line of more than 100 bytes"):
        cutter.feed(b"m")
    with pytest.raises(StreamBroken, match="line of more than 100 bytes"):
        LineCutter(PLENTY, longest=100).feed(b"a\n" + b"b" * 101 + b"\nc\n")


def test_the_bound_leaves_room_for_any_honest_answer() -> None:
    assert most_bytes(2048) > 2048 * 350


@pytest.mark.parametrize(
    "data", [b"oops", b'{"a": "1', b'{"a": "\xff"}', b'{"a": "\\ud800"}', b'{"a": 7}', b""]
)
def test_what_is_not_the_expected_json_is_broken(data: bytes) -> None:
    with pytest.raises(StreamBroken):
        decoded(data, msgspec.json.Decoder(dict[str, str]))


def test_the_body_of_an_error_can_be_anything() -> None:
    assert parsed(b'{"error": 1}') == {"error": 1}
    assert parsed(b"404 page not found") is None
    assert parsed(b"\xff") is None
    assert excerpt(b"x" * 1000).endswith("x…")
    assert excerpt(b"\xff short ") == "\N{REPLACEMENT CHARACTER} short"
