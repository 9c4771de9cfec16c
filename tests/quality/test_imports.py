"""New imports lead somewhere, lead nowhere, or it is said that this can't be known."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from orchestrator.quality.inspection.imports import check_imports
from orchestrator.quality.inspection.site_packages import installed_for
from orchestrator.quality.inspection.source import Source


@pytest.fixture
def stage(tmp_path: Path) -> Path:
    """A workspace with a package, scripts, and a virtual environment that holds `installed`."""
    root = tmp_path / "stage"
    files = {
        "src/pkg/__init__.py": "from pkg.core import run\n",
        "src/pkg/core.py": "",
        "src/pkg/sub/leaf.py": "",
        "src/dynamic/__init__.py": "def __getattr__(name): ...\n",
        "plain/one.py": "",
        "deep/down/here/only_here.py": "",
        "web/a.ts": "",
        "web/lib/index.js": "",
        "web/style.css": "",
        "web/node_modules/react/package.json": "{}",
        ".venv/pyvenv.cfg": "home = /usr/bin\ninclude-system-site-packages = false\n",
        ".venv/lib/python3.12/site-packages/installed/__init__.py": "",
        ".venv/lib/python3.12/site-packages/single.py": "",
        ".venv/lib/python3.12/site-packages/fast.cpython-312-x86_64-linux-gnu.so": "",
        ".venv/lib/python3.12/site-packages/distutils-precedence.pth": "import os\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    (root / ".venv/bin").mkdir()
    (root / ".venv/bin/python").symlink_to(sys.executable)
    return root


def imports(stage: Path, path: str, text: str, old: str | None = None) -> tuple[bool | None, str]:
    before = Source(path, old.encode()) if old is not None else None
    python = stage / ".venv/bin/python"
    found = check_imports(Source(path, text.encode()), before, stage, python)
    assert found is not None
    return found.passed, found.summary


RESOLVE = (True, "imports resolve")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("src/pkg/new.py", "import os.path\nfrom concurrent import futures\n"),
        ("src/pkg/new.py", "import installed.anything\nimport single\nimport fast\n"),
        ("src/pkg/new.py", "from . import core\nfrom .core import x\nfrom .sub import leaf\n"),
        ("src/pkg/new.py", "from . import run\n"),
        ("src/pkg/sub/new.py", "from ..core import x\nfrom .. import core\nfrom ... import pkg\n"),
        ("tests/test_new.py", "import pkg\nfrom pkg.sub.leaf import f\n"),
        ("plain/two.py", "import one\n"),
        ("plain/two.py", "from plain.one import x\n"),
        ("web/b.ts", "import './a';\nimport x from './lib';\nimport './style.css';\n"),
        ("web/b.ts", "import a from './a.js';\nimport fs from 'node:fs';\nimport 'path';\n"),
        ("web/b.ts", "import React from 'react';\nimport { x } from 'react/jsx-runtime';\n"),
        ("web/b.ts", "import a from './a?raw';\n"),
    ],
)
def test_what_is_there_resolves(stage: Path, path: str, text: str) -> None:
    assert imports(stage, path, text) == RESOLVE


@pytest.mark.parametrize(
    ("path", "text", "missing"),
    [
        ("src/pkg/new.py", "import requests_html\n", "requests_html"),
        ("src/pkg/new.py", "import os\nfrom .helpers import x\n", ".helpers"),
        ("src/pkg/new.py", "from pkg.helpers import x\n", "pkg.helpers"),
        ("src/pkg/new.py", "import pkg.core.deeper\n", "pkg.core.deeper"),
        ("src/pkg/new.py", "from ..... import x\n", "....."),
        ("plain/two.py", "from . import three\n", "."),
        ("web/b.ts", "import { x } from './missing';\n", "./missing"),
        ("web/b.js", "const x = require('../nowhere/x.js');\n", "../nowhere/x.js"),
    ],
)
def test_what_is_not_there_fails(stage: Path, path: str, text: str, missing: str) -> None:
    assert imports(stage, path, text) == (False, f"no module {missing}")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("src/pkg/new.py", "import only_here\n"),
        ("src/pkg/new.py", "from dynamic.made import x\n"),
        ("web/b.ts", "import x from '@/components/x';\n"),
        ("web/b.ts", "import x from 'left-pad';\n"),
        ("src/pkg/new.py", "def f(:\n"),
        ("web/b.js", f"import './{'x' * 5000}';\n"),
        ("src/pkg/new.py", f"import {'x' * 5000}\n"),
    ],
)
def test_what_cant_be_known_is_said_to_be_unknown(stage: Path, path: str, text: str) -> None:
    assert imports(stage, path, text)[0] is None


def test_what_the_user_imported_already_is_not_judged(stage: Path) -> None:
    old = "import made_by_the_build\n"
    assert imports(stage, "src/pkg/core.py", old + "x = 1\n", old) == (True, "no new imports")


def test_what_may_be_missing_is_not_judged(stage: Path) -> None:
    text = "try:\n    import orjson\nexcept ImportError:\n    orjson = None\n"
    assert imports(stage, "src/pkg/new.py", text) == (True, "no new imports")


def test_other_languages_are_not_mentioned(stage: Path) -> None:
    assert check_imports(Source("a.go", b'import "fmt"\n'), None, stage, None) is None


def test_without_a_known_interpreter_an_uninstalled_package_is_unknown(stage: Path) -> None:
    found = check_imports(Source("a.py", b"import requests_html\n"), None, stage, None)
    assert found is not None
    assert (found.passed, found.summary) == (None, "not known whether requests_html is installed")


def test_a_virtual_environment_with_system_packages_is_not_complete(stage: Path) -> None:
    python = stage / ".venv/bin/python"
    assert installed_for(python).complete
    config = stage / ".venv/pyvenv.cfg"
    config.write_text("include-system-site-packages = true\n", "utf-8")
    assert not installed_for(python).complete


def test_an_editable_install_is_found_or_makes_the_list_incomplete(stage: Path) -> None:
    packages = stage / ".venv/lib/python3.12/site-packages"
    (stage / "elsewhere/mine").mkdir(parents=True)
    (packages / "mine.pth").write_text(f"{stage / 'elsewhere'}\n", "utf-8")
    found = installed_for(stage / ".venv/bin/python")
    assert "mine" in found.names
    assert found.complete
    (packages / "finder.pth").write_text("import __editable___x_finder\n", "utf-8")
    assert not installed_for(stage / ".venv/bin/python").complete


def test_this_programs_own_interpreter_is_known() -> None:
    assert "pytest" in installed_for(Path(sys.executable)).names


def test_nothing_is_imported_to_find_out(stage: Path) -> None:
    (stage / "src/pkg/trap.py").write_text("raise SystemExit('imported')\n", "utf-8")
    assert imports(stage, "src/pkg/new.py", "from pkg import trap\nimport pkg.trap\n") == RESOLVE
