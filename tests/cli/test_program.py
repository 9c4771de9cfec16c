"""The program as it is started: in a process of its own, with the real engine."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GOOD_ANSWER = "```python\ndef double(number: int) -> int:\n    return number * 2\n```"
SLOW_ANSWER = "```python\n" + "# a long answer\n" * 2000 + "```"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    test = "from double import double\n\ndef test_double() -> None:\n    assert double(2) == 4\n"
    (folder / "test_double.py").write_text(test)
    return folder


def configure(folder: Path, answer: str, tokens_per_second: float = 0.0) -> dict[str, str]:
    """An environment in which a recorded model gives `answer` to everything."""
    tape = {"tokens_per_second": tokens_per_second, "answers": [{"text": answer}]}
    (folder / "tape.json").write_text(json.dumps(tape))
    config = {
        "backends": {"ollama": {"kind": "recorded", "file": "tape.json"}},
        "claude": {"via": "none"},
        "tests": {"path": [str(Path(sys.executable).parent)]},
    }
    (folder / "config.yaml").write_text(json.dumps(config))
    spec = {
        "task_id": "T-001",
        "description": "double(number): twice the number",
        "output_file": "double.py",
        "test_command": "python -m pytest -q test_double.py",
    }
    (folder / "spec.json").write_text(json.dumps(spec))
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "HOME": str(folder),
        "ORCHESTRATOR_CONFIG": str(folder / "config.yaml"),
        "ORCHESTRATOR_STATE_DIR": str(folder / "state"),
    }


def program(
    env: Mapping[str, str], folder: Path, *arguments: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tui", *arguments],
        cwd=folder,
        env=dict(env),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("module", ["tui", "tui.cli"])
def test_help_names_every_command(tmp_path: Path, module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module, "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    words = {line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")}
    assert {"exec", "run", "ask", "approve", "retry", "escalate", "reject", "undo"} <= words
    assert {"sessions", "doctor", "config", "demo"} <= words


def test_a_task_is_written_waits_is_applied_and_taken_back(tmp_path: Path, project: Path) -> None:
    env = configure(tmp_path, GOOD_ANSWER)
    done = program(env, project, "exec", str(tmp_path / "spec.json"), "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["state"], told["proven"]) == (4, "waiting", True)
    assert not (project / "double.py").exists()
    assert told["hint"].startswith("To apply it: orchestrator-tui ")
    *_, word, session, task = told["hint"].split()
    done = program(env, tmp_path, word, session, task, "--json")  # from any folder
    assert (done.returncode, json.loads(done.stdout)["state"]) == (0, "applied")
    assert "number * 2" in (project / "double.py").read_text()
    done = program(env, project, "undo", session, task)
    assert done.returncode == 0
    assert not (project / "double.py").exists()


def test_with_yes_a_proven_change_is_applied_at_once(tmp_path: Path, project: Path) -> None:
    env = configure(tmp_path, GOOD_ANSWER)
    done = program(env, project, "exec", str(tmp_path / "spec.json"), "--json", "--yes")
    assert done.returncode == 0
    assert json.loads(done.stdout)["status"] == "success"
    assert "number * 2" in (project / "double.py").read_text()


def test_with_yes_a_wrong_change_is_not(tmp_path: Path, project: Path) -> None:
    env = configure(tmp_path, GOOD_ANSWER.replace("* 2", "* 3"))
    done = program(env, project, "exec", str(tmp_path / "spec.json"), "--json", "--yes")
    told = json.loads(done.stdout)
    assert (done.returncode, told["status"], told["state"]) == (1, "failed", "failed")
    assert len(told["attempts"]) == 2
    assert not (project / "double.py").exists()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["ctrl-c", "terminated"]
)
def test_a_stopped_program_keeps_its_session(
    tmp_path: Path, project: Path, number: signal.Signals, code: int
) -> None:
    env = configure(tmp_path, SLOW_ANSWER, tokens_per_second=5)
    with subprocess.Popen(
        [sys.executable, "-m", "tui", "exec", str(tmp_path / "spec.json"), "--json"],
        cwd=project,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stderr is not None
        assert "try 1" in running.stderr.readline()  # now a model writes
        running.send_signal(number)
        out, err = running.communicate(timeout=30)
    assert running.returncode == code
    assert out == ""
    assert "Stopped. Go on with: orchestrator-tui --session " in err
    assert "Traceback" not in err
    session = err.split()[-1]
    shown = program(env, project, "sessions", "show", session, "--json")
    assert json.loads(shown.stdout)["tasks"]["T-001"]["status"] == "running"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["exec", "nothing.json"], 2, "There is no file nothing.json"),
        (["--workspace", "nowhere", "run", "x"], 2, "There is no folder"),
        (["config", "--config", "nothing.yaml"], 2, "no such configuration file"),
        ([], 2, "needs a terminal"),
        (["frobnicate"], 2, "No such command"),
        (["sessions", "show", "x"], 2, "There is no session x"),
    ],
)
def test_what_can_t_be_done_is_said_without_a_traceback(
    tmp_path: Path, project: Path, arguments: list[str], code: int, words: str
) -> None:
    done = program(configure(tmp_path, GOOD_ANSWER), project, *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr
