"""The sentences of the room: toasts, empty panes, and the answer to `why`."""

import pytest

from orchestrator import events as e
from orchestrator.reduce import reduce_all
from orchestrator.state import SessionState
from tests.tui import scenes
from tui.explaining import explain
from tui.telling import no_diff, output_title, short, toast_for

PLANNED = (*scenes.started(), *scenes.goal(), *scenes.proposed(), *scenes.accepted())


def after(*events: e.Event) -> SessionState:
    return reduce_all((*PLANNED, *events))


def applied(*merged: str) -> e.ChangeApplied:
    files = (scenes.changed("src/a.js"),)
    return e.ChangeApplied(change_id="C", task_id="T-001", files=files, merged=merged)


def test_an_applied_change_is_told_with_the_way_back() -> None:
    toast = toast_for(applied())
    assert toast is not None
    assert toast.text == "Applied T-001: src/a.js (+4 -1). u takes it back."


def test_edits_that_were_kept_are_named() -> None:
    toast = toast_for(applied("src/a.js"))
    assert toast is not None
    assert "your own edits in src/a.js kept" in toast.text


@pytest.mark.parametrize(
    ("event", "severity"),
    [
        (e.NoticeGiven(level="error", message="m"), "error"),
        (e.NoticeGiven(level="warning", message="m"), "warning"),
        (e.NoticeGiven(level="info", message="m"), "information"),
        (e.PlanFailed(goal_id="G1", error="m"), "error"),
        (e.TaskFailed(task_id="T-001", error="m"), "warning"),
        (e.WriteAbandoned(change_id="C", task_id="T-001", reason="m"), "warning"),
    ],
)
def test_bad_news_look_bad(event: e.Event, severity: str) -> None:
    toast = toast_for(event)
    assert toast is not None
    assert toast.severity == severity


def test_what_is_only_drawn_is_not_told() -> None:
    assert toast_for(e.Paused()) is None


def test_the_title_of_the_output_names_task_model_and_try() -> None:
    state = after(
        scenes.begun("T-001"),
        e.AttemptFailed(task_id="T-001", attempt_id="T-001.1", error="cut"),
        scenes.begun("T-001", 2),
    )
    title = output_title(state, "T-001")
    assert title == "T-001 theme constants  qwen2.5:14b  try 2"
    assert output_title(state, "") == ""


def test_an_empty_diff_says_why_it_is_empty() -> None:
    state = after(scenes.begun("T-001"), *scenes.gave_up("T-004"))
    assert no_diff(state, "T-001")[0] == "qwen2.5:14b-instruct-q4_K_M is writing T-001."
    assert no_diff(state, "T-005")[1] == "It waits for T-001, T-002."
    assert no_diff(state, "T-004")[1] == "two answers were not code"


def test_a_proposed_plan_stands_where_the_diff_would_be() -> None:
    state = reduce_all((*scenes.started(), *scenes.goal(), *scenes.proposed()))
    said = no_diff(state, "G1")
    assert said[0] == "A plan of 7 tasks waits for you: a accepts it, x drops it."
    assert said[-2] == "T-007 integrate the toggle in the header"
    assert said[-1].strip().startswith("writes ")  # a plan is not accepted blind
    assert "after T-00" in said[-1]


def test_an_empty_session_says_how_to_begin() -> None:
    assert no_diff(reduce_all(scenes.started()), "")[1].startswith("Press n")


def test_long_texts_are_cut_to_their_first_line() -> None:
    assert short("one\ntwo") == "one"
    assert short("x" * 100, 10) == "x" * 9 + "…"


def test_why_tells_route_evidence_verdict_and_what_comes_next() -> None:
    told = dict(explain(after(*scenes.waits_for_yes("T-001")), "T-001"))
    assert told["Route"].endswith("atomic work stays local")
    assert told["Try 1"] == "8.4 s, 1,240 tokens read, 310 written."
    assert told["Evidence"] == "tests passed: 6/6 tests"
    assert told["Verdict"].startswith("Good enough to show you: 6/6")
    assert told["Now"].startswith("It waits for your yes or no.")


def test_why_tells_what_went_wrong() -> None:
    told = dict(explain(after(*scenes.gave_up("T-004")), "T-004"))
    assert told["Error"] == "two answers were not code"
    assert told["Now"] == "It waits for your decision. two answers were not code"


def test_why_tells_about_plans_too() -> None:
    state = reduce_all((*scenes.started(), *scenes.goal(), *scenes.proposed()))
    told = dict(explain(state, "G1"))
    assert told["Plan"].startswith("Constants first")
    assert "yes or no" in told["Now"]


def test_there_is_no_story_of_nothing() -> None:
    assert explain(after(), "") == ()
