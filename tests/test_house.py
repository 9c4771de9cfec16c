"""The house stands as documented: who imports whom, what a start loads, how big things get.

The import contracts themselves are import-linter's (see pyproject.toml). Here real imports are
made, each time in a fresh process, and sys.modules is asked what came along.
"""

import ast
import json
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("orchestrator", "sessions", "widgets", "tui")
CLI = ROOT / "tui" / "cli.py"

needs_cli = pytest.mark.skipif(not CLI.exists(), reason="tui/cli.py is not written yet")

IMPORT_ONE_BY_ONE = """
import importlib, json, sys
culprits = {}
for module in sys.argv[1].split(","):
    importlib.import_module(module)
    for name in sys.argv[2].split(","):
        if name in sys.modules:
            culprits.setdefault(name, module)
print(json.dumps(culprits))
"""

ASK_FOR_HELP = """
import contextlib, io, json, sys
from tui.cli import main
sys.argv = ["orchestrator-tui", "--help"]
said = io.StringIO()
with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
    main()
print(json.dumps({"said": said.getvalue(), "loaded": sorted(sys.modules)}))
"""


def ask_python(script: str, *arguments: str) -> Any:  # noqa: ANN401 - JSON
    """Run `script` in a fresh interpreter and give back the JSON it prints."""
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def sources(package: str) -> list[Path]:
    """The modules of a package; the demonstration's sample project is a user's code, not ours."""
    found = sorted((ROOT / package).rglob("*.py"))
    return [path for path in found if not path.is_relative_to(ROOT / "tui" / "demo" / "sample")]


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def loaded_by(modules: list[str], unwanted: tuple[str, ...]) -> dict[str, str]:
    """Which of the unwanted modules get loaded, each with the first of `modules` that loads it."""
    culprits: dict[str, str] = ask_python(IMPORT_ONE_BY_ONE, ",".join(modules), ",".join(unwanted))
    return culprits


def test_no_module_of_the_engine_loads_the_screen_or_the_store() -> None:
    modules = [module_name(p) for p in sources("orchestrator") if p.name != "__main__.py"]
    assert "orchestrator.events" in modules
    unwanted = ("textual", "tinydb", "tui", "widgets", "sessions")
    assert loaded_by(modules, unwanted) == {}


def test_the_probe_sees_an_unwanted_module() -> None:
    assert loaded_by(["json", "tinydb"], ("tinydb",)) == {"tinydb": "tinydb"}


HEAVY = ("textual", "aiohttp", "tree_sitter", "jinja2", "httpx")


@needs_cli
def test_importing_the_command_line_loads_nothing_heavy() -> None:
    assert loaded_by(["tui.cli"], HEAVY) == {}


@needs_cli
def test_asking_for_help_loads_nothing_heavy() -> None:
    answer = ask_python(ASK_FOR_HELP)
    assert "Usage" in answer["said"]
    assert not set(HEAVY) & set(answer["loaded"])


NEEDED_BY_WORK = ("tree_sitter", "jinja2", "httpx", "watchfiles", "anyio", "yaml")


@needs_cli
def test_the_room_is_drawn_before_what_only_work_needs_is_loaded() -> None:
    parts = ["tui.commands.room", "tui.compose", "tui.app"]
    parts += [module_name(path) for path in sources("orchestrator/backends")]
    assert loaded_by(parts, NEEDED_BY_WORK) == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_says_that_it_is_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").exists()


@pytest.mark.parametrize("package", PACKAGES)
def test_every_folder_with_modules_is_a_package(package: str) -> None:
    folders = {p.parent for p in sources(package)}
    assert [f for f in folders if not (f / "__init__.py").exists()] == []


def test_the_wheel_holds_modules_data_and_style_sheet(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory"]
    subprocess.run([*build, str(tmp_path)], cwd=ROOT, check=True, capture_output=True, timeout=60)
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    files = [p for package in PACKAGES for p in (ROOT / package).rglob("*") if p.is_file()]
    needed = {p.relative_to(ROOT).as_posix() for p in files if p.suffix != ".pyc"}
    assert needed | {"tui/theme.tcss"} <= held
    assert not any(name.endswith(".pyc") or name.startswith("tests/") for name in held)


# --------------------------------------------------------------------------------------------- size

FILE_LINES, CLASS_LINES, FUNCTION_LINES = 350, 250, 50


def too_long(path: Path) -> Iterator[str]:
    """Every file, class and function of `path` that is longer than the house allows."""
    text = path.read_text("utf-8")
    where = path.relative_to(ROOT)
    if (lines := len(text.splitlines())) > FILE_LINES:
        yield f"{where}: {lines} lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ClassDef):
            limit = CLASS_LINES
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            limit = FUNCTION_LINES
        else:
            continue
        if (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > limit:
            yield f"{where}:{node.lineno} {node.name}: {lines} lines"


@pytest.mark.parametrize("package", PACKAGES)
def test_nothing_grows_too_long(package: str) -> None:
    findings = [finding for path in sources(package) for finding in too_long(path)]
    assert not findings, "\n".join(findings)


# --------------------------------------------------------------------------------------------- pins

PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)


def declared() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return [Requirement(line) for line in project["dependencies"]]


def pins(name: str) -> dict[str, list[Version]]:
    """Each distribution's versions; several where they differ by Python or platform."""
    found: dict[str, list[Version]] = {}
    for distribution, version in PIN.findall((ROOT / "requirements" / name).read_text("utf-8")):
        found.setdefault(distribution.lower(), []).append(Version(version))
    return found


@pytest.mark.parametrize("name", ["runtime.txt", "dev.txt"])
def test_every_declared_dependency_is_pinned_within_its_bounds(name: str) -> None:
    pinned = pins(name)
    for requirement in declared():
        versions = pinned.get(requirement.name.lower(), [])
        assert versions, f"{requirement} is not pinned: run `make lock`"
        assert all(version in requirement.specifier for version in versions), str(requirement)


def test_the_developers_get_the_versions_the_users_get() -> None:
    developers = pins("dev.txt")
    assert {k: v for k, v in pins("runtime.txt").items() if developers.get(k) != v} == {}


@pytest.mark.parametrize("name", ["runtime.txt", "dev.txt"])
def test_the_pins_name_no_place_to_fetch_from(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text("utf-8")
    assert not re.search(r"://|^--|@ ", text, re.MULTILINE)
