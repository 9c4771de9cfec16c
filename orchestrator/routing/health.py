"""Which model servers may be used right now: seen state, and a cooldown after a failure."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from orchestrator.values import BackendStatus


class Health:
    """What is known of each server.

    Args:
        cooldown: seconds a server that failed is left alone.
        clock: monotonic seconds.
    """

    def __init__(self, cooldown: float, clock: Callable[[], float]) -> None:
        self._cooldown = cooldown
        self._clock = clock
        self._status: dict[str, BackendStatus] = {}
        self._until: dict[str, tuple[float, str]] = {}

    def saw(self, statuses: Iterable[BackendStatus]) -> None:
        """Takes in the outcome of a check: a server that answers may be used again.

        One that does not is left alone for the cooldown: it may be started at any moment.
        """
        for status in statuses:
            self._status[status.name] = status
            if status.reachable:
                self._until.pop(status.name, None)
            else:
                self.failed(status.name, status.error or f"{status.name} does not answer")

    def failed(self, backend: str, why: str) -> None:
        """Leaves `backend` alone for the cooldown; `why` is a sentence that names it."""
        self._until[backend] = (self._clock() + self._cooldown, why.rstrip("."))

    def worked(self, backend: str) -> None:
        """`backend` gave an answer."""
        self._until.pop(backend, None)

    def problem(self, backend: str) -> str:
        """Why `backend` can't be used right now, a sentence without its dot; empty when it can."""
        cooling = self._until.get(backend)
        return cooling[1] if cooling and self._clock() < cooling[0] else ""

    def status(self, backend: str) -> BackendStatus | None:
        """What the last check found; None before the first."""
        return self._status.get(backend)

    def serves(self, backend: str, model: str) -> bool:
        """True unless a check listed the server's models and `model` is not among them."""
        status = self._status.get(backend)
        if status is None or not status.installed:
            return True
        return model in status.installed or f"{model}:latest" in status.installed
