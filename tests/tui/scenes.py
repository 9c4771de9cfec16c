"""Sessions as the engine would tell them, for the screen's tests. Fixed data, fixed times."""

from collections.abc import Iterable

from orchestrator import commands as c
from orchestrator import events as e
from orchestrator.values import (
    BackendStatus,
    DiffLine,
    Evidence,
    FileChange,
    FileDiff,
    Hunk,
    QuotaWindow,
    Route,
    TaskSpec,
    Usage,
    Verdict,
)
from tests.tui.fake_engine import NOON, FakeEngine

LOCAL = Route(
    backend="ollama",
    model="qwen2.5:14b-instruct-q4_K_M",
    owner="local",
    reason="atomic work stays local",
)
CLAUDE = Route(
    backend="anthropic",
    model="claude-opus-4-1",
    owner="claude",
    reason="plan: quota normal, complex goes to opus",
)
BASE = "base"


def spec(number: int, description: str, path: str, *after: int) -> TaskSpec:
    return TaskSpec(
        task_id=f"T-{number:03}",
        description=description,
        output_file=path,
        test_command="npx vitest run",
        depends_on=tuple(f"T-{n:03}" for n in after),
    )


PLAN = (
    spec(1, "theme constants", "src/constants/theme.js"),
    spec(2, "tests for the theme utils", "test/themeUtils.test.js", 1),
    spec(3, "prefers-color-scheme listener", "src/utils/prefers.js", 1),
    spec(4, "contrast helper", "src/utils/contrast.js"),
    spec(5, "theme utils", "src/utils/themeUtils.js", 1, 2),
    spec(6, "useTheme hook", "src/hooks/useTheme.js", 5),
    spec(7, "integrate the toggle in the header", "src/App.jsx", 6),
)


# --- pieces of a session -------------------------------------------------------------------------


def started() -> list[e.Event]:
    return [
        e.SessionStarted(
            session_id="s1",
            workspace="/home/ada/shop-api",
            version="0.1.0",
            base=BASE,
            at=NOON - 3600,
        ),
        e.QuotaObserved(
            provider="anthropic",
            windows=(
                QuotaWindow(name="5h", used=0.71, resets_at=NOON + 5880, seen_at=NOON - 20),
                QuotaWindow(name="7d", used=0.24, resets_at=NOON + 300_000, seen_at=NOON - 20),
            ),
            at=NOON - 20,
        ),
    ]


def goal(text: str = "Add dark mode support") -> list[e.Event]:
    return [e.GoalSubmitted(goal_id="G1", text=text, at=NOON - 900)]


def planning() -> list[e.Event]:
    return [
        e.PlanningStarted(goal_id="G1", attempt_id="G1.1", number=1, route=CLAUDE, at=NOON - 890),
        *(e.TaskDrafted(goal_id="G1", spec=task) for task in PLAN[:3]),
    ]


def proposed() -> list[e.Event]:
    return [
        *planning(),
        e.ResponseReceived(
            attempt_id="G1.1",
            usage=Usage(input_tokens=5200, output_tokens=1310),
            seconds=11.2,
            role="plan",
            model=CLAUDE.model,
        ),
        e.PlanProposed(
            goal_id="G1", summary="Constants first, then pure helpers, then the hook.", tasks=PLAN
        ),
        e.BreakpointRaised(
            breakpoint_id="G1:1",
            kind="plan",
            title="Add dark mode support",
            reason="7 tasks wait for your yes.",
            goal_id="G1",
            at=NOON - 870,
        ),
    ]


def accepted(by: str = "person") -> list[e.Event]:
    del by
    return [
        e.BreakpointResolved(breakpoint_id="G1:1", resolution="approved", by="person"),
        e.PlanAccepted(goal_id="G1", by="person"),
        e.TasksAdded(tasks=PLAN, goal_id="G1"),
    ]


def begun(task_id: str, number: int = 1, route: Route = LOCAL, at: float = 0.0) -> e.Event:
    return e.AttemptStarted(
        task_id=task_id, attempt_id=f"{task_id}.{number}", number=number, route=route, at=at
    )


def waits_for_yes(
    task_id: str,
    number: int = 1,
    *,
    proven: bool = True,
    at: float = 0.0,
    entry: str = "",
) -> list[e.Event]:
    """One attempt from start to a diff that waits."""
    attempt_id = f"{task_id}.{number}"
    tests = Evidence(kind="tests", passed=True, summary="6/6 tests")
    none = Evidence(kind="tests", passed=None, summary="no tests")
    verdict = Verdict(
        action="propose",
        reason="6/6 tests passed on this exact content" if proven else "no tests ran",
        proven=proven,
    )
    path = next(task.output_file for task in PLAN if task.task_id == task_id)
    return [
        begun(task_id, number, at=at),
        e.ResponseReceived(
            attempt_id=attempt_id,
            usage=Usage(input_tokens=1240, output_tokens=310),
            seconds=8.4,
            model=LOCAL.model,
            at=at,
        ),
        e.CandidateStaged(
            task_id=task_id,
            attempt_id=attempt_id,
            base=BASE,
            snapshot=f"snap-{attempt_id}",
            files=(changed(path),),
            at=at,
        ),
        e.EvidenceGathered(
            task_id=task_id,
            attempt_id=attempt_id,
            evidence=Evidence(kind="syntax", passed=True, summary="parses"),
            at=at,
        ),
        e.EvidenceGathered(
            task_id=task_id, attempt_id=attempt_id, evidence=tests if proven else none, at=at
        ),
        e.AttemptFinished(task_id=task_id, attempt_id=attempt_id, verdict=verdict, at=at),
        e.BreakpointRaised(
            breakpoint_id=entry or f"{task_id}:{number}",
            kind="diff",
            title=description(task_id),
            reason=verdict.reason,
            task_id=task_id,
            attempt_id=attempt_id,
            at=at or NOON - 120,
        ),
    ]


def gave_up(task_id: str, reason: str = "two answers were not code") -> list[e.Event]:
    """An attempt that failed without a candidate; a person must decide."""
    return [
        begun(task_id),
        e.AttemptFailed(task_id=task_id, attempt_id=f"{task_id}.1", error=reason),
        e.BreakpointRaised(
            breakpoint_id=f"{task_id}:1",
            kind="exhausted",
            title=description(task_id),
            reason=reason,
            task_id=task_id,
            at=NOON - 540,
        ),
    ]


def applied(task_id: str, entry: str = "") -> list[e.Event]:
    """What follows a yes."""
    path = next(task.output_file for task in PLAN if task.task_id == task_id)
    return [
        e.WriteIntended(
            change_id=f"C-{task_id}",
            task_id=task_id,
            direction="apply",
            before=BASE,
            files=(changed(path),),
            snapshot="after",
        ),
        e.BreakpointResolved(
            breakpoint_id=entry or f"{task_id}:1", resolution="approved", by="person"
        ),
        e.ChangeApplied(change_id=f"C-{task_id}", task_id=task_id, files=(changed(path),)),
    ]


def undone(task_id: str) -> list[e.Event]:
    """What follows an undo."""
    path = next(task.output_file for task in PLAN if task.task_id == task_id)
    change_id = f"U-{task_id}"
    return [
        e.WriteIntended(
            change_id=change_id,
            task_id=task_id,
            direction="undo",
            before="after",
            files=(changed(path),),
            snapshot=BASE,
        ),
        e.ChangeUndone(change_id=change_id, task_id=task_id, files=(changed(path),)),
    ]


def changed(path: str) -> FileChange:
    return FileChange(path=path, before="0" * 64, after="1" * 64, added=4, removed=1)


def description(task_id: str) -> str:
    return next(task.description for task in PLAN if task.task_id == task_id)


def diff_of(task_id: str, text: str = "dark: { bg: '#101418', fg: '#e6e6e6' },") -> e.DiffShown:
    path = next(task.output_file for task in PLAN if task.task_id == task_id)
    first = Hunk(
        header="@@ -1,4 +1,7 @@",
        lines=(
            DiffLine(" ", "import { base } from './base';", 1, 1),
            DiffLine("-", "const DARK = '#000';", 2, None),
            DiffLine("+", "export const THEMES = {", None, 2),
            DiffLine("+", f"  {text}", None, 3),
            DiffLine("+", "  light: { bg: '#ffffff', fg: '#1a1a1a' },", None, 4),
            DiffLine("+", "};", None, 5),
            DiffLine(" ", "", 3, 6),
            DiffLine(" ", "export default base;", 4, 7),
        ),
    )
    second = Hunk(
        header="@@ -40,3 +43,3 @@",
        lines=(
            DiffLine(" ", "export function isDark(name) {", 40, 43),
            DiffLine("-", "  return name == 'dark';", 41, None),
            DiffLine("+", "  return name === 'dark';", None, 44),
            DiffLine(" ", "}", 42, 45),
        ),
    )
    other = FileDiff(
        path="src/constants/index.js",
        status="modified",
        added=1,
        removed=0,
        language="javascript",
        hunks=(
            Hunk(
                header="@@ -1,1 +1,2 @@",
                lines=(
                    DiffLine(" ", "export * from './base';", 1, 1),
                    DiffLine("+", "export * from './theme';", None, 2),
                ),
            ),
        ),
    )
    return e.DiffShown(
        subject_id=task_id,
        source="candidate",
        files=(
            FileDiff(
                path=path,
                status="modified",
                added=5,
                removed=2,
                hunks=(first, second),
                language="javascript",
            ),
            other,
        ),
        evidence=(
            Evidence(kind="syntax", passed=True, summary="parses"),
            Evidence(kind="contract", passed=True, summary="one file, 14 lines"),
            Evidence(kind="tests", passed=True, summary="6/6 tests"),
        ),
    )


def backends(*, reachable: bool = True, claude: str = "anthropic") -> e.BackendsChecked:
    return e.BackendsChecked(
        claude=claude if reachable else "",
        backends=(
            BackendStatus(
                name="ollama",
                kind="ollama",
                url="http://127.0.0.1:11434",
                reachable=reachable,
                version="0.33.0" if reachable else "",
                installed=("qwen2.5:14b-instruct-q4_K_M", "deepseek-coder:6.7b"),
                loaded=("qwen2.5:14b-instruct-q4_K_M",),
                error="" if reachable else "Nothing answers at http://127.0.0.1:11434.",
                hint="" if reachable else "Start it with: ollama serve",
                seen_at=NOON - 5,
            ),
            BackendStatus(
                name="anthropic",
                kind="anthropic",
                url="https://api.anthropic.com",
                reachable=reachable and bool(claude),
                error="" if reachable and claude else "ANTHROPIC_API_KEY is not set.",
                hint="" if reachable and claude else "export ANTHROPIC_API_KEY=...",
                seen_at=NOON - 5,
            ),
        ),
    )


# --- whole engines -------------------------------------------------------------------------------


def engine_with(*events: e.Event) -> FakeEngine:
    """An engine with these events behind it, that answers looks like the real one."""
    engine = FakeEngine((*started(), *events))
    engine.answers[c.CheckBackends] = lambda _: [backends()]
    engine.answers[c.Show] = lambda command: shown(engine, command)
    return engine


def shown(engine: FakeEngine, command: c.Command) -> Iterable[e.Event]:
    """The diff and the stored output of a subject."""
    assert isinstance(command, c.Show)
    task = engine.state.tasks.get(command.subject_id)
    if task is None or task.candidate_attempt is None:
        yield e.DiffShown(subject_id=command.subject_id, files=(), source="candidate")
    else:
        yield diff_of(command.subject_id)
    if task is not None and task.last is not None:
        text = f"// {command.subject_id}\nexport function toggleTheme(current) {{\n"
        text += "  return current === 'dark' ? 'light' : 'dark';\n}\n"
        yield e.OutputShown(
            attempt_id=task.last.attempt_id, subject_id=command.subject_id, text=text
        )


def busy() -> FakeEngine:
    """Two diffs and a decision wait, one task runs, one is applied, the rest waits."""
    return engine_with(
        *goal(),
        *proposed(),
        *accepted(),
        *waits_for_yes("T-001", at=NOON - 700),
        *applied("T-001"),
        *gave_up("T-004"),
        *waits_for_yes("T-002", at=NOON - 300),
        *waits_for_yes("T-003", proven=False, at=NOON - 120),
        begun("T-005", at=NOON - 14),
    )
