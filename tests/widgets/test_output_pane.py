"""The tail is followed as it grows; what is being read stands still."""

import time

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.text import safe
from tests.widgets.host import drawn, page, shown, wheel
from widgets.output_lines import KEPT_LINES, OutputLines
from widgets.output_pane import OutputPane


def numbered(first: int, last: int) -> str:
    return "".join(f"line {i}\n" for i in range(first, last + 1))


def rows(pane: OutputPane) -> list[str]:
    return [row.strip("│").rstrip() for row in drawn(pane)[1:-1]]


async def test_without_output_it_says_so() -> None:
    pane = OutputPane()
    async with shown(pane, 60, 8):
        assert "No output yet." in page(pane)


async def test_the_tail_is_shown() -> None:
    pane = OutputPane()
    async with shown(pane, 40, 6):
        pane.follow_subject("T-001", "T-001 theme utils")
        pane.feed(numbered(1, 100), "text")
        pane.feed("half a li", "text")
        assert rows(pane) == ["line 98", "line 99", "line 100", "half a li"]
        assert "Output  T-001 theme utils" in drawn(pane)[0]
        assert "following ●" in drawn(pane)[-1]
        pane.feed("ne", "text")
        assert rows(pane)[-1] == "half a line"


async def test_a_long_line_takes_as_many_rows_as_it_needs() -> None:
    pane = OutputPane()
    async with shown(pane, 12, 6) as pilot:
        pane.feed("abcdefghijklmnopqrstuvwxyz\nnext", "text")
        assert rows(pane) == ["abcdefghij", "klmnopqrst", "uvwxyz", "next"]
        await pilot.resize_terminal(30, 6)
        assert rows(pane)[:2] == ["abcdefghijklmnopqrstuvwxyz", "next"]


async def test_wide_characters_wrap_by_cells() -> None:
    pane = OutputPane()
    async with shown(pane, 9, 6):
        pane.feed("漢字かな交じり文", "text")
        assert rows(pane)[:3] == ["漢字か", "な交じ", "り文"]


async def test_thinking_and_tests_are_told_apart_in_words() -> None:
    pane = OutputPane()
    async with shown(pane, 40, 14):
        pane.feed("hm", "thinking")
        pane.feed("m\n", "thinking")
        pane.feed("code", "text")
        pane.feed("1 passed", "test")
        shown_rows = [row for row in rows(pane) if row]
        assert shown_rows == [
            "── thinking ──",
            "hmm",
            "── answer ──",
            "code",
            "── test output ──",
            "1 passed",
        ]


async def test_another_subject_begins_empty() -> None:
    pane = OutputPane()
    async with shown(pane, 40, 6):
        pane.follow_subject("T-001", "one")
        pane.feed("secret of one", "text")
        pane.follow_subject("T-001", "one, try 2")
        assert "secret" in page(pane)
        pane.follow_subject("T-002", "two")
        assert "secret" not in page(pane)
        assert "No output yet." in page(pane)


async def test_scrolling_back_stops_following() -> None:
    pane = OutputPane()
    async with shown(pane, 40, 6) as pilot:
        pane.feed(numbered(1, 50), "text")
        await pilot.press("k")
        assert rows(pane) == ["line 46", "line 47", "line 48", "line 49"]
        assert "1 line below · f follows" in drawn(pane)[-1]
        await pilot.press("pageup")
        assert rows(pane)[0] == "line 43"
        await pilot.press("j")
        assert rows(pane)[0] == "line 44"
        await pilot.press("end")
        assert pane.following
        assert rows(pane)[-1] == "line 50"


async def test_what_is_being_read_does_not_move() -> None:
    pane = OutputPane()
    async with shown(pane, 40, 6) as pilot:
        pane.feed(numbered(1, 50), "text")
        await pilot.press("k", "k")
        before = rows(pane)
        for i in range(51, 90):
            pane.feed(f"line {i} ", "text")
            pane.feed("more\n", "text")
        assert rows(pane) == before
        assert "41 lines below" in drawn(pane)[-1]


async def test_the_growing_line_does_not_push_what_is_being_read() -> None:
    pane = OutputPane()
    async with shown(pane, 12, 6):
        pane.feed(numbered(1, 9) + "0123456789", "text")
        pane.toggle_follow()
        before = rows(pane)
        pane.feed("0123456789" * 3, "text")
        assert rows(pane) == before


async def test_scrolling_down_to_the_end_follows_again() -> None:
    pane = OutputPane()
    async with shown(pane, 40, 6) as pilot:
        pane.feed(numbered(1, 50), "text")
        await pilot.press("k", "k", "j")
        scrolled = pane.following
        await pilot.press("j")
        assert (scrolled, pane.following) == (False, True)


async def test_rows_of_a_long_line_are_scrolled_one_by_one() -> None:
    pane = OutputPane()
    async with shown(pane, 12, 4) as pilot:
        pane.feed("".join(f"{i:010}" for i in range(9)), "text")
        assert rows(pane) == ["0000000007", "0000000008"]
        await pilot.press("up")
        assert rows(pane) == ["0000000006", "0000000007"]
        await pilot.press("home")
        assert rows(pane) == ["0000000000", "0000000001"]
        await pilot.press("up")
        assert rows(pane) == ["0000000000", "0000000001"]
        await pilot.press("down")
        assert rows(pane) == ["0000000001", "0000000002"]


async def test_a_short_output_does_not_scroll() -> None:
    pane = OutputPane()
    async with shown(pane, 40, 10) as pilot:
        pane.feed(numbered(1, 3), "text")
        await pilot.press("k", "home", "pageup")
        assert pane.following
        assert rows(pane)[:3] == ["line 1", "line 2", "line 3"]


async def test_follow_can_be_toggled() -> None:
    pane = OutputPane()
    async with shown(pane, 40, 6):
        pane.feed(numbered(1, 50), "text")
        pane.toggle_follow()
        pane.feed("new\n", "text")
        assert rows(pane)[-1] == "line 50"
        pane.toggle_follow()
        assert rows(pane)[-1] == "new"


async def test_other_running_attempts_are_counted() -> None:
    pane = OutputPane()
    async with shown(pane, 40, 6):
        pane.feed("x", "text")
        pane.others_running(3)
        assert "following ● · 3 more running" in drawn(pane)[-1]
        pane.others_running(0)
        assert "running" not in drawn(pane)[-1]


async def test_a_stored_text_takes_the_place_of_the_live_one() -> None:
    pane = OutputPane()
    async with shown(pane, 40, 6):
        pane.feed("live", "text")
        pane.show_stored("stored one\nstored tw")
        pane.feed("o\nand on", "text")
        assert rows(pane)[:3] == ["stored one", "stored two", "and on"]


async def test_a_long_stored_text_tells_what_is_missing() -> None:
    pane = OutputPane()
    async with shown(pane, 60, 6) as pilot:
        pane.show_stored(numbered(1, KEPT_LINES + 100))
        assert rows(pane)[-1] == f"line {KEPT_LINES + 100}"
        await pilot.press("home")
        assert rows(pane)[:2] == ["── 101 earlier lines in the session's log ──", "line 102"]


async def test_scrolled_back_lines_that_fall_out_of_the_ring_are_no_error() -> None:
    pane = OutputPane()
    async with shown(pane, 40, 6) as pilot:
        pane.feed(numbered(1, 50), "text")
        await pilot.press("home")
        pane.feed(numbered(51, KEPT_LINES + 200), "text")
        await pilot.press("k", "j")
        assert "line " in page(pane)


@given(st.lists(st.tuples(st.text("ab\n\x1b漢", max_size=30), st.just("text")), max_size=20))
def test_feeding_in_pieces_gives_the_lines_of_the_whole(pieces: list[tuple[str, str]]) -> None:
    lines = OutputLines()
    for text, _ in pieces:
        lines.feed(text, "text")
    whole = "".join(text for text, _ in pieces)
    kept = [lines.at(i).text for i in range(lines.first, lines.last + 1)]
    expected = safe(whole).split("\n")
    assert kept == (expected[:-1] if expected[-1] == "" else expected)


def test_memory_stays_bounded() -> None:
    lines = OutputLines(kept=10)
    for i in range(1000):
        lines.feed(f"line {i}\n", "text")
    lines.feed("y" * 100_000, "text")
    assert (lines.first, lines.last) == (990, 1000)
    assert len(lines.at(lines.last).text) <= 4000
    assert lines.at(990).text == "line 990"


async def test_following_costs_the_same_after_much_text() -> None:
    pane = OutputPane()
    costs = []
    async with shown(pane, 120, 40):
        for _ in range(2):
            began = time.perf_counter()
            for i in range(50):
                pane.feed(f"token {i} of a stream\n" * 5, "text")
                page(pane)
            costs.append((time.perf_counter() - began) / 50)
            pane.feed(numbered(1, KEPT_LINES), "text")
    assert costs[1] < costs[0] * 3 + 0.01


async def test_the_wheel_scrolls() -> None:
    pane = OutputPane()
    async with shown(pane, 40, 6) as pilot:
        pane.feed(numbered(1, 50), "text")
        wheel(pane, down=False)
        await pilot.pause()
        assert rows(pane)[-1] == "line 47"
        wheel(pane, down=True)
        await pilot.pause()
        assert pane.following


async def test_a_stored_text_goes_on_within_a_character() -> None:
    pane = OutputPane()
    async with shown(pane, 40, 6):
        pane.show_stored("first\ncafe")
        pane.feed("\u0301", "text")
        assert rows(pane)[1] == "cafe\u0301"
