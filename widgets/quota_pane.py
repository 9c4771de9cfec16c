"""How much fuel is left, and what was spent."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType

from orchestrator.state import SessionState
from orchestrator.values import BackendStatus
from widgets.fuel import (
    backend_lines,
    claude_was_asked,
    fuel_of,
    provider_lines,
    spent_lines,
)
from widgets.glyphs import THRESHOLDS, Thresholds
from widgets.line import Line, fit, paragraph, span
from widgets.pane import Pane
from widgets.wording import plural

_NO_DATA = "no quota data yet: Claude has not been asked in this session"
_NOT_TOLD = "no quota data: Claude's answers told nothing about it"


class QuotaPane(Pane):
    """Each provider's windows, the model servers, and tokens spent by model."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "scroll_by(1)", "Down", show=False, id="quota.down"),
        Binding("k,up", "scroll_by(-1)", "Up", show=False, id="quota.up"),
        Binding("home", "scroll_by(-9999)", "Top", show=False, id="quota.top"),
        Binding("end", "scroll_by(9999)", "Bottom", show=False, id="quota.bottom"),
    ]

    def __init__(
        self,
        *,
        thresholds: Thresholds = THRESHOLDS,
        ascii_only: bool = False,
        id: str | None = None,  # noqa: A002 - the name every Textual widget uses
        classes: str | None = None,
    ) -> None:
        super().__init__(ascii_only=ascii_only, id=id, classes=classes)
        self._thresholds = thresholds
        self._shown: tuple[SessionState, tuple[BackendStatus, ...], float] | None = None
        self._lines: tuple[int, list[Line]] | None = None
        self._first = 0
        self.heading("Quota")
        self.say("Opening the session ...")

    def show(self, state: SessionState, backends: tuple[BackendStatus, ...], now: float) -> None:
        """Show the fuel of `state` and the model servers at the Unix time `now`."""
        self._shown, self._lines = (state, backends, now), None
        self.say()
        self.heading("Quota", self._worst())
        self.repaint()
        self._tell_rest()

    def content_line(self, y: int, width: int) -> Line:
        """A line of the list."""
        lines = self._all(width)
        self._first = max(0, min(self._first, len(lines) - self.size.height))
        index = self._first + y
        return lines[index] if index < len(lines) else ()

    def on_resize(self, event: events.Resize) -> None:
        """Count anew what is out of view. Textual calls the pane's own `on_resize` as well."""
        del event
        self._tell_rest()

    def action_scroll_by(self, by: int) -> None:
        """Scroll by so many lines."""
        self._first += by
        self.repaint()
        self._tell_rest()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll down."""
        event.stop()
        self.action_scroll_by(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll up."""
        event.stop()
        self.action_scroll_by(-3)

    def _tell_rest(self) -> None:
        below = len(self._all(self.size.width)) - self._first - self.size.height
        self.footing(f"↓ {plural(below, 'more line')}" if below > 0 else "")

    def _all(self, width: int) -> list[Line]:
        if self._lines is None or self._lines[0] != width:
            self._lines = (width, self._made(width))
        return self._lines[1]

    def _made(self, width: int) -> list[Line]:
        if self._shown is None:
            return []
        state, backends, now = self._shown
        lines: list[Line] = []
        for provider in sorted(state.quota):
            lines += provider_lines(
                provider,
                state.quota[provider],
                now,
                width,
                self._thresholds,
                ascii_only=self.ascii_only,
            )
        if not lines:
            lines += paragraph(_NOT_TOLD if claude_was_asked(state) else _NO_DATA, width, "quiet")
        lines += [_title("Tokens", width), *spent_lines(state, width)]
        if backends:
            lines += [_title("Model servers", width), *backend_lines(backends, width)]
        return lines

    def _worst(self) -> str:
        """The state of the fullest window, for the title; unknown ones are not left out."""
        if self._shown is None:
            return ""
        state, _, now = self._shown
        windows = [w for provider in state.quota.values() for w in provider]
        found = {fuel_of(window, now, self._thresholds).state for window in windows}
        order = ("critical", "warning", "stale", "unknown", "caution", "normal")
        return next((word for word in order if word in found), "")


def _title(text: str, width: int) -> Line:
    return fit((span(f" {text}", "strong"),), width)
