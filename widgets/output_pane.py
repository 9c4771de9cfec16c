"""What a model is writing, and what the tests say, as it comes."""

from __future__ import annotations

from typing import ClassVar, Final

from textual import events
from textual.binding import Binding, BindingType

from widgets.line import Line, Role, Span, fit, span, wrap_cells
from widgets.output_lines import Kind, OutputLine, OutputLines
from widgets.pane import Pane
from widgets.wording import plural

_ROLES: Final[dict[str, Role]] = {"text": "", "thinking": "quiet", "test": "", "title": "quiet"}


class OutputPane(Pane):
    """The tail of the output, painted from the bottom up: its cost does not grow with the text.

    While it follows, the newest line is the last one on the screen. Once scrolled back it stands
    still, whatever comes, until it is told to follow again.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("k,up", "back(1)", "Back", show=False, id="output.back"),
        Binding("j,down", "back(-1)", "Forward", show=False, id="output.forward"),
        Binding("pageup", "page(1)", "Page back", show=False, id="output.page_back"),
        Binding("pagedown,space", "page(-1)", "Page on", show=False, id="output.page_forward"),
        Binding("home", "begin", "Beginning", show=False, id="output.begin"),
        Binding("end", "follow", "Follow", show=False, id="output.follow"),
    ]

    def __init__(
        self,
        *,
        ascii_only: bool = False,
        id: str | None = None,  # noqa: A002 - the name every Textual widget uses
        classes: str | None = None,
    ) -> None:
        super().__init__(ascii_only=ascii_only, id=id, classes=classes)
        self._kept = OutputLines()
        self._subject: str | None = None
        self._others = 0
        self._view: tuple[tuple[int, int], list[Line]] | None = None
        self._anchor: tuple[int, int] | None = None
        """Number of the last line in view, and how many of its rows lie below; None: follows."""
        self.heading("Output")
        self._tell()

    # --- what the screen uses ---------------------------------------------------------------

    def follow_subject(self, subject_id: str, title: str) -> None:
        """Show the output of this task or goal from now on; another one's is forgotten."""
        self.heading("Output  " + title if title else "Output")
        if subject_id != self._subject:
            self._subject = subject_id
            self._kept.clear()
            self._anchor = None
        self._tell()

    def show_stored(self, text: str) -> None:
        """Show a text from the session's log in place of what is there."""
        self._kept.load(text)
        self._anchor = None
        self._tell()

    def feed(self, text: str, kind: Kind) -> None:
        """Append a piece of output; what is being read does not move."""
        last, rows = self._kept.last, self._rows_in(self._kept.last)
        self._kept.feed(text, kind)
        if self._anchor is not None:
            number, below = self._anchor
            if number == last:
                below = max(0, below + self._rows_in(number) - rows)
            number_left = max(number, self._kept.first)
            self._anchor = (number_left, below if number_left == number else 0)
        self._tell()

    @property
    def following(self) -> bool:
        """True while the newest line is shown."""
        return self._anchor is None

    def toggle_follow(self) -> None:
        """Stand still, or follow again."""
        self._anchor = (self._kept.last, 0) if self._anchor is None else None
        self._tell()

    def others_running(self, count: int) -> None:
        """Tell how many other attempts run."""
        self._others = count
        self._tell()

    # --- painting ---------------------------------------------------------------------------

    def content_line(self, y: int, width: int) -> Line:
        """Row `y` of the window."""
        size = (width, self.size.height)
        if self._view is None or self._view[0] != size:
            self._view = (size, self._window(*size))
        rows = self._view[1]
        return rows[y] if y < len(rows) else ()

    def _window(self, width: int, height: int) -> list[Line]:
        """The rows in view, made from the last one upwards."""
        number, below = self._anchor or (self._kept.last, 0)
        rows: list[Line] = []
        while len(rows) < height and number >= self._kept.first:
            pieces = _rows_of(self._kept.at(number), width)
            pieces = pieces[: max(1, len(pieces) - below)]
            rows[:0] = pieces[-(height - len(rows)) :]
            number, below = number - 1, 0
        return rows

    def _tell(self) -> None:
        self._view = None
        empty = self._kept.last < self._kept.first
        self.say(*(("No output yet. It appears here while a model writes.",) if empty else ()))
        self.footing("" if empty else self._place_words())
        self.repaint()

    def _place_words(self) -> str:
        others = f" · {self._others} more running" if self._others else ""
        if self._anchor is None:
            return f"following ●{others}"
        below = self._kept.last - self._anchor[0]
        return f"{plural(below, 'line')} below · f follows{others}"

    # --- moving -----------------------------------------------------------------------------

    def action_back(self, by: int) -> None:
        """Scroll back by so many rows; negative numbers scroll on."""
        for _ in range(abs(by)):
            if not (self._one_back() if by > 0 else self._one_on()):
                break
        self._tell()

    def action_page(self, by: int) -> None:
        """Scroll back by so many screens; negative numbers scroll on."""
        self.action_back(by * max(1, self.size.height - 1))

    def action_begin(self) -> None:
        """Go back to the oldest line that is kept."""
        room = self.size.height
        for number in range(self._kept.first, self._kept.last + 1):
            room -= self._rows_in(number)
            if room <= 0:
                self._anchor = (number, -room)
                break
        if self._anchor == (self._kept.last, 0):
            self._anchor = None
        self._tell()

    def action_follow(self) -> None:
        """Follow the newest line again."""
        self._anchor = None
        self._tell()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll back."""
        event.stop()
        self.action_back(3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll on."""
        event.stop()
        self.action_back(-3)

    def _one_back(self) -> bool:
        """Move the window up by one row; False at the oldest line."""
        number, below = self._anchor or (self._kept.last, 0)
        if not self._is_more_above(number, below):
            return False
        if below + 1 < self._rows_in(number):
            self._anchor = (number, below + 1)
        else:
            self._anchor = (number - 1, 0)
        return True

    def _one_on(self) -> bool:
        """Move the window down by one row; at the newest line it follows again."""
        if self._anchor is None:
            return False
        number, below = self._anchor
        if below:
            self._anchor = (number, below - 1)
        elif number < self._kept.last:
            self._anchor = (number + 1, self._rows_in(number + 1) - 1)
        if self._anchor == (self._kept.last, 0):
            self._anchor = None
        return True

    def _rows_in(self, number: int) -> int:
        """Rows the line of that number takes; 0 when it is not kept."""
        if not self._kept.first <= number <= self._kept.last:
            return 0
        return len(_rows_of(self._kept.at(number), self.size.width))

    def _is_more_above(self, number: int, below: int) -> bool:
        rows, height = -below, self.size.height
        while number >= self._kept.first and rows <= height:
            rows += self._rows_in(number)
            number -= 1
        return rows > height


def _rows_of(line: OutputLine, width: int) -> list[Line]:
    """A line in as many rows as it needs."""
    role = _ROLES[line.kind]
    if line.kind == "title":
        return [fit((span("── ", role), Span(line.text, role), span(" ──", role)), width)]
    return [(Span(piece, role),) for piece in wrap_cells(line.text, width)]
