"""From key and situation to command, without a screen."""

import msgspec
import pytest

from orchestrator import commands as c
from orchestrator import events as e
from orchestrator.reduce import reduce_all
from tests.tui import scenes
from tui import decide
from tui.situation import Situation


def situation(
    *events: e.Event, subject: str = "", shown: bool = True, listed: str = ""
) -> Situation:
    state = reduce_all(
        (*scenes.started(), *scenes.goal(), *scenes.proposed(), *scenes.accepted(), *events)
    )
    return Situation(state=state, subject=subject, shown=shown, listed=listed)


def commands(outcome: decide.Outcome) -> tuple[c.Command, ...]:
    assert isinstance(outcome, decide.Send)
    return outcome.commands


def test_a_shown_diff_is_approved() -> None:
    now = situation(*scenes.waits_for_yes("T-001"), subject="T-001")
    assert commands(decide.approve(now)) == (c.Approve(breakpoint_id="T-001:1"),)


def test_a_diff_that_was_not_shown_is_not_approved() -> None:
    now = situation(*scenes.waits_for_yes("T-001"), subject="T-001", shown=False)
    outcome = decide.approve(now)
    assert isinstance(outcome, decide.LookFirst)
    assert outcome.breakpoint_id == "T-001:1"


def test_suspicious_lines_must_have_been_on_the_screen() -> None:
    now = situation(*scenes.waits_for_yes("T-001"), subject="T-001")
    outcome = decide.approve(msgspec.structs.replace(now, unread=2))
    assert isinstance(outcome, decide.LookFirst)
    assert outcome.text.startswith("2 suspicious lines have not been on the screen.")


def writes(path: str) -> Situation:
    """The situation in which the diff of T-001, shown, would write `path`."""
    happened = [
        msgspec.structs.replace(event, files=(scenes.changed(path),))
        if isinstance(event, e.CandidateStaged)
        else event
        for event in scenes.waits_for_yes("T-001")
    ]
    return situation(*happened, subject="T-001")


def test_a_file_that_steers_tools_is_asked_about_once_more() -> None:
    outcome = decide.approve(writes("Makefile"))
    assert isinstance(outcome, decide.Confirm)
    assert outcome.question == "Really write Makefile?"
    assert commands(outcome.then) == (c.Approve(breakpoint_id="T-001:1", protected=True),)


def test_a_file_that_steers_tools_is_never_approved_in_bulk() -> None:
    assert isinstance(decide.approve_all(writes("Makefile")), decide.Say)
    assert isinstance(decide.approve_all(writes("src/theme.js")), decide.Confirm)


def test_a_decision_that_is_on_its_way_is_not_sent_twice() -> None:
    now = situation(*scenes.waits_for_yes("T-001"), subject="T-001")
    again = msgspec.structs.replace(now, sent=frozenset({"T-001:1"}))
    assert isinstance(decide.approve(again), decide.Say)


def test_approving_where_nothing_waits_leads_to_what_does() -> None:
    now = situation(
        *scenes.waits_for_yes("T-001"),
        *scenes.waits_for_yes("T-003"),
        subject="T-006",
        listed="T-003:1",
    )
    outcome = decide.approve(now)
    assert isinstance(outcome, decide.LookFirst)
    assert outcome.breakpoint_id == "T-003:1"


def test_approving_when_nothing_waits_anywhere_does_nothing() -> None:
    assert isinstance(decide.approve(situation(subject="T-001")), decide.Say)


def test_what_gave_up_has_nothing_to_approve() -> None:
    now = situation(*scenes.gave_up("T-004"), subject="T-004")
    outcome = decide.approve(now)
    assert isinstance(outcome, decide.Say)
    assert "no change" in outcome.text


def test_all_proven_are_approved_after_one_question_that_names_them() -> None:
    now = situation(
        *scenes.waits_for_yes("T-001"),
        *scenes.waits_for_yes("T-003", proven=False),
        *scenes.waits_for_yes("T-004"),
    )
    outcome = decide.approve_all(now)
    assert isinstance(outcome, decide.Confirm)
    assert outcome.question == "Apply 2 proven changes?"
    assert outcome.lines == ("T-001 theme constants", "T-004 contrast helper")
    assert commands(outcome.then) == (
        c.Approve(breakpoint_id="T-001:1"),
        c.Approve(breakpoint_id="T-004:1"),
    )


def test_nothing_unproven_is_approved_in_bulk() -> None:
    now = situation(*scenes.waits_for_yes("T-003", proven=False))
    assert isinstance(decide.approve_all(now), decide.Say)


def test_retry_asks_for_a_note_and_an_empty_one_is_fine() -> None:
    outcome = decide.retry(situation(*scenes.waits_for_yes("T-001"), subject="T-001"))
    assert isinstance(outcome, decide.Ask)
    assert commands(outcome.then("")) == (c.Retry(breakpoint_id="T-001:1"),)
    assert commands(outcome.then("use let")) == (c.Retry(breakpoint_id="T-001:1", note="use let"),)


def test_a_task_that_ended_is_reopened_by_retry() -> None:
    failed = e.TaskFailed(task_id="T-001", error="no")
    outcome = decide.retry(situation(failed, subject="T-001"))
    assert isinstance(outcome, decide.Ask)
    assert commands(outcome.then("x")) == (c.RetryTask(task_id="T-001", note="x"),)


def test_escalate_sends_the_entry_to_claude() -> None:
    now = situation(*scenes.waits_for_yes("T-001"), subject="T-001")
    assert commands(decide.escalate(now)) == (c.Escalate(breakpoint_id="T-001:1"),)


def test_reject_drops_the_candidate() -> None:
    now = situation(*scenes.waits_for_yes("T-001"), subject="T-001")
    assert commands(decide.reject(now)) == (c.Reject(breakpoint_id="T-001:1"),)


def test_reject_on_a_running_task_stops_it() -> None:
    now = situation(scenes.begun("T-001"), subject="T-001")
    assert commands(decide.reject(now)) == (c.Cancel(task_id="T-001"),)


def test_undo_takes_the_selected_applied_task() -> None:
    now = situation(*scenes.waits_for_yes("T-001"), *scenes.applied("T-001"), subject="T-001")
    assert commands(decide.undo(now)) == (c.Undo(task_id="T-001"),)


def test_undo_elsewhere_takes_the_last_one_applied_here_that_still_is() -> None:
    now = situation(
        *scenes.waits_for_yes("T-001"),
        *scenes.applied("T-001"),
        *scenes.waits_for_yes("T-003"),
        *scenes.applied("T-003"),
        *scenes.undone("T-003"),
        subject="T-006",
    )
    here = msgspec.structs.replace(now, applied=("T-001", "T-003"))
    assert commands(decide.undo(here)) == (c.Undo(task_id="T-001"),)


def test_undo_elsewhere_takes_the_newest_first() -> None:
    now = situation(
        *scenes.waits_for_yes("T-001"),
        *scenes.applied("T-001"),
        *scenes.waits_for_yes("T-003"),
        *scenes.applied("T-003"),
    )
    here = msgspec.structs.replace(now, applied=("T-001", "T-003"))
    assert commands(decide.undo(here)) == (c.Undo(task_id="T-003"),)


def test_undo_never_reaches_for_a_change_of_another_day() -> None:
    now = situation(*scenes.waits_for_yes("T-001"), *scenes.applied("T-001"), subject="T-006")
    assert isinstance(decide.undo(now), decide.Say)


def test_a_goal_is_sent_as_typed_but_not_an_empty_one() -> None:
    outcome = decide.goal(situation())
    assert isinstance(outcome, decide.Ask)
    assert commands(outcome.then(" Add a cart ")) == (c.SubmitGoal(text="Add a cart"),)
    assert isinstance(outcome.then("  "), decide.Say)


def test_pause_and_go_on_are_one_key() -> None:
    assert commands(decide.pause(situation())) == (c.Pause(),)
    assert commands(decide.pause(situation(e.Paused()))) == (c.Resume(),)


@pytest.mark.parametrize("name", sorted(decide.DECISIONS))
def test_no_key_fails_or_is_silent_in_an_empty_session(name: str) -> None:
    empty = Situation(state=reduce_all(scenes.started()))
    outcome = decide.DECISIONS[name](empty)
    assert isinstance(outcome, decide.Say | decide.Ask | decide.Send)
