"""The frame every pane has: a border with a safe title, and a text for when there is nothing."""

from __future__ import annotations

from typing import Final

from textual import events
from textual.content import Content

from orchestrator.text import Safe, safe_line
from widgets.glyphs import ASCII_TWINS
from widgets.line import Line, Role, Span, clip, span, width_of, wrap_words
from widgets.painted import Painted

_LABEL_EDGES: Final = 4
"""Cells of a border that its title leaves to the line: one and a blank at each end."""
_UNKNOWN: Final = 1000
"""Cells a title may have before the first layout; Textual cuts it for that one frame."""
_LEAST: Final = 12
"""Cells of a title that its tail may not take."""


class Pane(Painted, can_focus=True):
    """A focusable frame. Subclasses give `content_line`, or `say` why there is none."""

    DEFAULT_CSS = """
    Pane {
        width: 1fr;
        height: 1fr;
        border: round $foreground 30%;
        border-title-color: $foreground;
        border-subtitle-color: $text-muted;
        &:focus {
            border: round $border;
            border-title-color: $text-accent;
            border-title-style: bold;
        }
        &.-ascii { border: ascii $foreground 30%; }
        &.-ascii:focus { border: ascii $border; }
    }
    """

    def __init__(
        self,
        *,
        ascii_only: bool = False,
        id: str | None = None,  # noqa: A002 - the name every Textual widget uses
        classes: str | None = None,
    ) -> None:
        super().__init__(ascii_only=ascii_only, id=id, classes=classes)
        self._title: tuple[str, str] = ("", "")
        self._foot = ""
        self._drawn: dict[str, Safe] = {}
        self._saying: tuple[Span, ...] = ()

    def heading(self, text: str, tail: str = "") -> None:
        """Set the title: `text` is cut when it does not fit, `tail` stays whole."""
        self._title = (text, tail)
        self._place_titles()

    def footing(self, text: str) -> None:
        """Set the remark in the lower border; empty for none."""
        self._foot = text
        self._place_titles()

    def say(self, *sentences: str, danger: bool = False) -> None:
        """Have the next `repaint` show these sentences, or without any the content again."""
        first: Role = "danger" if danger else ""
        self._saying = tuple(span(s, "quiet" if i else first) for i, s in enumerate(sentences))

    @property
    def saying(self) -> str:
        """The text that stands in place of the content; empty while there is content."""
        return " ".join(part.text for part in self._saying)

    def content_line(self, y: int, width: int) -> Line:
        """Row `y` of the content in at most `width` cells."""
        raise NotImplementedError

    def line_at(self, y: int, width: int) -> Line:
        """A row of the content, or of what is said in its place."""
        if self._saying:
            return _said(self._saying, y, width)
        return self.content_line(y, width)

    def on_resize(self, event: events.Resize) -> None:
        """Cut the title anew."""
        del event
        self._place_titles()
        self.repaint()

    def _place_titles(self) -> None:
        room = self.size.width - _LABEL_EDGES if self.size.width else _UNKNOWN
        if room <= 0:
            return
        text, tail = self._title
        self._place("border_title", _label(text, tail, room))
        self._place("border_subtitle", clip(safe_line(self._foot), room))

    def _place(self, name: str, label: Safe) -> None:
        if self._drawn.get(name) == label:
            return
        self._drawn[name] = label
        shown = label.translate(ASCII_TWINS) if self.ascii_only else label
        # Content is taken as it is; a plain string would be parsed as markup.
        setattr(self, name, Content(shown) if shown else None)


def _label(text: str, tail: str, room: int) -> Safe:
    """Text and tail; a long text gives way to the tail, but keeps a few cells."""
    start, end = safe_line(text), safe_line(tail)
    least = min(_LEAST, width_of((Span(start),)))
    end = clip(end, room - least - 2)
    if not end:
        return clip(start, room)
    return Safe(f"{clip(start, room - width_of((Span(end),)) - 2)}  {end}")


def _said(sentences: tuple[Span, ...], y: int, width: int) -> Line:
    for sentence in sentences:
        lines = wrap_words(sentence.text, max(1, width - 2))
        if y < len(lines):
            return (span(" "), Span(lines[y], sentence.role))
        y -= len(lines)
    return ()
