from hypothesis import given
from hypothesis import strategies as st

from orchestrator.workspace.diff import diff_files


def test_added_changed_and_removed_files_are_told_apart() -> None:
    diffs = diff_files({"b": b"1\n", "c": b"1\n"}, {"a": b"1\n", "b": b"2\n", "c": None})
    assert [(one.path, one.status, one.added, one.removed) for one in diffs] == [
        ("a", "added", 1, 0),
        ("b", "modified", 1, 1),
        ("c", "removed", 0, 1),
    ]


def test_binary_files_are_named_not_drawn() -> None:
    (one,) = diff_files({"a": b"\0"}, {"a": b"\0\0"})
    assert (one.hunks, one.note) == ((), "binary, 1 -> 2 bytes")


def test_a_missing_last_line_end_is_seen() -> None:
    (one,) = diff_files({"a": b"x\n"}, {"a": b"x"})
    assert [line.text for line in one.hunks[0].lines] == ["x", "x  [no line end]"]


def test_numbers_count_from_one_on_both_sides() -> None:
    (one,) = diff_files({"a": b"1\n2\n3\n"}, {"a": b"1\nzwei\n3\n"})
    assert [(line.kind, line.old, line.new) for line in one.hunks[0].lines] == [
        (" ", 1, 1),
        ("-", 2, None),
        ("+", None, 2),
        (" ", 3, 3),
    ]


texts = st.lists(st.sampled_from(["a", "b", "c"]), max_size=12)


@given(texts, texts)
def test_the_new_side_can_be_put_together_from_the_old_one_and_the_hunks(
    old: list[str], new: list[str]
) -> None:
    before = "".join(f"{line}\n" for line in old).encode()
    after = "".join(f"{line}\n" for line in new).encode()
    (one,) = diff_files({"x": before}, {"x": after})
    result = dict(enumerate(old, start=1))
    rebuilt: list[str] = []
    position = 1
    for hunk in one.hunks:
        for line in hunk.lines:
            while line.old is not None and position < line.old:
                rebuilt.append(result[position])
                position += 1
            if line.kind != "-":
                rebuilt.append(line.text)
            if line.old is not None:
                position = line.old + 1
    rebuilt += [result[number] for number in range(position, len(old) + 1)]
    assert rebuilt == new
