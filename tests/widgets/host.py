"""A tiny app around one widget, and what it drew."""

import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual import events
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.message import Message
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widget import Widget

from widgets.pane import Pane


class Host(App[None]):
    """Shows one widget and keeps every message that the widgets of the room send."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self.widget = widget
        self.heard: list[Message] = []

    def compose(self) -> ComposeResult:
        yield self.widget

    def keep(self, message: Message) -> None:
        # Every parent a message bubbles through is asked again.
        ours = type(message).__module__.startswith("widgets.")
        if ours and not any(message is other for other in self.heard):
            self.heard.append(message)


@asynccontextmanager
async def shown(widget: Widget, width: int = 80, height: int = 24) -> AsyncIterator[Pilot[None]]:
    """The widget, focused, on a screen of this size."""
    app = Host(widget)
    async with app.run_test(size=(width, height), message_hook=app.keep) as pilot:
        if isinstance(widget, Pane):
            widget.focus()
        await pilot.pause()
        yield pilot


def heard(pilot: Pilot[None]) -> list[Message]:
    """The messages the widget sent."""
    assert isinstance(pilot.app, Host)
    return pilot.app.heard


def strips(widget: Widget) -> list[Strip]:
    """What the widget draws, borders and titles included."""
    return widget.render_lines(Region(0, 0, *widget.outer_size))


def drawn(widget: Widget) -> list[str]:
    """The text of every row, borders and titles included."""
    return [strip.text for strip in strips(widget)]


def page(widget: Widget) -> str:
    return "\n".join(drawn(widget))


def row_with(widget: Widget, text: str) -> str:
    """The one row that holds `text`."""
    found = [row for row in drawn(widget) if text in row]
    assert len(found) == 1, (text, found, page(widget))
    return found[0]


def assert_harmless(widget: Widget) -> None:
    """Nothing drawn can steer a terminal, act on a click, or break the alignment."""
    for strip in strips(widget):
        for segment in strip:
            assert not segment.control
            assert not (segment.style and segment.style.meta), segment
        hidden = [c for c in strip.text if unicodedata.category(c) in HIDDEN]
        assert hidden == [], ascii(strip.text)
        assert strip.cell_length == widget.outer_size.width, ascii(strip.text)


def wheel(widget: Widget, *, down: bool) -> None:
    """Turn the mouse wheel over the widget by one step."""
    kind = events.MouseScrollDown if down else events.MouseScrollUp
    widget.post_message(kind(widget, 1, 1, 0, 0, 0, shift=False, meta=False, ctrl=False))


HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
