"""The tree tells how each task stands, and its cursor stays where the reader left it."""

import time

import pytest

from orchestrator import events as e
from orchestrator.state import SessionState
from tests.widgets.host import drawn, heard, page, row_with, shown, wheel
from tests.widgets.samples import (
    NOW,
    PLAN,
    attempt,
    busy_session,
    goal,
    planned,
    spec,
    started,
    state_of,
)
from widgets.task_tree import TaskTree


async def test_an_empty_session_says_what_to_do() -> None:
    tree = TaskTree()
    async with shown(tree, 40, 8):
        tree.show(state_of(started()), NOW)
        assert "No goal yet." in page(tree)
        assert "Press n and say what you want." in page(tree)
        assert tree.selected == ""


async def test_before_the_first_state_it_is_loading() -> None:
    tree = TaskTree()
    async with shown(tree, 40, 8):
        assert "Opening the session" in page(tree)


@pytest.mark.parametrize(
    ("task", "glyph", "words"),
    [
        ("T-001", "✓", "applied"),
        ("T-003", "◆", "approve 2m"),
        ("T-004", "▲", "decide 9m"),
        ("T-005", "●", "try 2 14s"),
        ("T-006", "◌", "waits T-005"),
        ("T-007", "⏳", "waits "),
        ("T-008", "◌", "waits T-006 +1"),
        ("T-009", "✗", "failed"),
    ],
)
async def test_a_row_says_how_its_task_stands(task: str, glyph: str, words: str) -> None:
    tree = TaskTree()
    async with shown(tree, 80, 24):
        tree.show(busy_session(), NOW)
        row = next(row for row in drawn(tree) if task in row[:14])
        assert glyph in row
        assert words in row


async def test_the_title_counts() -> None:
    tree = TaskTree()
    async with shown(tree, 80, 24):
        tree.show(busy_session(), NOW)
        assert "Tasks  9 · 2 applied · 1 running · 1 failed" in drawn(tree)[0]


async def test_time_moves_on() -> None:
    tree = TaskTree()
    async with shown(tree, 80, 24):
        tree.show(busy_session(), NOW)
        tree.show(busy_session(), NOW + 60)
        assert "try 2 1m" in page(tree)


async def test_models_are_told_where_there_is_room() -> None:
    tree = TaskTree()
    async with shown(tree, 80, 24) as pilot:
        tree.show(busy_session(), NOW)
        assert "qwen2.5:14b" in row_with(tree, "T-001")
        await pilot.resize_terminal(64, 24)
        assert " 14b " in row_with(tree, "T-001")
        await pilot.resize_terminal(44, 24)
        assert "14b" not in page(tree)
        assert "applied" in row_with(tree, "T-001")


async def test_a_growing_plan_shows_its_drafts() -> None:
    tree = TaskTree()
    drafts = [e.TaskDrafted(goal_id="G1", spec=item) for item in PLAN[:2]]
    async with shown(tree, 60, 12):
        tree.show(state_of([*started(), *goal(), drafts[0]]), NOW)
        assert "draft" in row_with(tree, "T-001")
        assert "planning" in row_with(tree, "Add dark mode")
        tree.show(state_of([*started(), *goal(), *drafts]), NOW)
        assert "draft" in row_with(tree, "T-002")


async def test_a_draft_counts_as_its_goal() -> None:
    tree = TaskTree()
    drafts = [e.TaskDrafted(goal_id="G1", spec=item) for item in PLAN[:2]]
    async with shown(tree, 60, 12) as pilot:
        tree.show(state_of([*started(), *goal(), *drafts]), NOW)
        await pilot.press("end")
        assert tree.selected == "G1"


async def test_the_cursor_stays_on_a_draft_that_becomes_a_task() -> None:
    tree = TaskTree()
    happened = [*started(), *goal()]
    happened += [e.TaskDrafted(goal_id="G1", spec=item) for item in PLAN[:3]]
    async with shown(tree, 60, 12) as pilot:
        tree.show(state_of(happened), NOW)
        await pilot.press("end", "up")
        for event in planned(*PLAN):
            happened.append(event)
            tree.show(state_of(happened), NOW)
            assert "▸" in row_with(tree, "T-002"), type(event)
        assert tree.selected == "T-002"


async def test_a_draft_is_not_taken_for_another_goals_task() -> None:
    tree = TaskTree()
    happened = [*started(), *goal(), *planned(spec("T-001", "the first"))]
    happened += [*goal("G2", "Second"), e.TaskDrafted(goal_id="G2", spec=spec("T-001", "other"))]
    async with shown(tree, 60, 12) as pilot:
        tree.show(state_of(happened), NOW)
        assert "draft" in row_with(tree, "other")
        await pilot.press("end")
        assert tree.selected == "G2"


async def test_new_rows_do_not_move_what_is_being_read() -> None:
    tree = TaskTree()
    first = [*started(), *goal(), *planned(*(spec(f"A-{i:03}", "a") for i in range(30)))]
    second = [*goal("G2", "Second"), *planned(spec("B-001", "b"), goal_id="G2")]
    many = tuple(spec(f"C-{i:03}", "c") for i in range(20))
    async with shown(tree, 60, 12):
        tree.show(state_of([*first, *second]), NOW)
        tree.select("B-001")
        before = drawn(tree).index(row_with(tree, "B-001"))
        grown = e.TasksAdded(goal_id="G1", tasks=many)
        tree.show(state_of([*first, *second, grown]), NOW)
        assert drawn(tree).index(row_with(tree, "B-001")) == before
        assert tree.selected == "B-001"


async def test_moving_tells_what_is_selected_once() -> None:
    tree = TaskTree()
    async with shown(tree, 80, 24) as pilot:
        tree.show(busy_session(), NOW)
        tree.select("T-003")
        await pilot.press("j")
        assert tree.selected == "T-004"
        told = [m.subject_id for m in heard(pilot) if isinstance(m, TaskTree.Selected)]
        assert told == ["T-004"]


async def test_keys_reach_every_row() -> None:
    tree = TaskTree()
    async with shown(tree, 80, 6) as pilot:
        tree.show(busy_session(), NOW)
        seen = [tree.selected]
        for _ in range(12):
            await pilot.press("down")
            assert "▸" in page(tree)
            seen.append(tree.selected)
        assert seen[:3] == ["", "G1", "T-001"]
        assert seen[-1] == "T-009"
        await pilot.press("home")
        assert tree.selected == ""
        await pilot.press("pagedown", "pagedown")
        assert tree.selected == "T-005"
        await pilot.press("pageup", "k")
        assert tree.selected == "T-001"


async def test_enter_opens() -> None:
    tree = TaskTree()
    async with shown(tree, 80, 24) as pilot:
        tree.show(busy_session(), NOW)
        tree.select("T-003")
        await pilot.press("enter")
        assert [m.subject_id for m in heard(pilot) if isinstance(m, TaskTree.Opened)] == ["T-003"]


async def test_a_click_selects_and_a_second_opens() -> None:
    tree = TaskTree()
    async with shown(tree, 80, 24) as pilot:
        tree.show(busy_session(), NOW)
        await pilot.click(tree, offset=(10, 5))
        assert tree.selected == "T-003"
        await pilot.click(tree, offset=(10, 5), times=2)
        assert any(isinstance(m, TaskTree.Opened) for m in heard(pilot))
        await pilot.click(tree, offset=(10, 20))
        assert tree.selected == "T-003"


async def test_a_goal_folds_and_unfolds() -> None:
    tree = TaskTree()
    async with shown(tree, 80, 24) as pilot:
        tree.show(busy_session(), NOW)
        tree.select("T-003")
        await pilot.press("h")
        assert tree.selected == "G1"
        await pilot.press("h")
        assert "T-003" not in page(tree)
        assert "▸ Add dark mode" in page(tree)
        await pilot.press("l")
        assert "T-003" in page(tree)
        await pilot.press("l")
        assert tree.selected == "T-001"


async def test_selecting_a_folded_task_unfolds_its_goal() -> None:
    tree = TaskTree()
    async with shown(tree, 80, 24) as pilot:
        tree.show(busy_session(), NOW)
        tree.select("G1")
        await pilot.press("h")
        tree.select("T-008")
        assert tree.selected == "T-008"
        assert "▸" in row_with(tree, "T-008")


async def test_selecting_something_unknown_changes_nothing() -> None:
    tree = TaskTree()
    async with shown(tree, 80, 24) as pilot:
        tree.show(busy_session(), NOW)
        tree.select("T-003")
        tree.select("T-999")
        assert tree.selected == "T-003"
        assert heard(pilot) == []


async def test_the_selected_row_tells_why() -> None:
    tree = TaskTree()
    async with shown(tree, 80, 24):
        tree.show(busy_session(), NOW)
        tree.select("T-009")
        assert "The answer was cut off. Press r to retry" in drawn(tree)[-1]
        tree.select("T-008")
        assert "Waits for T-006, T-007" in drawn(tree)[-1]
        tree.select("T-004")
        assert "contrast of grey on white" in drawn(tree)[-1]


async def test_a_paused_session_says_so() -> None:
    tree = TaskTree()
    async with shown(tree, 80, 24):
        tree.show(state_of([*started(), *goal(), *planned(PLAN[0]), e.Paused()]), NOW)
        assert "‖" in row_with(tree, "T-001")
        assert "paused" in row_with(tree, "T-001")


async def test_a_task_that_went_to_claude_says_so() -> None:
    tree = TaskTree()
    happened = [*started(), *goal(), *planned(PLAN[0]), *attempt("T-001")]
    escalated = e.TaskEscalated(task_id="T-001", reason="two tries failed", by="rule")
    async with shown(tree, 80, 24):
        tree.show(state_of([*happened, escalated]), NOW)
        tree.select("T-001")
        assert "↑" in row_with(tree, "T-001")
        assert "two tries failed" in drawn(tree)[-1]


async def test_a_loose_task_needs_no_goal() -> None:
    tree = TaskTree()
    async with shown(tree, 80, 24):
        tree.show(state_of([*started(), e.TasksAdded(tasks=(spec("T-001", "alone"),))]), NOW)
        tree.select("T-001")
        assert tree.selected == "T-001"
        assert "queued" in row_with(tree, "alone")


async def test_wide_characters_keep_the_columns() -> None:
    tree = TaskTree()
    tasks = (
        spec("T-001", "漢字かな交じり文を書く" * 5),
        spec("T-002", "🔑" * 40),
        spec("T-003", "x" * 90),
    )
    async with shown(tree, 60, 12):
        tree.show(state_of([*started(), *goal(), *planned(*tasks)]), NOW)
        for task in tasks:
            row = row_with(tree, task.task_id)
            assert row.endswith("queued │")
            assert "…" in row


def many(count: int) -> SessionState:
    tasks = tuple(spec(f"T-{i:05}", "one of many") for i in range(count))
    return state_of([*started(), *goal(), *planned(*tasks)])


async def test_ten_thousand_tasks_cost_little_more_than_a_hundred() -> None:
    tree = TaskTree()
    costs = {}
    async with shown(tree, 80, 24):
        for count in (100, 10_000):
            state = many(count)
            tree.show(state, NOW)
            tree.select(f"T-{count // 2:05}")
            began = time.perf_counter()
            for second in range(20):
                tree.show(state, NOW + second)
                page(tree)
            costs[count] = (time.perf_counter() - began) / 20
    # The rows are compared with those before, which is all that grows.
    assert costs[10_000] < costs[100] + 0.05


async def test_the_wheel_scrolls_and_leaves_the_cursor() -> None:
    tree = TaskTree()
    async with shown(tree, 60, 8) as pilot:
        tree.show(busy_session(), NOW)
        wheel(tree, down=True)
        await pilot.pause()
        assert "T-007" in page(tree)
        assert "Add dark mode" not in page(tree)
        assert tree.selected == ""
        wheel(tree, down=False)
        await pilot.pause()
        assert "Add dark mode" in page(tree)


async def test_a_key_that_moves_nothing_tells_nothing() -> None:
    tree = TaskTree()
    async with shown(tree, 60, 12) as pilot:
        tree.show(busy_session(), NOW)
        await pilot.press("home", "up", "pageup")
        assert heard(pilot) == []
