"""A question takes one line, gives back what was typed, and the focus."""

import unicodedata

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.message import Message
from textual.widgets import Input

from tests.widgets.host import HIDDEN
from tests.widgets.samples import HOSTILE
from widgets.pane import Pane
from widgets.prompt_line import PromptLine
from widgets.task_tree import TaskTree


class Room(App[None]):
    ENABLE_COMMAND_PALETTE = False

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Message] = []

    def compose(self) -> ComposeResult:
        yield TaskTree()
        yield PromptLine()

    def on_prompt_line_submitted(self, message: PromptLine.Submitted) -> None:
        self.heard.append(message)

    def on_prompt_line_cancelled(self, message: PromptLine.Cancelled) -> None:
        self.heard.append(message)

    @property
    def line(self) -> PromptLine:
        return self.query_one(PromptLine)

    @property
    def input(self) -> Input:
        return self.query_one(Input)

    def screen_text(self) -> str:
        return "\n".join(
            "".join(segment.text for segment in strip)
            for strip in self.line.render_lines(self.line.size.region)
        )


async def test_it_is_not_to_be_seen_until_it_asks() -> None:
    async with Room().run_test() as pilot:
        room = pilot.app
        assert isinstance(room, Room)
        before = room.line.display
        room.line.ask("Goal")
        await pilot.pause()
        assert (before, room.line.display) == (False, True)
        assert room.line.size.height == 1
        assert room.focused is room.input


async def test_enter_sends_closes_and_gives_the_focus_back() -> None:
    async with Room().run_test() as pilot:
        room = pilot.app
        assert isinstance(room, Room)
        room.query_one(Pane).focus()
        room.line.ask("Goal", "what do you want?")
        await pilot.press(*"hi j", "enter")
        assert [m.text for m in room.heard if isinstance(m, PromptLine.Submitted)] == ["hi j"]
        assert not room.line.display
        assert room.focused is room.query_one(Pane)


async def test_an_empty_answer_is_an_answer() -> None:
    async with Room().run_test() as pilot:
        room = pilot.app
        assert isinstance(room, Room)
        room.line.ask("Note")
        await pilot.press("enter")
        assert [m.text for m in room.heard if isinstance(m, PromptLine.Submitted)] == [""]


async def test_escape_cancels() -> None:
    async with Room().run_test() as pilot:
        room = pilot.app
        assert isinstance(room, Room)
        room.query_one(Pane).focus()
        room.line.ask("Goal", value="so far")
        await pilot.press("x", "escape")
        assert [type(m) for m in room.heard] == [PromptLine.Cancelled]
        assert not room.line.is_open
        assert room.focused is room.query_one(Pane)


async def test_a_given_answer_can_be_continued() -> None:
    async with Room().run_test() as pilot:
        room = pilot.app
        assert isinstance(room, Room)
        room.line.ask("Goal", value="add dark")
        await pilot.press(*" mode", "enter")
        assert [m.text for m in room.heard if isinstance(m, PromptLine.Submitted)] == [
            "add dark mode"
        ]


async def test_a_new_question_begins_empty() -> None:
    async with Room().run_test() as pilot:
        room = pilot.app
        assert isinstance(room, Room)
        room.line.ask("Goal")
        await pilot.press(*"left over", "escape")
        room.line.ask("Note")
        assert room.input.value == ""


async def test_all_lines_of_a_paste_arrive() -> None:
    async with Room().run_test() as pilot:
        room = pilot.app
        assert isinstance(room, Room)
        room.line.ask("Goal")
        await pilot.pause()
        room.input.post_message(events.Paste("first line\n  second\r\nthird \x1b[31m\u202e"))
        await pilot.pause()
        assert room.input.value == "first line second third ␛[31m⟨U+202E⟩"


@pytest.mark.parametrize("text", [*HOSTILE, "[@click=app.bell]x[/]", "[/]"])
async def test_questions_are_taken_literally(text: str) -> None:
    async with Room().run_test(size=(160, 5)) as pilot:
        room = pilot.app
        assert isinstance(room, Room)
        room.line.ask(f"L {text}", f"P {text}", "")
        await pilot.pause()
        room.line.ask(f"L {text}", f"P {text}", f"V {text}")
        await pilot.pause()
        for widget in room.line.children:
            for strip in widget.render_lines(widget.size.region):
                assert not [c for c in strip.text if unicodedata.category(c) in HIDDEN]
                assert not any(s.style and s.style.meta.get("@click") for s in strip)


async def test_the_cursor_does_not_blink() -> None:
    async with Room().run_test() as pilot:
        room = pilot.app
        assert isinstance(room, Room)
        assert not room.input.cursor_blink
