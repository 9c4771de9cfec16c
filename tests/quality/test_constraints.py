"""Only constraints whose meaning is beyond doubt are decided; the others are not mentioned."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.quality.inspection.constraints import check_constraints
from orchestrator.quality.inspection.rules import Candidate
from orchestrator.quality.inspection.source import Source

JS = "export function slugify(text) {\n  return text;\n}\n"
PY = 'def slugify(text: str) -> str:\n    """Make a slug."""\n    return text\n'


def verdict(constraint: str, path: str, text: str, tmp_path: Path, old: str = "") -> bool | None:
    before = Source(path, old.encode()) if old else None
    candidate = Candidate(Source(path, text.encode()), before, tmp_path)
    found = check_constraints([constraint], candidate)
    return found.passed if found else None


KEPT = [
    ("Export named function", "a.js", JS),
    ("Export named function slugify", "a.js", JS),
    ("Export a function named `slugify`", "a.ts", JS),
    ("export slugify", "a.js", "const slugify = (t) => t;\nexport { slugify };\n"),
    ("Exports slugify and unslug", "a.js", JS + "export const unslug = 1;\n"),
    ("Export function slugify(text)", "a.cjs", "module.exports = { slugify };\n"),
    ("Export function slugify", "a.cjs", "exports.slugify = (a) => a;\n"),
    ("Export slugify", "a.js", "const s = 1;\nexport { s as slugify };\n"),
    ("export class Slug", "a.ts", "export class Slug {}\n"),
    ("export type Slug", "a.ts", "export type Slug = string;\n"),
    ("Export function slugify", "a.py", PY),
    ("no default export", "a.js", JS),
    ("Named exports only.", "a.js", JS),
    ("use a default export", "a.js", "export default 1;\n"),
    ("Function must be named slugify", "a.py", PY),
    ("Define a class called Slug", "a.py", "class Slug:\n    pass\n"),
    ("No external dependencies", "a.py", "import re\nfrom . import b\n"),
    ("no external dependencies", "a.js", "import fs from 'fs';\nimport './b.js';\n"),
    ("Use only the standard library", "a.py", "import re\n"),
    ("No imports", "a.py", "from __future__ import annotations\n"),
    ("no classes", "a.ts", JS),
    ("no console.log", "a.js", JS),
    ("No print statements", "a.py", PY),
    ("no `any`", "a.ts", "const a: string = 'any';\n"),
    ("Use const/let", "a.js", "const a = 1;\n"),
    ("ES modules", "a.js", JS),
    ("no regular expressions", "a.py", PY),
    ("type hints", "a.py", PY),
    ("Use type hints and docstrings", "a.py", PY),
    ("type hints", "a.py", "class A:\n    def f(self, a: int) -> int:\n        return a\n"),
    ("type hints", "a.py", "def f() -> int:\n    return 1\n"),
    ("at most 3 lines", "a.py", PY),
]

BROKEN = [
    ("Export named function", "a.js", "export default function f() {}\n"),
    ("Export named function slugify", "a.js", "export default function slugify() {}\n"),
    ("Export named function slugify", "a.js", "export const other = 1;\n"),
    ("Export function slugify", "a.py", "def other():\n    pass\n"),
    ("no default export", "a.ts", "export default 1;\n"),
    ("no default export", "a.js", "const a = 1;\nexport { a as default };\n"),
    ("Named exports only", "a.js", JS + "export default slugify;\n"),
    ("default export", "a.js", JS),
    ("Function named slugify", "a.py", "def slug():\n    pass\n"),
    ("No external dependencies", "a.py", "import requests\n"),
    ("no third-party libraries", "a.js", "import _ from 'lodash';\n"),
    ("without imports", "a.py", "import re\n"),
    ("pure function", "a.py", "def f():\n    print(1)\n"),
    ("pure function", "a.py", "n = 0\n\ndef f():\n    global n\n    n += 1\n"),
    ("pure function", "a.py", "import random\n\ndef f():\n    return random.random()\n"),
    ("Pure function", "a.js", "export const f = () => Math.random();\n"),
    ("no side effects", "a.ts", "export const f = () => { console.log(1); };\n"),
    ("no classes", "a.py", "class A:\n    pass\n"),
    ("no console", "a.js", "console.error(1);\n"),
    ("no printing", "a.py", "print(1)\n"),
    ("no any", "a.ts", "export const f = (a: any) => a;\n"),
    ("no var", "a.js", "var a = 1;\n"),
    ("use ES modules", "a.js", "const a = require('a');\n"),
    ("no regex", "a.js", "export const a = /x/;\n"),
    ("no regex", "a.py", "import re\n"),
    ("type annotations", "a.py", "def f(a):\n    return a\n"),
    ("docstrings", "a.py", "def f():\n    return 1\n"),
    ("fewer than 3 lines", "a.py", "a = 1\nb = 2\nc = 3\n"),
    ("No imports, no classes.", "a.py", "class A:\n    pass\n"),
]

NOT_DECIDED = [
    ("Handle empty strings", "a.py", PY),
    ("Do not export anything else", "a.js", JS),
    ("Export it", "a.js", JS),
    ("pure function", "a.py", PY),
    ("pure function", "a.py", "def f(a):\n    return a.b.c(a)()\n"),
    ("no default export", "a.py", PY),
    ("Export named function slugify", "a.js", "export * from './b';\n"),
    ("Export slugify", "a.js", "module.exports = make();\n"),
    ("Export slugify", "a.js", "export function slugify( {\n"),
    ("Function named slugify", "a.py", "if True:\n    def slugify(): ...\n"),
    ("Export slugify", "a.go", "package a\n"),
    ("no any", "a.js", JS),
    ("Follow the style of src/other.js", "a.js", JS),
    ("at most 3 lines", "a.md", "a\n" * 9),
    ("x" * 1000, "a.py", PY),
]


@pytest.mark.parametrize(("constraint", "path", "text"), KEPT)
def test_a_kept_constraint_is_seen(constraint: str, path: str, text: str, tmp_path: Path) -> None:
    assert verdict(constraint, path, text, tmp_path) is True


@pytest.mark.parametrize(("constraint", "path", "text"), BROKEN)
def test_a_broken_constraint_is_seen(constraint: str, path: str, text: str, tmp_path: Path) -> None:
    assert verdict(constraint, path, text, tmp_path) is False


@pytest.mark.parametrize(("constraint", "path", "text"), NOT_DECIDED)
def test_a_doubtful_constraint_is_not_mentioned(
    constraint: str, path: str, text: str, tmp_path: Path
) -> None:
    assert verdict(constraint, path, text, tmp_path) is None


def test_existing_exports_are_kept_or_gone(tmp_path: Path) -> None:
    old = "export const a = 1;\nexport const b = 2;\n"
    assert verdict("Keep all existing exports", "a.js", old + "// c\n", tmp_path, old) is True
    assert (
        verdict("Keep the existing exports", "a.js", "export const a = 1;\n", tmp_path, old)
        is False
    )


def test_whether_exports_are_kept_is_open_when_the_file_is_broken(tmp_path: Path) -> None:
    old = "export const a = 1;\n"
    assert verdict("Keep existing exports", "a.js", "export const (", tmp_path, old) is None
    assert verdict("Keep existing exports", "a.js", old, tmp_path) is None


def test_a_module_of_the_workspace_is_no_external_dependency(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("", "utf-8")
    assert verdict("no external dependencies", "a.py", "import mine\n", tmp_path) is True


def test_what_is_broken_is_told_with_its_constraint(tmp_path: Path) -> None:
    candidate = Candidate(Source("a.js", b"export default 1;\n"), None, tmp_path)
    found = check_constraints(["No default export", "Export slugify"], candidate)
    assert found is not None
    assert found.detail.split("\n") == [
        "No default export: there is a default export",
        "Export slugify: not exported: slugify",
    ]


def test_kept_constraints_are_counted(tmp_path: Path) -> None:
    candidate = Candidate(Source("a.js", JS.encode()), None, tmp_path)
    found = check_constraints(["no default export", "Export slugify", "Be nice"], candidate)
    assert found is not None
    assert found.summary == "keeps 2 constraints"
