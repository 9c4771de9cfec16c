"""One table: every key does what its row says, and everything that shows keys shows the table."""

import pytest

from orchestrator import events as e
from orchestrator.reduce import reduce_all
from orchestrator.state import SessionState
from tests.tui import scenes
from tui.decide import DECISIONS
from tui.keys import GROUPS, KEYS, applicable, bindings, by_group, keys_markdown
from tui.situation import Situation


def state_of(*events: e.Event) -> SessionState:
    return reduce_all((*scenes.started(), *events))


def labels(now: Situation) -> list[str]:
    return [label for _, label in applicable(now)]


def test_every_id_and_every_key_is_used_once() -> None:
    twins = {"stop", "resume"}
    rows = [key for key in KEYS if key.id not in twins]
    assert len({key.id for key in KEYS}) == len(KEYS)
    pressed = [part for key in rows for part in key.key.split(",") if part != ","]
    assert len(set(pressed)) == len(pressed)


def test_every_binding_has_an_id_so_that_a_keymap_can_move_it() -> None:
    assert all(binding.id for binding in bindings())


def test_every_decision_of_the_table_exists() -> None:
    named = {key.action[8:-2] for key in KEYS if key.action.startswith("decide(")}
    assert named == set(DECISIONS)


def test_every_row_is_in_a_group_of_the_help() -> None:
    assert [name for name, _ in by_group()] == list(GROUPS)
    assert sum(len(keys) for _, keys in by_group()) == len(KEYS)


def test_no_default_key_is_the_prefix_of_a_terminal_multiplexer() -> None:
    prefixes = {"ctrl+b", "ctrl+a", "ctrl+o", "ctrl+g", "ctrl+t", "ctrl+n", "ctrl+h", "ctrl+s"}
    assert not prefixes & {part for key in KEYS for part in key.key.split(",")}


def test_the_readmes_table_has_a_row_for_every_key() -> None:
    lines = keys_markdown().splitlines()
    assert lines[0] == "| Key | What it does |"
    assert len(lines) == len(KEYS) + 2
    assert "| `j` `k` | Move in the focused pane; arrows and PgUp, PgDn do too. |" in lines


def test_an_empty_room_offers_a_goal_and_no_decision() -> None:
    assert labels(Situation(state=state_of())) == ["help", "goal", "zoom", "commands", "quit"]


def test_a_diff_that_waits_offers_the_four_decisions_first() -> None:
    state = state_of(
        *scenes.goal(), *scenes.proposed(), *scenes.accepted(), *scenes.waits_for_yes("T-001")
    )
    offered = labels(Situation(state=state, subject="T-001"))
    assert offered[:4] == ["approve", "retry", "escalate", "reject"]
    assert "all proven" not in offered


def test_a_running_task_offers_to_stop_it_and_not_to_reject_it() -> None:
    state = state_of(*scenes.goal(), *scenes.proposed(), *scenes.accepted(), scenes.begun("T-001"))
    offered = labels(Situation(state=state, subject="T-001"))
    assert "stop" in offered
    assert "reject" not in offered
    assert "pause" in offered


def test_what_gave_up_without_a_change_offers_no_approval() -> None:
    state = state_of(
        *scenes.goal(), *scenes.proposed(), *scenes.accepted(), *scenes.gave_up("T-004")
    )
    offered = labels(Situation(state=state, subject="T-004"))
    assert "approve" not in offered
    assert offered[:3] == ["retry", "escalate", "reject"]


def test_a_paused_session_offers_to_go_on() -> None:
    offered = labels(Situation(state=state_of(e.Paused())))
    assert "go on" in offered
    assert "pause" not in offered


@pytest.mark.parametrize("pane", ["tasks", "output", "diff", "needs", "quota"])
def test_keys_of_a_pane_are_offered_in_that_pane_only(pane: str) -> None:
    offered = labels(Situation(state=state_of(), subject="x", pane=pane))
    assert ("follow" in offered) == (pane == "output")
    assert ("open" in offered) == (pane in {"tasks", "needs"})
