"""What is selected moves by a person's hand, or after a person's decision, and never else."""

from orchestrator import events as e
from orchestrator.reduce import reduce_all
from orchestrator.state import SessionState
from tests.tui import scenes
from tui.screens.selection import Selection

PLANNED = (*scenes.started(), *scenes.goal(), *scenes.proposed(), *scenes.accepted())


def after(*events: e.Event) -> SessionState:
    return reduce_all((*PLANNED, *events))


def test_with_nothing_chosen_the_oldest_that_waits_is_shown() -> None:
    selection = Selection()
    selection.follow(after(*scenes.waits_for_yes("T-003"), *scenes.waits_for_yes("T-001")), "")
    assert selection.subject == "T-003"


def test_with_nothing_waiting_what_runs_is_shown() -> None:
    selection = Selection()
    selection.follow(after(scenes.begun("T-004")), "")
    assert selection.subject == "T-004"


def test_something_new_never_takes_the_place_of_what_was_chosen() -> None:
    selection = Selection()
    selection.choose("T-006")
    selection.follow(after(*scenes.waits_for_yes("T-001"), scenes.begun("T-004")), "T-001:1")
    assert selection.subject == "T-006"


def test_something_new_never_takes_the_place_of_what_runs_or_waits() -> None:
    selection = Selection()
    selection.follow(after(scenes.begun("T-004")), "")
    selection.follow(after(scenes.begun("T-004"), *scenes.waits_for_yes("T-001")), "T-001:1")
    assert selection.subject == "T-004"


def test_a_goal_that_waits_for_its_planner_is_watched() -> None:
    second = e.GoalSubmitted(goal_id="G2", text="Add a cart")
    selection = Selection()
    selection.watch("G2")
    selection.follow(after(*scenes.waits_for_yes("T-001"), second), "T-001:1")
    assert selection.subject == "G2"


def test_a_goal_whose_first_event_is_on_the_way_is_waited_for() -> None:
    selection = Selection()
    selection.watch("G2")
    selection.follow(after(*scenes.waits_for_yes("T-001")), "T-001:1")
    assert selection.subject == "G2"


def test_after_a_decision_the_entry_under_the_cursor_is_next() -> None:
    waiting = (*scenes.waits_for_yes("T-001"), *scenes.waits_for_yes("T-003"))
    third = scenes.gave_up("T-004")
    selection = Selection()
    selection.choose("T-003")
    selection.decided(("T-003:1",))
    selection.follow(after(*waiting, *third, *scenes.applied("T-003")), "T-004:1")
    assert selection.subject == "T-004"
    assert not selection.sent


def test_who_moved_on_before_the_decision_arrived_stays_there() -> None:
    selection = Selection()
    selection.choose("T-001")
    selection.decided(("T-001:1",))
    selection.choose("T-006")
    done = (*scenes.waits_for_yes("T-001"), *scenes.applied("T-001"))
    selection.follow(after(*done, *scenes.waits_for_yes("T-003")), "T-003:1")
    assert selection.subject == "T-006"


def test_a_refused_decision_can_be_made_again() -> None:
    selection = Selection()
    selection.decided(("T-001:1", "T-003:1"))
    selection.refused(("T-001:1",))
    assert selection.sent == {"T-003:1"}


def test_a_diff_counts_as_seen_for_its_own_candidate_only() -> None:
    first = after(*scenes.waits_for_yes("T-001"))
    selection = Selection()
    selection.choose("T-001")
    assert not selection.has_seen(first)
    selection.saw(first, "")
    assert not selection.has_seen(first), "a card without a diff is no diff"
    selection.saw(first, "T-001.1")
    assert selection.has_seen(first)
    retried = e.BreakpointResolved(breakpoint_id="T-001:1", resolution="retried", by="person")
    second = after(*scenes.waits_for_yes("T-001"), retried, *scenes.waits_for_yes("T-001", 2))
    assert not selection.has_seen(second), "the second answer is another text"


def test_a_plan_counts_as_seen_without_a_diff() -> None:
    state = reduce_all((*scenes.started(), *scenes.goal(), *scenes.proposed()))
    selection = Selection()
    selection.choose("G1")
    assert not selection.has_seen(state)
    selection.saw(state, "")
    assert selection.has_seen(state)
