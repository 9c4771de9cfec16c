"""The control room: carries what the bridge brings to the panes, and keys to decisions."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.binding import BindingType

from orchestrator import commands as c
from orchestrator.errors import OrchestratorError
from orchestrator.events import ChangeApplied
from orchestrator.text import safe_line
from tui import bridge as b
from tui.door import EngineDoor
from tui.explaining import explain
from tui.keys import bindings
from tui.screens.arranged import ArrangedScreen
from tui.screens.card import plain
from tui.screens.decisions import Decisions
from tui.screens.failure import FailureScreen
from tui.screens.first_run import FirstRunScreen, usable, verdict
from tui.screens.help import HelpScreen
from tui.screens.panes import Panes
from tui.screens.picture import Picture
from tui.screens.selection import Selection
from tui.screens.why import WhyScreen
from tui.situation import Situation, subject_of_entry
from tui.telling import Severity, toast_for
from widgets.breakpoints_pane import BreakpointsPane
from widgets.prompt_line import PromptLine
from widgets.task_tree import TaskTree

_TICK = 1.0
"""Seconds between two looks at the clock while something runs."""
_IDLE_TICKS = 30
"""Looks at the clock that are left out while nothing runs: ages are in minutes then."""


class RoomScreen(ArrangedScreen):
    """Arranges the panes; what they show follows from the state and the selection.

    Args:
        engine: the door to the engine.
        clock: Unix seconds; tests freeze it.
        demo: true while recorded models play; the status bar says so.
        welcome: show what there is to work with, when there is no goal yet.
        ascii_only: draw with ASCII characters only.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings()]

    def __init__(
        self,
        engine: EngineDoor,
        *,
        clock: Callable[[], float],
        demo: bool = False,
        welcome: bool = False,
        ascii_only: bool = False,
    ) -> None:
        super().__init__(ascii_only=ascii_only)
        self.engine = engine
        self.bridge = b.Bridge(engine, self.post_message)
        self.state = self.bridge.state
        """The state that is drawn."""
        self.selection = Selection()
        self.decisions = Decisions(self)
        self.picture = Picture(self, clock, demo=demo)
        self._demo = demo
        self._welcome = welcome
        self._looking = False
        self._acting = False
        self._ticks = 0

    def on_mount(self) -> None:
        """Begin to carry, to look, and to tell the time."""
        self.run_worker(self.bridge.run(), group="bridge", exit_on_error=False)
        self.call_after_refresh(self._submit, c.CheckBackends())
        self.panes.go(self.home)
        self.take_layout()
        self.picture.draw()
        self.set_interval(_TICK, self._tick)

    # --- what the bridge brings --------------------------------------------------------------

    @on(b.StateChanged)
    def _state_changed(self, message: b.StateChanged) -> None:
        before, self.state = self.state, message.state
        self.picture.draw()
        subject = self.selection.subject
        if subject and subject not in before.goals and subject not in before.tasks:
            self.panes.tasks.select(subject)

    @on(b.OutputBatch)
    def _output_arrived(self, message: b.OutputBatch) -> None:
        self.picture.take_output(message)

    @on(b.DiffArrived)
    def _diff_arrived(self, message: b.DiffArrived) -> None:
        self.picture.take_diff(message)

    @on(b.BackendsArrived)
    def _backends_arrived(self, message: b.BackendsArrived) -> None:
        first, self.picture.checked = self.picture.checked is None, message.checked
        self.picture.draw()
        if self._looking:
            self._looking = False
            self.tell(verdict(message.checked))
        fresh = self._welcome and not self.state.goal_order and not self.state.loose_tasks
        if not first or self._demo or not (fresh or not usable(message.checked)):
            return
        if self._acting:  # never between a person and what they are doing
            self.tell(verdict(message.checked))
        else:
            self.app.push_screen(FirstRunScreen(message.checked), self._welcomed)

    def _welcomed(self, chosen: str | None) -> None:
        if chosen:
            self.action_decide(chosen)

    @on(b.Happened)
    def _happened(self, message: b.Happened) -> None:
        if isinstance(message.event, ChangeApplied):
            self.selection.applied.append(message.event.task_id)
        if toast := toast_for(message.event):
            self.tell(toast.text, toast.severity)

    @on(b.EngineFailed)
    def _engine_failed(self, message: b.EngineFailed) -> None:
        self.app.push_screen(FailureScreen(message.message, message.hint))

    # --- looking and telling -----------------------------------------------------------------

    def look(self, pane: str = "") -> None:
        """Put the selected task or goal on the screen, and `pane` in front if it is hidden."""
        self.bridge.watched = self.selection.subject
        self.picture.turn_to_subject()
        # What the engine has to read comes after what can be drawn at once.
        self.call_after_refresh(self._submit, c.Show(subject_id=self.selection.subject))
        if pane and pane not in self.panes.shown:
            self.panes.go(pane)

    @property
    def home(self) -> str:
        """What needs a person, if anything does."""
        return "needs" if self.state.open_breakpoints else "tasks"

    def situation(self) -> Situation:
        """Everything a key needs to know."""
        panes = self.panes
        return self.selection.situation(
            self.state, panes.needs.selected, panes.chosen, panes.diff.flagged_unseen
        )

    def tell(self, text: str, severity: Severity = "information") -> None:
        """Say something in passing."""
        self.app.notify(plain(self.app, safe_line(text)), severity=severity, markup=False)

    def _tick(self) -> None:
        self._ticks += 1
        if self.state.running() or self._ticks % _IDLE_TICKS == 0:
            self.picture.draw()

    def _submit(self, command: c.Command) -> None:
        """Send something that is no decision: what goes wrong is told, nothing else follows."""
        self.run_worker(self._submitting(command), group="looks", exit_on_error=False)

    async def _submitting(self, command: c.Command) -> None:
        try:
            await self.engine.submit(command)
        except OrchestratorError as error:
            self.tell(str(error), "error")
        except Exception as error:  # noqa: BLE001 - whatever breaks, the screen stays
            self.tell(f"The engine failed: {type(error).__name__}: {error}", "error")

    # --- what panes and the terminal say -----------------------------------------------------

    @on(TaskTree.Selected)
    def _task_selected(self, message: TaskTree.Selected) -> None:
        self._choose(message.subject_id)

    @on(BreakpointsPane.Selected)
    def _entry_selected(self, message: BreakpointsPane.Selected) -> None:
        self._choose(subject_of_entry(self.state, message.breakpoint_id))

    @on(BreakpointsPane.Opened)
    @on(TaskTree.Opened)
    def _opened(self) -> None:
        self.action_open()

    @on(Panes.Rearranged)
    def _rearranged(self, message: Panes.Rearranged) -> None:
        if message.entered == "needs" and (entry := self.panes.needs.selected):
            subject = subject_of_entry(self.state, entry)
            if subject != self.selection.subject:
                self._choose(subject)
        self.picture.draw_lines()
        self.call_after_refresh(self.picture.note_what_was_seen)

    @on(PromptLine.Submitted)
    def _prompt_sent(self, message: PromptLine.Submitted) -> None:
        self.panes.refocus()
        self.picture.draw_lines()
        self.decisions.answered(message.text)

    @on(PromptLine.Cancelled)
    def _prompt_closed(self) -> None:
        self.panes.refocus()
        self.picture.draw_lines()
        self.decisions.cancelled()

    def on_screen_resume(self) -> None:
        """The room is in front again: what it shows is seen."""
        self.call_after_refresh(self.picture.note_what_was_seen)

    def _choose(self, subject: str) -> None:
        self.selection.choose(subject)
        self.look()

    # --- keys --------------------------------------------------------------------------------

    def action_decide(self, name: str) -> None:
        """Approve, retry, escalate and the like."""
        self._looking = self._looking or name == "backends"
        self._acting = self._acting or name != "backends"
        self.decisions.take(name)

    def action_why(self) -> None:
        """Tell the story of what is selected."""
        subject = self.selection.subject
        if told := explain(self.state, subject):
            self.app.push_screen(WhyScreen(subject, told))
        else:
            self.tell("Select a task or a goal first.")

    def action_help(self) -> None:
        """List the keys."""
        self.app.push_screen(HelpScreen())
