"""All checks of a candidate together, on invented and on real files."""

from __future__ import annotations

import hashlib
import random
import sysconfig
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.quality.checks import check_candidate, content_hash
from orchestrator.quality.inspection.counting import code_lines
from orchestrator.quality.inspection.source import Source
from orchestrator.values import Evidence, TaskSpec
from tests.quality.limits import Contract


def check(
    content: bytes,
    stage: Path,
    path: str = "slug.py",
    base: bytes | None = None,
    constraints: tuple[str, ...] = (),
    test_command: str = "",
) -> dict[str, Evidence]:
    spec = TaskSpec(
        task_id="T-1",
        description="d",
        output_file=path,
        constraints=constraints,
        test_command=test_command,
    )
    found = check_candidate(spec, path, content, base=base, contract=Contract(), stage_root=stage)
    return {one.kind: one for one in found}


def test_a_good_candidate_passes_every_check(tmp_path: Path) -> None:
    content = b"import re\n\n\ndef slugify(text):\n    return re.escape(text)\n"
    found = check(content, tmp_path, constraints=("Export function slugify",))
    assert list(found) == ["syntax", "contract", "imports", "constraints"]
    assert all(one.passed for one in found.values())


def test_every_finding_names_the_content_it_is_about(tmp_path: Path) -> None:
    content = b"x = 1\n"
    found = check(content, tmp_path)
    assert {one.content_hash for one in found.values()} == {hashlib.sha256(content).hexdigest()}
    assert content_hash(content) == hashlib.sha256(content).hexdigest()


def test_a_broken_file_still_gets_its_other_findings(tmp_path: Path) -> None:
    found = check(b"import re\ndef f(:\n", tmp_path)
    assert found["syntax"].passed is False
    assert found["contract"].passed is True
    assert found["imports"].passed is None


def test_nothing_to_say_about_constraints_says_nothing(tmp_path: Path) -> None:
    assert "constraints" not in check(b"x = 1\n", tmp_path, constraints=("Be careful",))


@pytest.mark.parametrize("command", ["a | b", "'", "python -m pytest", "no-such-program", ""])
def test_the_test_command_may_be_anything(tmp_path: Path, command: str) -> None:
    assert check(b"import re\n", tmp_path, test_command=command)["imports"].passed is True


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=300) | st.text(max_size=300).map(str.encode),
    st.sampled_from(
        ["a.py", "a.js", "a.tsx", "a.json", "a.yaml", "a.toml", "a.css", "a.go", "a.rs"]
    ),
    st.none() | st.binary(max_size=100),
)
def test_no_content_breaks_the_checks(content: bytes, path: str, base: bytes | None) -> None:
    constraints = ("no imports", "typed", "docstrings", "pure", "export x", "no default export")
    assert check(content, Path(__file__).parent, path, base, constraints)


def test_two_hundred_real_files_are_checked_without_a_crash() -> None:
    stdlib = Path(sysconfig.get_path("stdlib"))
    files = sorted(stdlib.glob("*.py")) + sorted(stdlib.glob("[a-z]*/[a-z]*.py"))
    # The tests of Python itself hold files that are broken on purpose.
    files = [file for file in files if file.parent.name not in {"test", "site-packages"}]
    seed = random.randrange(1_000_000)
    for file in random.Random(seed).sample(files, 200):
        content = file.read_bytes()
        found = check(content, stdlib, file.relative_to(stdlib).as_posix(), base=b"")
        where = f"{file}, seed {seed}: {found}"
        assert found["syntax"].passed is True, where
        assert found["imports"].passed is not False, where
        lines = len(code_lines(Source(file.name, content)))
        assert lines <= content.count(b"\n") + 1, where
        assert (found["contract"].passed is True) <= (lines <= Contract().max_lines), where
