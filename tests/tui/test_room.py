"""The room on a scripted engine: every key, every layout, and what never happens by itself."""

from typing import Any

import pytest

from orchestrator import commands as c
from orchestrator import events as e
from orchestrator.errors import CommandRefused
from orchestrator.values import TaskSpec
from tests.tui import scenes
from tests.tui.fake_engine import FakeEngine
from tests.tui.rooms import NARROW, TINY, WIDE, opened
from tui.bridge import OutputBatch
from tui.keys import KEYS
from tui.screens.card import Card
from tui.screens.confirm import ConfirmScreen
from tui.screens.failure import FailureScreen
from tui.screens.first_run import FirstRunScreen
from tui.screens.help import HelpScreen
from tui.screens.layout import PANES
from tui.screens.room import RoomScreen
from tui.screens.why import WhyScreen


def one_diff() -> FakeEngine:
    """A single diff waits."""
    engine = scenes.engine_with(
        *scenes.goal(), *scenes.proposed(), *scenes.accepted(), *scenes.waits_for_yes("T-001")
    )
    engine.answers[c.Approve] = approve
    engine.answers[c.Undo] = undo
    return engine


def approve(command: c.Command) -> list[e.Event]:
    assert isinstance(command, c.Approve)
    return scenes.applied(command.breakpoint_id[:5], command.breakpoint_id)


def undo(command: c.Command) -> list[e.Event]:
    assert isinstance(command, c.Undo)
    return scenes.undone(command.task_id)


def planned() -> FakeEngine:
    engine = scenes.engine_with(*scenes.goal(), *scenes.proposed())
    engine.answers[c.Approve] = lambda _: scenes.accepted()
    return engine


# --- decisions -----------------------------------------------------------------------------------


async def test_approve_applies_what_is_shown_and_tells_the_way_back() -> None:
    async with opened(one_diff()) as room:
        assert room.selected == "T-001"
        await room.press("a")
        assert room.engine.sent(c.Approve) == [c.Approve(breakpoint_id="T-001:1")]
        assert room.told == ["Applied T-001: src/constants/theme.js (+4 -1). u takes it back."]


async def test_approve_without_a_shown_diff_only_says_so() -> None:
    engine = one_diff()
    engine.answers[c.Show] = lambda _: []
    async with opened(engine) as room:
        await room.press("a")
        assert not engine.sent(c.Approve)
        assert "has not been on the screen yet" in room.told[0]


async def test_approve_in_a_small_terminal_shows_the_diff_first() -> None:
    async with opened(one_diff(), NARROW) as room:
        assert room.panes.shown == {"needs"}
        await room.press("a")
        assert not room.engine.sent(c.Approve)
        assert room.panes.shown == {"diff"}
        await room.press("a")
        assert room.engine.sent(c.Approve)


async def test_a_second_answer_must_be_read_again() -> None:
    async with opened(one_diff()) as room:
        engine = room.engine
        engine.answers[c.Show] = lambda _: []
        await room.emit(
            e.BreakpointResolved(breakpoint_id="T-001:1", resolution="retried", by="person"),
            *scenes.waits_for_yes("T-001", 2),
        )
        await room.press("a")
        assert not engine.sent(c.Approve)
        await room.emit(scenes.diff_of("T-001", "another text"))
        await room.press("a")
        assert engine.sent(c.Approve) == [c.Approve(breakpoint_id="T-001:2")]


async def test_a_candidate_that_changes_nothing_can_be_approved() -> None:
    engine = one_diff()
    engine.answers[c.Show] = lambda _: [
        e.DiffShown(subject_id="T-001", files=(), source="candidate")
    ]
    async with opened(engine) as room:
        assert "T-001 changes nothing." in room.text
        await room.press("a")
        assert engine.sent(c.Approve)


async def test_a_diff_that_could_not_be_read_is_not_approved() -> None:
    engine = one_diff()
    engine.answers[c.Show] = lambda _: [
        e.DiffShown(subject_id="T-001", files=(), source="workspace")
    ]
    async with opened(engine) as room:
        await room.press("a")
        assert not engine.sent(c.Approve)


async def test_a_plan_is_shown_even_when_the_workspace_has_changed() -> None:
    engine = planned()
    engine.answers[c.Show] = lambda _: [
        e.DiffShown(subject_id="G1", files=scenes.diff_of("T-001").files, source="workspace")
    ]
    async with opened(engine) as room:
        assert "A plan of 7 tasks waits for you" in room.text


async def test_two_quick_approvals_are_one_decision() -> None:
    engine = one_diff()
    engine.answers[c.Approve] = lambda _: []
    async with opened(engine) as room:
        await room.press("a", "a")
        assert len(engine.sent(c.Approve)) == 1


async def test_simulated_keys_approve_nothing() -> None:
    async with opened(one_diff()) as room:
        await room.app.run_action("simulate_key('a')")
        await room.quiet()
        assert not room.engine.sent(c.Approve)


async def test_an_accepted_plan_is_one_key_on_a_shown_plan() -> None:
    async with opened(planned()) as room:
        assert room.selected == "G1"
        assert "A plan of 7 tasks waits for you" in room.text
        await room.press("a")
        assert room.engine.sent(c.Approve) == [c.Approve(breakpoint_id="G1:1")]


async def test_a_plan_in_a_small_terminal_must_be_looked_at_first() -> None:
    async with opened(planned(), NARROW) as room:
        await room.press("a")
        assert not room.engine.sent(c.Approve)
        await room.press("a")
        assert room.engine.sent(c.Approve)


async def test_after_a_decision_the_next_entry_is_selected() -> None:
    engine = scenes.busy()
    engine.answers[c.Approve] = approve
    async with opened(engine) as room:
        await room.press("j")
        assert room.selected == "T-002"
        await room.press("a")
        assert engine.sent(c.Approve) == [c.Approve(breakpoint_id="T-002:1")]
        assert room.selected == "T-003"
        assert room.panes.needs.selected == "T-003:1"
        assert room.panes.tasks.selected == "T-003"


async def test_retry_asks_for_a_note() -> None:
    async with opened(one_diff()) as room:
        await room.press("r")
        assert "What should be different?" in room.text
        await room.write("use let")
        await room.press("enter")
        assert room.engine.sent(c.Retry) == [c.Retry(breakpoint_id="T-001:1", note="use let")]
        assert room.screen.focused is room.panes.needs


async def test_retry_without_a_note_is_fine() -> None:
    async with opened(one_diff()) as room:
        await room.press("r", "enter")
        assert room.engine.sent(c.Retry) == [c.Retry(breakpoint_id="T-001:1")]


async def test_escape_leaves_the_question_and_sends_nothing() -> None:
    async with opened(one_diff()) as room:
        await room.press("r", "x", "escape")
        assert not room.engine.sent(c.Retry)
        assert not room.engine.sent(c.Reject)
        assert room.screen.focused is room.panes.needs
        await room.press("x")
        assert room.engine.sent(c.Reject)


async def test_letters_typed_into_a_question_are_no_keys_of_the_room() -> None:
    async with opened(one_diff()) as room:
        await room.press("n")
        await room.write("aex pq A")
        kinds = {type(command) for command in room.engine.commands}
        assert kinds <= {c.Show, c.CheckBackends}
        await room.press("tab")
        assert room.panes.chosen == "needs"
        await room.press("enter")
        assert room.engine.sent(c.SubmitGoal) == [c.SubmitGoal(text="aex pq A")]


@pytest.mark.parametrize(
    ("key", "command"),
    [
        ("e", c.Escalate(breakpoint_id="T-001:1")),
        ("x", c.Reject(breakpoint_id="T-001:1")),
        ("p", c.Pause()),
        ("g", c.CheckBackends()),
    ],
)
async def test_one_key_one_command(key: str, command: c.Command) -> None:
    async with opened(one_diff()) as room:
        room.engine.commands.clear()
        await room.press(key)
        assert command in room.engine.commands


async def test_p_goes_on_after_a_pause() -> None:
    engine = one_diff()
    engine.answers[c.Pause] = lambda _: [e.Paused()]
    async with opened(engine) as room:
        await room.press("p", "p")
        assert engine.sent(c.Resume)


async def test_x_on_a_running_task_stops_it() -> None:
    engine = scenes.engine_with(
        *scenes.goal(), *scenes.proposed(), *scenes.accepted(), scenes.begun("T-001")
    )
    async with opened(engine) as room:
        assert room.selected == "T-001"
        await room.press("x")
        assert engine.sent(c.Cancel) == [c.Cancel(task_id="T-001")]


async def test_undo_takes_the_last_approved_change_back() -> None:
    async with opened(one_diff()) as room:
        await room.press("a", "u")
        assert room.engine.sent(c.Undo) == [c.Undo(task_id="T-001")]
        assert room.told[-1] == "Took T-001 back out: src/constants/theme.js (+4 -1)."


async def test_undo_takes_it_back_even_when_the_next_entry_is_selected() -> None:
    engine = scenes.busy()
    engine.answers[c.Approve] = approve
    async with opened(engine) as room:
        await room.press("j", "a")
        assert room.selected == "T-003"
        await room.press("u")
        assert engine.sent(c.Undo) == [c.Undo(task_id="T-002")]


async def test_all_proven_are_applied_after_one_question() -> None:
    engine = scenes.engine_with(
        *scenes.goal(),
        *scenes.proposed(),
        *scenes.accepted(),
        *scenes.waits_for_yes("T-001"),
        *scenes.waits_for_yes("T-003", proven=False),
        *scenes.waits_for_yes("T-004"),
    )
    async with opened(engine) as room:
        await room.press("A")
        assert room.shows(ConfirmScreen)
        assert "Apply 2 proven changes?" in room.text
        await room.press("n")
        assert not engine.sent(c.Approve)
        await room.press("A", "A")
        assert engine.sent(c.Approve) == [
            c.Approve(breakpoint_id="T-001:1"),
            c.Approve(breakpoint_id="T-004:1"),
        ]


async def test_a_goal_is_typed_sent_and_watched() -> None:
    engine = scenes.engine_with()
    engine.answers[c.SubmitGoal] = lambda _: [*scenes.goal(), *scenes.planning()]
    async with opened(engine) as room:
        await room.press("n")
        await room.write("Add dark mode")
        await room.press("enter")
        assert engine.sent(c.SubmitGoal) == [c.SubmitGoal(text="Add dark mode")]
        assert room.selected == "G1"
        assert room.panes.tasks.selected == "G1"
        assert "The plan is being made" in room.text


async def test_a_new_goal_is_watched_although_something_waits() -> None:
    engine = one_diff()
    engine.answers[c.SubmitGoal] = lambda _: [e.GoalSubmitted(goal_id="G2", text="Add a cart")]
    async with opened(engine) as room:
        await room.press("n", "x", "enter")
        assert room.selected == "G2"
        assert room.panes.tasks.selected == "G2"


async def test_a_refused_command_is_told_with_its_hint_and_can_be_tried_again() -> None:
    async with opened(one_diff()) as room:
        room.engine.refusal = CommandRefused("The file is gone.", "Make [b]it[/b] again.")
        await room.press("a")
        assert room.app.told == [("error", "The file is gone. Make [b]it[/b] again.")]
        await room.press("a")
        assert len(room.engine.sent(c.Approve)) == 2


async def test_an_engine_that_breaks_on_a_command_does_not_end_the_room() -> None:
    async with opened(one_diff()) as room:
        room.engine.refusal = ZeroDivisionError("seven")
        await room.press("a")
        assert room.app.told == [("error", "The engine failed: ZeroDivisionError: seven")]


# --- looking and moving --------------------------------------------------------------------------


async def test_what_is_selected_is_asked_for_and_shown() -> None:
    async with opened(scenes.busy()) as room:
        await room.press("j")
        assert room.engine.sent(c.Show)[-1] == c.Show(subject_id="T-002")
        text = room.text
        assert "test/themeUtils.test.js" in text
        assert "// T-002" in text


async def test_the_tree_selects_too() -> None:
    async with opened(scenes.busy()) as room:
        await room.press("1", "home", "j", "j")
        assert room.selected == "T-001"
        assert room.engine.sent(c.Show)[-1] == c.Show(subject_id="T-001")
        assert room.panes.needs.selected == "T-004:1", "the other list stays where it was"


async def test_going_to_what_waits_shows_the_entry_under_its_cursor() -> None:
    async with opened(scenes.busy()) as room:
        await room.press("1", "end")
        assert room.selected == "T-007"
        await room.press("4")
        assert room.panes.needs.selected == "T-004:1"
        assert room.selected == "T-004"


async def test_live_output_of_the_selected_task_is_shown_and_of_no_other() -> None:
    async with opened(scenes.busy()) as room:
        await room.press("1", "end", "k", "k")
        assert room.selected == "T-005"
        await room.emit(
            e.OutputArrived(attempt_id="T-005.1", task_id="T-005", text="const mine = 1;\n"),
            e.OutputArrived(attempt_id="T-006.1", task_id="T-006", text="const other = 1;\n"),
        )
        assert "const mine = 1;" in room.text
        assert "const other" not in room.text


async def test_output_that_was_on_its_way_when_another_task_was_selected_is_not_shown() -> None:
    async with opened(scenes.busy()) as room:
        await room.press("j")
        room.screen.post_message(OutputBatch("T-005", (("text", "too late"),)))
        await room.quiet()
        assert "too late" not in room.text


@pytest.mark.parametrize(("key", "name"), zip("12345", PANES, strict=True))
@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_the_digits_go_to_the_panes(key: str, name: str, size: tuple[int, int]) -> None:
    async with opened(scenes.busy(), size) as room:
        await room.press(key)
        assert room.screen.focused is room.panes.query_one(f"#{name}")
        assert name in room.panes.shown


@pytest.mark.parametrize("size", [WIDE, NARROW, TINY])
async def test_tab_goes_through_all_panes_and_back(size: tuple[int, int]) -> None:
    async with opened(scenes.busy(), size) as room:
        seen = []
        for _ in PANES:
            await room.press("tab")
            seen.append(room.panes.chosen)
            assert room.screen.focused is room.panes.query_one(f"#{room.panes.chosen}")
        assert sorted(seen) == sorted(PANES)
        await room.press("shift+tab")
        assert room.screen.focused is room.panes.query_one(f"#{seen[-2]}")


async def test_zoom_shows_the_focused_pane_alone_and_escape_leaves_it() -> None:
    async with opened(scenes.busy()) as room:
        await room.press("3", "z")
        assert room.panes.shown == {"diff"}
        assert room.panes.diff.size.width > 110
        assert not room.panes.tasks.is_on_screen
        await room.press("2")
        assert room.panes.shown == {"output"}
        await room.press("escape")
        assert room.panes.shown == set(PANES)
        assert room.screen.focused is room.panes.output


async def test_hunks_and_files() -> None:
    async with opened(one_diff()) as room:
        assert "hunk 1 of 3 · file 1 of 2" in room.text
        await room.press("]")
        assert "hunk 2 of 3 · file 1 of 2" in room.text
        await room.press("[")
        assert "hunk 1 of 3 · file 1 of 2" in room.text
        await room.press("}")
        assert "file 2 of 2" in room.text
        await room.press("{")
        assert "file 1 of 2" in room.text


async def test_f_lets_go_of_the_output_and_follows_again() -> None:
    async with opened(scenes.busy()) as room:
        await room.press("f")
        assert not room.panes.output.following
        await room.press("f")
        assert room.panes.output.following


async def test_enter_on_an_entry_goes_to_its_diff_and_escape_comes_back() -> None:
    async with opened(one_diff(), NARROW) as room:
        await room.press("enter")
        assert room.panes.shown == {"diff"}
        assert "src/constants/theme.js" in room.text
        await room.press("escape")
        assert room.panes.shown == {"needs"}


async def test_enter_in_the_tree_goes_to_the_diff() -> None:
    async with opened(one_diff()) as room:
        await room.press("1", "enter")
        assert room.screen.focused is room.panes.diff


async def test_why_tells_the_story() -> None:
    async with opened(one_diff()) as room:
        await room.press("w")
        assert room.shows(WhyScreen)
        assert "atomic work stays local" in room.text
        await room.press("w")
        assert room.shows(RoomScreen)


async def test_why_about_nothing_says_what_to_do() -> None:
    async with opened(scenes.engine_with()) as room:
        await room.press("w")
        assert room.told == ["Select a task or a goal first."]


async def test_help_lists_every_key() -> None:
    async with opened(one_diff(), (120, 70)) as room:
        await room.press("?")
        assert room.shows(HelpScreen)
        lines = room.text.splitlines()
        for key in KEYS:
            start = key.help[:40]
            assert any(key.display in line and start in line for line in lines), key.id
        await room.press("?")
        assert room.shows(RoomScreen)


async def test_the_palette_finds_what_the_keys_do() -> None:
    async with opened(one_diff()) as room:
        await room.press("colon")
        await room.write("escalate")
        await room.until(lambda: "Let Claude write it." in room.text)
        await room.press("enter")
        await room.until(lambda: bool(room.engine.sent(c.Escalate)))
        assert room.engine.sent(c.Escalate) == [c.Escalate(breakpoint_id="T-001:1")]


async def test_the_key_bar_names_only_keys_that_apply() -> None:
    async with opened(scenes.busy()) as room:
        bar = room.text.splitlines()[-1]
        assert "r retry" in bar
        assert "a approve" not in bar, "what gave up has nothing to approve"
        await room.press("j")
        assert "a approve" in room.text.splitlines()[-1]
        await room.press("n")
        assert room.text.splitlines()[-1].split() == ["⏎", "send", "Esc", "cancel"]


# --- leaving -------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["q", "ctrl+c", "ctrl+q"])
async def test_leaving_is_one_key_when_nothing_runs(key: str) -> None:
    async with opened(one_diff()) as room:
        await room.pilot.press(key)
        await room.until(lambda: not room.app.is_running)


async def test_leaving_asks_once_more_while_something_runs() -> None:
    async with opened(scenes.busy()) as room:
        await room.press("q")
        assert room.shows(ConfirmScreen)
        await room.press("escape")
        assert room.app.is_running
        await room.press("q")
        await room.pilot.press("q")
        await room.until(lambda: not room.app.is_running)


async def test_a_terminal_that_went_away_ends_the_app() -> None:
    class Gone:
        def gone(self) -> bool:
            return True

        def let_go(self) -> None:
            return None

    async with opened(one_diff()) as room:
        room.app.terminal = Gone()  # type: ignore[assignment]
        await room.until(lambda: not room.app.is_running)


# --- layouts -------------------------------------------------------------------------------------


async def test_wide_shows_everything() -> None:
    async with opened(scenes.busy(), (200, 50)) as room:
        for title in ("Quota", "Tasks", "Needs you", "Output", "Diff"):
            assert title in room.text


async def test_narrow_begins_with_what_needs_a_person() -> None:
    async with opened(scenes.busy(), NARROW) as room:
        assert room.panes.shown == {"needs"}
        assert "1 Tasks  2 Output  3 Diff  4 Needs you 3  5 Quota" in room.text


async def test_narrow_begins_with_the_tasks_when_nothing_waits() -> None:
    async with opened(scenes.engine_with(), NARROW) as room:
        assert room.panes.shown == {"tasks"}


async def test_sixty_by_twenty_still_has_tabs() -> None:
    async with opened(scenes.busy(), (60, 20)) as room:
        assert "4 Needs you 3" in room.text
        assert "r retry" in room.text


async def test_tiny_is_the_list_and_the_keys() -> None:
    async with opened(scenes.busy(), TINY) as room:
        lines = room.text.splitlines()
        assert "Needs you" in lines[0]
        assert "r retry" in lines[-1]
        assert room.panes.shown == {"needs"}


async def test_a_terminal_that_is_too_small_says_how_big_it_must_be() -> None:
    async with opened(scenes.busy(), (38, 9)) as room:
        assert "38 × 9 is too small." in room.text
        assert "The room needs 40 × 10." in room.text


async def test_nothing_is_approved_in_a_terminal_in_which_nothing_can_be_read() -> None:
    async with opened(one_diff(), (38, 9)) as room:
        await room.press("a", "a", "a")
        assert not room.engine.sent(c.Approve)


async def test_resizing_goes_through_all_layouts_and_keeps_focus_and_selection() -> None:
    async with opened(scenes.busy()) as room:
        await room.press("j", "3")
        for size in ((80, 24), (50, 14), (30, 8), (200, 50)):
            await room.pilot.resize_terminal(*size)
            await room.quiet()
            assert room.selected == "T-002"
            assert room.panes.chosen == "diff"
        assert room.screen.focused is room.panes.diff
        assert room.panes.shown == set(PANES)


# --- promises ------------------------------------------------------------------------------------


async def test_something_new_takes_neither_focus_nor_selection() -> None:
    async with opened(scenes.busy()) as room:
        await room.press("1", "end")
        assert room.selected == "T-007"
        await room.emit(
            *scenes.waits_for_yes("T-006"),
            e.TasksAdded(tasks=(TaskSpec(task_id="T-008", description="x", output_file="x.js"),)),
            *scenes.gave_up("T-005"),
        )
        assert room.selected == "T-007"
        assert room.panes.tasks.selected == "T-007"
        assert room.screen.focused is room.panes.tasks
        assert "T-005" in room.text


async def test_something_new_takes_no_pane_away_in_a_small_terminal() -> None:
    async with opened(scenes.engine_with(*scenes.goal()), NARROW) as room:
        await room.press("5")
        await room.emit(*scenes.proposed())
        assert room.panes.shown == {"quota"}
        assert "4 Needs you 1" in room.text


async def test_a_new_diff_of_the_same_task_does_not_scroll_what_is_read() -> None:
    async with opened(one_diff(), (100, 24)) as room:
        await room.press("}")
        place = room.text.splitlines()[-3]
        await room.emit(scenes.diff_of("T-001", "changed: 1"))
        assert room.text.splitlines()[-3] == place


# --- beginning and failing -----------------------------------------------------------------------


async def test_without_a_usable_server_the_first_screen_says_what_to_do() -> None:
    engine = scenes.engine_with()
    engine.answers[c.CheckBackends] = lambda _: [scenes.backends(reachable=False)]
    async with opened(engine) as room:
        assert room.shows(FirstRunScreen)
        assert "No model server answers" in room.text
        assert "Start it with: ollama serve" in room.text
        assert "export ANTHROPIC_API_KEY=..." in room.text
        await room.press("d")
        assert "orchestrator-tui demo" in room.text
        await room.press("a")
        assert room.shows(RoomScreen)


async def test_a_first_session_is_welcomed() -> None:
    async with opened(scenes.engine_with(), welcome=True) as room:
        assert room.shows(FirstRunScreen)
        assert "Claude plans and reviews, local models write." in room.text
        assert "2 models" in room.text


async def test_n_on_the_welcome_goes_on_to_the_goal() -> None:
    async with opened(scenes.engine_with(), welcome=True) as room:
        await room.press("n")
        await room.write("Add a cart")
        await room.press("enter")
        assert room.engine.sent(c.SubmitGoal) == [c.SubmitGoal(text="Add a cart")]


async def test_the_welcome_never_comes_between_a_person_and_what_they_do() -> None:
    engine = scenes.engine_with()
    engine.answers[c.CheckBackends] = lambda _: []
    async with opened(engine, welcome=True) as room:
        await room.press("n")
        await room.emit(scenes.backends())
        assert room.at_home
        assert room.told == ["Claude plans and reviews, local models write. All is there."]


@pytest.mark.parametrize("key", ["w", "?", "q"])
async def test_a_card_closed_by_two_quick_keys_is_closed_once(key: str) -> None:
    async with opened(scenes.busy()) as room:
        await room.press(key)
        card = room.app.screen
        assert isinstance(card, Card)
        card.action_leave()
        card.action_leave()
        await room.quiet()
        assert room.at_home


@pytest.mark.parametrize("options", [{"demo": True, "welcome": True}, {}])
async def test_who_knows_the_room_goes_straight_in(options: dict[str, Any]) -> None:
    async with opened(scenes.engine_with(), **options) as room:
        assert room.shows(RoomScreen)


async def test_a_goal_in_the_session_needs_no_welcome() -> None:
    async with opened(one_diff(), welcome=True) as room:
        assert room.shows(RoomScreen)


async def test_g_tells_what_was_found() -> None:
    async with opened(one_diff()) as room:
        room.engine.answers[c.CheckBackends] = lambda _: [scenes.backends(claude="")]
        await room.press("g")
        assert room.told[-1].startswith("Claude is not there")


async def test_a_broken_engine_is_explained_and_the_room_stays_readable() -> None:
    async with opened(one_diff()) as room:
        room.engine.break_down(CommandRefused("The disk is full.", "Free some space."))
        await room.until(lambda: room.shows(FailureScreen))
        assert "The disk is full." in room.text
        assert "Free some space." in room.text
        await room.pilot.press("escape")
        await room.until(lambda: room.shows(RoomScreen))
        assert "T-001" in room.text


async def test_notices_of_the_engine_are_told() -> None:
    async with opened(one_diff()) as room:
        await room.emit(e.NoticeGiven(level="warning", message="slow disk", hint="Wait."))
        assert room.app.told == [("warning", "slow disk Wait.")]


async def test_the_demonstration_says_that_it_is_one() -> None:
    async with opened(one_diff(), demo=True) as room:
        assert "DEMO" in room.text.splitlines()[0]


async def test_both_themes_can_be_chosen() -> None:
    async with opened(one_diff(), theme="light") as room:
        assert room.app.theme == "room-light"
        assert not room.app.current_theme.dark
    async with opened(one_diff()) as room:
        assert room.app.theme == "room-dark"
