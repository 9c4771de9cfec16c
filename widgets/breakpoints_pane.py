"""What waits for a person, oldest first."""

from __future__ import annotations

from typing import Final

from textual import events
from textual.message import Message

from orchestrator.state import Breakpoint, SessionState
from orchestrator.text import Safe, safe_line
from widgets.evidence import short_verdict
from widgets.glyphs import Standing, glyphs
from widgets.line import Line, Span, clip, fit, pad, pad_left, span, spread
from widgets.rows import Key, RowsPane
from widgets.wording import duration

_KINDS: Final[dict[str, tuple[Standing, str]]] = {
    "plan": ("approval", "plan"),
    "diff": ("approval", "diff"),
    "undone": ("approval", "undone"),
    "conflict": ("decision", "conflict"),
    "exhausted": ("decision", "gave up"),
    "question": ("decision", "question"),
}
_EVIDENCE_FROM: Final = 56
"""From so many cells on a row shows what the checks said."""


class BreakpointsPane(RowsPane):
    """The list of what needs a person; the reason of the selected entry stands below it."""

    class Selected(Message):
        """A person moved the cursor to another entry.

        Attributes:
            breakpoint_id: the entry.
        """

        def __init__(self, breakpoint_id: str) -> None:
            super().__init__()
            self.breakpoint_id = breakpoint_id

        def can_replace(self, message: Message) -> bool:
            """Of several moves in a row only the last one matters."""
            return isinstance(message, BreakpointsPane.Selected)

    class Opened(Message):
        """A person pressed Enter on an entry.

        Attributes:
            breakpoint_id: the entry.
        """

        def __init__(self, breakpoint_id: str) -> None:
            super().__init__()
            self.breakpoint_id = breakpoint_id

    def __init__(
        self,
        *,
        ascii_only: bool = False,
        id: str | None = None,  # noqa: A002 - the name every Textual widget uses
        classes: str | None = None,
    ) -> None:
        super().__init__(ascii_only=ascii_only, id=id, classes=classes)
        self._state = SessionState()
        self._now = 0.0
        self.heading("Needs you")
        self.say("Opening the session ...")

    def show(self, state: SessionState, now: float) -> None:
        """Show what waits in `state` at the Unix time `now`. The cursor stays on its entry."""
        self._state, self._now = state, now
        waiting = state.open_breakpoints
        self.set_rows(tuple((key, "") for key in waiting))
        self.heading("Needs you", str(len(waiting)) if waiting else "")
        self.say(*(() if waiting else ("Nothing needs you.",)))
        self._tell_rest()
        self.repaint()

    @property
    def selected(self) -> str:
        """The entry under the cursor; empty when nothing waits."""
        key = self.cursor_key
        return key[0] if key else ""

    def select(self, breakpoint_id: str) -> None:
        """Put the cursor on an entry; nothing happens if it does not wait."""
        if self.put_cursor((breakpoint_id, "")):
            self._tell_rest()
            self.repaint()

    @property
    def rows_height(self) -> int:
        """All rows but the last, which tells the reason, unless there is but one."""
        return max(1, self.size.height - 1)

    def content_line(self, y: int, width: int) -> Line:
        """An entry, or the reason of the selected one in the last row."""
        if y == self.rows_height:
            entry = self._state.breakpoints.get(self.selected)
            return fit((span(f" {entry.reason}", "quiet"),), width) if entry else ()
        return super().content_line(y, width)

    def row_line(self, key: Key, width: int, *, cursor: bool) -> Line:
        """Glyph, subject, title, kind, evidence, and for how long it waits."""
        entry = self._state.breakpoints[key[0]]
        standing, kind = _KINDS[entry.kind]
        face = glyphs(self.ascii_only)[standing]
        subject = clip(safe_line(entry.task_id or entry.goal_id), 12)
        left = (
            span("▸ " if cursor else "  ", "accent"),
            Span(pad(safe_line(face.glyph), 2), face.role),
            Span(Safe(f"{subject} "), "quiet"),
            span(entry.title),
        )
        age = pad_left(safe_line(duration(self._now - entry.raised_at)), 6)
        checked = self._checked(entry) if width >= _EVIDENCE_FROM else ()
        right = (Span(pad(safe_line(kind), 9), face.role), *checked, Span(age, "quiet"), span(" "))
        return spread(left, right, width)

    def on_resize(self, event: events.Resize) -> None:
        """Count anew what is out of view. Textual calls the other panes' `on_resize` as well."""
        del event
        self._tell_rest()

    def cursor_moved(self) -> None:
        """Tell the screen."""
        self._tell_rest()
        self.post_message(self.Selected(self.selected))

    def row_opened(self) -> None:
        """Tell the screen."""
        self.post_message(self.Opened(self.selected))

    def _checked(self, entry: Breakpoint) -> Line:
        task = self._state.tasks.get(entry.task_id)
        attempt = task.candidate_attempt if task else None
        words, role = short_verdict(attempt.evidence) if attempt else ("", "")
        return (Span(pad(safe_line(words), 14), role),)

    def _tell_rest(self) -> None:
        above, below = self.hidden_rows
        parts = (f"↑ {above} older" if above else "", f"↓ {below} newer" if below else "")
        self.footing(" · ".join(part for part in parts if part))
