"""Sessions to draw, built from events as real ones are."""

from collections.abc import Iterable

from orchestrator import events as e
from orchestrator.reduce import reduce_all
from orchestrator.state import SessionState
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

NOW = 1_700_000_000.0
LOCAL = Route(
    backend="ollama", model="qwen2.5:14b-instruct-q4_K_M", owner="local", reason="atomic task"
)
CLAUDE = Route(backend="claude", model="claude-opus-4-1-20250805", owner="claude", reason="plan")

HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07",
    "\x1b]52;c;cm0gLXJm\x07",
    "[@click=app.bell]click[/] [/] [WARNING] [bold red]x",
    "user\u202e\u2066 nimda\u2069 \u200bz\u00ad\U000e0041",
    "\x9b31m\x90q\x9c \ud800 \x7f\r\n\tend",
    "e" + "\u0301" * 60,
    "漢字かな交じり文 🔑👩\u200d💻 \uff21",
)
"""Titles, names and lines that try to steer the terminal, the markup parser or the eye."""


def spec(task_id: str, description: str, *depends_on: str) -> TaskSpec:
    return TaskSpec(
        task_id=task_id,
        description=description,
        output_file=f"src/{task_id}.js",
        depends_on=depends_on,
    )


def state_of(happened: Iterable[e.Event]) -> SessionState:
    """The state after these events, numbered in order."""
    numbered = []
    for seq, event in enumerate(happened, 1):
        fields = {name: getattr(event, name) for name in event.__struct_fields__}
        numbered.append(type(event)(**{**fields, "seq": seq, "at": event.at or NOW - 600}))
    return reduce_all(numbered)


def started(workspace: str = "/home/ada/shop-api") -> list[e.Event]:
    return [e.SessionStarted(session_id="S1", workspace=workspace, version="0.1")]


def goal(goal_id: str = "G1", text: str = "Add dark mode support") -> list[e.Event]:
    return [
        e.GoalSubmitted(goal_id=goal_id, text=text),
        e.PlanningStarted(goal_id=goal_id, attempt_id=f"{goal_id}.1", number=1, route=CLAUDE),
    ]


def planned(*tasks: TaskSpec, goal_id: str = "G1") -> list[e.Event]:
    return [
        e.PlanProposed(goal_id=goal_id, summary="A theme, a hook, a switch", tasks=tasks),
        e.PlanAccepted(goal_id=goal_id, by="person"),
        e.TasksAdded(goal_id=goal_id, tasks=tasks),
    ]


def attempt(task_id: str, number: int = 1, *, at: float = NOW - 14) -> list[e.Event]:
    return [
        e.AttemptStarted(
            task_id=task_id, attempt_id=f"{task_id}.{number}", number=number, route=LOCAL, at=at
        )
    ]


def waits_for_approval(
    task_id: str, *evidence: Evidence, number: int = 1, at: float = NOW - 120
) -> list[e.Event]:
    attempt_id = f"{task_id}.{number}"
    proven = any(item.kind == "tests" and item.passed for item in evidence)
    return [
        *attempt(task_id, number, at=at - 20),
        e.ResponseReceived(
            attempt_id=attempt_id,
            usage=Usage(input_tokens=1200, output_tokens=420),
            seconds=9.0,
            model=LOCAL.model,
        ),
        e.CandidateStaged(
            task_id=task_id,
            attempt_id=attempt_id,
            base="b",
            snapshot="s",
            files=(FileChange(path=f"src/{task_id}.js", before=None, after="a" * 64),),
        ),
        *(
            e.EvidenceGathered(task_id=task_id, attempt_id=attempt_id, evidence=item)
            for item in evidence
        ),
        e.AttemptFinished(
            task_id=task_id,
            attempt_id=attempt_id,
            verdict=Verdict(action="propose", reason="all checks passed", proven=proven),
        ),
        e.BreakpointRaised(
            breakpoint_id=f"B-{task_id}",
            kind="diff",
            title=f"Change by {task_id}",
            reason="6/6 tests passed on this content",
            task_id=task_id,
            attempt_id=attempt_id,
            at=at,
        ),
    ]


def applied(task_id: str) -> list[e.Event]:
    files = (FileChange(path=f"src/{task_id}.js", before=None, after="a" * 64),)
    change = f"C-{task_id}"
    return [
        *waits_for_approval(task_id, TESTS),
        e.BreakpointResolved(breakpoint_id=f"B-{task_id}", resolution="approved", by="person"),
        e.WriteIntended(
            change_id=change,
            task_id=task_id,
            direction="apply",
            before="w",
            files=files,
            snapshot="s",
        ),
        e.ChangeApplied(change_id=change, task_id=task_id, files=files),
    ]


TESTS = Evidence(kind="tests", passed=True, summary="6/6 tests")
SYNTAX = Evidence(kind="syntax", passed=True, summary="syntax")
NO_TESTS = Evidence(kind="tests", passed=None, summary="no tests")
BROKEN = Evidence(
    kind="tests",
    passed=False,
    summary="4/6 tests",
    detail="\n".join(f"line {i}" for i in range(20)) + "\nE  assert 1 == 2",
)

PLAN = (
    spec("T-001", "theme constants"),
    spec("T-002", "tests: theme utils", "T-001"),
    spec("T-003", "prefers-color-scheme listener", "T-001"),
    spec("T-004", "contrast helper", "T-001"),
    spec("T-005", "theme utils", "T-001"),
    spec("T-006", "useTheme hook", "T-005"),
    spec("T-007", "integrate into the settings page"),
    spec("T-008", "review the whole", "T-006", "T-007"),
    spec("T-009", "update the README"),
)


def busy_session() -> SessionState:
    """A goal in the middle: something of everything."""
    return state_of(
        [
            *started(),
            *goal(),
            *planned(*PLAN),
            *applied("T-001"),
            *applied("T-002"),
            *waits_for_approval("T-003", TESTS, SYNTAX),
            *attempt("T-004", at=NOW - 900),
            e.BreakpointRaised(
                breakpoint_id="B-T-004",
                kind="exhausted",
                title="Two tries failed the tests",
                reason="4/6 tests: contrast of grey on white is 2.9, wanted 4.5",
                task_id="T-004",
                at=NOW - 540,
            ),
            *attempt("T-005", 2),
            e.TaskWaiting(task_id="T-007", reason="Claude quota", until=NOW + 5880),
            e.TaskFailed(task_id="T-009", error="The answer was cut off", hint="Press r to retry"),
            e.QuotaObserved(provider="claude", windows=WINDOWS),
            e.ResponseReceived(
                attempt_id="G1.1",
                usage=Usage(input_tokens=5200, output_tokens=1900),
                seconds=20,
                role="plan",
                model=CLAUDE.model,
            ),
        ]
    )


WINDOWS = (
    QuotaWindow(
        name="5h",
        used=0.71,
        resets_at=NOW + 5880,
        seen_at=NOW - 20,
        source="rate_limit_event",
        status="allowed",
    ),
    QuotaWindow(name="7d", used=0.24, resets_at=NOW + 400_000, seen_at=NOW - 20, status="allowed"),
    QuotaWindow(
        name="input-tokens/min",
        used=0.05,
        resets_at=NOW + 31,
        seen_at=NOW - 20,
        detail="38,000 of 40,000 left",
    ),
)

BACKENDS = (
    BackendStatus(
        name="ollama",
        kind="ollama",
        url="http://127.0.0.1:11434",
        reachable=True,
        version="0.33",
        installed=("qwen2.5:14b", "gpt-oss:20b"),
        loaded=("qwen2.5:14b",),
        seen_at=NOW,
    ),
    BackendStatus(
        name="claude", kind="claude_code", url="", reachable=True, version="2.0", seen_at=NOW
    ),
    BackendStatus(
        name="lmstudio",
        kind="openai",
        url="http://127.0.0.1:1234",
        reachable=False,
        error="Nothing answers at 127.0.0.1:1234",
        hint="Start the LM Studio server, or ignore this",
        seen_at=NOW,
    ),
)


def line(text: str, kind: str, old: int | None, new: int | None) -> DiffLine:
    assert kind in {" ", "+", "-"}
    return DiffLine(kind=kind, text=text, old=old, new=new)  # type: ignore[arg-type]


def added(*texts: str, start: int = 1) -> Hunk:
    """A hunk of added lines."""
    lines = tuple(line(text, "+", None, start + i) for i, text in enumerate(texts))
    return Hunk(header=f"@@ -{start - 1},0 +{start},{len(texts)} @@", lines=lines)


def file_of(path: str, *hunks: Hunk) -> FileDiff:
    count = sum(item.kind == "+" for hunk in hunks for item in hunk.lines)
    return FileDiff(path=path, status="modified", added=count, removed=0, hunks=hunks)


THEME = FileDiff(
    path="src/constants/theme.js",
    status="modified",
    added=4,
    removed=1,
    language="javascript",
    hunks=(
        Hunk(
            header="@@ -1,3 +1,6 @@",
            lines=(
                line("import { base } from './base';", " ", 1, 1),
                line("const DARK = '#000';", "-", 2, None),
                line("export const THEMES = {", "+", None, 2),
                line("  dark: { bg: '#101418', fg: '#e6e6e6' },", "+", None, 3),
                line("  light: { bg: '#ffffff', fg: '#1a1a1a' },", "+", None, 4),
                line("};", "+", None, 5),
                line("export default base;", " ", 3, 6),
            ),
        ),
        Hunk(
            header="@@ -40,2 +43,2 @@ function toggle",
            lines=(
                line("  return base;", " ", 40, 43),
                line("}", " ", 41, 44),
            ),
        ),
    ),
)
