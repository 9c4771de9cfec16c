"""A task spec is read strictly; what is wrong is told with the place and the nearest name."""

import json
from typing import Any

import pytest

from orchestrator.errors import SpecError
from orchestrator.planning.spec_file import MAX_BYTES, read_spec
from orchestrator.values import TaskSpec

PROFILES = ("code", "fast")
GOOD = {"task_id": "T-001", "description": "Slugs.", "output_file": "src/slug.py"}


def read(content: bytes | str | dict[str, Any]) -> TaskSpec:
    if isinstance(content, dict):
        content = json.dumps(content)
    data = content.encode() if isinstance(content, str) else content
    return read_spec(data, "spec.json", profiles=PROFILES, context_files=2)


def with_fields(**fields: Any) -> dict[str, Any]:
    return {**GOOD, **fields}


def test_three_fields_are_enough() -> None:
    assert read(GOOD) == TaskSpec(task_id="T-001", description="Slugs.", output_file="src/slug.py")


def test_every_field_is_read() -> None:
    spec = read(
        with_fields(
            context_files=["a.py", "b.py"],
            constraints=["Export f"],
            test_command="pytest -q 'tests/test_slug.py'",
            category="utility",
            owner="local",
            profile="fast",
        )
    )
    assert spec.context_files == ("a.py", "b.py")
    assert (spec.owner, spec.profile, spec.category) == ("local", "fast", "utility")


def test_a_byte_order_mark_does_no_harm() -> None:
    assert read(b"\xef\xbb\xbf" + json.dumps(GOOD).encode()).task_id == "T-001"


WRONG: list[tuple[bytes | str | dict[str, Any], str, str]] = [
    # (content, words of the message, words of the hint)
    ("", "spec.json: is empty", "task_id"),
    (
        '{"task_id": "T-001",\n "description" "x"}',
        "spec.json:2:16: this is not JSON: expecting ':' delimiter",
        "",
    ),
    ("{'task_id': 1}", "spec.json:1:2: this is not JSON", ""),
    ('{"task_id": "T-1"} x', "spec.json:1:20: this is not JSON: extra data", ""),
    (b'{"a":\n"\xff"}', "spec.json:2: is not UTF-8", "UTF-8"),
    ("[1]", "is JSON, but no object", "one task"),
    ("[" * 100_000, "nested too deeply", ""),
    ('{"task_id": NaN}', "NaN is no JSON number", ""),
    ('{"task_id": "a", "task_id": "b"}', 'the field "task_id" is there twice', "Keep one"),
    ({}, "the fields task_id, description, output_file must be there", "src/utils/x.js"),
    ({"task_id": "T-1", "description": "x"}, "the field output_file must be there", ""),
    (with_fields(ouput_file="x"), 'unknown field "ouput_file"', 'mean "output_file"'),
    (with_fields(test_comand="x"), 'unknown field "test_comand"', 'mean "test_command"'),
    (with_fields(zzz=1), 'unknown field "zzz"', "Possible: task_id, description"),
    (with_fields(task_id=1), '"task_id" should be text, not 1', "quotes"),
    (with_fields(context_files="a.py"), '"context_files" should be a list of texts', ""),
    (with_fields(constraints=[1]), '"constraints" should be a list of texts', ""),
    (with_fields(owner="clade"), '"owner" should be one of', 'mean "claude"'),
    (with_fields(task_id="../x"), '"task_id" can\'t be "../x"', "T-001"),
    (with_fields(task_id=""), '"task_id" can\'t be ""', ""),
    (with_fields(task_id="T" * 33), '"task_id" can\'t be', "at most 32"),
    (with_fields(description="  \n"), '"description" is empty', "Say"),
    (with_fields(output_file="/etc/passwd"), "not relative to the workspace", "relative"),
    (with_fields(output_file="../x.py"), "leaves the workspace", ""),
    (with_fields(output_file="a/../../x.py"), "leaves the workspace", ""),
    (with_fields(output_file="src\\x.py"), "backslash", ""),
    (with_fields(output_file="a\u202eb.py"), "invisible", ""),
    (with_fields(output_file=".git/hooks/pre-commit"), "git's own folder", ""),
    (with_fields(output_file=""), "names no file", ""),
    (with_fields(context_files=["/etc/passwd"]), '"context_files": ', "relative"),
    (with_fields(context_files=["a", "b", "c"]), "names 3 files, at most 2", "Keep"),
    (with_fields(test_command="pytest 'x"), '"test_command" can\'t be split', "quote"),
    (with_fields(profile="fats"), 'there is no profile "fats"', 'mean "fast"'),
    (" " * (MAX_BYTES + 1), "is larger than", ""),
]


@pytest.mark.parametrize(("content", "message", "hint"), WRONG, ids=[w[1] for w in WRONG])
def test_what_is_wrong_is_told(
    content: bytes | str | dict[str, Any], message: str, hint: str
) -> None:
    with pytest.raises(SpecError) as caught:
        read(content)
    assert caught.value.message.startswith("spec.json")
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_how_many_context_files_are_allowed_is_configuration() -> None:
    data = json.dumps(with_fields(context_files=["a", "b", "c"])).encode()
    assert len(read_spec(data, "spec.json", context_files=3).context_files) == 3
