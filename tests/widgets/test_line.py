"""Lines are cut and aligned by the cells a terminal takes, not by characters."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from orchestrator.text import Safe, safe_line
from widgets.line import (
    clip,
    fit,
    pad,
    pad_left,
    paragraph,
    slide,
    span,
    spread,
    width_of,
    wrap_cells,
    wrap_words,
)

TEXTS = st.text(st.one_of(st.characters(), st.sampled_from("漢字🔑é\u0301 ab")), max_size=60).map(
    safe_line
)
WIDTHS = st.integers(0, 80)


@given(TEXTS, WIDTHS)
def test_a_clipped_text_fits(text: Safe, width: int) -> None:
    cut = clip(text, width)
    assert cell_len(cut) <= width
    assert cut == text or width == 0 or cut.endswith("…")


@given(TEXTS, WIDTHS)
def test_a_padded_text_fills_its_column(text: Safe, width: int) -> None:
    assert cell_len(pad(text, width)) == width
    assert cell_len(pad_left(text, width)) == width


@given(TEXTS, TEXTS, WIDTHS)
def test_a_spread_line_has_exactly_its_width(left: Safe, right: Safe, width: int) -> None:
    line = spread((span(left),), (span(right),), width)
    assert width_of(line) == width


@given(TEXTS, st.integers(0, 70), WIDTHS)
def test_a_window_on_a_long_line_fits(text: Safe, start: int, width: int) -> None:
    assert cell_len(slide(text, start, width)) <= max(width, 0)


def test_a_window_marks_what_it_cuts() -> None:
    text = safe_line("0123456789")
    assert slide(text, 0, 10) == "0123456789"
    assert slide(text, 0, 5) == "0123»"
    assert slide(text, 4, 4) == "«56»"
    assert slide(text, 6, 4) == "«789"
    assert slide(text, 20, 4) == "«"


@given(TEXTS, st.integers(2, 40))
def test_wrapping_by_cells_loses_nothing(text: Safe, width: int) -> None:
    pieces = wrap_cells(text, width)
    assert "".join(pieces) == text
    assert all(cell_len(piece) <= width for piece in pieces)


@given(TEXTS, st.integers(1, 40))
def test_wrapping_by_words_fits(text: Safe, width: int) -> None:
    assert all(cell_len(line) <= width for line in wrap_words(text, width))


@given(TEXTS, WIDTHS)
def test_a_paragraph_fits(text: Safe, width: int) -> None:
    assert all(width_of(line) <= width for line in paragraph(text, width))


def test_words_stay_whole_where_they_fit() -> None:
    assert wrap_words(safe_line("press n and say"), 8) == ["press n", "and say"]


def test_a_line_is_cut_in_the_span_that_does_not_fit() -> None:
    line = (span("one ", "good"), span("two three", "quiet"), span("four"))
    assert fit(line, 8) == (span("one ", "good"), span("two…", "quiet"))


def test_a_span_holds_no_raw_text() -> None:
    assert span("\x1b[31m\n").text == "␛[31m↵"
