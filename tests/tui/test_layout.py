import pytest

from tui.screens.layout import PANES, mode_for, step, too_small_text, visible_panes


@pytest.mark.parametrize(
    ("width", "height", "mode"),
    [
        (200, 50, "wide"),
        (100, 24, "wide"),
        (99, 24, "narrow"),
        (100, 23, "narrow"),
        (80, 24, "narrow"),
        (60, 18, "narrow"),
        (59, 40, "tiny"),
        (80, 17, "tiny"),
        (40, 10, "tiny"),
        (39, 24, "too_small"),
        (80, 9, "too_small"),
    ],
)
def test_the_layout_follows_the_size(width: int, height: int, mode: str) -> None:
    assert mode_for(width, height) == mode


def test_only_the_wide_layout_shows_all_panes() -> None:
    assert visible_panes("wide", "diff", zoomed=False) == set(PANES)
    assert visible_panes("wide", "diff", zoomed=True) == {"diff"}
    assert visible_panes("narrow", "needs", zoomed=False) == {"needs"}
    assert visible_panes("tiny", "needs", zoomed=True) == {"needs"}
    assert visible_panes("too_small", "needs", zoomed=False) == set()


def test_stepping_goes_round() -> None:
    assert step("tasks", -1) == "quota"
    assert step("quota", 1) == "tasks"


def test_a_terminal_that_is_too_small_is_told_how_big_it_must_be() -> None:
    assert too_small_text(30, 8) == "30 × 8 is too small.\nThe room needs 40 × 10."
