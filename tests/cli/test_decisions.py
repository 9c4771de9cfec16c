"""Scripts decide about what waits, by the names of session and task."""

from pathlib import Path

import pytest

from orchestrator import commands as c
from orchestrator import events as e
from orchestrator.errors import Conflict
from orchestrator.reduce import reduce_all
from tests.cli import scripted as s
from tests.cli.keeping import keep
from tests.cli.typing_in import Said, type_in
from tui.commands.decisions import Decision, Word, command_for

WAITING: tuple[e.Event, ...] = (
    e.TasksAdded(tasks=(s.spec(),)),
    *s.attempt(1, s.PROVEN),
    s.waits(),
)


def decide(folder: Path, engine: s.ScriptedEngine, *arguments: str) -> Said:
    """`arguments` are the word, the task and options; the session lies on the disk."""
    outside = s.outside(folder, engine)
    session = keep(folder / "state", folder / "workspace")
    word, *rest = arguments
    said = type_in(outside, word, session, *rest)
    if isinstance(outside.open_engine, s.Openings) and outside.open_engine.asked:
        asked = outside.open_engine.asked[0]
        assert (asked["id"], asked["new"]) == (session, False)
        assert asked["workspace"] == folder / "workspace"
    return said


def test_an_approved_change_is_applied(tmp_path: Path) -> None:
    engine = s.ScriptedEngine(lambda _: s.applied(by="person"), before=WAITING)
    said = decide(tmp_path, engine, "approve", "T-001", "--json")
    assert engine.commands == [c.Approve(breakpoint_id="T-001:1")]
    assert said.code == 0
    assert (said.json["status"], said.json["state"]) == ("success", "applied")


def test_protected_files_need_a_word_of_their_own(tmp_path: Path) -> None:
    engine = s.ScriptedEngine(lambda _: s.applied(by="person"), before=WAITING)
    decide(tmp_path, engine, "approve", "T-001", "--protected")
    assert engine.commands == [c.Approve(breakpoint_id="T-001:1", protected=True)]


def test_a_rejected_change_is_a_success_of_rejecting(tmp_path: Path) -> None:
    events = (
        e.BreakpointResolved(breakpoint_id="T-001:1", resolution="rejected", by="person"),
        e.TaskRejected(task_id="T-001", note="no"),
    )
    engine = s.ScriptedEngine(lambda _: events, before=WAITING)
    said = decide(tmp_path, engine, "reject", "T-001", "--note", "no", "--json")
    assert engine.commands == [c.Reject(breakpoint_id="T-001:1", note="no")]
    assert said.code == 0
    assert (said.json["status"], said.json["state"]) == ("success", "rejected")


def test_a_change_taken_back_waits_again(tmp_path: Path) -> None:
    files = e.ChangeUndone(change_id="C2", task_id="T-001", files=())
    intent = e.WriteIntended(
        change_id="C2", task_id="T-001", direction="undo", before="b", files=(), snapshot="s"
    )
    undone = e.BreakpointRaised(
        breakpoint_id="T-001:2", kind="undone", title="", reason="Taken back.", task_id="T-001"
    )
    engine = s.ScriptedEngine(lambda _: (intent, files, undone), before=(*WAITING, *s.applied()))
    said = decide(tmp_path, engine, "undo", "T-001", "--json")
    assert engine.commands == [c.Undo(task_id="T-001")]
    assert said.code == 0
    assert (said.json["status"], said.json["state"]) == ("success", "waiting")


def test_a_retry_is_waited_for(tmp_path: Path) -> None:
    events = (
        e.BreakpointResolved(breakpoint_id="T-001:1", resolution="retried", by="person"),
        e.TaskRetried(task_id="T-001", feedback="shorter", by="person"),
        *s.attempt(2, s.PROVEN),
        e.BreakpointRaised(
            breakpoint_id="T-001:2", kind="diff", title="", reason="Proven.", task_id="T-001"
        ),
    )
    engine = s.ScriptedEngine(lambda _: events, before=WAITING)
    said = decide(tmp_path, engine, "retry", "T-001", "--note", "shorter", "--json")
    assert engine.commands == [c.Retry(breakpoint_id="T-001:1", note="shorter")]
    assert said.code == 4
    assert len(said.json["attempts"]) == 2


def test_a_conflict_leaves_it_waiting(tmp_path: Path) -> None:
    engine = s.ScriptedEngine(before=WAITING, refusal=Conflict("You edited slug.py."))
    said = decide(tmp_path, engine, "approve", "T-001", "--json")
    assert said.code == 4
    assert said.json["error"] == "You edited slug.py."


def test_a_plan_is_approved_by_its_goal(tmp_path: Path) -> None:
    before = (
        e.GoalSubmitted(goal_id="G1", text="x"),
        e.PlanProposed(goal_id="G1", summary="", tasks=(s.spec(),)),
        s.waits("plan", "1 task", "G1"),
    )
    events = (
        e.BreakpointResolved(breakpoint_id="G1:1", resolution="approved", by="person"),
        e.PlanAccepted(goal_id="G1", by="person"),
        e.TasksAdded(tasks=(s.spec(),), goal_id="G1"),
        *s.attempt(1, s.PROVEN),
        s.waits(),
    )
    engine = s.ScriptedEngine(lambda _: events, before=before)
    said = decide(tmp_path, engine, "approve", "G1", "--json")
    assert said.code == 4
    assert said.json["goal_id"] == "G1"
    assert said.json["tasks"][0]["state"] == "waiting"


@pytest.mark.parametrize(
    ("word", "subject", "command"),
    [
        ("approve", "T-001", c.Approve(breakpoint_id="T-001:1")),
        ("approve", "T-001:1", c.Approve(breakpoint_id="T-001:1")),
        ("escalate", "T-001", c.Escalate(breakpoint_id="T-001:1")),
        ("retry", "T-001", c.Retry(breakpoint_id="T-001:1")),
        ("retry", "T-002", c.RetryTask(task_id="T-002")),
        ("reject", "T-001", c.Reject(breakpoint_id="T-001:1")),
        ("undo", "T-002", c.Undo(task_id="T-002")),
    ],
)
def test_what_each_word_means(word: Word, subject: str, command: c.Command) -> None:
    state = reduce_all((*WAITING, e.TasksAdded(tasks=(s.spec("T-002"),))))
    assert command_for(Decision(word, "s", subject), state) == command


@pytest.mark.parametrize("word", ["approve", "escalate", "reject"])
def test_what_does_not_wait_can_t_be_decided(tmp_path: Path, word: str) -> None:
    engine = s.ScriptedEngine(before=(*WAITING, *s.applied()))
    said = decide(tmp_path, engine, word, "T-001", "--json")
    assert said.code == 2
    assert said.json["error"] == "T-001 does not wait for a decision."
    assert said.json["hint"] == "Nothing waits in this session."
    assert engine.commands == []


def test_a_task_that_is_not_there_is_bad_usage_and_what_waits_is_named(tmp_path: Path) -> None:
    said = decide(tmp_path, s.ScriptedEngine(before=WAITING), "approve", "T-009", "--json")
    assert said.code == 2
    assert said.json["error"] == "There is no task or goal T-009."
    assert said.json["hint"] == "Waiting: T-001."


def test_a_session_that_is_not_there_is_bad_usage(tmp_path: Path) -> None:
    said = type_in(s.outside(tmp_path), "approve", "20200101-0000-0000", "T-001", "--json")
    assert said.code == 2
    assert "There is no session" in said.json["error"]


def test_a_workspace_that_is_gone_is_told(tmp_path: Path) -> None:
    outside = s.outside(tmp_path, s.ScriptedEngine(before=WAITING))
    session = keep(tmp_path / "state", tmp_path / "gone")
    said = type_in(outside, "approve", session, "T-001")
    assert said.code == 2
    assert f"The workspace {tmp_path / 'gone'} of {session} is gone." in said.err
