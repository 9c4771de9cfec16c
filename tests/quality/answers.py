"""Answers of the kinds that local models of 7B to 34B give, each with what must come of it.

Written by hand after habits seen in such models; `PY`, `JS` and `MD` are the files they mean.
"""

from __future__ import annotations

from dataclasses import dataclass

PY = '''import re


def slugify(text: str) -> str:
    """Turn text into a slug."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
'''
JS = """export function slugify(text) {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}
"""
TEST = """from slug import slugify


def test_spaces_become_dashes():
    assert slugify("a b") == "a-b"


def test_empty_stays_empty():
    assert slugify("") == ""


def test_everything_else_goes():
    assert slugify("a!?b") == "a-b"
"""
MD = """# slug

Turns text into slugs.

```bash
pip install slug
```

## Use

```python
from slug import slugify
```

That is all.
"""
BASE = """VERSION = "1.0"


def old(text):
    return text


def keep(text):
    return text * 2
"""


@dataclass(frozen=True)
class Answer:
    """One answer and what must be read out of it: the content, or a problem's kind."""

    name: str
    text: str
    content: str = ""
    problem: str = ""
    file: str = "src/slug.py"
    base: str | None = None
    stop: str = "stop"


FENCED = (
    Answer("a labelled block", f"```python\n{PY}```", PY),
    Answer("a block without a label", f"```\n{PY}```", PY),
    Answer("prose around", f"Sure! Here is it:\n\n```python\n{PY}```\n\nIt uses a regex.", PY),
    Answer("four backticks", f"````python\n{PY}````\n", PY),
    Answer("tildes", f"~~~py\n{PY}~~~\n", PY),
    Answer(
        "an indented block in a list",
        "1. The file:\n\n"
        + "".join(
            f"   {line}\n" if line else "\n" for line in ["```python", *PY.split("\n")[:-1], "```"]
        ),
        PY,
    ),
    Answer("Windows newlines", f"```python\n{PY}```".replace("\n", "\r\n"), PY),
    Answer("old Mac newlines", f"```python\n{PY}```".replace("\n", "\r"), PY),
    Answer("a byte order mark", f"\ufeff```python\n\ufeff{PY}```", PY),
    Answer("no final newline", f"```python\n{PY.rstrip()}\n```", PY),
    Answer("blank lines around", f"```python\n\n\n{PY}\n\n\n```", PY),
    Answer("a path in the label", f"```python path=src/slug.py\n{PY}```", PY),
    Answer("a path after a colon", f"```python:src/slug.py\n{PY}```", PY),
    Answer("a title", f'```js title="src/slug.js"\n{JS}```', JS, file="src/slug.js"),
    Answer("only a path as label", f"```src/slug.py\n{PY}```", PY),
    Answer("a heading with the path", f"### `src/slug.py`\n\n```python\n{PY}```", PY),
    Answer("a bold name", f"**slug.py**:\n```python\n{PY}```", PY),
    Answer("a first comment with the path", f"```python\n# src/slug.py\n{PY}```", PY),
    Answer(
        "a first comment with a word",
        f"```js\n// File: src/slug.js\n{JS}```",
        JS,
        file="src/slug.js",
    ),
    Answer("a path from the root", f"```python\n# /repo/src/slug.py\n{PY}```", PY),
    Answer("javascript for typescript", f"```javascript\n{JS}```", JS, file="src/slug.ts"),
    Answer("a label in capitals", f"```Python\n{PY}```", PY),
    Answer("the closing fence behind the code", f"```python\n{PY.rstrip()}```\nDone.", PY),
    Answer("a closing fence that is indented a little", f"```python\n{PY}   ```\nDone.", PY),
    Answer("a label with a version", f"```python3\n{PY}```", PY),
    Answer("a Pandoc label", f"```{{.python .numberLines}}\n{PY}```", PY),
)

SEVERAL = (
    Answer(
        "usage after it",
        f"```python\n{PY}```\n\nExample usage:\n```python\nprint(slugify('A b'))\n```",
        PY,
    ),
    Answer("install before it", f"```bash\npip install x\n```\n\n```python\n{PY}```", PY),
    Answer("a longer test after it", f"```python\n{PY}```\nAnd a test:\n```python\n{TEST}```", PY),
    Answer(
        "a named test after it",
        f"```python\n# src/slug.py\n{PY}```\n```python\n# tests/test_slug.py\n{TEST}```",
        PY,
    ),
    Answer(
        "the test is wanted",
        f"```python\n{PY}```\n\n```python\n{TEST}```",
        TEST,
        file="tests/test_slug.py",
    ),
    Answer(
        "steps, then all of it",
        "First:\n```python\nimport re\n```\nThen:\n```python\ndef slugify(text): ...\n```\n"
        f"The complete code:\n```python\n{PY}```",
        PY,
    ),
    Answer(
        "a short draft and the final",
        f"```python\ndef slugify(t): return t\n```\nCorrected version:\n```python\n{PY}```",
        PY,
    ),
    Answer(
        "parts",
        "Part 1:\n```python\nimport re\n```\nPart 2:\n```python\nx = 1\n```",
        "import re\n\nx = 1\n",
    ),
    Answer(
        "a transcript",
        "```python\n>>> slugify('a')\n'a'\n>>> slugify('b c')\n'b-c'\n>>> slugify('')\n''\n"
        f">>> slugify('x' * 99)\n'xxx'\n```\n```python\n{PY}```",
        PY,
    ),
    Answer("an output block", f"```python\n{PY}```\nOutput:\n```\n" + "a-b\n" * 80 + "```", PY),
    Answer(
        "another file first",
        f"**package.json**\n```json\n{{}}\n```\n**src/slug.js**\n```js\n{JS}```",
        JS,
        file="src/slug.js",
    ),
    Answer(
        "an indented fence in a docstring",
        '```python\ndef f():\n    """Do.\n\n    ```python\n    f()\n    ```\n    """\n```',
        'def f():\n    """Do.\n\n    ```python\n    f()\n    ```\n    """\n',
    ),
    Answer("an empty package file", "```python\n```", "", file="src/pkg/__init__.py"),
)

BARE = (
    Answer("bare code", PY, PY),
    Answer("bare code after a lead-in", f"Here is the code:\n\n{PY}", PY),
    Answer("bare code after chatter", f"Sure!\nI'll write the function for you.\n\n{PY}", PY),
    Answer(
        "bare code before an explanation",
        f"{PY}\nThis function lowers the text first. It then replaces runs of other characters.",
        PY,
    ),
    Answer(
        "bare code between",
        f"Here's the function:\n\n{PY}\nExplanation:\n- It lowers the text.\n- It strips dashes.",
        PY,
    ),
    Answer(
        "bare JavaScript between",
        f"Below is the code.\n\n{JS}\nThis exports a named function that does it.",
        JS,
        file="a/slug.js",
    ),
    Answer("the label without a fence", f"python\n{PY}", PY),
    Answer("only the closing fence", f"{PY}```\n\nHope this helps!", PY),
    Answer("one line", 'VERSION = "1.2"', 'VERSION = "1.2"\n'),
    Answer("one line in an inline fence", '```VERSION = "1.2"```', 'VERSION = "1.2"\n'),
    Answer("broken bare code", "def f(:\n    return 1\n", "def f(:\n    return 1\n"),
    Answer("bare CSS", "a { color: red; }\n", "a { color: red; }\n", file="a.css"),
    Answer("bare YAML", "name: ci\non: push\n", "name: ci\non: push\n", file="ci.yml"),
    Answer(
        "bare JSON after prose",
        'Here you go: the file.\n{"a": [1, 2]}\nEnjoy!',
        '{"a": [1, 2]}\n',
        file="a.json",
    ),
    Answer(
        "a bare Go file",
        'package main\n\nimport "fmt"\n\nfunc main() {\n\tfmt.Println(1)\n}\n',
        'package main\n\nimport "fmt"\n\nfunc main() {\n\tfmt.Println(1)\n}\n',
        file="main.go",
    ),
    Answer("an unknown suffix", "anything goes\n", "anything goes\n", file="data.xyz"),
)

MARKED = (
    Answer("thinking", f"<think>\nUse re. ```python\nx\n```\n</think>\n\n```python\n{PY}```", PY),
    Answer(
        "thinking whose head is in the prompt",
        f"I need a regex.\n</think>\n\n```python\n{PY}```",
        PY,
    ),
    Answer(
        "headless thinking with a longer draft in it",
        f"First:\n```python\n{PY}{PY}```\nToo long.\n</think>\n```python\n{PY}```",
        PY,
    ),
    Answer("headless thinking before bare code", f"Use re, then strip.\n</think>\n{PY}", PY),
    Answer("thinking that is never closed", f"<think>\nLet me see.\n```python\n{PY}```", PY),
    Answer("thinking in other words", f"<reasoning>hm</reasoning>\n{PY}", PY),
    Answer("thinking in brackets", f"[THINK]hm[/THINK]```python\n{PY}```", PY),
    Answer(
        "code about thinking tags",
        'def strip(text):\n    return text.split("</think>")[-1]\n',
        'def strip(text):\n    return text.split("</think>")[-1]\n',
    ),
    Answer(
        "fenced code about thinking tags",
        '```python\nOPEN = """\n<think>\n"""\n```',
        'OPEN = """\n<think>\n"""\n',
    ),
    Answer(
        "channels",
        "<|channel|>analysis<|message|>Use re.<|end|><|start|>assistant"
        f"<|channel|>final<|message|>```python\n{PY}```<|return|>",
        PY,
    ),
    Answer("a chat token at the end", f"```python\n{PY}```<|im_end|>", PY),
    Answer("CodeLlama's brackets", f"[PYTHON]\n{PY}[/PYTHON]\n[TESTS]\nassert 1\n[/TESTS]", PY),
    Answer("tags around", f"<code>\n{PY}</code>", PY),
    Answer("a file tag around a fence", f'<file path="x">\n```python\n{PY}```\n</file>', PY),
    Answer("a tag without a path", f"<answer>\n```python\n{PY}```\n</answer>", PY),
    Answer("a file tag", f'<file path="src/slug.py">\n{PY}</file>', PY),
    Answer("an Alpaca prompt repeated", f"### Instruction:\nWrite it.\n\n### Response:\n{PY}", PY),
    Answer(
        "the prompt repeated with the file as it was",
        f"# Task T-1\nMake it a slug.\n\n# Output file\nsrc/slug.py\n\n# The file as it is\n"
        f"```python\n{TEST}```\n\n# Context: src/other.py\n```python\n{TEST}{TEST}```\n\n"
        f"# Output format\nOnly the file content of src/slug.py.\n\n```python\n{PY}```",
        PY,
    ),
    Answer(
        "the prompt repeated",
        "Task ID: T-001\nObjective: Write a slug function.\nOutput file: src/slug.py\n\n"
        f"Context file `src/other.py`:\n```python\n{TEST}```\n\n"
        f"Output:\n```python\n# src/slug.py\n{PY}```",
        PY,
    ),
)

PLAIN_ANSWERS = (*FENCED, *SEVERAL, *BARE, *MARKED)
