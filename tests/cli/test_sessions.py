"""Sessions are listed, shown and deleted as they lie on the disk."""

from pathlib import Path

import pytest

from orchestrator import events as e
from sessions.identity import session_folder
from tests.cli import scripted as s
from tests.cli.keeping import keep
from tests.cli.typing_in import type_in

EVENTS = (
    e.GoalSubmitted(goal_id="G1", text="Add slugs\x1b[2J to the shop"),
    e.PlanningStarted(goal_id="G1", attempt_id="G1.1", number=1, route=s.CLAUDE),
    e.PlanProposed(goal_id="G1", summary="Two steps.", tasks=(s.spec(),)),
    s.waits("plan", "1 task", "G1"),
    e.BreakpointResolved(breakpoint_id="G1:1", resolution="approved", by="person"),
    e.PlanAccepted(goal_id="G1", by="person"),
    e.TasksAdded(tasks=(s.spec(), s.spec("T-002", output_file="price.py")), goal_id="G1"),
    *s.attempt(1, s.AGAIN),
    e.TaskRetried(task_id="T-001", feedback="", by="rule"),
    *s.attempt(2, s.PROVEN),
    s.waits(),
    *s.applied(by="person"),
    *s.attempt(1, s.UNPROVEN, task_id="T-002"),
    s.waits(reason="Not proven: no tests.", task_id="T-002"),
    e.QuestionAsked(question_id="Q1", text="Why?", route=s.LOCAL),
    e.QuestionAnswered(question_id="Q1", text="Because.\x1b]0;x\x07"),
)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


@pytest.fixture
def session(tmp_path: Path, workspace: Path) -> str:
    return keep(tmp_path / "state", workspace, *EVENTS)


def test_no_sessions_is_no_error(tmp_path: Path) -> None:
    said = type_in(s.outside(tmp_path), "sessions", "list")
    assert (said.code, said.out) == (0, "")
    assert "No sessions are kept" in said.err
    assert type_in(s.outside(tmp_path), "sessions", "list", "--json").json == {"sessions": []}


def test_the_list_names_session_age_and_workspace(
    tmp_path: Path, workspace: Path, session: str
) -> None:
    said = type_in(s.outside(tmp_path), "sessions", "list")
    assert said.code == 0
    assert said.out.startswith(session)
    assert "s ago" in said.out
    assert str(workspace) in said.out
    listed = type_in(s.outside(tmp_path), "sessions", "list", "--json").json["sessions"]
    assert [one["session"] for one in listed] == [session]


def test_the_list_can_be_of_one_workspace(tmp_path: Path, session: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    other = keep(tmp_path / "state", elsewhere)
    said = type_in(s.outside(tmp_path), "sessions", "list", "--workspace", str(elsewhere))
    assert other in said.out
    assert session not in said.out


def test_a_session_that_can_t_be_read_is_listed_with_the_reason(
    tmp_path: Path, session: str
) -> None:
    folder = session_folder(tmp_path / "state", session)
    for file in folder.glob("*.json*"):
        file.write_bytes(b"{broken")
    said = type_in(s.outside(tmp_path), "sessions", "list")
    assert said.code == 0
    assert f"{session}  can't be read" in said.out


def test_everything_of_a_session_is_shown(tmp_path: Path, session: str) -> None:
    said = type_in(s.outside(tmp_path), "sessions", "show", session)
    assert said.code == 0
    for words in (
        f"Session {session}",
        "G1 Add slugs",
        "Two steps.",
        "T-001 Slugs of titles -> slug.py: applied",
        "1. qwen, 6.2 s, 1,200 in, 310 out: 5/6 tests passed.",
        "diff approved by person",
        "T-002 Slugs of titles -> price.py: waits for approval",
        "local qwen, write: 3 calls, 3.6k tokens in, 930 out",
        "Q1 Why?",
        "Because.",
        "Waiting for you: 1",
        f"orchestrator-tui approve {session} T-002",
    ):
        assert words in said.out
    assert "\x1b" not in said.out


def test_a_session_is_shown_as_json(tmp_path: Path, session: str) -> None:
    shown = type_in(s.outside(tmp_path), "sessions", "show", session, "--json").json
    assert shown["session_id"] == session
    assert shown["tasks"]["T-001"]["status"] == "applied"
    assert shown["open_breakpoints"] == ["T-002:1"]
    assert shown["spent"] == [
        {
            "owner": "local",
            "model": "qwen",
            "role": "write",
            "calls": 3,
            "input_tokens": 3600,
            "output_tokens": 930,
        }
    ]


def test_the_beginning_of_a_name_is_enough_when_it_is_clear(
    tmp_path: Path, workspace: Path, session: str
) -> None:
    assert type_in(s.outside(tmp_path), "sessions", "show", session[:-1]).code == 0
    keep(tmp_path / "state", workspace)
    said = type_in(s.outside(tmp_path), "sessions", "show", session[:4])
    assert said.code == 2
    assert "2 sessions begin with" in said.err


@pytest.mark.parametrize("name", ["nothing", "", "../..", "20261121-0442-0000"])
@pytest.mark.parametrize("word", ["show", "delete"])
def test_a_session_that_is_not_there_is_bad_usage(
    tmp_path: Path, session: str, word: str, name: str
) -> None:
    said = type_in(s.outside(tmp_path), "sessions", word, name, "--json")
    assert said.code == 2
    assert "There is no session" in said.json["error"]
    assert session_folder(tmp_path / "state", session).exists()


def test_deleting_asks_first(tmp_path: Path, session: str) -> None:
    folder = session_folder(tmp_path / "state", session)
    said = type_in(s.outside(tmp_path), "sessions", "delete", session, stdin="n\n")
    assert said.code == 1
    assert "Nothing was deleted" in said.err
    assert type_in(s.outside(tmp_path), "sessions", "delete", session, stdin="").code == 1
    assert folder.exists()
    said = type_in(s.outside(tmp_path), "sessions", "delete", session, stdin="y\n")
    assert said.code == 0
    assert not folder.exists()


def test_with_yes_deleting_does_not_ask(tmp_path: Path, session: str) -> None:
    said = type_in(s.outside(tmp_path), "sessions", "delete", session, "--yes", "--json")
    assert (said.code, said.json) == (0, {"deleted": session})
    assert not session_folder(tmp_path / "state", session).exists()
