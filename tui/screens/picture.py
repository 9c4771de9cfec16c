"""Draws the room: what each pane shows follows from the state and the selection."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from orchestrator.events import BackendsChecked
from orchestrator.values import BackendStatus
from tui.bridge import DiffArrived, OutputBatch
from tui.keys import applicable
from tui.situation import candidate_of, entry_of, needs_diff
from tui.telling import no_diff, output_title

if TYPE_CHECKING:
    from tui.screens.room import RoomScreen

_KEPT_DIFFS = 32
"""Diffs kept for coming back to them without a flicker."""
_PROPOSED = {"candidate", "stage"}
"""Diffs that show what an approval would apply."""
_WHILE_TYPING = (("⏎", "send"), ("Esc", "cancel"))


class Picture:
    """What is on the screen, and whether it has been there long enough to be seen.

    Args:
        room: the screen that holds the panes, the state and the selection.
        clock: Unix seconds.
        demo: recorded models play.
    """

    def __init__(self, room: RoomScreen, clock: Callable[[], float], *, demo: bool) -> None:
        self.checked: BackendsChecked | None = None
        """The newest look at the model servers."""
        self._room = room
        self._clock = clock
        self._demo = demo
        self._diffs: dict[str, DiffArrived] = {}
        self._looked_at: str | None = None
        self._said: tuple[str, ...] = ()

    def draw(self) -> None:
        """Everything, and the selection followed if it moved on."""
        room, panes, now = self._room, self._room.panes, self._clock()
        with room.app.batch_update():
            panes.needs.show(room.state, now)
            room.selection.follow(room.state, panes.needs.selected)
            panes.tasks.show(room.state, now)
            panes.quota.show(room.state, self._servers, now)
            if room.selection.subject != self._looked_at:
                room.look()
            self.draw_subject()
            self.draw_lines()

    def turn_to_subject(self) -> None:
        """Put the cursors on the selected task or goal, and draw it."""
        room, subject = self._room, self._room.selection.subject
        self._looked_at = subject
        room.panes.tasks.select(subject)
        if entry := entry_of(room.state, subject):
            room.panes.needs.select(entry.breakpoint_id)
        self.draw_subject()
        self.draw_lines()

    def draw_subject(self) -> None:
        """Output and diff of what is selected."""
        room, subject = self._room, self._room.selection.subject
        others = sum(1 for key, _ in room.state.running() if key != subject)
        room.panes.output.follow_subject(subject, output_title(room.state, subject))
        room.panes.output.others_running(others)
        self._draw_diff(subject)
        room.call_after_refresh(self.note_what_was_seen)

    def draw_lines(self) -> None:
        """Status bar, tabs and key bar."""
        room, now = self._room, self._clock()
        claude = self.checked.claude if self.checked else ""
        room.status.show(room.state, self._servers, claude, now, demo=self._demo)
        room.tabs.show(room.panes.chosen, len(room.state.open_breakpoints))
        room.key_bar.show(_WHILE_TYPING if room.typing else applicable(room.situation()))

    def take_output(self, batch: OutputBatch) -> None:
        """Show what a model wrote, if it belongs to what is selected."""
        if batch.subject_id != self._room.selection.subject:
            return
        output = self._room.panes.output
        if batch.stored is not None:
            output.show_stored(batch.stored)
        for kind, text in batch.pieces:
            output.feed(text, kind)

    def take_diff(self, arrived: DiffArrived) -> None:
        """Keep a diff, and show it if it belongs to what is selected."""
        subject = arrived.shown.subject_id
        self._diffs.pop(subject, None)
        self._diffs[subject] = arrived
        if len(self._diffs) > _KEPT_DIFFS:
            self._diffs.pop(next(iter(self._diffs)))
        if subject == self._room.selection.subject:
            self.draw_subject()

    def note_what_was_seen(self) -> None:
        """After painting: note that what the selected entry is about is on the screen, if it is."""
        room = self._room
        entry = entry_of(room.state, room.selection.subject)
        shown = room.panes.shown
        if entry is None or not shown or room.app.screen is not room:
            return
        if needs_diff(room.state, entry):
            arrived = self._diffs.get(room.selection.subject)
            if "diff" in shown and arrived is not None and arrived.shown.source in _PROPOSED:
                room.selection.saw(room.state, arrived.candidate)
        elif entry.kind != "plan" or shown & {"diff", "tasks"}:
            room.selection.saw(room.state, "")

    def _draw_diff(self, subject: str) -> None:
        room, diff = self._room, self._room.panes.diff
        arrived, goal = self._diffs.get(subject), room.state.goals.get(subject)
        if goal is not None and goal.status != "accepted":
            self._say(no_diff(room.state, subject))
        elif arrived is not None and arrived.shown.files:
            shown = arrived.shown
            self._said = ()
            diff.show(subject, shown.files, shown.source, shown.evidence)
        elif arrived is None and candidate_of(room.state, subject):
            self._say((f"Reading the diff of {subject} ...",))
        else:
            self._say(no_diff(room.state, subject))

    def _say(self, sentences: tuple[str, ...]) -> None:
        """Put sentences in the place of the diff, unless they stand there."""
        if sentences != self._said:
            self._said = sentences
            diff = self._room.panes.diff
            diff.clear("")
            diff.say(*(sentence for sentence in sentences if sentence))
            diff.repaint()

    @property
    def _servers(self) -> tuple[BackendStatus, ...]:
        return self.checked.backends if self.checked else ()
