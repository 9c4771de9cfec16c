"""What every step of the way has at hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from orchestrator.backends.base import Backend, Limits
from orchestrator.config import Settings
from orchestrator.errors import BackendUnreachable
from orchestrator.planning.prompts import Prompts
from orchestrator.routing.health import Health
from orchestrator.routing.quota import quota_state, reopens_at
from orchestrator.routing.router import Quota, Router
from orchestrator.stream import EventStream
from orchestrator.values import Owner
from orchestrator.workspace.snapshots import ShadowRepository
from orchestrator.workspace.stage import StagePool


class Workbench(msgspec.Struct, frozen=True, kw_only=True):
    """The parts an engine is put together from.

    `clock` gives Unix seconds, `monotonic` seconds that never jump.
    """

    settings: Settings
    stream: EventStream
    backends: Mapping[str, Backend]
    router: Router
    health: Health
    prompts: Prompts
    workspace: Path
    repository: ShadowRepository
    stages: StagePool
    clock: Callable[[], float]
    monotonic: Callable[[], float]

    def backend(self, name: str) -> Backend:
        """The backend called `name`.

        Raises:
            BackendUnreachable: no such backend is configured.
        """
        found = self.backends.get(name)
        if found is None:
            known = ", ".join(sorted(self.backends))
            raise BackendUnreachable(f"There is no backend {name!r}.", f"Configured: {known}.")
        return found

    def limits(self, owner: Owner) -> Limits:
        """How long to wait for this side."""
        limits = self.settings.limits
        return limits.local if owner == "local" else limits.cloud

    def quota(self) -> Quota:
        """Claude's quota as far as it is known."""
        windows = self.stream.state.quota.get(self.router.claude) or ()
        levels, now = self.settings.quota, self.clock()
        state = quota_state(
            windows,
            caution=levels.caution,
            warning=levels.warning,
            critical=levels.critical,
            now=now,
        )
        return Quota(state, reopens_at(windows, now))
