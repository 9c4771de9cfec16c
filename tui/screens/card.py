"""A card: a bordered sheet over the room, with rows of a word and a sentence each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, TypeVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from orchestrator.text import Safe, safe, safe_line
from widgets.glyphs import ASCII_TWINS

Result = TypeVar("Result")
ASCII_CLASS = "-ascii-only"
"""The app carries it when only ASCII characters may be drawn."""


def plain(app: App[object], text: Safe) -> str:
    """`text` as it may be drawn in this app."""
    return text.translate(ASCII_TWINS) if app.has_class(ASCII_CLASS) else text


class Plain(Static):
    """Text that is never markup, made safe."""

    def __init__(self, text: str, classes: str = "") -> None:
        super().__init__(classes=classes, markup=False)
        self._text = text

    def on_mount(self) -> None:
        """Draw the text: only a mounted widget knows whether it must be ASCII."""
        self.say(self._text)

    def say(self, text: str) -> None:
        """Show another text."""
        self.update(Content(plain(self.app, safe(text))))


class Row(Horizontal):
    """A word on the left, a sentence on the right."""

    def __init__(self, word: str, sentence: str, classes: str = "") -> None:
        super().__init__(classes=classes)
        self._word = word
        self._sentence = sentence

    def compose(self) -> ComposeResult:
        """The two texts."""
        yield Plain(self._word, "word")
        yield Plain(self._sentence, "sentence")


class Card(ModalScreen[Result]):
    """Shows `body` in a frame. Escape, q and Enter close it, j and k scroll."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "leave", "close", show=False),
        Binding("j,down", "scroll(1)", show=False),
        Binding("k,up", "scroll(-1)", show=False),
        Binding("pagedown,space", "scroll(10)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
    ]

    def __init__(self, heading: str, footing: str = "Esc closes") -> None:
        super().__init__(classes="card")
        self._heading = heading
        self._footing = footing

    def compose(self) -> ComposeResult:
        """The frame and what is in it."""
        sheet = VerticalScroll(*self.body(), id="sheet")
        sheet.border_title = Content(plain(self.app, safe_line(self._heading)))
        sheet.border_subtitle = Content(plain(self.app, safe_line(self._footing)))
        yield sheet

    def body(self) -> Iterable[Widget]:
        """The widgets in the frame, from the top."""
        raise NotImplementedError

    def close(self, result: Result | None = None) -> None:
        """Close with a result, once: keys typed fast may all reach the card that is closing."""
        if self.is_current:
            self.dismiss(result)

    def action_leave(self) -> None:
        """Close without a result."""
        self.close()

    def action_scroll(self, lines: int) -> None:
        """Scroll by so many lines."""
        self.query_one("#sheet").scroll_relative(y=lines, animate=False)
