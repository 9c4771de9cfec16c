"""Whatever a model, a server or a file name says: no pane lets it reach the terminal."""

import pytest

from orchestrator import events as e
from orchestrator.state import SessionState
from orchestrator.values import (
    BackendStatus,
    Evidence,
    FileDiff,
    Hunk,
    QuotaWindow,
    Route,
    Usage,
)
from tests.widgets.host import assert_harmless, page, shown
from tests.widgets.samples import HOSTILE, NOW, added, file_of, line, spec, state_of
from widgets.breakpoints_pane import BreakpointsPane
from widgets.diff_pane import DiffPane
from widgets.key_bar import KeyBar
from widgets.output_pane import OutputPane
from widgets.quota_pane import QuotaPane
from widgets.status_bar import StatusBar
from widgets.task_tree import TaskTree

MARKUP = "[@click=app.bell]x[/] [/] [WARNING]"


def hostile_session(text: str) -> SessionState:
    route = Route(backend=text, model=f"m{text}", owner="local", reason=text)
    task = spec("T-001", text, text)
    other = spec(f"T{text}", text)
    return state_of(
        [
            e.SessionStarted(session_id="S", workspace=f"/w/{text}", version="1"),
            e.GoalSubmitted(goal_id="G1", text=text),
            e.PlanningStarted(goal_id="G1", attempt_id="G1.1", number=1, route=route),
            e.TaskDrafted(goal_id="G1", spec=other),
            e.TasksAdded(tasks=(task,)),
            e.AttemptStarted(task_id="T-001", attempt_id="T-001.1", number=2, route=route),
            e.EvidenceGathered(
                task_id="T-001",
                attempt_id="T-001.1",
                evidence=Evidence(kind="tests", passed=False, summary=text),
            ),
            e.ResponseReceived(attempt_id="T-001.1", usage=Usage(output_tokens=9), seconds=1),
            e.TasksAdded(tasks=(other,)),
            e.TaskWaiting(task_id=f"T{text}", reason=text, until=NOW + 99),
            e.BreakpointRaised(
                breakpoint_id="B", kind="exhausted", title=text, reason=text, task_id="T-001"
            ),
            e.QuotaObserved(
                provider=text,
                windows=(
                    QuotaWindow(name="5h", used=0.2, seen_at=NOW, status=text, detail=text),
                    QuotaWindow(name=f"{text}/min", used=None, seen_at=NOW, detail=text),
                ),
            ),
        ]
    )


def backends(text: str) -> tuple[BackendStatus, ...]:
    return (
        BackendStatus(name=text, kind="x", url=text, reachable=True, version=text),
        BackendStatus(name=text, kind="x", url="", reachable=False, error=text, hint=text),
    )


@pytest.mark.parametrize("text", HOSTILE)
async def test_task_tree(text: str) -> None:
    tree = TaskTree()
    async with shown(tree, 100, 16) as pilot:
        tree.show(hostile_session(text), NOW)
        for _ in range(6):
            assert_harmless(tree)
            await pilot.press("down")


@pytest.mark.parametrize("text", HOSTILE)
async def test_breakpoints(text: str) -> None:
    pane = BreakpointsPane()
    async with shown(pane, 100, 8):
        pane.show(hostile_session(text), NOW)
        assert pane.selected == "B"
        assert_harmless(pane)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("servers", [slice(0, 2), slice(1, 2)])
async def test_quota(text: str, servers: slice) -> None:
    pane = QuotaPane()
    async with shown(pane, 100, 30):
        pane.show(hostile_session(text), backends(text)[servers], NOW)
        assert_harmless(pane)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("width", [70, 300])
async def test_status_and_keys(text: str, width: int) -> None:
    bar, keys = StatusBar(), KeyBar()
    async with shown(bar, width, 3):
        bar.show(hostile_session(text), backends(text), text, NOW)
        assert_harmless(bar)
    async with shown(keys, width, 3):
        keys.show(((text, text),))
        assert_harmless(keys)


@pytest.mark.parametrize("text", HOSTILE)
async def test_diff(text: str) -> None:
    pane = DiffPane()
    hunk = Hunk(header=text, lines=(line(text, "+", None, 1), line(text, " ", 1, 2)))
    files = (
        FileDiff(path=f"src/{text}", status="modified", hunks=(hunk,)),
        FileDiff(path=text, status="added", note=text),
    )
    failed = Evidence(kind="tests", passed=False, summary=text, detail=f"{text}\n{text}")
    async with shown(pane, 100, 30) as pilot:
        pane.show(text, files, text, (failed,))
        assert_harmless(pane)
        for _ in range(5):
            await pilot.press("right")
            assert_harmless(pane)
        pane.clear(text)
        assert_harmless(pane)


@pytest.mark.parametrize("text", HOSTILE)
async def test_output(text: str) -> None:
    pane = OutputPane()
    async with shown(pane, 60, 12):
        pane.follow_subject("T", text)
        for char in text:
            pane.feed(char, "text")
            assert_harmless(pane)
        pane.feed(text, "test")
        assert_harmless(pane)
        pane.show_stored(text)
        assert_harmless(pane)


async def test_markup_is_shown_as_it_is_written() -> None:
    tree, pane, diff, needs = TaskTree(), OutputPane(), DiffPane(), BreakpointsPane()
    async with shown(tree, 120, 10):
        tree.show(hostile_session(MARKUP), NOW)
        assert MARKUP in page(tree)
    async with shown(pane, 120, 10):
        pane.feed(MARKUP, "text")
        assert MARKUP in page(pane)
    async with shown(diff, 120, 10):
        diff.show("T", (file_of(MARKUP, added(MARKUP)),), "stage", ())
        assert page(diff).count(MARKUP) == 3
    async with shown(needs, 120, 10):
        needs.show(hostile_session(MARKUP), NOW)
        assert page(needs).count(MARKUP) >= 2
