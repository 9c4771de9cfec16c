"""A file parses, does not parse, or it is said that nobody checked."""

from __future__ import annotations

import sys

import pytest

from orchestrator.quality.inspection.source import LARGEST, Source
from orchestrator.quality.inspection.syntax import check_syntax

GOOD = [
    ("a.py", "import re\n\n\ndef f(x):\n    return re.escape(x)\n"),
    ("a.py", 'PATTERN = "\\d"  # an invalid escape is a warning, not an error\n'),
    ("a.py", "\ufeffx = 1\n"),
    ("a.pyi", "def f() -> int: ...\n"),
    ("a.json", '{"a": [1, 2.5, null]}\n'),
    ("tsconfig.json", '{\n  // comments are fine here\n  "a": 1\n}\n'),
    ("a.jsonl", '{"a": 1}\n\n{"b": 2}\n'),
    ("a.toml", '[a]\nb = "c"\n'),
    ("a.yaml", "a: !Ref b\nlist:\n  - 1\n"),
    ("a.js", "export const f = (a) => a?.b ?? 1;\n"),
    ("a.jsx", "export const A = () => <p>{1}</p>;\n"),
    ("a.ts", "export function f<T extends string>(a: T): T { return a satisfies T; }\n"),
    ("a.tsx", "export const A = (p: { n: number }) => <p>{p.n}</p>;\n"),
    ("a.css", ".a > b { color: red; &:hover { color: blue; } }\n"),
    ("a.go", "package a\n\nfunc F[T any](a T) T { return a }\n"),
    ("a.rs", "pub fn f(a: &str) -> String { a.to_owned() }\n"),
    ("a.java", "class A { record P(int x) {} }\n"),
    ("a.rb", "def f(a) = a * 2\n"),
    ("a.php", "<?php\nfunction f(?int $a): int { return $a ?? 1; }\n"),
    ("a.sh", 'for f in *.py; do echo "$f"; done\n'),
    ("a.c", "int f(int a) { return a + 1; }\n"),
    ("a.cpp", "template <typename T> T f(T a) { return a; }\n"),
    ("a.html", "<!doctype html><p>a</p>\n"),
]

BAD = [
    ("a.py", "def f(:\n    pass\n", "line 1"),
    ("a.py", "x = 1\nreturn x\n", "line 2"),
    ("a.py", "x = '\0'\n", ""),
    ("a.json", '{"a": 1,}\n', "line 1"),
    ("a.json", "", "line 1"),
    ("a.jsonl", '{"a": 1}\n{"b"\n', "line 2"),
    ("tsconfig.json", '{\n  "a": \n}\n', ""),
    ("a.toml", "[a]\nb = \n", "line 2"),
    ("a.yaml", "a: [1, 2\nb: 3\n", "line"),
    ("a.js", "export function f( {\n", "line 1"),
    ("a.ts", "const a: = 1;\n", "line 1"),
    ("a.css", ".a { color: red;\n", ""),
    ("a.go", "package a\n\nfunc F( {\n", "line 3"),
    ("a.rs", "fn f( -> {\n", "line 1"),
    ("a.java", "class A { void f( }\n", "line 1"),
]


@pytest.mark.parametrize(("path", "text"), GOOD)
def test_a_good_file_parses(path: str, text: str) -> None:
    found = check_syntax(Source(path, text.encode()))
    assert (found.passed, found.summary) == (True, "parses"), found


@pytest.mark.parametrize(("path", "text", "where"), BAD)
def test_a_broken_file_does_not_and_the_place_is_told(path: str, text: str, where: str) -> None:
    found = check_syntax(Source(path, text.encode()))
    assert found.passed is False
    assert where in found.detail
    assert found.summary


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("a.xyz", b"anything"),
        ("LICENSE", b"words"),
        ("a.md", b"# words"),
        ("a.kt", b"fun f("),
        ("a.py", b"#" * (LARGEST + 1)),
        ("chart.yaml", b"a: {{ .Values.a }}\n  {{- end }}\n"),
        ("a.c", b"MACRO(x) { return x }\n"),
        ("a.py", b"x = " + b"-" * 20_000 + b"1\n"),
        ("a.json", b"[" * 200_000),
    ],
)
def test_what_nobody_can_judge_is_said_to_be_unchecked(path: str, content: bytes) -> None:
    found = check_syntax(Source(path, content))
    assert found.passed is None
    assert found.summary.startswith("syntax ")


def test_bytes_that_are_no_text_are_no_file() -> None:
    assert check_syntax(Source("a.py", b"x = '\xff'\n")).summary == "not UTF-8"


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="this Python reads it")
@pytest.mark.parametrize(
    "text", ["type A = int\n", "def f[T](a: T) -> T:\n    return a\n", "x = f'{'a'}'\n"]
)
def test_syntax_of_a_newer_python_is_not_called_wrong(text: str) -> None:
    found = check_syntax(Source("a.py", text.encode()))
    assert (found.passed, found.summary) == (None, "syntax not checked: needs Python 3.12")
