"""An atomic task adds few lines and few imports to one file."""

from __future__ import annotations

import pytest

from orchestrator.quality.inspection.contract import check_contract
from orchestrator.quality.inspection.counting import added_lines, code_lines
from orchestrator.quality.inspection.imported import imports_of, new_imports
from orchestrator.quality.inspection.source import Source
from tests.quality.limits import Contract

COUNTED = [
    ("a.py", '"""Doc.\n\nLong.\n"""\n# comment\n\nx = 1  # why\n', 1),
    ("a.py", 'def f():\n    """Doc."""\n    return """a\n    b"""\n', 3),
    ("a.py", "x = '# no comment'\n", 1),
    ("a.js", "// a\n/* b\n c */ let x = 1;\n\nlet y = '//';\n", 2),
    ("a.ts", "/** doc\n * more\n */\nexport const a = 1;\n", 1),
    ("a.go", "package a\n\n// F is.\nfunc F() {}\n", 2),
    ("a.rs", "/// doc\nfn f() {} // end\n", 1),
    ("a.css", "/* a */\na { color: red }\n", 1),
    ("a.sql", "-- a\nSELECT 1;\n", 1),
    ("a.vue", "<!-- a -->\n<template>\n</template>\n", 2),
    ("a.md", "# Many\n\nwords\n", 0),
    ("a.json", "{\n}\n", 0),
    ("a.py", "def f(:\n    pass\n", 2),
]

IMPORTS = [
    ("a.py", "import os, re\nfrom a.b import c\nfrom . import d\nfrom ..e import f\n",
     ["os", "re", "a.b", ".", "..e"]),
    ("a.py", "from __future__ import annotations\nfrom typing import Any\n",
     ["__future__", "typing"]),
    ("a.js", "import a from 'a';\nexport * from './b';\nconst c = require('c');\nimport('./d')\n",
     ["a", "./b", "c", "./d"]),
    ("a.ts", "import type { A } from './a';\nimport b = require('b');\n", ["./a", "b"]),
    ("a.js", "log('require');\nx.require('no');\n", []),
    ("a.go", 'package a\nimport (\n  "fmt"\n  x "os"\n)\n', ["fmt", "os"]),
    ("a.rs", "use std::fmt;\n", ["std::fmt"]),
    ("a.java", "import java.util.List;\nimport static a.B.c;\n", ["java.util.List", "a.B.c"]),
    ("a.c", '#include <a.h>\n#include "b.h"\n', ["a.h", "b.h"]),
    ("a.rb", "require 'a'\nrequire_relative 'b'\nputs 'c'\n", ["a", "b"]),
    ("a.php", "<?php\nuse A\\B;\n", ["A\\B"]),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text", "lines"), COUNTED)
def test_only_code_is_counted(path: str, text: str, lines: int) -> None:
    assert len(code_lines(Source(path, text.encode()))) == lines


@pytest.mark.parametrize(("path", "text", "names"), IMPORTS)
def test_imports_are_read_from_the_tree(path: str, text: str, names: list[str]) -> None:
    found = imports_of(Source(path, text.encode()))
    assert found is not None
    assert [one.name for one in found] == names


def test_a_moved_line_is_not_added() -> None:
    old, new = Source("a.py", b"a = 1\nb = 2\n"), Source("a.py", b"b = 2\nc = 3\na = 1\n")
    assert added_lines(new, old) == 1


def test_what_only_types_need_is_no_new_import() -> None:
    text = (
        b"from __future__ import annotations\nfrom typing import TYPE_CHECKING\nimport re\n"
        b"if TYPE_CHECKING:\n    import decimal\n"
    )
    assert new_imports(Source("a.py", text), None) == ("re",)


def test_an_import_the_file_had_is_not_new() -> None:
    old, new = Source("a.py", b"import re\n"), Source("a.py", b"import re\nimport os\n")
    assert new_imports(new, old) == ("os",)


def code(lines: int, imports: int = 0) -> bytes:
    head = "".join(f"import m{n}\n" for n in range(imports))
    return (head + "".join(f"x{n} = {n}\n" for n in range(lines - imports))).encode()


@pytest.mark.parametrize(
    ("new", "old", "passed", "summary"),
    [
        (code(50), None, True, "50 lines, 0 imports"),
        (code(51), None, False, "adds 51 lines of code, at most 50 are allowed"),
        (code(90), code(60), True, "30 lines, 0 imports"),
        (code(3, imports=2), None, True, "3 lines, 2 imports"),
        (code(3, imports=3), None, False, "adds 3 imports (m0, m1, m2), at most 2"),
        (code(1), code(1), False, "changes nothing"),
        (b"x0 = 0\n", code(2), True, "0 lines, 0 imports"),
        (code(1), None, True, "1 line, 0 imports"),
    ],
)
def test_the_contract_is_kept_or_broken(
    *, new: bytes, old: bytes | None, passed: bool, summary: str
) -> None:
    before = Source("a.py", old) if old is not None else None
    found = check_contract(Source("a.py", new), before, "a.py", Contract())
    assert (found.passed, found.summary) == (passed, summary)


def test_both_breaches_are_told() -> None:
    found = check_contract(Source("a.py", code(60, imports=4)), None, "a.py", Contract())
    assert len(found.detail.split("\n")) == 2


def test_another_file_breaks_the_contract() -> None:
    found = check_contract(Source("b.py", b"x = 1\n"), None, "a.py", Contract())
    assert (found.passed, found.summary) == (False, "wrote b.py")


def test_claudes_work_need_not_be_small_but_must_change_something() -> None:
    assert check_contract(Source("a.py", code(500)), None, "a.py", None).passed is True
    assert (
        check_contract(Source("a.py", code(5)), Source("a.py", code(5)), "a.py", None).passed
        is False
    )


def test_prose_has_no_lines_of_code() -> None:
    found = check_contract(Source("a.md", b"word\n" * 500), None, "a.md", Contract())
    assert (found.passed, found.summary) == (True, "one file")
