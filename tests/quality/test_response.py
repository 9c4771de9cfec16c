"""Whatever a model says becomes the one file that was asked for, or a problem with a name."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.quality.answers.problems import (
    ParsedResponse,
    ResponseProblem,
    response_evidence,
)
from orchestrator.quality.response import parse_response
from orchestrator.values import TaskSpec
from tests.quality.answers import PY, Answer
from tests.quality.odd_answers import ANSWERS


def spec_for(file: str) -> TaskSpec:
    return TaskSpec(task_id="T-1", description="Turn text into a slug.", output_file=file)


def parse(
    text: str, file: str = "src/slug.py", stop: str = "stop", base: str | None = None
) -> object:
    return parse_response(text, spec=spec_for(file), stop=stop, base=base)


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer.name)
def test_an_answer_gives_its_file_or_its_problem(answer: Answer) -> None:
    result = parse(answer.text, answer.file, answer.stop, answer.base)
    if answer.problem:
        assert isinstance(result, ResponseProblem), result
        assert result.kind == answer.problem
    else:
        assert isinstance(result, ParsedResponse), result
        assert result.content == answer.content
        assert result.path == answer.file


def test_there_are_many_kinds_of_answers() -> None:
    assert len({answer.text for answer in ANSWERS}) >= 100
    kinds = {answer.problem for answer in ANSWERS if answer.problem}
    assert kinds == {"empty", "refused", "cut", "not_code", "placeholder", "wrong_file"}


@pytest.mark.parametrize(
    "answer", [a for a in ANSWERS if a.content], ids=lambda answer: answer.name
)
def test_the_file_itself_is_read_as_itself(answer: Answer) -> None:
    fenced = f"~~~~~~\n{answer.content}~~~~~~"
    result = parse(fenced, answer.file, base=answer.base)
    assert isinstance(result, ParsedResponse)
    assert result.content == answer.content


@pytest.mark.parametrize(
    "answer", [a for a in ANSWERS if a.problem], ids=lambda answer: answer.name
)
def test_every_problem_tells_the_person_and_the_model(answer: Answer) -> None:
    result = parse(answer.text, answer.file, answer.stop, answer.base)
    assert isinstance(result, ResponseProblem)
    assert result.message.strip()
    assert "\n" not in result.message
    assert answer.file in result.feedback


def test_a_refusal_is_asked_again_as_generating_code() -> None:
    result = parse("I'm sorry, but I can't help with that.")
    assert isinstance(result, ResponseProblem)
    assert result.feedback.startswith("Generate code for src/slug.py: Turn text into a slug.")


def test_files_that_were_not_asked_for_are_named_and_left_out() -> None:
    text = f"```python\n# src/slug.py\n{PY}```\n```python\n# src/extra.py\nEXTRA = 1\n```"
    result = parse(text)
    assert isinstance(result, ParsedResponse)
    assert "EXTRA" not in result.content
    assert result.notes == ("Left out: src/extra.py.",)


def test_other_files_in_json_are_named_and_left_out() -> None:
    result = parse('{"src/slug.py": "x = 1", "src/b.py": "y = 1"}')
    assert isinstance(result, ParsedResponse)
    assert (result.content, result.notes) == ("x = 1\n", ("Left out: src/b.py.",))


def test_joined_parts_are_told() -> None:
    result = parse("Part 1:\n```python\na = 1\n```\nPart 2:\n```python\nb = 2\n```")
    assert isinstance(result, ParsedResponse)
    assert result.notes == ("Joined from 2 parts.",)


def test_a_lone_surrogate_does_not_reach_the_file() -> None:
    result = parse('{"path": "src/slug.py", "content": "x = \'\\ud800\'"}')
    assert isinstance(result, ParsedResponse)
    assert result.data == "x = '\ufffd'\n".encode()


def test_the_path_comment_stays_when_the_user_has_it_too() -> None:
    result = parse("```python\n# src/slug.py\nx = 2\n```", base="# src/slug.py\nx = 1\n")
    assert isinstance(result, ParsedResponse)
    assert result.content == "# src/slug.py\nx = 2\n"


def test_a_problem_is_evidence_against_the_answer() -> None:
    result = parse("")
    assert isinstance(result, ResponseProblem)
    evidence = response_evidence(result)
    assert (evidence.kind, evidence.passed, evidence.content_hash) == ("response", False, "")
    assert evidence.detail == result.feedback


def test_a_file_is_evidence_about_its_content() -> None:
    result = parse(PY)
    assert isinstance(result, ParsedResponse)
    evidence = response_evidence(result, "abc")
    assert (evidence.passed, evidence.content_hash) == (True, "abc")


# --- for any text ----------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        *(
            "```",
            "```python",
            "```js path=a.js",
            "~~~",
            "````md",
            "   ```",
            "```python:src/slug.py",
        ),
        *("<think>", "</think>", "<file path='x'>", "</file>", "[PYTHON]", "[/PYTHON]", "</s>"),
        *(
            "Here is the code:",
            "I'm sorry, I can't.",
            "### Response:",
            "**src/slug.py**",
            "Part 2:",
        ),
        *("def f():", "    return 1", "import re", "# ...", "x = {", "}", '{"files": [', "]}"),
        *(
            "--- a/x.py",
            "+++ b/x.py",
            "@@ -1 +1 @@",
            "-a",
            "+b",
            "# src/slug.py",
            "",
            "\r",
            "\ufeff",
        ),
        *('{"path": "src/slug.py", "content": "a\\n```\\n"}', "<<<<<<< SEARCH", "=======", "{}"),
    ]
)
LINES = st.one_of(PIECES, st.text(max_size=30))
TEXTS = st.one_of(st.lists(LINES, max_size=25).map("\n".join), st.text(max_size=300))
FILES = st.sampled_from(
    [
        "src/slug.py",
        "a.js",
        "README.md",
        "a.json",
        "a.yml",
        "a.css",
        "x",
        "a.ts",
        "Makefile",
        "a.html",
    ]
)


@settings(max_examples=1500, deadline=None)
@given(TEXTS, FILES, st.sampled_from(["stop", "length", "refusal", "?"]), st.none() | TEXTS)
def test_no_text_breaks_the_reader(text: str, file: str, stop: str, base: str | None) -> None:
    result = parse(text, file, stop, base)
    if isinstance(result, ParsedResponse):
        assert "\r" not in result.content
        assert result.content.endswith("\n")
        assert not result.content.endswith("\n\n")
        assert result.path == file
        result.data.decode("utf-8")
    else:
        assert isinstance(result, ResponseProblem)


@settings(max_examples=800, deadline=None)
@given(TEXTS, st.sampled_from(["src/slug.py", "a.js", "a.css", "a.go"]))
def test_no_fence_is_left_around_program_text(text: str, file: str) -> None:
    result = parse(text, file)
    if isinstance(result, ParsedResponse):
        lines = result.content.rstrip("\n").split("\n")
        assert not lines[0].lstrip().startswith(("```", "~~~"))
        assert not lines[-1].lstrip().startswith(("```", "~~~"))


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="`~\r"), max_size=200))
def test_what_is_fenced_comes_out_as_it_is(text: str) -> None:
    content = f"VALUE = 1\n{text}\nEND = 2\n"
    result = parse(f"Here it is:\n\n```python\n{content}```\n")
    if isinstance(result, ParsedResponse):
        assert result.content == content.replace("\ufeff", "")
    else:
        assert isinstance(result, ResponseProblem)
        assert result.kind in {"placeholder", "cut", "refused"}


@pytest.mark.parametrize(
    "text",
    [
        "`" * 400_000,
        "```\n" * 100_000,
        "<think>\n" * 50_000,
        "</s>" * 100_000 + "x",
        "*" * 400_000 + "\n```py\nx = 1\n```",
        "[CODE]\n" * 60_000,
        "[" * 400_000,
        "--- a\n+++ a\n" + "@@ @@\n-a\n+b\n" * 30_000,
        "# ...\n# " * 60_000,
        "\n" * 400_000,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_a_hostile_answer_is_read_in_time(text: str) -> None:
    began = time.process_time()
    for file in ("a.py", "a.js", "a.md", "a.json"):
        parse(text, file, base="a\n" * 1000)
    # Measured at under 1.5 s for all four; a quadratic reader takes minutes.
    assert time.process_time() - began < 10
