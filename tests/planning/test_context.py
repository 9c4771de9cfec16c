import pytest

from orchestrator.planning.budget import cut_to_budget, estimate_tokens
from orchestrator.planning.context import context_files, fenced, project_tree


def test_what_fits_is_left_alone() -> None:
    assert cut_to_budget("one\ntwo", 100) == "one\ntwo"


def test_what_does_not_fit_is_cut_at_a_line_and_says_so() -> None:
    text = "\n".join(f"line {number}" for number in range(1000))
    cut = cut_to_budget(text, 100)
    kept = cut.splitlines()
    assert estimate_tokens(cut) <= 100
    assert kept[-1] == f"[{1000 - len(kept) + 1} of 1000 lines left out: they do not fit]"
    assert kept[:-1] == text.splitlines()[: len(kept) - 1]


def test_a_fence_is_longer_than_any_fence_inside() -> None:
    assert fenced("README.md", "```py\n1\n```", 100).splitlines()[0] == "````markdown"


def test_missing_and_binary_context_files_are_named_not_dropped() -> None:
    shown = {file.path: file.text for file in context_files({"a": None, "b": b"\0\1"}, 100)}
    assert shown == {"a": "(there is no such file)", "b": "(a binary file, not shown)"}


@pytest.mark.parametrize("path", [".env", "a/.env.local", "id_rsa", "x.pem", "Credentials.json"])
def test_files_that_may_hold_secrets_are_not_sent_to_a_cloud(path: str) -> None:
    (there,) = context_files({path: b"KEY=secret"}, 100, cloud=True)
    assert there.text == "(not shown: it may hold secrets)"
    (here,) = context_files({path: b"KEY=secret"}, 100)
    assert "KEY=secret" in here.text


def test_a_large_project_is_summed_up_by_folder() -> None:
    tree = project_tree([f"src/file{number}.py" for number in range(500)], 50)
    assert tree == "src/  (500 files)"
