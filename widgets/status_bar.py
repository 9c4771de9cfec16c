"""One line that answers: where am I, is it moving, how much fuel is left, does it need me?"""

from __future__ import annotations

from typing import Final

from orchestrator.state import SessionState
from orchestrator.values import BackendStatus
from widgets.fuel import claude_was_asked, fuel_of, local_share, written
from widgets.glyphs import THRESHOLDS, Thresholds, fuel_glyphs
from widgets.line import Line, span, spread, width_of
from widgets.painted import Painted
from widgets.wording import clock, count, percent

_WIDE: Final = 100
"""Below so many cells everything is said in its short form."""
_LEFT: Final = 24
"""Cells that workspace and goal keep; the least important facts give way to them."""
_CLOUD: Final = frozenset({"anthropic", "claude_code"})
_ORDER: Final = ("critical", "warning", "stale", "unknown", "caution", "normal")


class StatusBar(Painted):
    """The line on top of the room."""

    DEFAULT_CSS = """
    StatusBar { width: 1fr; height: 1; }
    """

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
        self._facts: tuple[SessionState, tuple[BackendStatus, ...], str, float, bool] | None = None

    def show(
        self,
        state: SessionState,
        backends: tuple[BackendStatus, ...],
        claude: str,
        now: float,
        *,
        demo: bool = False,
    ) -> None:
        """Show where things stand.

        Args:
            state: the session.
            backends: the model servers as last checked; empty while that is not known.
            claude: name of the backend that plays Claude, empty when there is none.
            now: Unix time.
            demo: True in the demonstration, which is then written first.
        """
        self._facts = (state, backends, claude, now, demo)
        self.repaint()

    def line_at(self, y: int, width: int) -> Line:
        """The line."""
        if y or self._facts is None:
            return ()
        state, _, _, _, demo = self._facts
        name = state.workspace.rstrip("/").rpartition("/")[2]
        mark = (span(" DEMO ", "attention"),) if demo else ()
        goal = state.goals[state.goal_order[-1]].text if state.goal_order else "no goal yet"
        left = (*mark, span(f" {name}  ", "strong"), span(goal, "quiet"))
        return spread(left, self._right(width), width)

    def _right(self, width: int) -> Line:
        """The facts, the least important of them left out until they fit."""
        wide = width >= _WIDE
        by_rank = {3: self._work(), 2: self._claude(wide=wide), 1: self._tokens(wide=wide)}
        if wide:
            by_rank[0] = self._local()
        by_rank[4] = self._needs()
        shown = dict(by_rank)
        order = (3, 2, 0, 1, 4)
        while True:
            line = tuple(p for rank in order if shown.get(rank) for p in (*shown[rank], span("  ")))
            if width_of(line) <= width - _LEFT or len(shown) == 1:
                return line
            shown.pop(min(shown))

    def _work(self) -> Line:
        state = self._known[0]
        running = len(state.running())
        if state.paused:
            words = f"‖ paused, {running} running" if running else "‖ paused"
            return (span(words, "attention"),)
        return (span(f"● {running} running", "accent"),) if running else (span("idle", "quiet"),)

    def _claude(self, *, wide: bool) -> Line:
        state, backends, claude, now, _ = self._known
        if not claude:
            return (span("no Claude", "quiet"),)
        name = span("claude ") if wide else span("")
        status = next((b for b in backends if b.name == claude), None)
        if status is not None and not status.reachable:
            return (name, span("✗ away" if wide else "✗ Claude away", "danger"))
        windows = [w for provider in state.quota.values() for w in provider]
        if not windows:
            why = "? quota not told" if claude_was_asked(state) else "? not asked yet"
            return (name, span(why if wide else "Claude ?", "quiet"))
        fuels = [(fuel_of(w, now, self._thresholds), w) for w in windows]
        fuel, window = min(fuels, key=lambda f: (_ORDER.index(f[0].state), -(f[0].used or 0)))
        face = fuel_glyphs(self.ascii_only)[fuel.state]
        share = percent(fuel.used) if fuel.used is not None else "?"
        word = f" {face.word}" if wide else ""
        resets = window.resets_at if window.resets_at and window.resets_at > now else None
        until = f" {clock(resets, now)}" if resets and not wide else ""
        return (name, span(f"{face.glyph} {share}{word}{until}", face.role))

    def _local(self) -> Line:
        _, backends, claude, _, _ = self._known
        if not backends:
            return ()
        local = [b for b in backends if b.name != claude and b.kind not in _CLOUD]
        there = [b for b in local if b.reachable]
        if not there:
            return (span("✗ no local model server", "danger"),)
        return tuple(
            part
            for b in there
            for part in (span(f"{b.name} "), span(f"● {len(b.loaded)} loaded ", "good"))
        )

    def _tokens(self, *, wide: bool) -> Line:
        state = self._known[0]
        share = local_share(state)
        if share is None:
            return ()
        if not wide:
            return (span(f"local {percent(share)}"),)
        wrote = written(state)
        words = f"wrote: local {count(wrote['local'])} ({percent(share)})"
        return (span(f"{words}, claude {count(wrote['claude'])}"),)

    def _needs(self) -> Line:
        waiting = len(self._known[0].open_breakpoints)
        return (span(f"needs you {waiting}", "attention" if waiting else "quiet"),)

    @property
    def _known(self) -> tuple[SessionState, tuple[BackendStatus, ...], str, float, bool]:
        return self._facts or (SessionState(), (), "", 0.0, False)
