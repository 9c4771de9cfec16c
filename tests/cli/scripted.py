"""A stand-in for the engine that plays a script, and for all else a command takes from outside."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from orchestrator import commands as c
from orchestrator import events as e
from orchestrator.config import Loaded, Settings
from orchestrator.errors import OrchestratorError
from orchestrator.reduce import reduce
from orchestrator.state import SessionState
from orchestrator.values import (
    BackendStatus,
    Evidence,
    FileChange,
    Route,
    TaskSpec,
    Usage,
    Verdict,
)
from tui.commands.outside import Outside
from tui.headless import Waits

NOW = 1_750_000_000.0
SESSION = "20261121-0442-7f3a"
LOCAL = Route(backend="ollama", model="qwen", owner="local", reason="atomic work stays local")
CLAUDE = Route(backend="anthropic", model="sonnet", owner="claude", reason="it was too hard")
QUICK = Waits(patience=0.05, grace=0.05)
"""For tests: real waits would be minutes."""

Script = Callable[[c.Command], Iterable[e.Event]]


class ScriptedEngine:
    """Answers every command with the events of the script, numbered and reduced for real.

    Attributes:
        commands: what was submitted.
        closed: True after the command line has let go of it.
    """

    def __init__(
        self,
        script: Script = lambda _command: (),
        *,
        before: Iterable[e.Event] = (),
        refusal: OrchestratorError | None = None,
        workspace: str = "/home/ada/shop",
    ) -> None:
        self.state = SessionState()
        self.commands: list[c.Command] = []
        self.closed = False
        self._script = script
        self._refusal = refusal
        self._durable: list[e.Event] = []
        self._arrived = asyncio.Condition()
        started = e.SessionStarted(session_id=SESSION, workspace=workspace, version="0", at=NOW)
        self.play(started, *before)

    def play(self, *events: e.Event) -> None:
        for event in events:
            numbered = msgspec.structs.replace(event, seq=self.state.seq + 1, at=event.at or NOW)
            self.state = reduce(self.state, numbered)
            self._durable.append(numbered)

    async def play_now(self, *events: e.Event) -> None:
        """Play events while somebody listens."""
        async with self._arrived:
            self.play(*events)
            self._arrived.notify_all()

    async def close(self) -> None:
        async with self._arrived:
            self.closed = True
            self._arrived.notify_all()

    async def submit(self, command: c.Command) -> str:
        self.commands.append(command)
        if self._refusal is not None:
            raise self._refusal
        await self.play_now(*self._script(command))
        match command:
            case c.SubmitGoal():
                return "G1"
            case c.AskQuestion():
                return "Q1"
            case c.SubmitTask(spec=spec):
                return spec.task_id
            case c.Undo(task_id=task_id) | c.RetryTask(task_id=task_id):
                return task_id
            case c.Approve() | c.Retry() | c.Escalate() | c.Reject():
                return command.breakpoint_id.partition(":")[0]
        return ""

    async def subscribe(self, after: int = 0) -> AsyncIterator[e.Event]:
        sent = after
        while True:
            async with self._arrived:
                while len(self._durable) <= sent and not self.closed:
                    await self._arrived.wait()
            if len(self._durable) <= sent:
                return
            sent += 1
            yield self._durable[sent - 1]


class Openings:
    """Opens one engine, and remembers how."""

    def __init__(self, engine: ScriptedEngine) -> None:
        self.engine = engine
        self.asked: list[dict[str, object]] = []

    @asynccontextmanager
    async def __call__(
        self,
        loaded: Loaded,
        *,
        workspace: Path,
        session_id: str | None = None,
        new: bool = False,
    ) -> AsyncIterator[ScriptedEngine]:
        self.asked.append(
            {"settings": loaded.settings, "workspace": workspace, "id": session_id, "new": new}
        )
        try:
            yield self.engine
        finally:
            await self.engine.close()


def outside(
    folder: Path,
    engine: ScriptedEngine | None = None,
    *,
    config: str = "",
    env: Mapping[str, str] | None = None,
    statuses: tuple[BackendStatus, ...] = (),
) -> Outside:
    """An outside in which nothing of this machine shows, with state below `folder`."""
    file = folder / "config.yaml"
    file.write_text(config)
    workspace = folder / "workspace"
    workspace.mkdir(exist_ok=True)

    async def check(_settings: Settings, _env: Mapping[str, str]) -> tuple[BackendStatus, ...]:
        return statuses

    return Outside(
        env={
            "ORCHESTRATOR_CONFIG": str(file),
            "ORCHESTRATOR_STATE_DIR": str(folder / "state"),
            **(env or {}),
        },
        open_engine=Openings(engine or ScriptedEngine()),
        check_backends=check,
        waits=QUICK,
        folder=lambda: workspace,
    )


# --- pieces of scripts ---------------------------------------------------------------------------


def spec(task_id: str = "T-001", **fields: object) -> TaskSpec:
    plain = {"task_id": task_id, "description": "Slugs of titles", "output_file": "slug.py"}
    return msgspec.convert({**plain, **fields}, TaskSpec)


def attempt(
    number: int, verdict: Verdict, *, route: Route = LOCAL, task_id: str = "T-001"
) -> list[e.Event]:
    """One whole attempt with a candidate; its tests pass when the verdict is to propose it."""
    attempt_id = f"{task_id}.{number}"
    passed = verdict.action == "propose"
    tests = Evidence(kind="tests", passed=passed, summary="6/6 tests" if passed else "5/6 tests")
    return [
        e.AttemptStarted(task_id=task_id, attempt_id=attempt_id, number=number, route=route),
        e.ResponseReceived(
            attempt_id=attempt_id,
            usage=Usage(input_tokens=1200, output_tokens=310),
            seconds=6.25,
            model=route.model,
        ),
        e.CandidateStaged(
            task_id=task_id,
            attempt_id=attempt_id,
            base="b",
            snapshot="s",
            files=(FileChange(path="slug.py", before=None, after="0" * 64, added=3),),
        ),
        e.EvidenceGathered(task_id=task_id, attempt_id=attempt_id, evidence=tests),
        e.AttemptFinished(task_id=task_id, attempt_id=attempt_id, verdict=verdict),
    ]


PROVEN = Verdict(action="propose", reason="Proven: 6/6 tests passed.", proven=True)
UNPROVEN = Verdict(action="propose", reason="Not proven: no tests.")
AGAIN = Verdict(action="retry", reason="5/6 tests passed.")
TO_CLAUDE = Verdict(action="escalate", reason="5/6 tests passed twice.")
GIVEN_UP = Verdict(action="ask", reason="Claude failed the tests too.")


def waits(
    kind: str = "diff", reason: str = "Proven: 6/6 tests passed.", task_id: str = "T-001"
) -> e.Event:
    plain = {
        "breakpoint_id": f"{task_id}:1",
        "kind": kind,
        "title": task_id,
        "reason": reason,
        "goal_id" if task_id.startswith("G") else "task_id": task_id,
    }
    return msgspec.convert(plain, e.BreakpointRaised)


def applied(task_id: str = "T-001", by: str = "autonomy") -> list[e.Event]:
    files = (FileChange(path="slug.py", before=None, after="0" * 64, added=3),)
    resolved = {"breakpoint_id": f"{task_id}:1", "resolution": "approved", "by": by}
    return [
        e.WriteIntended(
            change_id="C1",
            task_id=task_id,
            direction="apply",
            before="b",
            files=files,
            snapshot="s",
        ),
        msgspec.convert(resolved, e.BreakpointResolved),
        e.ChangeApplied(change_id="C1", task_id=task_id, files=files),
    ]


def unreachable(number: int = 1, task_id: str = "T-001") -> list[e.Event]:
    attempt_id = f"{task_id}.{number}"
    return [
        e.AttemptStarted(task_id=task_id, attempt_id=attempt_id, number=number, route=LOCAL),
        e.AttemptFailed(
            task_id=task_id,
            attempt_id=attempt_id,
            error="Ollama does not answer.",
            hint='"ollama serve" starts it.',
            cause="BackendUnreachable",
        ),
    ]
