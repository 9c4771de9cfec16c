"""A list with a cursor that stays where the reader left it, whatever comes and goes around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType

from widgets.line import Line
from widgets.pane import Pane

Key = tuple[str, str]
"""What a row is about; says which row is which when rows are added or go."""


class RowsPane(Pane):
    """Rows drawn one by one, so that a long list costs no more than a short one.

    The cursor holds on to its row's key, and that row to its place on the screen. When the row
    goes, the next one that is left takes the cursor, else the one before.
    Subclasses give `row_line`, `cursor_moved` and `row_opened`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "Next", show=False, id="rows.next"),
        Binding("k,up", "move(-1)", "Previous", show=False, id="rows.previous"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="rows.page_down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="rows.page_up"),
        Binding("home", "edge(-1)", "First", show=False, id="rows.first"),
        Binding("end", "edge(1)", "Last", show=False, id="rows.last"),
        Binding("enter", "open", "Open", show=False, id="rows.open"),
    ]

    def __init__(
        self,
        *,
        ascii_only: bool = False,
        id: str | None = None,  # noqa: A002 - the name every Textual widget uses
        classes: str | None = None,
    ) -> None:
        super().__init__(ascii_only=ascii_only, id=id, classes=classes)
        self._keys: Sequence[Key] = ()
        self._places: dict[Key, int] = {}
        self._cursor = 0
        self._top = 0

    # --- for subclasses ---------------------------------------------------------------------

    def row_line(self, key: Key, width: int, *, cursor: bool) -> Line:
        """The row of `key` in at most `width` cells."""
        raise NotImplementedError

    def cursor_moved(self) -> None:
        """A person moved the cursor to another row."""

    def row_opened(self) -> None:
        """A person pressed Enter on, or clicked twice, the row under the cursor."""

    @property
    def rows_height(self) -> int:
        """Rows of the screen the list has."""
        return self.size.height

    @property
    def cursor_key(self) -> Key | None:
        """Key of the row under the cursor; None when there are no rows."""
        return self._keys[self._cursor] if self._keys else None

    def set_rows(self, keys: Sequence[Key]) -> None:
        """Take these rows; the cursor and what is being read stay where they are."""
        if keys == self._keys:
            return
        places = {key: index for index, key in enumerate(keys)}
        cursor = self._survivor(places)
        self._top += cursor - self._cursor
        self._keys, self._places, self._cursor = keys, places, cursor
        self._clamp()

    def put_cursor(self, key: Key) -> bool:
        """Move the cursor without telling anyone; False when there is no such row."""
        if key not in self._places:
            return False
        self._cursor = self._places[key]
        self._reveal()
        return True

    # --- painting ---------------------------------------------------------------------------

    def content_line(self, y: int, width: int) -> Line:
        """The row at `y`, counted from the top of what is in view."""
        index = self._top + y
        if y >= self.rows_height or not 0 <= index < len(self._keys):
            return ()
        return self.row_line(self._keys[index], width, cursor=index == self._cursor)

    def is_cursor(self, y: int) -> bool:
        """True for the row under the cursor."""
        shown = bool(self._keys) and not self._saying
        return shown and y < self.rows_height and self._top + y == self._cursor

    @property
    def hidden_rows(self) -> tuple[int, int]:
        """How many rows lie above and below what is in view."""
        below = len(self._keys) - self._top - self.rows_height
        return self._top, max(0, below)

    # --- moving -----------------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        """Move the cursor by so many rows."""
        self._go_to(self._cursor + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by so many screens."""
        self._go_to(self._cursor + by * max(1, self.rows_height - 1))

    def action_edge(self, to: int) -> None:
        """Move the cursor to the first (-1) or last (1) row."""
        self._go_to(0 if to < 0 else len(self._keys) - 1)

    def action_open(self) -> None:
        """Open the row under the cursor."""
        if self._keys:
            self.row_opened()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the row that was clicked; a second click opens it."""
        offset = event.get_content_offset(self)
        if offset is None or offset.y >= self.rows_height:
            return
        if self._top + offset.y < len(self._keys):
            self._go_to(self._top + offset.y)
            if event.chain > 1:
                self.row_opened()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll; the cursor stays on its row."""
        self._scroll(event, 3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll; the cursor stays on its row."""
        self._scroll(event, -3)

    def on_resize(self, event: events.Resize) -> None:
        """Keep the cursor in view. Textual calls the pane's own `on_resize` as well."""
        del event
        self._reveal()

    def _scroll(self, event: events.MouseEvent, by: int) -> None:
        event.stop()
        self._top += by
        self._clamp()
        self.repaint()

    def _go_to(self, index: int) -> None:
        index = max(0, min(index, len(self._keys) - 1))
        moved = bool(self._keys) and index != self._cursor
        self._cursor = index
        self._reveal()
        self.repaint()
        if moved:
            self.cursor_moved()

    def _survivor(self, places: dict[Key, int]) -> int:
        """Where the cursor's row lies among the new rows, or the nearest old row that is left."""
        for key in (*self._keys[self._cursor :], *reversed(self._keys[: self._cursor])):
            if key in places:
                return places[key]
        return 0

    def _reveal(self) -> None:
        if self.rows_height > 0:  # before the first layout nobody knows what is in view
            start = self._cursor - self.rows_height + 1
            self._top = max(min(self._top, self._cursor), start)
        self._clamp()

    def _clamp(self) -> None:
        self._top = max(0, min(self._top, len(self._keys) - max(1, self.rows_height)))
