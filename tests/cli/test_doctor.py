"""The doctor tells what is there, what is missing, and the exact command that mends it."""

from pathlib import Path

import msgspec
import pytest

from orchestrator.settings import load_settings
from orchestrator.values import BackendStatus
from tests.cli import scripted as s
from tests.cli.typing_in import type_in
from tui.commands.examination import look
from tui.doctor import Examination, Finding, Folder, Machine, Screen, examine
from tui.doctor.machine import LITTLE_SPACE, TOO_LITTLE_SPACE

GOOD = Machine(
    python="3.12.1",
    git="2.43.0",
    tmux="3.4",
    claude="/usr/bin/claude",
    keys={"anthropic": True},
    screen=Screen(columns=160, lines=50, kind="xterm-256color"),
    workspace=Folder(path="/home/ada/shop", there=True, writable=True, git=True),
    state=Folder(path="/home/ada/.state", there=True, writable=True, free=LITTLE_SPACE),
)
OLLAMA = BackendStatus(
    name="ollama",
    kind="ollama",
    url="http://127.0.0.1:11434",
    reachable=True,
    version="0.33.0",
    installed=("qwen2.5:14b-instruct-q4_K_M", "llama3:latest"),
    loaded=("llama3:latest",),
)
CLAUDE = BackendStatus(
    name="anthropic", kind="anthropic", url="https://api.anthropic.com", reachable=True
)


def with_(status: BackendStatus, **changes: object) -> BackendStatus:
    return msgspec.structs.replace(status, **changes)


def judged(
    machine: Machine = GOOD,
    *statuses: BackendStatus,
    env: dict[str, str] | None = None,
    file: Path | None = None,
    **flags: object,
) -> Examination:
    return examine(load_settings(env or {}, file, flags), machine, statuses or (OLLAMA, CLAUDE))


def named(name: str, result: Examination) -> Finding:
    return next(finding for finding in result.findings if finding.name == name)


def test_a_good_machine_needs_nothing() -> None:
    result = judged()
    assert result.usable
    needed = [f for f in result.findings if f.level != "ok"]
    assert [f.name for f in needed] == ["Profile fast", "Profile uncensored"]
    assert named("Backend ollama", result).found == (
        "http://127.0.0.1:11434, 0.33.0, 2 models, 1 loaded"
    )
    assert named("Claude", result).found == "played by anthropic"


@pytest.mark.parametrize(
    ("machine", "name", "level", "found", "mend"),
    [
        ({"git": ""}, "git", "missing", "not installed", "apt install git"),
        ({"git": "2.30.2"}, "git", "warning", "not safe from a power cut", "apt install git"),
        ({"git": "2.36.0.windows.1"}, "git", "ok", "2.36.0", ""),
        ({"tmux": ""}, "tmux", "ok", "not installed", ""),
        ({"screen": Screen()}, "Terminal", "ok", "none here", ""),
        (
            {"screen": Screen(columns=50, lines=24, kind="xterm")},
            "Terminal",
            "warning",
            "50x24 is small",
            "60x16",
        ),
        (
            {"screen": Screen(columns=160, lines=50, kind="dumb")},
            "Terminal",
            "warning",
            "dumb",
            "export TERM=xterm-256color",
        ),
        (
            {"screen": Screen(columns=160, lines=50, kind="xterm", utf8=False)},
            "Terminal",
            "warning",
            "not UTF-8",
            "ascii: true",
        ),
        (
            {"screen": Screen(columns=160, lines=50, kind="xterm", colours=False)},
            "Terminal",
            "ok",
            "without colours",
            "",
        ),
        (
            {"workspace": Folder(path="/x", there=False, writable=False)},
            "Workspace",
            "missing",
            "/x is not there",
            "--workspace",
        ),
        (
            {"workspace": Folder(path="/x", there=True, writable=False)},
            "Workspace",
            "warning",
            "read-only",
            "chmod u+w /x",
        ),
        (
            {"workspace": Folder(path="/x", there=True, writable=True)},
            "Workspace",
            "ok",
            "not a git repository (works too)",
            "",
        ),
        (
            {"state": Folder(path="/s", there=True, writable=False, free=LITTLE_SPACE)},
            "State folder",
            "missing",
            "can't be written",
            "chmod u+rwx /s",
        ),
        (
            {"state": Folder(path="/s", there=True, writable=True, free=LITTLE_SPACE - 1)},
            "State folder",
            "warning",
            "only 1,023 MB free",
            "ORCHESTRATOR_STATE_DIR",
        ),
        (
            {"state": Folder(path="/s", there=True, writable=True, free=TOO_LITTLE_SPACE - 1)},
            "State folder",
            "missing",
            "only 63 MB free",
            "ORCHESTRATOR_STATE_DIR",
        ),
    ],
)
def test_what_the_machine_lacks_is_told_with_what_mends_it(
    machine: dict[str, object], name: str, level: str, found: str, mend: str
) -> None:
    finding = named(name, judged(msgspec.structs.replace(GOOD, **machine)))
    assert finding.level == level
    assert found in finding.found
    assert mend in finding.mend
    assert bool(finding.mend) == bool(mend)


# --- model servers -------------------------------------------------------------------------------

DOWN = with_(OLLAMA, reachable=False, error="Ollama does not answer.", hint="Is it running?")


def test_a_server_that_is_down_is_missing_when_the_chosen_profile_is_on_it() -> None:
    result = judged(GOOD, DOWN, CLAUDE)
    finding = named("Backend ollama", result)
    assert (finding.level, finding.mend) == ("missing", "ollama serve")
    assert named("Profile code (chosen)", result).level == "missing"
    assert result.usable  # Claude is there


def test_with_claude_alone_a_server_that_is_down_is_only_noted() -> None:
    result = judged(GOOD, DOWN, CLAUDE, api=True)
    assert named("Backend ollama", result).level == "warning"
    assert named("Profile code", result).level == "warning"


def test_without_any_server_nothing_is_usable() -> None:
    assert not judged(GOOD, DOWN).usable


def test_a_model_that_is_not_installed_is_told_with_the_command_that_gets_it() -> None:
    finding = named("Profile code (chosen)", judged(GOOD, with_(OLLAMA, installed=("llama3",))))
    assert finding.level == "missing"
    assert finding.mend == "ollama pull qwen2.5:14b-instruct-q4_K_M"


def test_an_ollama_without_any_model_has_not_this_one() -> None:
    finding = named("Profile code (chosen)", judged(GOOD, with_(OLLAMA, installed=(), loaded=())))
    assert finding.level == "missing"


def test_a_model_may_be_named_without_its_latest(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("profiles: {code: {model: llama3}}\n")
    assert named("Profile code (chosen)", judged(file=file)).level == "ok"


def test_a_server_that_lists_no_models_is_believed(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("profiles: {code: {backend: llamacpp, model: any}}\n")
    server = BackendStatus(
        name="llamacpp", kind="openai", url="http://127.0.0.1:8080", reachable=True
    )
    assert named("Profile code (chosen)", judged(GOOD, server, file=file)).level == "ok"
    other = with_(server, installed=("a", "b"))
    finding = named("Profile code (chosen)", judged(GOOD, other, file=file))
    assert finding.mend == "Load it there, or name one of: a, b"


def test_a_key_that_is_not_accepted_does_not_count_as_there() -> None:
    refused = with_(CLAUDE, error="The key is not accepted.")
    result = judged(GOOD, DOWN, refused)
    assert not result.usable
    assert named("Claude", result).level == "warning"


def test_a_key_that_is_not_set_is_told_by_its_name() -> None:
    machine = msgspec.structs.replace(GOOD, keys={"anthropic": False})
    refused = with_(CLAUDE, reachable=False, error="There is no API key.")
    assert named("Backend anthropic", judged(machine, OLLAMA, refused)).mend == (
        "export ANTHROPIC_API_KEY=..."
    )


def test_without_claude_the_ways_to_get_it_are_told() -> None:
    finding = named("Claude", judged(GOOD, OLLAMA))
    assert finding.level == "warning"
    assert "ANTHROPIC_API_KEY" in finding.mend
    assert "npm install -g @anthropic-ai/claude-code" in finding.mend


def test_local_only_does_not_miss_claude() -> None:
    finding = named("Claude", judged(GOOD, OLLAMA, local=True))
    assert (finding.level, finding.found) == (
        "ok",
        "not wanted (flag --local): local models plan",
    )


def test_the_claude_program_can_t_be_asked_about_its_login() -> None:
    program = BackendStatus(
        name="claude", kind="claude_code", url="/usr/bin/claude", reachable=True
    )
    finding = named("Claude", judged(GOOD, OLLAMA, program))
    assert finding.found == "the program /usr/bin/claude; its first answer shows the login"


def test_the_kill_switch_makes_nothing_usable() -> None:
    result = judged(env={"LLM_DISABLED": "1"})
    assert not result.usable
    assert "environment LLM_DISABLED" in named("Kill switch", result).found


def test_a_key_in_the_open_is_warned_about(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(
        "backends:\n  far: {kind: openai, url: 'http://llm.example.com', api_key_env: FAR_KEY}\n"
    )
    machine = msgspec.structs.replace(GOOD, keys={"far": True})
    finding = named("Key of far", judged(machine, file=file))
    assert (finding.level, finding.mend) == ("warning", "Use an https:// address")
    unset = msgspec.structs.replace(GOOD, keys={"far": False})
    assert "Key of far" not in {f.name for f in judged(unset, file=file).findings}


# --- the command ---------------------------------------------------------------------------------


def test_the_command_prints_marks_and_commands_and_ends_with_0(tmp_path: Path) -> None:
    said = type_in(s.outside(tmp_path, statuses=(OLLAMA,)), "doctor")
    assert said.code == 0
    assert "missing" not in said.out.splitlines()[0]
    assert "-> ollama pull gpt-oss:20b" in said.out


def test_without_a_usable_backend_it_ends_with_3(tmp_path: Path) -> None:
    said = type_in(s.outside(tmp_path, statuses=(DOWN,)), "doctor")
    assert said.code == 3
    assert "orchestrator-tui demo" in said.out


def test_as_json_for_scripts(tmp_path: Path) -> None:
    told = type_in(s.outside(tmp_path, statuses=(DOWN,)), "doctor", "--json").json
    assert told["usable"] is False
    ollama = next(f for f in told["findings"] if f["name"] == "Backend ollama")
    assert ollama == {
        "name": "Backend ollama",
        "level": "missing",
        "found": "Ollama does not answer.",
        "mend": "ollama serve",
    }


def test_words_of_servers_can_t_steer_the_terminal(tmp_path: Path) -> None:
    evil = with_(OLLAMA, version="\x1b]0;owned\x07", installed=("\x1b[2J",))
    assert "\x1b" not in type_in(s.outside(tmp_path, statuses=(evil,)), "doctor").out


# --- looking -------------------------------------------------------------------------------------


def test_this_machine_is_looked_at(tmp_path: Path) -> None:
    env = {"PATH": "/nowhere", "ANTHROPIC_API_KEY": "sk-secret"}
    state = tmp_path / "state" / "not" / "yet"
    loaded = load_settings({"ORCHESTRATOR_STATE_DIR": str(state)})
    machine = look(loaded, tmp_path, env)
    assert machine.python.startswith("3.")
    assert (machine.git, machine.tmux, machine.claude) == ("", "", "")
    assert machine.keys == {"anthropic": True}
    assert machine.workspace == Folder(
        path=str(tmp_path), there=True, writable=True, free=machine.workspace.free
    )
    assert (machine.state.there, machine.state.writable) == (False, True)
    assert machine.state.free > 0
    assert not state.exists()
    assert "sk-secret" not in str(machine)


def test_programs_tell_their_versions(tmp_path: Path) -> None:
    for name, words in (("git", "git version 2.39.5 (Apple)"), ("tmux", "tmux 3.3a")):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\necho '{words}'\n")
        program.chmod(0o755)
    machine = look(load_settings({}), tmp_path, {"PATH": str(tmp_path)})
    assert (machine.git, machine.tmux) == ("2.39.5", "3.3a")


def test_a_folder_inside_a_repository_is_seen_as_such(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "src").mkdir()
    assert look(load_settings({}), tmp_path / "src", {}).workspace.git
