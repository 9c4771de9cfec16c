"""What needs a person, oldest first; nothing takes the cursor away."""

from orchestrator import events as e
from tests.widgets.host import drawn, heard, page, row_with, shown
from tests.widgets.samples import (
    BROKEN,
    NOW,
    PLAN,
    SYNTAX,
    TESTS,
    busy_session,
    goal,
    planned,
    started,
    state_of,
    waits_for_approval,
)
from widgets.breakpoints_pane import BreakpointsPane


def begun() -> list[e.Event]:
    return [*started(), *goal(), *planned(*PLAN)]


def three() -> list[e.Event]:
    return [
        *begun(),
        *waits_for_approval("T-001", TESTS, at=NOW - 300),
        *waits_for_approval("T-003", SYNTAX, at=NOW - 200),
        *waits_for_approval("T-004", BROKEN, at=NOW - 100),
    ]


def resolved(task_id: str) -> e.Event:
    return e.BreakpointResolved(breakpoint_id=f"B-{task_id}", resolution="approved", by="person")


async def test_when_nothing_waits_it_says_so() -> None:
    pane = BreakpointsPane()
    async with shown(pane, 60, 6):
        assert "Opening the session" in page(pane)
        pane.show(state_of(begun()), NOW)
        assert "Nothing needs you." in page(pane)
        assert pane.selected == ""


async def test_the_oldest_comes_first_with_its_age() -> None:
    pane = BreakpointsPane()
    async with shown(pane, 80, 8):
        pane.show(state_of(three()), NOW)
        rows = drawn(pane)
        assert "Needs you  3" in rows[0]
        assert [row[5:10] for row in rows[1:4]] == ["T-001", "T-003", "T-004"]
        assert [row.split()[-2] for row in rows[1:4]] == ["5m", "3m", "1m"]
        assert pane.selected == "B-T-001"


async def test_a_row_tells_what_the_checks_said() -> None:
    pane = BreakpointsPane()
    async with shown(pane, 80, 8):
        pane.show(state_of(three()), NOW)
        assert "6/6 tests" in row_with(pane, "▸")
        assert "unproven" in row_with(pane, "by T-003")
        assert "4/6 tests" in row_with(pane, "by T-004")


async def test_kinds_differ_in_glyph_and_word() -> None:
    pane = BreakpointsPane()
    async with shown(pane, 80, 8):
        pane.show(busy_session(), NOW)
        assert "◆" in row_with(pane, "diff")
        assert "▲" in row_with(pane, "gave up")


async def test_the_reason_of_the_selected_entry_is_told() -> None:
    pane = BreakpointsPane()
    async with shown(pane, 80, 8) as pilot:
        pane.show(busy_session(), NOW)
        await pilot.press("j")
        assert "contrast of grey on white" in drawn(pane)[-2]


async def test_after_one_is_resolved_the_next_is_selected() -> None:
    pane = BreakpointsPane()
    async with shown(pane, 80, 8) as pilot:
        happened = three()
        pane.show(state_of(happened), NOW)
        await pilot.press("j")
        assert pane.selected == "B-T-003"
        pane.show(state_of([*happened, resolved("T-003")]), NOW)
        assert pane.selected == "B-T-004"
        pane.show(state_of([*happened, resolved("T-003"), resolved("T-004")]), NOW)
        assert pane.selected == "B-T-001"


async def test_a_new_entry_never_takes_the_cursor() -> None:
    pane = BreakpointsPane()
    async with shown(pane, 80, 8) as pilot:
        happened = three()
        pane.show(state_of(happened), NOW)
        await pilot.press("end")
        assert pane.selected == "B-T-004"
        more = [*happened, *waits_for_approval("T-005", TESTS)]
        pane.show(state_of(more), NOW)
        assert pane.selected == "B-T-004"
        pane.show(state_of([*more, resolved("T-001")]), NOW)
        assert pane.selected == "B-T-004"


async def test_moving_tells_and_selecting_does_not() -> None:
    pane = BreakpointsPane()
    async with shown(pane, 80, 8) as pilot:
        pane.show(state_of(three()), NOW)
        pane.select("B-T-003")
        pane.select("B-unknown")
        assert pane.selected == "B-T-003"
        assert heard(pilot) == []
        await pilot.press("down", "enter")
        assert [vars(m)["breakpoint_id"] for m in heard(pilot)] == ["B-T-004", "B-T-004"]


async def test_what_is_out_of_view_is_counted() -> None:
    pane = BreakpointsPane()
    async with shown(pane, 60, 5) as pilot:
        pane.show(state_of(three()), NOW)
        assert "↓ 1 newer" in drawn(pane)[-1]
        await pilot.press("end")
        assert "↑ 1 older" in drawn(pane)[-1]


async def test_one_line_is_enough_for_the_selected_entry() -> None:
    pane = BreakpointsPane()
    async with shown(pane, 60, 3):
        pane.show(state_of(three()), NOW)
        assert "T-001" in drawn(pane)[1]
