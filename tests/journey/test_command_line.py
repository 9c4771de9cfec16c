"""The command line as scripts use it: real processes, stand-ins for the servers."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.journey.scenario import ADD, World, planned, world
from tests.journey.terminal import ROOT
from tests.journey.test_terminal import environment


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as made:
        yield made


async def call(*arguments: str, env: dict[str, str]) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of the program."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tui",
        *arguments,
        cwd=ROOT,
        env={**os.environ, **env, "PATH": path},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    return process.returncode or 0, output.decode(), errors.decode()


def spec_file(here: World, task_id: str, name: str) -> str:
    file = here.folder / f"{task_id}.json"
    file.write_text(json.dumps(planned(task_id, name, f"write {name}")))
    return str(file)


async def execute(here: World, *arguments: str) -> tuple[int, dict[str, Any]]:
    where = ["--workspace", str(here.workspace), "--json"]
    code, output, errors = await call("exec", *arguments, *where, env=environment(here))
    assert output, errors
    result: dict[str, Any] = json.loads(output)
    return code, result


async def test_exec_applies_what_its_tests_prove(here: World) -> None:
    code, result = await execute(here, spec_file(here, "T-001", "add"), "--yes")
    assert (code, result["status"], result["file"], result["error"]) == (
        0,
        "success",
        "calc/add.py",
        "",
    )
    (attempt,) = result["attempts"]
    assert (attempt["backend"], attempt["verdict"]) == ("ollama", "propose")
    assert attempt["tokens_in"] > 0
    assert attempt["tokens_out"] > 0
    assert not result["escalated"]
    assert here.text("calc/add.py") == ADD


async def test_exec_retries_and_escalates_and_says_so(here: World) -> None:
    code, result = await execute(here, spec_file(here, "T-002", "mean"), "--yes")
    assert (code, result["status"], result["escalated"]) == (0, "success", True)
    assert [one["verdict"] for one in result["attempts"]] == ["retry", "escalate", "propose"]


async def test_without_yes_the_change_waits_and_can_be_approved_and_undone(here: World) -> None:
    code, result = await execute(here, spec_file(here, "T-001", "add"))
    assert (code, result["status"], result["state"]) == (4, "failed", "waiting")
    assert here.text("calc/add.py") is None
    for word, text in (("approve", ADD), ("undo", None)):
        done = await call(word, result["session"], "T-001", env=environment(here))
        assert done[0] == 0, done
        assert here.text("calc/add.py") == text


async def test_exec_local_fails_when_the_local_model_can_not_do_it(here: World) -> None:
    code, result = await execute(here, spec_file(here, "T-002", "mean"), "--yes", "--local")
    assert (code, result["status"]) == (1, "failed")
    assert not here.claude.chats()
    assert here.text("calc/mean.py") is None


async def test_exec_without_any_server_says_what_to_do(here: World) -> None:
    env = {**environment(here), "OLLAMA_HOST": "127.0.0.1:9", "ANTHROPIC_API_KEY": ""}
    arguments = (spec_file(here, "T-001", "add"), "--local", "--workspace", str(here.workspace))
    code, _, errors = await call("exec", *arguments, env=env)
    assert code == 3
    assert "does not answer" in errors


async def test_run_plans_and_applies_a_whole_goal(here: World) -> None:
    arguments = ("run", "Add sums and means", "--yes", "--workspace", str(here.workspace))
    code, output, errors = await call(*arguments, env=environment(here))
    assert code == 0, output + errors
    assert here.text("calc/add.py") == ADD
    assert "if values else 0" in (here.text("calc/mean.py") or "")


async def test_the_demonstration_shows_each_kind_of_ending(tmp_path: Path) -> None:
    env = {"ORCHESTRATOR_STATE_DIR": str(tmp_path), "HOME": str(tmp_path)}
    code, output, errors = await call("demo", env=env)
    told = output + errors
    assert code == 0, told
    for ending in (
        "T-001 bookshelf/slug.py: applied, proven, qwen2.5-coder:14b, 1 try",
        "T-002 bookshelf/price.py: applied, proven, qwen2.5-coder:14b, 2 tries",
        "T-003 bookshelf/search.py: applied, proven, sonnet, 3 tries",
        "T-004 README.md: waiting, not proven, qwen2.5-coder:14b, 1 try",
    ):
        assert ending in told
