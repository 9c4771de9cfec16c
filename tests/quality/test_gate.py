"""The gate runs a real command and tells the truth about it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from orchestrator import errors
from orchestrator.quality.gate import run_tests
from tests.quality.limits import Gate
from tests.quality.stages import gate, run, script

GOOD = "from slug import slugify\n\ndef test_dash():\n    assert slugify('a b') == 'a-b'\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "slug.py").write_text("def slugify(t):\n    return t.replace(' ', '-')\n", "utf-8")
    (tmp_path / "test_slug.py").write_text(GOOD, "utf-8")
    return tmp_path


async def test_passing_tests_are_a_pass(project: Path) -> None:
    found = await run_tests("python -m pytest -q", project, gate())
    assert (found.passed, found.exit_code, found.summary) == (True, 0, "1/1 test")
    assert found.seconds > 0


async def test_failing_tests_are_a_failure(project: Path) -> None:
    (project / "slug.py").write_text("def slugify(t):\n    return t\n", "utf-8")
    found = await run_tests("python -m pytest -q", project, gate())
    assert (found.passed, found.exit_code, found.summary) == (False, 1, "0/1 test")
    assert "assert 'a b' == 'a-b'" in found.output


async def test_no_tests_are_no_pass(project: Path) -> None:
    (project / "test_slug.py").write_text("", "utf-8")
    found = await run_tests("python -m pytest -q", project, gate())
    assert (found.passed, found.exit_code, found.summary) == (None, 5, "no tests ran")


async def test_code_that_ends_the_test_runner_is_no_pass(project: Path) -> None:
    (project / "slug.py").write_text("import os\nos._exit(0)\n", "utf-8")
    found = await run_tests("python -m pytest -q", project, gate())
    assert (found.passed, found.exit_code, found.summary) == (None, 0, "no tests reported")


async def test_unittest_without_tests_is_no_pass(project: Path) -> None:
    found = await run_tests("python -m unittest -q slug", project, gate())
    assert (found.passed, found.summary) == (None, "no tests ran")


async def test_the_stages_own_interpreter_is_used(tmp_path: Path) -> None:
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").symlink_to(sys.executable)
    command = script(tmp_path, "import sys\nprint(sys.executable)\n")
    found = await run_tests(command, tmp_path, Gate())
    assert found.output.strip() == str(tmp_path / ".venv/bin/python")


async def test_output_arrives_while_the_command_runs(tmp_path: Path) -> None:
    text = (
        "import pathlib\nprint('ready')\n"
        "while not pathlib.Path('go').exists():\n    pass\nprint('done')\n"
    )
    pieces: list[str] = []

    def take(piece: str) -> None:
        pieces.append(piece)
        (tmp_path / "go").touch()

    found = await run_tests(script(tmp_path, text), tmp_path, gate(), take)
    assert (found.passed, "".join(pieces)) == (True, "ready\ndone\n")


async def test_standard_input_is_empty(tmp_path: Path) -> None:
    found = await run(tmp_path, "import sys\nprint(repr(sys.stdin.read()))\n")
    assert (found.passed, found.output) == (True, "''\n")


async def test_error_output_is_output_too(tmp_path: Path) -> None:
    found = await run(tmp_path, "import sys\nprint('a', file=sys.stderr)\nprint('b')\n")
    assert found.output == "a\nb\n"


async def test_invalid_utf8_is_replaced(tmp_path: Path) -> None:
    found = await run(tmp_path, r"import os; os.write(1, b'a\xff\xc3b\xe2\x82')")
    assert found.output == "a\ufffd\ufffdb\ufffd"


async def test_a_flood_is_capped_and_its_end_kept(tmp_path: Path) -> None:
    text = "for n in range(400_000):\n    print(f'{n:060}')\nprint('the end')\n"
    shown: list[str] = []
    found = await run_tests(script(tmp_path, text), tmp_path, gate(output_kb=16), shown.append)
    assert found.passed is True
    assert len(found.output) < 16_100
    assert found.output.startswith("0" * 60 + "\n")
    assert found.output.endswith("the end\n")
    assert "characters left out" in found.output
    assert 16_000 <= sum(map(len, shown)) < 16_100
    assert shown[-1] == "\n[... the output goes on; only its end is kept ...]\n"


async def test_an_error_in_the_listener_ends_the_command_and_is_raised(tmp_path: Path) -> None:
    def take(piece: str) -> None:
        raise RuntimeError(piece)

    command = script(tmp_path, "print('x', flush=True)\nwhile True:\n    pass\n")
    with pytest.raises(RuntimeError, match="x"):
        await run_tests(command, tmp_path, gate(), take, grace_seconds=0.5)


async def test_several_commands_run_at_once(tmp_path: Path) -> None:
    found = await asyncio.gather(
        *(
            run_tests(script(tmp_path, f"print({n})\n", f"r{n}.py"), tmp_path, gate())
            for n in range(4)
        )
    )
    assert [one.output for one in found] == ["0\n", "1\n", "2\n", "3\n"]


# --- commands that can't be run --------------------------------------------------------------


@pytest.mark.parametrize(
    "command", ["no-such-program-here", "./missing.sh", "pytest | tee x", "", "./plain.txt"]
)
async def test_a_command_that_cant_run_says_what_to_do(tmp_path: Path, command: str) -> None:
    (tmp_path / "plain.txt").write_text("x", "utf-8")
    with pytest.raises(errors.TestCommandError) as caught:
        await run_tests(command, tmp_path, gate())
    assert caught.value.hint


@pytest.mark.parametrize(
    ("command", "hint"),
    [
        ("bin/check", "chmod +x"),
        ("cargo test", "Install cargo, or"),
        ("my-own-tool", "Check the spelling"),
    ],
)
async def test_the_hint_fits_the_program(tmp_path: Path, command: str, hint: str) -> None:
    with pytest.raises(errors.TestCommandError) as caught:
        await run_tests(command, tmp_path, gate(), user_environment={"PATH": str(tmp_path)})
    assert hint in caught.value.hint


async def test_a_script_without_an_interpreter_cant_run(tmp_path: Path) -> None:
    (tmp_path / "check").write_text("exit 0\n", "utf-8")
    (tmp_path / "check").chmod(0o755)
    with pytest.raises(errors.TestCommandError, match="can't be started: Exec format error"):
        await run_tests("./check", tmp_path, gate())


async def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(errors.TestCommandError, match="can't be run in"):
        await run_tests("python -V", tmp_path / "gone", gate())


async def test_a_runner_that_is_not_installed_is_told(tmp_path: Path) -> None:
    empty = tmp_path / ".venv"
    (empty / "bin").mkdir(parents=True)
    home = Path(sys.base_prefix) / "bin"
    (empty / "pyvenv.cfg").write_text(
        f"home = {home}\ninclude-system-site-packages = false\n", "utf-8"
    )
    (empty / "bin/python").symlink_to(sys.executable)
    with pytest.raises(errors.TestCommandError, match="needs pytest, which is not installed"):
        await run_tests("python -m pytest", tmp_path, Gate())
