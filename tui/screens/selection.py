"""What a person looks at, what they have seen, and what they decided. No Textual in here."""

from __future__ import annotations

from orchestrator.state import SessionState
from tui.situation import (
    Situation,
    candidate_of,
    entry_of,
    needs_diff,
    next_subject,
    subject_of_entry,
)


class Selection:
    """One subject is selected; it moves by a person's hand or after a person's decision.

    Only while nobody has chosen anything does it go by itself to what waits or runs, and never
    away from something that does.
    """

    def __init__(self) -> None:
        self.subject = ""
        """Task or goal on the screen; empty for the workspace."""
        self.applied: list[str] = []
        """Tasks applied while the room was open, oldest first."""
        self.sent: set[str] = set()
        """Breakpoints whose decision is on its way to the engine."""
        self._chosen = False
        self._decided_on = ""
        self._seen: set[tuple[str, str]] = set()

    def choose(self, subject: str) -> None:
        """A person moved the cursor there."""
        self.subject = subject
        self._chosen = True

    def watch(self, subject: str) -> None:
        """Something a person just started; the selection may move on when it ends."""
        self.subject = subject
        self._chosen = False

    def decided(self, entries: tuple[str, ...]) -> None:
        """A decision on these breakpoints is being sent."""
        self.sent.update(entries)
        self._decided_on = self.subject

    def refused(self, entries: tuple[str, ...]) -> None:
        """The decision on these breakpoints was not taken."""
        self.sent.difference_update(entries)

    def follow(self, state: SessionState, listed: str) -> None:
        """Move on if that is due. `listed` is the entry under the cursor of Needs you."""
        if self.subject and self.subject not in state.goals and self.subject not in state.tasks:
            return  # just made: its first event is still on the way
        done = self.sent.difference(state.open_breakpoints)
        self.sent -= done
        if done and self.subject == self._decided_on and entry_of(state, self.subject) is None:
            self._chosen = False
            if listed:
                self.subject = subject_of_entry(state, listed)
        if not self._chosen:
            self.subject = next_subject(state, self.subject)

    def saw(self, state: SessionState, candidate: str) -> None:
        """What the subject's entry is about was on the screen.

        Args:
            state: the state that was drawn.
            candidate: whose diff it was; empty for an entry without a diff.
        """
        entry = entry_of(state, self.subject)
        if entry is not None:
            self._seen.add((entry.breakpoint_id, candidate))

    def has_seen(self, state: SessionState) -> bool:
        """True when the subject's entry may be approved without looking once more."""
        entry = entry_of(state, self.subject)
        if entry is None:
            return False
        candidate = candidate_of(state, self.subject) if needs_diff(state, entry) else ""
        return (entry.breakpoint_id, candidate) in self._seen

    def situation(self, state: SessionState, listed: str, pane: str, unread: int = 0) -> Situation:
        """Everything a key needs to know; see `Situation` for the arguments."""
        return Situation(
            state=state,
            subject=self.subject,
            listed=listed,
            shown=self.has_seen(state),
            applied=tuple(self.applied),
            sent=frozenset(self.sent),
            pane=pane,
            unread=unread,
        )
