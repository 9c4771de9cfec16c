"""`exec` runs one task, prints what came of it, and ends with a code that scripts can use."""

import json
from pathlib import Path

import pytest

from orchestrator import commands as c
from orchestrator import events as e
from orchestrator.errors import BackendUnreachable, OrchestratorError, SessionError
from orchestrator.routing.router import NoRoute
from tests.cli import scripted as s
from tests.cli.typing_in import Said, type_in

SPEC = {"task_id": "T-001", "description": "Slugs of titles", "output_file": "slug.py"}


def script(*events: e.Event) -> s.Script:
    def play(command: c.Command) -> tuple[e.Event, ...]:
        assert isinstance(command, c.SubmitTask)
        return (e.TasksAdded(tasks=(command.spec,)), *events)

    return play


def run(folder: Path, engine: s.ScriptedEngine, *options: str, config: str = "") -> Said:
    file = folder / "spec.json"
    file.write_text(json.dumps(SPEC))
    return type_in(s.outside(folder, engine, config=config), "exec", str(file), *options)


APPLIED = (*s.attempt(1, s.PROVEN), s.waits(), *s.applied())
AFTER_RETRY = (
    *s.attempt(1, s.AGAIN),
    e.TaskRetried(task_id="T-001", feedback="", by="rule"),
    *s.attempt(2, s.TO_CLAUDE),
    e.TaskRetried(task_id="T-001", feedback="", by="rule"),
    e.TaskEscalated(task_id="T-001", reason="too hard", by="rule"),
    *s.attempt(3, s.PROVEN, route=s.CLAUDE),
    s.waits(),
    *s.applied(),
)


def test_a_proven_change_is_applied_with_yes(tmp_path: Path) -> None:
    said = run(tmp_path, s.ScriptedEngine(script(*APPLIED)), "--yes", "--json")
    assert said.code == 0
    assert said.json == {
        "status": "success",
        "state": "applied",
        "task_id": "T-001",
        "file": "slug.py",
        "error": "",
        "hint": f"To take it back: orchestrator-tui undo {s.SESSION} T-001",
        "session": s.SESSION,
        "proven": True,
        "escalated": False,
        "attempts": [
            {
                "backend": "ollama",
                "model": "qwen",
                "tokens_in": 1200,
                "tokens_out": 310,
                "seconds": 6.25,
                "verdict": "propose",
                "reason": "Proven: 6/6 tests passed.",
            }
        ],
    }


def test_yes_is_what_lets_the_engine_apply(tmp_path: Path) -> None:
    outside = s.outside(tmp_path, s.ScriptedEngine(script(*APPLIED)))
    (tmp_path / "spec.json").write_text(json.dumps(SPEC))
    for options in ([], ["--yes"]):
        type_in(outside, "exec", str(tmp_path / "spec.json"), *options)
    assert isinstance(outside.open_engine, s.Openings)
    settings = [asked["settings"] for asked in outside.open_engine.asked]
    assert [getattr(one, "autonomy", "") for one in settings] == ["every_diff", "unproven"]


def test_every_attempt_is_told(tmp_path: Path) -> None:
    told = run(tmp_path, s.ScriptedEngine(script(*AFTER_RETRY)), "--yes", "--json").json
    assert told["escalated"] is True
    assert [(a["backend"], a["verdict"]) for a in told["attempts"]] == [
        ("ollama", "retry"),
        ("ollama", "escalate"),
        ("anthropic", "propose"),
    ]


def test_without_yes_the_change_waits_and_the_way_on_is_told(tmp_path: Path) -> None:
    engine = s.ScriptedEngine(script(*s.attempt(1, s.PROVEN), s.waits()))
    said = run(tmp_path, engine, "--json")
    assert said.code == 4
    assert (said.json["status"], said.json["state"]) == ("failed", "waiting")
    assert said.json["hint"].endswith(f"orchestrator-tui approve {s.SESSION} T-001")


def test_in_words_the_way_on_is_told_too(tmp_path: Path) -> None:
    said = run(tmp_path, s.ScriptedEngine(script(*s.attempt(1, s.PROVEN), s.waits())))
    assert said.code == 4
    assert "T-001 slug.py: waiting, proven, qwen, 1 try" in said.out
    assert f"orchestrator-tui approve {s.SESSION} T-001" in said.out
    assert "T-001 tests: 6/6 tests" in said.err


def test_what_is_not_proven_waits_even_with_yes(tmp_path: Path) -> None:
    engine = s.ScriptedEngine(script(*s.attempt(1, s.UNPROVEN), s.waits()))
    said = run(tmp_path, engine, "--yes", "--json")
    assert said.code == 4
    assert said.json["state"] == "waiting"
    assert said.json["proven"] is False


def test_a_task_that_failed_its_tests_has_failed(tmp_path: Path) -> None:
    events = (*s.attempt(1, s.GIVEN_UP), s.waits("exhausted", "Claude failed the tests too."))
    said = run(tmp_path, s.ScriptedEngine(script(*events)), "--yes", "--json")
    assert said.code == 1
    assert (said.json["status"], said.json["state"]) == ("failed", "failed")
    assert said.json["error"] == "Claude failed the tests too."
    assert f"retry {s.SESSION} T-001" in said.json["hint"]


def test_a_server_that_was_never_there_is_another_code(tmp_path: Path) -> None:
    events = (*s.unreachable(), s.waits("exhausted", "Ollama does not answer."))
    said = run(tmp_path, s.ScriptedEngine(script(*events)), "--json")
    assert said.code == 3
    assert said.json["attempts"][0]["verdict"] == "failed"
    assert "Ollama does not answer" in said.json["attempts"][0]["reason"]
    assert "doctor" in said.json["hint"]


def test_no_route_at_all_is_that_code_too(tmp_path: Path) -> None:
    engine = s.ScriptedEngine(script(s.waits("exhausted", "ollama has no model qwen.")))
    said = run(tmp_path, engine, "--json")
    assert said.code == 3
    assert said.json["error"] == "ollama has no model qwen."


def test_an_answer_before_the_server_went_is_a_failed_task(tmp_path: Path) -> None:
    events = (
        *s.attempt(1, s.AGAIN),
        e.TaskRetried(task_id="T-001", feedback="", by="rule"),
        *s.unreachable(2),
        s.waits("exhausted", "Ollama does not answer."),
    )
    assert run(tmp_path, s.ScriptedEngine(script(*events)), "--json").code == 1


def test_a_wait_for_quota_says_until_when_it_waits(tmp_path: Path) -> None:
    far = e.TaskWaiting(task_id="T-001", reason="quota critical", until=4e9)
    said = run(tmp_path, s.ScriptedEngine(script(far)), "--json")
    assert said.code == 3
    assert (said.json["state"], said.json["error"]) == ("waiting", "quota critical")


def test_a_conflict_waits_for_a_person(tmp_path: Path) -> None:
    events = (*s.attempt(1, s.PROVEN), s.waits("conflict", "You edited slug.py meanwhile."))
    said = run(tmp_path, s.ScriptedEngine(script(*events)), "--yes", "--json")
    assert said.code == 4
    assert f"--session {s.SESSION}" in said.json["hint"]


# --- what goes in --------------------------------------------------------------------------------


def test_the_spec_may_come_from_standard_input(tmp_path: Path) -> None:
    engine = s.ScriptedEngine(script(*APPLIED))
    said = type_in(s.outside(tmp_path, engine), "exec", "-", "--json", stdin=json.dumps(SPEC))
    assert said.code == 0
    assert engine.commands == [c.SubmitTask(spec=s.spec())]


def test_a_new_session_is_begun_unless_one_is_named(tmp_path: Path) -> None:
    outside = s.outside(tmp_path, s.ScriptedEngine(script(*APPLIED)))
    type_in(outside, "exec", "-", stdin=json.dumps(SPEC))
    assert isinstance(outside.open_engine, s.Openings)
    assert (outside.open_engine.asked[0]["id"], outside.open_engine.asked[0]["new"]) == (None, True)
    outside = s.outside(tmp_path, s.ScriptedEngine(script(*APPLIED)))
    type_in(outside, "exec", "-", "--session", s.SESSION, stdin=json.dumps(SPEC))
    assert isinstance(outside.open_engine, s.Openings)
    asked = outside.open_engine.asked[0]
    assert (asked["id"], asked["new"]) == (s.SESSION, False)


def test_options_before_the_word_count_too(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    outside = s.outside(tmp_path, s.ScriptedEngine(script(*APPLIED)))
    type_in(outside, "--workspace", str(elsewhere), "--local", "exec", "-", stdin=json.dumps(SPEC))
    assert isinstance(outside.open_engine, s.Openings)
    asked = outside.open_engine.asked[0]
    assert asked["workspace"] == elsewhere
    assert getattr(asked["settings"], "only", "") == "local"


def test_a_profile_on_the_command_line_beats_that_of_the_spec(tmp_path: Path) -> None:
    engine = s.ScriptedEngine(script(*APPLIED))
    outside = s.outside(tmp_path, engine)
    text = json.dumps({**SPEC, "profile": "uncensored"})
    type_in(outside, "exec", "-", "--profile", "fast", stdin=text)
    assert isinstance(engine.commands[0], c.SubmitTask)
    assert engine.commands[0].spec.profile == ""
    assert isinstance(outside.open_engine, s.Openings)
    assert getattr(outside.open_engine.asked[0]["settings"], "profile", "") == "fast"


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "standard input:1:2: this is not JSON"),
        (json.dumps({**SPEC, "ouput": 1}), 'unknown field "ouput"'),
        (json.dumps({**SPEC, "output_file": "/etc/passwd"}), "not relative to the workspace"),
        (json.dumps({**SPEC, "profile": "fats"}), 'no profile "fats"'),
        (json.dumps({**SPEC, "depends_on": ["T-000"]}), "names T-000, which this session"),
    ],
)
def test_a_bad_spec_is_bad_usage(tmp_path: Path, text: str, message: str) -> None:
    said = type_in(s.outside(tmp_path), "exec", "-", "--json", stdin=text)
    assert said.code == 2
    assert said.json["status"] == "failed"
    assert message in said.json["error"]
    assert message in said.err


def test_a_missing_spec_is_bad_usage(tmp_path: Path) -> None:
    said = type_in(s.outside(tmp_path), "exec", str(tmp_path / "no.json"), "--json")
    assert said.code == 2
    assert "There is no file" in said.json["error"]


def test_a_bad_configuration_is_bad_usage(tmp_path: Path) -> None:
    said = run(tmp_path, s.ScriptedEngine(), "--json", config="profles: {}\n")
    assert said.code == 2
    assert "config.yaml:1" in said.json["error"]
    assert said.json["hint"] == 'Did you mean "profiles"?'


def test_a_workspace_that_is_gone_is_bad_usage(tmp_path: Path) -> None:
    said = run(tmp_path, s.ScriptedEngine(), "--json", "--workspace", str(tmp_path / "gone"))
    assert said.code == 2
    assert "There is no folder" in said.json["error"]
    assert (said.json["task_id"], said.json["file"]) == ("T-001", "slug.py")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NoRoute("Nothing usable."), 3),
        (BackendUnreachable("Nothing answers."), 3),
        (SessionError("Open in another window."), 1),
        (OrchestratorError("Odd."), 1),
    ],
)
def test_what_the_engine_refuses_is_told_as_json(
    tmp_path: Path, error: OrchestratorError, code: int
) -> None:
    said = run(tmp_path, s.ScriptedEngine(refusal=error), "--json")
    assert said.code == code
    assert said.json["error"] == error.message


def test_the_kill_switch_opens_nothing(tmp_path: Path) -> None:
    outside = s.outside(tmp_path, env={"LLM_DISABLED": "true"})
    said = type_in(outside, "exec", "-", "--json", stdin=json.dumps(SPEC))
    assert said.code == 3
    assert "environment LLM_DISABLED" in said.json["error"]
    assert isinstance(outside.open_engine, s.Openings)
    assert outside.open_engine.asked == []


def test_a_bug_is_called_a_bug_and_scripts_still_get_json(tmp_path: Path) -> None:
    def broken(command: c.Command) -> tuple[e.Event, ...]:
        raise ZeroDivisionError("\x1b[2J")

    said = run(tmp_path, s.ScriptedEngine(broken), "--json")
    assert said.code == 1
    assert said.json["error"].startswith("Internal error: ZeroDivisionError")
    assert "report" in said.json["hint"]
    assert "Traceback" in said.err
    assert "\x1b" not in said.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["exec"],
        ["exec", "-", "--quick"],
        ["exec", "-", "--local", "--api"],
        ["exec", "-", "--session", "x", "--new"],
        ["--local", "exec", "-", "--api"],
        ["execute", "-"],
    ],
)
def test_bad_usage_is_code_2(tmp_path: Path, arguments: list[str]) -> None:
    said = type_in(s.outside(tmp_path), *arguments)
    assert said.code == 2
    assert said.out == ""


def test_the_engine_is_let_go_of_whatever_happens(tmp_path: Path) -> None:
    engine = s.ScriptedEngine(refusal=OrchestratorError("Odd."))
    run(tmp_path, engine)
    assert engine.closed


def test_the_configuration_file_is_repeated_in_hints(tmp_path: Path) -> None:
    engine = s.ScriptedEngine(script(*s.attempt(1, s.PROVEN), s.waits()))
    file = tmp_path / "my config.yaml"
    file.write_text("")
    said = run(tmp_path, engine, "--json", "--config", str(file))
    assert f"orchestrator-tui --config '{file}' approve" in said.json["hint"]
