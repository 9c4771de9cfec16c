"""What all panes have in common: safe titles, honest empty texts, no needless work."""

import pytest
from textual.widget import Widget

from tests.widgets.host import assert_harmless, drawn, page, shown
from tests.widgets.samples import BACKENDS, HOSTILE, NOW, busy_session
from widgets.breakpoints_pane import BreakpointsPane
from widgets.diff_pane import DiffPane
from widgets.key_bar import KeyBar
from widgets.line import Line, span
from widgets.output_pane import OutputPane
from widgets.pane import Pane
from widgets.prompt_line import PromptLine
from widgets.quota_pane import QuotaPane
from widgets.status_bar import StatusBar
from widgets.task_tree import TaskTree

EVERY = (
    BreakpointsPane,
    DiffPane,
    KeyBar,
    OutputPane,
    PromptLine,
    QuotaPane,
    StatusBar,
    TaskTree,
)


class Counted(Pane):
    """A pane with one line, that counts how often it is told to draw."""

    text = "first"
    refreshed = 0

    def content_line(self, y: int, width: int) -> Line:
        return (span(self.text[:width]),) if y == 0 else ()

    def refresh(self, *args: object, **kwargs: object) -> "Counted":
        self.refreshed += 1
        super().refresh(*args, **kwargs)  # type: ignore[arg-type]
        return self


@pytest.mark.parametrize("text", [*HOSTILE, "[/]", "[@click=app.bell]press[/]", "[red", ""])
async def test_a_title_is_taken_literally(text: str) -> None:
    pane = Counted()
    async with shown(pane, 120, 5):
        pane.heading(f"T {text}", text)
        pane.footing(f"F {text}")
        assert_harmless(pane)
        if text.startswith("[") and text.isascii():
            assert f"T {text}" in drawn(pane)[0]
            assert f"F {text}" in drawn(pane)[-1]


async def test_a_long_title_gives_way_to_its_tail() -> None:
    pane = Counted()
    async with shown(pane, 30, 5):
        pane.heading("Diff  src/a/very/long/path/to/a/file.py", "+14 -2")
        assert "Diff  src/a/ver…  +14 -2" in drawn(pane)[0]
        pane.heading("Tasks", "9,999 · 1,234 applied · 12 running")
        assert "Tasks  9,999 · 1,234 ap…" in drawn(pane)[0]


async def test_a_title_set_before_the_first_frame_is_shown() -> None:
    pane = Counted()
    pane.heading("Early", "1")
    async with shown(pane, 30, 5):
        assert "Early  1" in drawn(pane)[0]


async def test_a_title_is_cut_anew_when_the_size_changes() -> None:
    pane = Counted()
    async with shown(pane, 60, 5) as pilot:
        pane.heading("A title of forty characters, more or less")
        await pilot.resize_terminal(24, 5)
        assert "A title of forty…" in drawn(pane)[0]
        await pilot.resize_terminal(60, 5)
        assert "more or less" in drawn(pane)[0]


async def test_what_is_said_takes_the_place_of_the_content() -> None:
    pane = Counted()
    async with shown(pane, 24, 8):
        pane.say("No goal yet.", "Press n and say what you want.")
        pane.repaint()
        assert [row.strip("│ ") for row in drawn(pane)[1:4]] == [
            "No goal yet.",
            "Press n and say what",
            "you want.",
        ]
        pane.say()
        pane.repaint()
        assert "first" in page(pane)


async def test_nothing_is_drawn_again_while_nothing_changes() -> None:
    pane = Counted()
    async with shown(pane, 24, 8):
        pane.heading("Same", "1")
        pane.repaint()
        before = pane.refreshed
        pane.heading("Same", "1")
        pane.repaint()
        assert pane.refreshed == before
        pane.text = "second"
        pane.repaint()
        assert pane.refreshed == before + 1


async def test_the_focused_pane_looks_different() -> None:
    pane = Counted()
    async with shown(pane, 24, 5) as pilot:
        focused = list(pane.render_lines(pane.size.region)[0])
        pilot.app.set_focus(None)
        await pilot.pause()
        assert list(pane.render_lines(pane.size.region)[0]) != focused


@pytest.mark.parametrize("cls", EVERY)
def test_no_widget_replaces_a_private_name_of_textual(cls: type[Widget]) -> None:
    theirs = set(vars(Widget())) | {name for base in Widget.__mro__ for name in vars(base)}
    ours = {
        name
        for base in cls.__mro__
        if base.__module__.startswith("widgets.")
        for name in vars(base)
    }
    ours |= set(vars(cls())) - set(vars(Widget()))
    private = {name for name in ours & theirs if name.startswith("_") and name[1] != "_"}
    machinery = {name for name in private if name in WRITTEN_BY_TEXTUAL}
    assert private - machinery == set()


WRITTEN_BY_TEXTUAL = {
    name for name in vars(type("Empty", (Widget,), {})) if name.startswith("_")
} | {"_abc_impl"}


@pytest.mark.parametrize("width", [20, 60, 80, 120, 300])
@pytest.mark.parametrize("ascii_only", [False, True])
async def test_every_pane_keeps_its_width(width: int, ascii_only: bool) -> None:  # noqa: FBT001
    state = busy_session()
    tree = TaskTree(ascii_only=ascii_only)
    quota = QuotaPane(ascii_only=ascii_only)
    needs = BreakpointsPane(ascii_only=ascii_only)
    bar = StatusBar(ascii_only=ascii_only)
    for widget in (tree, quota, needs, bar):
        async with shown(widget, width, 24):
            tree.show(state, NOW)
            quota.show(state, BACKENDS, NOW)
            needs.show(state, NOW)
            bar.show(state, BACKENDS, "claude", NOW)
            assert_harmless(widget)
            if ascii_only:
                assert page(widget).isascii(), page(widget)


def test_a_title_is_there_before_the_first_layout_and_whole() -> None:
    pane = Counted()
    pane.heading("Tasks of a long name", "12")
    pane.footing("remark")
    assert str(pane.border_title) == "Tasks of a long name  12"
    assert str(pane.border_subtitle) == "remark"


def test_what_is_selected_before_the_first_layout_scrolls_nothing_away() -> None:
    tree = TaskTree()
    state = busy_session()
    tree.show(state, NOW)
    tree.select("T-004")
    assert tree.selected == "T-004"
    assert tree.hidden_rows[0] == 0
