"""`run` plans a goal and carries it as far as it may; `ask` answers."""

from pathlib import Path

import pytest

from orchestrator import commands as c
from orchestrator import events as e
from orchestrator.errors import CommandRefused
from orchestrator.values import Verdict
from tests.cli import scripted as s
from tests.cli.typing_in import type_in

PLAN = (s.spec("T-001"), s.spec("T-002", output_file="price.py", depends_on=["T-001"]))
PLANNED: tuple[e.Event, ...] = (
    e.GoalSubmitted(goal_id="G1", text="Add slugs"),
    e.PlanningStarted(goal_id="G1", attempt_id="G1.1", number=1, route=s.CLAUDE),
    *(e.TaskDrafted(goal_id="G1", spec=task) for task in PLAN),
    e.PlanProposed(goal_id="G1", summary="Two steps.", tasks=PLAN),
    s.waits("plan", "2 tasks", "G1"),
)
ACCEPTED: tuple[e.Event, ...] = (
    *PLANNED,
    e.BreakpointResolved(breakpoint_id="G1:1", resolution="approved", by="autonomy"),
    e.PlanAccepted(goal_id="G1", by="autonomy"),
    e.TasksAdded(tasks=PLAN, goal_id="G1"),
)
DONE = (
    *ACCEPTED,
    *s.attempt(1, s.PROVEN),
    s.waits(),
    *s.applied(),
    *s.attempt(1, s.PROVEN, task_id="T-002"),
    s.waits(task_id="T-002"),
    *s.applied("T-002"),
)


def test_without_yes_the_plan_waits(tmp_path: Path) -> None:
    engine = s.ScriptedEngine(lambda _: PLANNED)
    said = type_in(s.outside(tmp_path, engine), "run", "Add slugs", "--json")
    assert engine.commands == [c.SubmitGoal(text="Add slugs")]
    assert said.code == 4
    assert (said.json["status"], said.json["state"]) == ("failed", "waiting")
    assert said.json["hint"].endswith(f"approve {s.SESSION} G1")
    assert said.json["tasks"] == []


def test_the_plan_is_told_while_it_grows(tmp_path: Path) -> None:
    said = type_in(s.outside(tmp_path, s.ScriptedEngine(lambda _: PLANNED)), "run", "Add slugs")
    assert "G1 is planned by sonnet on anthropic: it was too hard" in said.err
    assert "  T-002 Slugs of titles -> price.py" in said.err
    assert "G1 has a plan of 2 tasks" in said.err
    assert "G1 Add slugs: waiting" in said.out


def test_a_goal_whose_tasks_are_applied_is_done(tmp_path: Path) -> None:
    outside = s.outside(tmp_path, s.ScriptedEngine(lambda _: DONE))
    said = type_in(outside, "run", "Add slugs", "--yes", "--json")
    assert said.code == 0
    assert said.json["status"] == "success"
    assert [task["state"] for task in said.json["tasks"]] == ["applied", "applied"]
    assert said.json["summary"] == "Two steps."


def test_a_task_that_waits_makes_the_goal_wait(tmp_path: Path) -> None:
    events = (*ACCEPTED, *s.attempt(1, s.UNPROVEN), s.waits())
    outside = s.outside(tmp_path, s.ScriptedEngine(lambda _: events))
    said = type_in(outside, "run", "Add slugs", "--yes", "--json")
    assert said.code == 4
    assert said.json["error"] == "Waiting: T-001, T-002."
    assert "until T-001 is applied" in said.json["tasks"][1]["error"]


@pytest.mark.parametrize(
    ("attempts", "code"),
    [(s.attempt(1, s.GIVEN_UP), 1), (s.unreachable(), 3)],
    ids=["answered", "unreachable"],
)
def test_a_task_that_failed_makes_the_goal_fail(
    tmp_path: Path, attempts: list[e.Event], code: int
) -> None:
    events = (*ACCEPTED, *attempts, s.waits("exhausted", "It did not work."))
    outside = s.outside(tmp_path, s.ScriptedEngine(lambda _: events))
    said = type_in(outside, "run", "Add slugs", "--yes", "--json")
    assert said.code == code
    assert said.json["error"] == "Not done: T-001."


def test_no_plan_is_a_failure(tmp_path: Path) -> None:
    events = (
        *PLANNED[:2],
        e.PlanFailed(goal_id="G1", error="The plan's tasks wait for each other: T-001 -> T-001."),
        s.waits("exhausted", "A cycle.", "G1"),
    )
    said = type_in(
        s.outside(tmp_path, s.ScriptedEngine(lambda _: events)), "run", "Add slugs", "--json"
    )
    assert said.code == 1
    assert "T-001 -> T-001" in said.json["error"]


def test_no_planner_is_no_backend(tmp_path: Path) -> None:
    events = (
        PLANNED[0],
        e.PlanFailed(goal_id="G1", error="Claude is not set up."),
        s.waits("exhausted", "Claude is not set up.", "G1"),
    )
    outside = s.outside(tmp_path, s.ScriptedEngine(lambda _: events))
    assert type_in(outside, "run", "Add slugs", "--json").code == 3


def test_a_refused_goal_is_told(tmp_path: Path) -> None:
    engine = s.ScriptedEngine(refusal=CommandRefused("The goal is empty."))
    said = type_in(s.outside(tmp_path, engine), "run", " ", "--json")
    assert said.code == 2
    assert said.json["error"] == "The goal is empty."


# --- ask -----------------------------------------------------------------------------------------


def asked(*events: e.Event) -> s.ScriptedEngine:
    begin = e.QuestionAsked(question_id="Q1", text="Why?", route=s.LOCAL)
    return s.ScriptedEngine(lambda _: (begin, *events))


def test_the_answer_alone_goes_to_standard_output(tmp_path: Path) -> None:
    engine = asked(e.QuestionAnswered(question_id="Q1", text="Because.\nReally."))
    said = type_in(s.outside(tmp_path, engine), "ask", "Why?")
    assert (said.code, said.out) == (0, "Because.\nReally.\n")
    assert "Asking qwen on ollama" in said.err


def test_an_answer_can_t_steer_the_terminal(tmp_path: Path) -> None:
    engine = asked(e.QuestionAnswered(question_id="Q1", text="\x1b]52;c;aGk=\x07 \x9b2J \u202e"))
    said = type_in(s.outside(tmp_path, engine), "ask", "Why?")
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(said.out)


def test_json_is_escaped(tmp_path: Path) -> None:
    engine = asked(e.QuestionAnswered(question_id="Q1", text="\x1b[2J \u202e ü"))
    said = type_in(s.outside(tmp_path, engine), "ask", "Why?", "--json")
    assert said.json["answer"] == "\x1b[2J \u202e ü"
    assert said.out.isascii()
    assert "\x1b" not in said.out


def test_no_answer_is_a_failure(tmp_path: Path) -> None:
    engine = asked(e.QuestionFailed(question_id="Q1", error="Cut.", hint="Ask again."))
    said = type_in(s.outside(tmp_path, engine), "ask", "Why?", "--json")
    assert said.code == 1
    assert (said.json["status"], said.json["error"]) == ("failed", "Cut.")


def test_hostile_words_of_models_and_servers_stay_words(tmp_path: Path) -> None:
    evil = Verdict(action="propose", reason="\x1b]0;owned\x07 [red]x[/]", proven=True)
    engine = s.ScriptedEngine(lambda _: (*ACCEPTED, *s.attempt(1, evil), s.waits(reason="\x1b[2J")))
    said = type_in(s.outside(tmp_path, engine), "run", "x")
    assert "\x1b" not in said.err + said.out
    assert "[red]x[/]" in said.err
