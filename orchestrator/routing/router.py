"""The router: role, task, quota and health in; one route with its reason out."""

from __future__ import annotations

import msgspec

from orchestrator.config import Destination, Only, Settings
from orchestrator.errors import OrchestratorError
from orchestrator.routing.health import Health
from orchestrator.values import Complexity, QuotaState, Route, TaskSpec

_LOCAL_KINDS = frozenset({"ollama", "openai", "recorded"})


class NoRoute(OrchestratorError):
    """No usable backend for this work, now and until something is changed."""


class Wait(msgspec.Struct, frozen=True):
    """Not now: what for, and until when if that is known."""

    reason: str
    until: float | None


class Quota(msgspec.Struct, frozen=True):
    """What the router needs to know of Claude's quota."""

    state: QuotaState = "normal"
    reopens_at: float | None = None


class Router:
    """Chooses where a call goes.

    Args:
        settings: profiles, table, categories.
        health: what is known of the servers.
        claude: name of the backend that plays Claude; empty when there is none.
        only: restricts to one side, as the flags --local and --api ask.
    """

    def __init__(self, settings: Settings, health: Health, claude: str, only: Only = "") -> None:
        self._settings = settings
        self._health = health
        self.claude = claude
        self.only: Only = only

    # --- one method per role -----------------------------------------------------------------

    def plan(self, quota: Quota) -> Route | Wait:
        """Where a goal is planned: planning counts as complex work.

        Raises:
            NoRoute: nothing usable is there.
        """
        return self._by_table("complex", quota, "planning")

    def answer(self, complexity: Complexity, quota: Quota) -> Route | Wait:
        """Where a question is answered.

        Raises:
            NoRoute: nothing usable is there.
        """
        return self._by_table(complexity, quota, f"a {complexity} question")

    def write(
        self, spec: TaskSpec, complexity: Complexity, quota: Quota, *, escalated: str = ""
    ) -> Route | Wait:
        """Where a task is written.

        Args:
            spec: the task.
            complexity: its class.
            quota: state of Claude's quota.
            escalated: why the task goes to Claude; empty when it does not.

        Raises:
            NoRoute: nothing usable is there.
        """
        if self.only == "local":
            return self._local(spec.profile, "local only was asked for")
        if self.only == "claude":
            return self._claude(self._rank(complexity, quota), "Claude only was asked for", quota)
        if escalated:
            return self._escalated(complexity, quota, escalated)
        why = self._claude_work(spec)
        if why:
            return self._by_table(complexity, quota, why, profile=spec.profile)
        return self._local_first(spec, complexity, quota)

    # --- how they choose ---------------------------------------------------------------------

    def _claude_work(self, spec: TaskSpec) -> str:
        """Why a task is Claude's work from the start; empty when a local model may write it."""
        if spec.owner == "claude":
            return "the plan gives it to Claude"
        rule = self._settings.routing.categories.get(spec.category.strip().lower(), "maybe")
        if spec.owner == "local" or rule != "claude":
            return ""
        return f"{spec.category} work is Claude's"

    def _local_first(self, spec: TaskSpec, complexity: Complexity, quota: Quota) -> Route | Wait:
        reason = "atomic work stays local"
        if not self._settings.routing.atomic_stays_local:
            return self._by_table(complexity, quota, f"{complexity} work", profile=spec.profile)
        try:
            return self._local(spec.profile, reason)
        except NoRoute as missing:
            return self._instead_of_local(missing, complexity, quota)

    def _instead_of_local(
        self, missing: NoRoute, complexity: Complexity, quota: Quota
    ) -> Route | Wait:
        if quota.state == "critical" and self.claude:
            return Wait(f"{missing.message} Claude's quota is used up.", quota.reopens_at)
        try:
            why = f"{missing.message} So Claude."
            return self._claude(self._rank(complexity, quota), why, quota)
        except NoRoute as none:
            raise NoRoute(f"{missing.message} {none.message}", missing.hint) from none

    def _escalated(self, complexity: Complexity, quota: Quota, why: str) -> Route | Wait:
        if quota.state == "critical":
            return Wait(f"Claude's quota is used up ({why})", quota.reopens_at)
        return self._claude(self._rank(complexity, quota), why, quota)

    def _by_table(
        self, complexity: Complexity, quota: Quota, what: str, profile: str = ""
    ) -> Route | Wait:
        if self.only == "local" or (not self.claude and self.only != "claude"):
            return self._local(profile, f"{what}, without Claude")
        if self.only == "claude":
            return self._claude(self._rank(complexity, quota), f"{what}; Claude only", quota)
        target: Destination = getattr(
            getattr(self._settings.routing.table, quota.state), complexity
        )
        reason = f"{what}: quota {quota.state}, {complexity} goes to {target}"
        if target == "wait":
            return Wait(reason, quota.reopens_at)
        if target == "local":
            return self._local(profile, reason)
        try:
            return self._claude(target, reason, quota)
        except NoRoute as missing:
            return self._local(profile, f"{what}: {missing.message}")

    def _rank(self, complexity: Complexity, quota: Quota) -> Destination:
        """The Claude family for work that has to go to Claude."""
        if complexity == "complex" and quota.state == "normal":
            return "opus"
        return "sonnet"

    # --- what is really there ----------------------------------------------------------------

    def _claude(self, family: Destination, reason: str, quota: Quota) -> Route | Wait:
        if not self.claude:
            raise NoRoute(
                "Claude is not set up.",
                "Set ANTHROPIC_API_KEY, or install the claude program and log in.",
            )
        problem = self._health.problem(self.claude)
        if problem:
            raise NoRoute(f"{problem}.", "See: orchestrator-tui doctor")
        if quota.state == "critical" and quota.reopens_at is not None:
            # Claude said no until then: asking again is no use.
            return Wait(f"Claude's quota is used up ({reason})", quota.reopens_at)
        model = getattr(self._settings.claude.models, family, family)
        return Route(backend=self.claude, model=model, owner="claude", reason=reason)

    def _local(self, profile: str, reason: str) -> Route:
        name = profile or self._settings.profile
        chosen = self._settings.profiles.get(name)
        if chosen is None:
            known = ", ".join(sorted(self._settings.profiles))
            raise NoRoute(f"There is no profile {name!r}.", f"Profiles: {known}.")
        problem = self._health.problem(chosen.backend)
        if not problem:
            self._must_serve(chosen.backend, chosen.model, name)
            return Route(backend=chosen.backend, model=chosen.model, owner="local", reason=reason)
        other = self._other_local(chosen.backend)
        if other is None:
            raise NoRoute(
                f"{problem}.",
                "Start the model server, or see: orchestrator-tui doctor",
            )
        backend, model = other
        why = f"{reason}; {problem}, {backend} serves {model}"
        return Route(backend=backend, model=model, owner="local", reason=why)

    def _must_serve(self, backend: str, model: str, profile: str) -> None:
        if self._health.serves(backend, model):
            return
        status = self._health.status(backend)
        installed = ", ".join(status.installed) if status else ""
        pull = f"Run: ollama pull {model}, or " if status and status.kind == "ollama" else "Please "
        raise NoRoute(
            f"{backend} has no model {model} (profile {profile}); installed: {installed}.",
            f"{pull}name an installed model under profiles.",
        )

    def _other_local(self, not_this: str) -> tuple[str, str] | None:
        """Another local server that answers, and the model it has in memory or lists first."""
        for name, settings in self._settings.backends.items():
            status = self._health.status(name)
            if name == not_this or settings.owner != "local" or status is None:
                continue
            models = (*status.loaded, *status.installed)
            if settings.kind in _LOCAL_KINDS and models and not self._health.problem(name):
                return name, models[0]
        return None
