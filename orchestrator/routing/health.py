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
        """Takes in the outcome of a check: a server that answers may be used again."""
        for status in statuses:
            self._status[status.name] = status
            if status.reachable:
                self._until.pop(status.name, None)

    def failed(self, backend: str, why: str) -> None:
        """Leaves `backend` alone for the cooldown."""
        self._until[backend] = (self._clock() + self._cooldown, why)

    def worked(self, backend: str) -> None:
        """`backend` gave an answer."""
        self._until.pop(backend, None)

    def problem(self, backend: str) -> str:
        """Why `backend` can't be used right now, in a few words; empty when it can."""
        cooling = self._until.get(backend)
        if cooling and self._clock() < cooling[0]:
            return cooling[1]
        status = self._status.get(backend)
        if status and not status.reachable and not cooling:
            return status.error or "does not answer"
        return ""

    def status(self, backend: str) -> BackendStatus | None:
        """What the last check found; None before the first."""
        return self._status.get(backend)

    def serves(self, backend: str, model: str) -> bool:
        """True unless a check listed the server's models and `model` is not among them."""
        status = self._status.get(backend)
        if status is None or not status.installed:
            return True
        return model in status.installed or f"{model}:latest" in status.installed
