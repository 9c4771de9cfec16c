"""What every widget of the room shares: painting lines of spans, one strip at a time."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from widgets.glyphs import ASCII_TWINS
from widgets.line import Line, Role


class Painted(Widget):
    """A widget that paints itself line by line, at a cost that depends on its size only.

    Subclasses give `line_at`. Colours come from the component classes, one for each role.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "-accent",
        "-good",
        "-attention",
        "-danger",
        "-quiet",
        "-added",
        "-removed",
        "-strong",
        "-cursor",
    }
    DEFAULT_CSS = """
    Painted {
        & > .-accent { color: $text-accent; }
        & > .-good { color: $text-success; }
        & > .-attention { color: $text-warning; }
        & > .-danger { color: $text-error; }
        & > .-quiet { color: $text-muted; }
        & > .-added { color: $text-success; }
        & > .-removed { color: $text-error; }
        & > .-strong { text-style: bold; }
        & > .-cursor { background: $surface; }
        &:focus > .-cursor { background: $boost; text-style: bold; }
    }
    """

    def __init__(
        self,
        *,
        ascii_only: bool = False,
        id: str | None = None,  # noqa: A002 - the name every Textual widget uses
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes, markup=False)
        self.ascii_only = ascii_only
        self.set_class(ascii_only, "-ascii")
        self._painted: list[tuple[Line, bool]] = []
        self._ground: Style | None = None

    def line_at(self, y: int, width: int) -> Line:
        """The line at row `y` of the content, from 0, in at most `width` cells."""
        raise NotImplementedError

    def is_cursor(self, y: int) -> bool:
        """True when row `y` is the one the cursor is on."""
        del y
        return False

    def repaint(self) -> None:
        """Draw again if, and only if, something that can be seen has changed."""
        width, height = self.size
        fresh = [(self.line_at(y, width), self.is_cursor(y)) for y in range(height)]
        if fresh != self._painted:
            self._painted = fresh
            self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Rows of the widget. The ground is the same for all of them, and costs more than a row."""
        self._ground = self.rich_style
        try:
            return super().render_lines(crop)
        finally:
            self._ground = None

    def render_line(self, y: int) -> Strip:
        """One row of the content, exactly as wide as the content."""
        width, height = self.size
        if y >= height:
            return Strip.blank(width, self.rich_style)
        cursor = self.is_cursor(y)
        strip = Strip([self._segment(*part, cursor) for part in self.line_at(y, width)])
        return strip.adjust_cell_length(width, self._style("", cursor=cursor))

    def _segment(self, text: str, role: Role, cursor: bool) -> Segment:  # noqa: FBT001
        shown = text.translate(ASCII_TWINS) if self.ascii_only else text
        return Segment(shown, self._style(role, cursor=cursor))

    def _style(self, role: Role, *, cursor: bool) -> Style:
        """A role's colours on the ground of the widget, or of the row under the cursor."""
        plain = self._ground or self.rich_style
        style = self.get_component_rich_style(f"-{role}") if role else plain
        if not cursor:
            return style
        ground = self.get_component_rich_style("-cursor")
        if not role:
            return ground
        return style + ground.without_color + Style(bgcolor=ground.bgcolor)
