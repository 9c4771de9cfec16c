"""Carries out what `tui.decide` answers: sends, asks, confirms or says why not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from orchestrator import commands as c
from orchestrator.errors import OrchestratorError
from tui import decide
from tui.screens.confirm import ConfirmScreen
from tui.situation import subject_of_entry

if TYPE_CHECKING:
    from tui.screens.room import RoomScreen

REST = 0.7
"""Seconds after a decision in which `a` does nothing."""


class Decisions:
    """The way from a key to the engine.

    Args:
        room: the screen whose keys these are.
    """

    def __init__(self, room: RoomScreen) -> None:
        self._room = room
        self._asked: Callable[[str], decide.Outcome] | None = None
        self._resting = False

    def take(self, name: str) -> None:
        """Do what the key with this name means right now."""
        if name == "approve" and self._resting:
            self._room.tell("This is the next one. Read it, then press a.", "warning")
            return
        outcome = decide.DECISIONS[name](self._room.situation())
        self.carry_out(outcome, again="A" if name == "approve_all" else "")

    def answered(self, text: str) -> None:
        """The prompt line was sent."""
        asked, self._asked = self._asked, None
        if asked is not None:
            self.carry_out(asked(text))

    def cancelled(self) -> None:
        """The prompt line was closed."""
        self._asked = None

    def carry_out(self, outcome: decide.Outcome, again: str = "") -> None:
        """Send, ask, confirm, or say why not.

        Args:
            outcome: what was decided.
            again: the key that also says yes to a question.
        """
        room = self._room
        match outcome:
            case decide.Send():
                self._send(outcome)
            case decide.Ask(label, placeholder, then):
                self._asked = then
                room.prompt.ask(label, placeholder)
                room.call_after_refresh(room.picture.draw_lines)
            case decide.Confirm(question, lines, then):
                room.app.push_screen(
                    ConfirmScreen(question, lines, again),
                    lambda yes: self._send(then) if yes else None,
                )
            case decide.Say(text, hint, level):
                room.tell(f"{text} {hint}".strip(), level)
            case decide.LookFirst(breakpoint_id, text):
                room.selection.choose(subject_of_entry(room.state, breakpoint_id))
                room.look("diff")
                room.tell(text, "warning")

    def _send(self, send: decide.Send) -> None:
        self._room.selection.decided(send.entries)
        if send.entries:
            self._rest()
        self._room.run_worker(self._submit_all(send), group="commands", exit_on_error=False)

    def _rest(self) -> None:
        """A key pressed twice must not approve the entry that the first press led to."""
        self._resting = True
        self._room.set_timer(REST, self._rested)

    def _rested(self) -> None:
        self._resting = False

    async def _submit_all(self, send: decide.Send) -> None:
        taken = [await self._submit(command, send) for command in send.commands]
        if all(taken) and send.said:
            self._room.tell(send.said)

    async def _submit(self, command: c.Command, send: decide.Send) -> bool:
        """True when the engine took it; else the person is told why not."""
        room = self._room
        try:
            made = await room.engine.submit(command)
        except OrchestratorError as error:
            room.tell(str(error), "error")
        except Exception as error:  # noqa: BLE001 - whatever breaks, the screen stays
            room.tell(f"The engine failed: {type(error).__name__}: {error}", "error")
        else:
            if isinstance(command, c.SubmitGoal):
                room.selection.watch(made)
                room.look()
            return True
        room.selection.refused(_entries(command, send))
        self._rested()
        return False


def _entries(command: c.Command, send: decide.Send) -> tuple[str, ...]:
    """The breakpoints that this one command was about."""
    one = getattr(command, "breakpoint_id", "")
    return (one,) if one in send.entries else ()
