"""A question with one line for the answer."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from orchestrator.text import safe_line


class _Answer(Input):
    """An input in which pasted text can't do harm or get lost."""

    def replace(self, text: str, start: int, end: int) -> None:
        """Every typed or pasted piece goes through the gate."""
        super().replace(safe_line(text), start, end)

    def on_paste(self, event: events.Paste) -> None:
        """Take all lines of a paste; Textual's own would drop all but the first."""
        event.stop()
        event.prevent_default()
        start, end = sorted(self.selection)
        self.replace(" ".join(event.text.split()), start, end)


class PromptLine(Widget):
    """Not to be seen until `ask`; Enter sends, Esc cancels, both close it."""

    DEFAULT_CSS = """
    PromptLine {
        display: none;
        layout: horizontal;
        width: 1fr;
        height: 1;
        &.-open { display: block; }
        & > Static {
            width: auto;
            max-width: 50%;
            height: 1;
            padding: 0 1;
            text-wrap: nowrap;
            text-overflow: ellipsis;
        }
        & > Input {
            width: 1fr;
            height: 1;
            border: none;
            padding: 0;
            &:focus { border: none; }
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", show=False, id="prompt.cancel"),
    ]

    class Submitted(Message):
        """A person answered.

        Attributes:
            text: the answer, perhaps empty.
        """

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Cancelled(Message):
        """A person does not want to answer."""

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002 - the name every Textual widget uses
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes, markup=False)
        self._focused_before: Widget | None = None

    def compose(self) -> ComposeResult:
        """The question and the answer."""
        yield Static("", markup=False)
        answer = _Answer(select_on_focus=False)
        answer.cursor_blink = False
        yield answer

    @property
    def is_open(self) -> bool:
        """True while a question waits for its answer."""
        return self.has_class("-open")

    def ask(self, label: str, placeholder: str = "", value: str = "") -> None:
        """Open the line; a question that is still open is replaced without a message.

        Args:
            label: what is asked.
            placeholder: shown while the answer is empty.
            value: the answer to begin with.
        """
        if not self.is_open:
            self._focused_before = self.screen.focused
        self.query_one(Static).update(Content(safe_line(label)))
        answer = self.query_one(_Answer)
        answer.placeholder = safe_line(placeholder)
        answer.value = safe_line(value)
        answer.cursor_position = len(answer.value)
        self.add_class("-open")
        answer.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Send the answer."""
        event.stop()
        self._close()
        self.post_message(self.Submitted(event.value))

    def action_cancel(self) -> None:
        """Close without an answer."""
        self._close()
        self.post_message(self.Cancelled())

    def _close(self) -> None:
        self.remove_class("-open")
        before, self._focused_before = self._focused_before, None
        if before is not None and before.is_attached:
            before.focus()
