"""A diff is read by hunks and files, shows what hides, and keeps one's place."""

import time

import pytest

from orchestrator.values import DiffLine, FileDiff, Hunk
from tests.widgets.host import drawn, page, row_with, shown, wheel
from tests.widgets.samples import BROKEN, NO_TESTS, SYNTAX, TESTS, THEME, added, file_of, line
from widgets.diff_pane import DiffPane

EVIL = file_of(
    "src/evil.js",
    added("if (level != 'user\u202e \u2066// check\u2069') {", "const p\u0430ypal = 1;", "fine();"),
)


def long_file(path: str, count: int, hunks: int = 1, *, first: int = 1) -> FileDiff:
    """A file with hunks of `count` added lines each, a hundred lines apart."""
    parts = [
        added(
            *(f"{path} line {first + h * 1000 + i}" for i in range(count)), start=first + h * 1000
        )
        for h in range(hunks)
    ]
    return file_of(path, *parts)


def top_row(pane: DiffPane) -> str:
    return drawn(pane)[2].strip("│ ")


async def test_without_a_diff_it_says_what_to_do() -> None:
    pane = DiffPane()
    async with shown(pane, 60, 8):
        assert "Select a task to see what it would change." in page(pane)
        pane.clear("T-001 is being written.")
        assert "T-001 is being written." in page(pane)
        pane.show("T-001", (), "candidate", ())
        assert "No changes." in page(pane)


async def test_lines_have_numbers_and_signs() -> None:
    pane = DiffPane()
    async with shown(pane, 80, 20):
        pane.show("T-001", (THEME,), "candidate", (TESTS,))
        assert "│ 1  1   import { base } from './base';" in page(pane)
        assert "│ 2    - const DARK = '#000';" in page(pane)
        assert "│    2 + export const THEMES = {" in page(pane)
        assert "│40 43     return base;" in page(pane)
        assert "Diff  src/constants/theme.js  +4 -1" in drawn(pane)[0]


async def test_added_and_removed_lines_differ_in_colour() -> None:
    pane = DiffPane()
    async with shown(pane, 80, 20):
        pane.show("T-001", (THEME,), "candidate", (TESTS,))
        colours = {}
        for y in range(pane.size.height):
            for segment in pane.render_line(y):
                if "THEMES" in segment.text or "DARK" in segment.text or "import" in segment.text:
                    assert segment.style is not None
                    colours[segment.text.split()[0]] = segment.style.color
        assert len(set(colours.values())) == 3


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("candidate", "proposed, not applied"),
        ("applied", "applied"),
        ("stage", "being written"),
    ],
)
async def test_the_top_line_tells_evidence_and_state(source: str, words: str) -> None:
    pane = DiffPane()
    async with shown(pane, 80, 20):
        pane.show("T-001", (THEME,), source, (TESTS, SYNTAX))
        assert "proven: 6/6 tests, syntax" in drawn(pane)[1]
        assert drawn(pane)[1].rstrip("│ ").endswith(words)


async def test_changes_of_the_workspace_are_not_judged() -> None:
    pane = DiffPane()
    async with shown(pane, 80, 20):
        pane.show("", (THEME,), "workspace", ())
        assert "all changes" in drawn(pane)[1]
        assert "proven" not in drawn(pane)[1]
        assert drawn(pane)[1].rstrip("│ ").endswith("since the session began")


async def test_the_evidence_follows_a_new_source() -> None:
    pane = DiffPane()
    async with shown(pane, 80, 20):
        pane.show("T-001", (THEME,), "candidate", (SYNTAX, NO_TESTS))
        assert "unproven: no tests" in drawn(pane)[1]
        pane.show("T-001", (THEME,), "applied", (SYNTAX, NO_TESTS))
        assert "proposed" not in page(pane)


async def test_what_failed_is_shown_before_the_change() -> None:
    pane = DiffPane()
    async with shown(pane, 80, 24):
        pane.show("T-001", (THEME,), "candidate", (BROKEN,))
        text = page(pane)
        assert "✗ tests: 4/6 tests" in text
        assert "(15 lines above these)" in text
        assert text.index("E  assert 1 == 2") < text.index("src/constants/theme.js   ")


async def test_hunks_are_reached_one_by_one() -> None:
    pane = DiffPane()
    async with shown(pane, 60, 12):
        pane.show("T-001", (long_file("a.py", 20, 3),), "candidate", ())
        assert "hunk 1 of 3 · file 1 of 1" in drawn(pane)[-2]
        pane.next_hunk()
        assert "@@ -1000,0 +1001,20 @@" in top_row(pane)
        assert "hunk 2 of 3" in drawn(pane)[-2]
        pane.next_hunk()
        pane.next_hunk()
        assert "hunk 3 of 3" in drawn(pane)[-2]
        pane.previous_hunk()
        assert "hunk 2 of 3" in drawn(pane)[-2]


async def test_previous_hunk_goes_first_to_the_beginning_of_this_one() -> None:
    pane = DiffPane()
    async with shown(pane, 60, 12) as pilot:
        pane.show("T-001", (long_file("a.py", 20, 3),), "candidate", ())
        pane.next_hunk()
        await pilot.press("j", "j", "j")
        pane.previous_hunk()
        assert "@@ -1000,0 +1001,20 @@" in top_row(pane)


async def test_a_hunk_that_cannot_get_to_the_top_is_marked() -> None:
    pane = DiffPane()
    async with shown(pane, 80, 24):
        pane.show("T-001", (THEME,), "candidate", ())
        assert "▸" in row_with(pane, "@@ -1,3")
        pane.next_hunk()
        assert "▸" in row_with(pane, "@@ -40,2")
        assert "hunk 2 of 2" in drawn(pane)[-2]


async def test_files_are_reached_one_by_one() -> None:
    pane = DiffPane()
    async with shown(pane, 60, 12):
        files = (long_file("a.py", 20), long_file("b.py", 20), long_file("c.py", 20))
        pane.show("T-001", files, "candidate", ())
        pane.next_file()
        assert "Diff  b.py" in drawn(pane)[0]
        assert "hunk 2 of 3 · file 2 of 3" in drawn(pane)[-2]
        pane.next_file()
        pane.next_file()
        assert "file 3 of 3" in drawn(pane)[-2]
        pane.previous_file()
        assert "Diff  b.py" in drawn(pane)[0]


async def test_a_file_without_lines_says_why() -> None:
    pane = DiffPane()
    files = (
        FileDiff(path="logo.png", status="modified", note="binary"),
        FileDiff(path="empty.txt", status="added"),
    )
    async with shown(pane, 60, 12):
        pane.show("T-001", files, "candidate", ())
        assert "binary" in page(pane)
        assert "added, empty" in page(pane)
        assert "hunk" not in drawn(pane)[-2]


async def test_a_long_line_is_marked_and_scrolls_to_the_side() -> None:
    pane = DiffPane()
    text = "start " + "x" * 100 + " end"
    async with shown(pane, 60, 10) as pilot:
        pane.show("T-001", (file_of("a.py", added(text, "short")),), "candidate", ())
        assert row_with(pane, "start").endswith("»│")
        for _ in range(20):
            await pilot.press("right")
        assert " end" in row_with(pane, "«x")
        assert "2 + « " in row_with(pane, " 2 + ")
        for _ in range(20):
            await pilot.press("h")
        assert "short" in page(pane)
        assert "start" in page(pane)


async def test_hidden_characters_are_visible_and_flagged() -> None:
    pane = DiffPane()
    async with shown(pane, 100, 14):
        pane.show("T-001", (EVIL,), "candidate", ())
        assert "'user⟨U+202E⟩ ⟨U+2066⟩// check⟨U+2069⟩')" in page(pane)
        assert "⚠ reads in another order than it runs: U+202E" in page(pane)
        assert "⚠ letters of two alphabets in one word" in page(pane)
        assert "⚠ 2 suspicious lines" in drawn(pane)[-2]
        assert pane.flagged == 2


async def test_flags_count_as_seen_once_they_were_on_the_screen() -> None:
    pane = DiffPane()
    async with shown(pane, 100, 10) as pilot:
        pane.show("T-001", (long_file("a.py", 30), EVIL), "candidate", ())
        await pilot.pause()
        assert pane.flagged_unseen == 2
        await pilot.press("end")
        await pilot.pause()
        assert pane.flagged_unseen == 0
        pane.show("T-001", (long_file("a.py", 31), EVIL), "candidate", ())
        assert pane.flagged_unseen == 2


async def test_a_removed_line_is_no_danger() -> None:
    pane = DiffPane()
    gone = Hunk(header="@@", lines=(line("x = '\u202e'", "-", 1, None),))
    async with shown(pane, 100, 10):
        pane.show("T-001", (FileDiff(path="a", status="modified", hunks=(gone,)),), "candidate", ())
        assert "⚠ reads in another order" in page(pane)
        assert pane.flagged == 0


async def test_white_space_shows_where_it_is_all_that_changed() -> None:
    pane = DiffPane()
    lines = (
        line("    indented", "-", 1, None),
        line("\tindented  ", "+", None, 1),
        line("\tplain tab", "+", None, 2),
    )
    file = FileDiff(path="a", status="modified", hunks=(Hunk(header="@@", lines=lines),))
    async with shown(pane, 60, 10):
        pane.show("T-001", (file,), "candidate", ())
        assert "+ →   indented··" in page(pane)
        assert "+     plain tab" in page(pane)


async def test_the_same_subjects_next_diff_keeps_the_place() -> None:
    pane = DiffPane()
    async with shown(pane, 60, 12) as pilot:
        pane.show("T-001", (long_file("a.py", 40), long_file("b.py", 40)), "stage", ())
        pane.next_file()
        await pilot.press("pagedown")
        top = top_row(pane)
        assert "b.py line" in top
        more = (long_file("a.py", 90), long_file("b.py", 60))
        pane.show("T-001", more, "stage", ())
        assert top_row(pane) == top
        pane.show("T-001", more, "candidate", (BROKEN,))
        assert top_row(pane) == top


async def test_another_subjects_diff_begins_at_the_top() -> None:
    pane = DiffPane()
    async with shown(pane, 60, 12) as pilot:
        pane.show("T-001", (long_file("a.py", 40),), "stage", ())
        await pilot.press("end", "right")
        pane.show("T-002", (long_file("a.py", 40),), "stage", ())
        assert "a.py line 1 " in drawn(pane)[4] + " "


async def test_a_place_that_is_gone_is_no_error() -> None:
    pane = DiffPane()
    async with shown(pane, 60, 12) as pilot:
        pane.show("T-001", (long_file("a.py", 40), long_file("b.py", 40)), "stage", ())
        await pilot.press("end")
        pane.show("T-001", (long_file("a.py", 3),), "stage", ())
        assert "a.py line 3" in page(pane)
        pane.show("T-001", (), "stage", ())
        pane.next_hunk()
        pane.previous_file()
        await pilot.press("pageup", "end", "left")
        assert "No changes." in page(pane)


async def test_growing_leaves_no_empty_space_below() -> None:
    pane = DiffPane()
    async with shown(pane, 60, 12) as pilot:
        pane.show("T-001", (long_file("a.py", 20),), "stage", ())
        await pilot.press("end")
        await pilot.resize_terminal(60, 40)
        assert "a.py line 1 " in page(pane)


async def test_a_huge_diff_scrolls_quickly() -> None:
    pane = DiffPane()
    lines = tuple(
        DiffLine(kind="+", text=f"value_{i} = {i}", old=None, new=i) for i in range(1, 50_000)
    )
    file = FileDiff(path="a.py", status="added", hunks=(Hunk(header="@@", lines=lines),))
    async with shown(pane, 120, 40) as pilot:
        pane.show("T-001", (file,), "stage", ())
        await pilot.press("end")
        assert "value_49999" in page(pane)
        began = time.perf_counter()
        for _ in range(20):
            pane.action_scroll_by(-1)
            page(pane)
        assert (time.perf_counter() - began) / 20 < 0.1


async def test_the_wheel_scrolls() -> None:
    pane = DiffPane()
    async with shown(pane, 60, 12) as pilot:
        pane.show("T-001", (long_file("a.py", 40),), "stage", ())
        wheel(pane, down=True)
        await pilot.pause()
        assert top_row(pane).endswith("a.py line 2")
        wheel(pane, down=False)
        await pilot.pause()
        assert top_row(pane).startswith("a.py")
