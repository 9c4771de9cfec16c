"""Text of models, servers and files is text: on no screen does it steer, hide or click anything."""

import unicodedata

import pytest

from orchestrator import commands as c
from orchestrator import events as e
from orchestrator.errors import CommandRefused
from orchestrator.values import (
    BackendStatus,
    DiffLine,
    Evidence,
    FileDiff,
    Hunk,
    QuotaWindow,
    Route,
    TaskSpec,
    Usage,
    Verdict,
)
from tests.tui import scenes
from tests.tui.fake_engine import NOON, FakeEngine
from tests.tui.rooms import Room, opened
from tui.screens.layout import PANES
from tui.screens.why import WhyScreen

STEERING = "\x1b]52;c;ZXZpbA==\x07\x1b[2J\x9b31m\x00\x7f\r\b\u202e\u200b\u2066\U000e0041"
MARKUP = "[@click=app.simulate_key('a')]yes[/][bold]b[/bold][/][WARNING]"


def hostile(payload: str) -> FakeEngine:
    """A session in which every text that is not ours is `payload`."""
    spec = TaskSpec(task_id="T-001", description=payload, output_file=f"src/{payload}.js")
    other = TaskSpec(task_id="T-002", description=payload, output_file="x", owner="claude")
    third = TaskSpec(task_id="T-003", description=payload, output_file="x", depends_on=("T-001",))
    route = Route(backend=payload, model=payload, owner="local", reason=payload)
    files = (scenes.changed(payload),)
    evidence = Evidence(kind="tests", passed=False, summary=payload, detail=payload)
    engine = FakeEngine(
        [
            e.SessionStarted(session_id="s", workspace=f"/home/{payload}", version="1"),
            e.GoalSubmitted(goal_id="G1", text=payload),
            e.PlanningStarted(goal_id="G1", attempt_id="G1.1", number=1, route=route),
            e.PlanProposed(goal_id="G1", summary=payload, tasks=(spec, other, third)),
            e.PlanAccepted(goal_id="G1", by="person"),
            e.TasksAdded(tasks=(spec, other, third), goal_id="G1"),
            e.GoalSubmitted(goal_id="G2", text=payload),
            e.PlanFailed(goal_id="G2", error=payload, hint=payload),
            e.AttemptStarted(task_id="T-001", attempt_id="T-001.1", number=1, route=route),
            e.ResponseReceived(
                attempt_id="T-001.1", usage=Usage(output_tokens=9), seconds=1, model=payload
            ),
            e.CandidateStaged(
                task_id="T-001", attempt_id="T-001.1", base="b", snapshot="s", files=files
            ),
            e.EvidenceGathered(task_id="T-001", attempt_id="T-001.1", evidence=evidence),
            e.AttemptFinished(
                task_id="T-001",
                attempt_id="T-001.1",
                verdict=Verdict(action="propose", reason=payload, proven=True),
            ),
            e.BreakpointRaised(
                breakpoint_id="T-001:1", kind="diff", title=payload, reason=payload, task_id="T-001"
            ),
            e.AttemptStarted(task_id="T-002", attempt_id="T-002.1", number=1, route=route),
            e.AttemptFailed(
                task_id="T-002", attempt_id="T-002.1", error=payload, hint=payload, cause=payload
            ),
            e.TaskFailed(task_id="T-002", error=payload, hint=payload),
            e.TaskWaiting(task_id="T-003", reason=payload),
            e.QuotaObserved(
                provider=payload,
                windows=(QuotaWindow(name=payload, used=0.5, seen_at=NOON, detail=payload),),
            ),
        ]
    )
    engine.answers[c.CheckBackends] = lambda _: [servers(payload)]
    engine.answers[c.Show] = lambda command: seen(payload, command)
    return engine


def servers(payload: str) -> e.BackendsChecked:
    status = BackendStatus(
        name=payload,
        kind=payload,
        url=payload,
        reachable=False,
        version=payload,
        installed=(payload,),
        error=payload,
        hint=payload,
    )
    return e.BackendsChecked(backends=(status,), claude="")


def seen(payload: str, command: c.Command) -> list[e.Event]:
    assert isinstance(command, c.Show)
    lines = (DiffLine("+", payload, None, 1), DiffLine("-", payload, 1, None))
    diff = FileDiff(
        path=payload, status="modified", hunks=(Hunk(header=payload, lines=lines),), note=payload
    )
    return [
        e.DiffShown(
            subject_id=command.subject_id,
            files=(diff,),
            source="candidate",
            evidence=(Evidence(kind="tests", passed=False, summary=payload),),
        ),
        e.OutputShown(attempt_id="x", subject_id=command.subject_id, text=payload),
    ]


async def every_screen(room: Room) -> list[str]:
    """What is on the screen on a walk through everything that shows text."""
    texts = [room.text]  # the first run: no server answers
    await room.press("d", "space")
    for subject in ("home", "j", "j", "j", "j", "j"):
        await room.press("1", subject)
        texts.append(room.text)
        await room.press("w")
        texts.append(room.text)
        if not room.at_home:
            await room.press("escape")
    for number in range(1, len(PANES) + 1):
        await room.press(str(number), "z")
        texts.append(room.text)
        await room.press("z")
    await room.press("A")
    texts.append(room.text)
    await room.press("n")
    return texts


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_no_control_or_hidden_character_reaches_any_screen(size: tuple[int, int]) -> None:
    async with opened(hostile(STEERING), size) as room:
        texts = await every_screen(room)
        await room.emit(
            e.OutputArrived(attempt_id="x", task_id=room.selected, text=STEERING),
            e.NoticeGiven(level="error", message=STEERING, hint=STEERING),
        )
        room.engine.refusal = CommandRefused(STEERING, STEERING)
        await room.press("p")
        room.engine.break_down(CommandRefused(STEERING, STEERING))
        await room.until(lambda: not room.at_home)
        texts += [room.text, *room.told]
        assert any("ZXZpbA==" in text for text in texts), "the payload was on no screen"
        for text in texts:
            assert bad_characters(text) == []


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_markup_is_shown_as_it_is_and_does_nothing(size: tuple[int, int]) -> None:
    async with opened(hostile(MARKUP), size) as room:
        texts = await every_screen(room)
        await room.emit(
            e.OutputArrived(attempt_id="x", task_id=room.selected, text=MARKUP),
            e.NoticeGiven(level="error", message=MARKUP, hint=MARKUP),
        )
        room.engine.refusal = CommandRefused(MARKUP, MARKUP)
        await room.press("p")
        texts.append(room.text)
        assert sum("[@click=app.simulate_key" in text for text in texts) >= len(texts) - 3
        assert MARKUP in room.told[-1]


async def test_even_a_name_in_a_heading_steers_nothing() -> None:
    async with opened(scenes.engine_with()) as room:
        await room.app.push_screen(WhyScreen(STEERING, ((STEERING, STEERING),)))
        await room.quiet()
        assert room.text.count("ZXZpbA==") == 2  # heading and sentence; the word is too narrow
        assert bad_characters(room.text) == []


async def test_a_click_on_hostile_text_approves_nothing() -> None:
    async with opened(hostile(MARKUP)) as room:
        await room.press("space", "4")
        width, height = room.app.size
        for y in range(1, height - 1, 5):
            for x in range(3, width, 23):
                await room.pilot.click(offset=(x, y))
        await room.quiet()
        decided = {c.Approve, c.Reject, c.Retry, c.Escalate, c.Undo, c.SubmitGoal}
        assert not decided & {type(command) for command in room.engine.commands}


def bad_characters(text: str) -> list[str]:
    return [
        f"U+{ord(char):04X}"
        for char in text
        if char != "\n" and unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    ]
