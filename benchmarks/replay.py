"""Recorded answers of real models through `orchestrator-tui exec`: does every verdict hold?

For each task the recorded answers are served over the Ollama protocol, a first and, when the tests
fail, a second. The program writes, tests and judges them as it would a live model's. Then the same
answers are run against the same tests by hand, in a plain interpreter, and compared.

    python benchmarks/replay.py --data TASKS.jsonl [--tasks 20] [--model codellama:34b]

A line of the data: {"task_id", "prompt", "visible_tests": [asserts], "recorded": {...}}
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.servers.ollama import OllamaServer  # noqa: E402 - found once the root is on the path
from tests.servers.script import Asked  # noqa: E402

_LIMIT = 30
"""Seconds for the tests of one answer run by hand."""


def main() -> int:
    """Exit code 0 when every verdict agrees."""
    parser = argparse.ArgumentParser(description="Replays recorded answers through exec.")
    parser.add_argument("--data", type=Path, required=True, help="JSON lines, see the module")
    parser.add_argument("--tasks", type=int, default=20, help="how many of them (20)")
    parser.add_argument("--model", default="codellama:34b", help="whose answers to play")
    asked = parser.parse_args()
    rows = [json.loads(line) for line in asked.data.read_text().splitlines() if line.strip()]
    return asyncio.run(replay(rows[: asked.tasks], asked.model))


async def replay(rows: Sequence[Mapping[str, Any]], model: str) -> int:
    """Plays every row and prints a line for each; 0 when all verdicts agree."""
    agreed = compared = 0
    began = time.monotonic()
    for row in rows:
        answers = row["recorded"][model]
        with tempfile.TemporaryDirectory() as folder:
            result = await _exec(Path(folder), row, answers, model)
            expected = [await asyncio.to_thread(_passes, row, text) for text in answers[:2]]
        said = [attempt["verdict"] == "propose" for attempt in result["attempts"]]
        wanted = list(_until_passed(expected, len(said)))
        agreed += sum(a == b for a, b in zip(said, wanted, strict=True))
        compared += len(wanted)
        mark = "ok " if said == wanted else "NOT"
        reasons = "; ".join(attempt["reason"] for attempt in result["attempts"])
        print(f"{mark} {row['task_id']}: said {said}, by hand {wanted}  ({reasons})", flush=True)
    seconds = (time.monotonic() - began) / max(1, len(rows))
    print(f"{agreed} of {compared} verdicts agree, {len(rows)} tasks, {seconds:.1f} s a task")
    return 0 if agreed == compared else 1


def _until_passed(expected: Sequence[bool], attempts: int) -> Iterator[bool]:
    """What the attempts should have come to: the last recorded answer is served again."""
    for number in range(attempts):
        yield expected[min(number, len(expected) - 1)]


async def _exec(
    folder: Path, row: Mapping[str, Any], answers: Sequence[str], model: str
) -> dict[str, Any]:
    workspace = folder / "work"
    (workspace / "tests").mkdir(parents=True)
    (workspace / "conftest.py").write_text("")
    (workspace / "tests" / "test_visible.py").write_text(_test_file(row))
    spec = folder / "spec.json"
    spec.write_text(json.dumps(_spec(row)))
    config = folder / "config.yaml"
    path = str(Path(sys.executable).parent)
    config.write_text(
        f"profiles:\n  code: {{backend: ollama, model: {json.dumps(model)}}}\n"
        f"tests: {{path: [{json.dumps(path)}]}}\n"
    )
    served = iter([*answers[:2], *[answers[-1]] * 8])

    def answer(_asked: Asked) -> str:
        return f"```python\n{next(served)}\n```"

    async with OllamaServer(answer, models=[model]) as server:
        environment = {
            **os.environ,
            "OLLAMA_HOST": server.url,
            "ORCHESTRATOR_STATE_DIR": str(folder / "state"),
            "ORCHESTRATOR_CONFIG": str(config),
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tui", "exec", str(spec), "--local", "--yes", "--json",
            "--workspace", str(workspace),
            cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        output, errors = await process.communicate()
    try:
        result: dict[str, Any] = json.loads(output)
    except ValueError:
        raise SystemExit(f"{row['task_id']}: {errors.decode()}\n{output.decode()}") from None
    return result


def _spec(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "task_id": row["task_id"].replace("/", "-"),
        "description": f"Complete this function:\n\n{row['prompt']}",
        "output_file": "solution.py",
        "test_command": "python -m pytest -q -p no:cacheprovider tests/test_visible.py",
        "category": "utility",
    }


def _test_file(row: Mapping[str, Any]) -> str:
    asserts = "\n".join(f"    {one}" for one in row["visible_tests"])
    return f"from solution import *\n\n\ndef test_visible():\n{asserts}\n"


def _passes(row: Mapping[str, Any], answer: str) -> bool:
    """The visible tests on an answer, in a plain interpreter."""
    program = "\n\n".join([answer, *row["visible_tests"]])
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", program],
            capture_output=True,
            timeout=_LIMIT,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
