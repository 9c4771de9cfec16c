"""The diff of a task, with the evidence that speaks for it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import ClassVar, Final

from textual import events
from textual.binding import Binding, BindingType
from textual.strip import Strip

from orchestrator.text import LINE_CAP
from orchestrator.values import Evidence, FileDiff
from widgets.diff_line import gutter_width, head_line, row_line, shown_width, status_line
from widgets.diff_rows import DiffRows, Row, diff_rows
from widgets.line import Line, span
from widgets.pane import Pane
from widgets.wording import plural

_SIDE_STEP: Final = 8
_WIDE: Final = 56


class DiffPane(Pane):
    """A unified diff that is read by hunks and files; long lines scroll to the side."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "scroll_by(1)", "Down", show=False, id="diff.down"),
        Binding("k,up", "scroll_by(-1)", "Up", show=False, id="diff.up"),
        Binding("pagedown,space", "page(1)", "Page down", show=False, id="diff.page_down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="diff.page_up"),
        Binding("home", "edge(-1)", "Top", show=False, id="diff.top"),
        Binding("end", "edge(1)", "Bottom", show=False, id="diff.bottom"),
        Binding("l,right", "slide(1)", "Right", show=False, id="diff.right"),
        Binding("h,left", "slide(-1)", "Left", show=False, id="diff.left"),
    ]

    def __init__(
        self,
        *,
        ascii_only: bool = False,
        id: str | None = None,  # noqa: A002 - the name every Textual widget uses
        classes: str | None = None,
    ) -> None:
        super().__init__(ascii_only=ascii_only, id=id, classes=classes)
        self._subject: str | None = None
        self._files: tuple[FileDiff, ...] = ()
        self._evidence: tuple[Evidence, ...] = ()
        self._source = ""
        self._flat = DiffRows()
        self._first = 0
        self._at = 0
        self._left = 0
        self._read: set[int] = set()
        self.clear("No diff yet. Select a task to see what it would change.")

    # --- what the screen uses ---------------------------------------------------------------

    def show(
        self,
        subject_id: str,
        files: tuple[FileDiff, ...],
        source: str,
        evidence: tuple[Evidence, ...],
    ) -> None:
        """Show a diff.

        Args:
            subject_id: task it belongs to, empty for the workspace; the same subject's next diff
                is shown at the place where the last one was being read.
            files: the differences, by file.
            source: "stage", "candidate", "applied" or "workspace".
            evidence: what was checked on exactly this content.
        """
        same = subject_id == self._subject
        if not same or (files, evidence) != (self._files, self._evidence):
            self._take(files, evidence, same=same)
        self._subject, self._source = subject_id, source
        self.say(*(() if self._flat.rows else ("No changes.",)))
        self._show_place()

    def clear(self, text: str) -> None:
        """Show this text in place of a diff."""
        self._subject = None
        self._take((), (), same=False)
        self.say(text)
        self._show_place()

    def next_hunk(self) -> None:
        """Go to the next hunk; nothing happens on the last."""
        self._jump(self._flat.hunks, 1)

    def previous_hunk(self) -> None:
        """Go to the beginning of this hunk, or to the one before."""
        self._jump(self._flat.hunks, -1)

    def next_file(self) -> None:
        """Go to the next file; nothing happens on the last."""
        self._jump(self._flat.files, 1)

    def previous_file(self) -> None:
        """Go to the beginning of this file, or to the one before."""
        self._jump(self._flat.files, -1)

    @property
    def flagged(self) -> int:
        """How many added lines hold hidden, reordering or look-alike characters."""
        return len(self._flat.flags)

    @property
    def flagged_unseen(self) -> int:
        """How many of them have not been on the screen."""
        return len(self._flat.flags - self._read)

    # --- painting ---------------------------------------------------------------------------

    def content_line(self, y: int, width: int) -> Line:
        """The evidence, a row of the diff, or where one is."""
        if y == 0:
            return head_line(self._evidence, self._source, width)
        if y == self.size.height - 1:
            return status_line(self._place_words(), width, extra=self._warning(width))
        index = self._first + y - 1
        if index >= len(self._flat.rows):
            return ()
        return row_line(
            self._flat.rows[index],
            self._files,
            width,
            left=self._left,
            digits=self._flat.digits,
            current=index == self._at,
        )

    def render_line(self, y: int) -> Strip:
        """Draw a line, and remember which warnings have been drawn."""
        index = self._first + y - 1
        if 0 < y < self.size.height - 1 and index in self._flat.flags:
            self._read.add(index)
        return super().render_line(y)

    def _warning(self, width: int) -> Line:
        if not self.flagged:
            return ()
        words = plural(self.flagged, "suspicious line") if width >= _WIDE else str(self.flagged)
        return (span(f" ⚠ {words} ", "danger"),)

    def _place_words(self) -> str:
        files, hunks = len(self._files), len(self._flat.hunks)
        hunk, file = self._current()
        words = [f"hunk {hunk + 1} of {hunks}"] if hunk >= 0 else []
        return " · ".join([*words, f"file {file + 1} of {files}"])

    def _current(self) -> tuple[int, int]:
        """Numbers of the hunk and file one is at; the hunk is -1 in a file without hunks."""
        rows = self._flat.rows
        file = max(0, rows[self._at].file) if rows else 0
        if rows and rows[self._at].kind in {"hunk", "line", "flag"}:
            return rows[self._at].hunk, file
        below = bisect_left(self._flat.hunks, self._at)
        ahead = self._flat.hunks[below:]
        return (below if ahead and rows[ahead[0]].file == file else -1), file

    # --- moving -----------------------------------------------------------------------------

    def action_scroll_by(self, by: int) -> None:
        """Scroll by so many lines."""
        self._scroll_to_row(self._first + by)

    def action_page(self, by: int) -> None:
        """Scroll by so many screens."""
        self._scroll_to_row(self._first + by * max(1, self._body - 1))

    def action_edge(self, to: int) -> None:
        """Go to the top (-1) or the bottom (1)."""
        self._scroll_to_row(0 if to < 0 else len(self._flat.rows))

    def action_slide(self, by: int) -> None:
        """Scroll the code to the side, as far as there is something to see."""
        shown = self._flat.rows[self._first : self._first + self._body]
        widest = max((shown_width(row) for row in shown), default=0)
        room = self.size.width - gutter_width(self._flat.digits)
        limit = max(self._left, min(LINE_CAP, widest) - room + 1)
        self._left = max(0, min(self._left + by * _SIDE_STEP, limit))
        self.repaint()

    def on_resize(self, event: events.Resize) -> None:
        """Leave no empty space below. Textual calls the pane's own `on_resize` as well."""
        del event
        self._first = self._clamped(self._first)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll down."""
        event.stop()
        self.action_scroll_by(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll up."""
        event.stop()
        self.action_scroll_by(-3)

    @property
    def _body(self) -> int:
        """Lines between the evidence and the foot."""
        return max(1, self.size.height - 2)

    def _scroll_to_row(self, row: int) -> None:
        self._first = self._clamped(row)
        self._at = self._first or self._start()
        self._show_place()

    def _jump(self, places: tuple[int, ...], by: int) -> None:
        index = bisect_right(places, self._at) if by > 0 else bisect_left(places, self._at) - 1
        if not 0 <= index < len(places):
            return
        self._at = places[index]
        above = self._at - 1
        headed = above >= 0 and self._flat.rows[above].kind == "file"
        self._first = self._clamped(above if headed else self._at)
        self._show_place()

    def _clamped(self, row: int) -> int:
        return max(0, min(row, len(self._flat.rows) - self._body))

    def _start(self) -> int:
        return self._flat.hunks[0] if self._flat.hunks else 0

    def _show_place(self) -> None:
        _, index = self._current()
        if self._files and not self.saying:
            file = self._files[index]
            self.heading(f"Diff  {file.path}", f"+{file.added:,} -{file.removed:,}")
        else:
            self.heading("Diff")
        self.repaint()

    # --- keeping the place ------------------------------------------------------------------

    def _take(
        self, files: tuple[FileDiff, ...], evidence: tuple[Evidence, ...], *, same: bool
    ) -> None:
        held = self._held() if same and self._first else None
        self._files, self._evidence = files, evidence
        self._flat = diff_rows(files, evidence)
        self._read = set()
        self._left = self._left if same else 0
        self._first = self._clamped(self._find(*held)) if held else 0
        self._at = self._first or self._start()

    def _held(self) -> tuple[str, int]:
        """Path and line number of the row on top."""
        row: Row = self._flat.rows[self._first]
        path = self._files[max(0, row.file)].path if self._files else ""
        numbered = next((r.line for r in self._flat.rows[self._first :] if r.line), None)
        return path, (numbered.new or numbered.old or 0) if numbered else 0

    def _find(self, path: str, number: int) -> int:
        """The row of that line, else of its file, else the nearest there is."""
        names = [file.path for file in self._files]
        if path not in names:
            return self._first
        begin = self._flat.files[names.index(path)]
        for index in range(begin, len(self._flat.rows)):
            row = self._flat.rows[index]
            if row.file != names.index(path):
                return index - 1
            if row.line and (row.line.new or row.line.old or 0) >= number:
                return index
        return begin
