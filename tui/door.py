"""All that a screen or a command knows of the engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from orchestrator.commands import Command
from orchestrator.events import Event
from orchestrator.state import SessionState


class EngineDoor(Protocol):
    """The state, one way in, one stream out."""

    @property
    def state(self) -> SessionState:
        """The state after the newest event."""
        ...

    async def submit(self, command: Command) -> str:
        """Do it. Gives the id of what was made or acted on.

        Raises:
            OrchestratorError: the command does not fit the state, or could not be done.
        """
        ...

    def subscribe(self, after: int = 0) -> AsyncIterator[Event]:
        """Durable events after number `after`, then live ones, passing ones too.

        Ends when the engine closes.
        """
        ...
