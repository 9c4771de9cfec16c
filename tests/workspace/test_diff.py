import random
import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.values import FileDiff
from orchestrator.workspace.diff import diff_files
from orchestrator.workspace.matching import matching_blocks


def _one(old: bytes | None, new: bytes | None, path: str = "a") -> FileDiff:
    (diff,) = diff_files({path: old}, {path: new})
    return diff


def _drawn(diff: FileDiff) -> list[str]:
    return [f"{line.kind}{line.text}" for hunk in diff.hunks for line in hunk.lines]


def test_added_changed_and_removed_files_are_told_apart() -> None:
    diffs = diff_files({"b": b"1\n", "c": b"1\n"}, {"a": b"1\n", "b": b"2\n", "c": None})
    assert [(one.path, one.status, one.added, one.removed) for one in diffs] == [
        ("a", "added", 1, 0),
        ("b", "modified", 1, 1),
        ("c", "removed", 0, 1),
    ]
    assert _one(b"1\n", b"1\n").status == "unchanged"


def test_binary_files_are_named_not_drawn() -> None:
    diff = _one(b"\0", b"\0\0")
    assert (diff.hunks, diff.note) == ((), "binary, 1 -> 2 bytes")


def test_a_huge_file_is_named_not_drawn() -> None:
    diff = _one(b"", b"x\n" * 1_100_000)
    assert (diff.hunks, diff.note) == ((), "too large to show, 0 -> 2,200,000 bytes")


def test_a_long_difference_is_cut_and_says_so() -> None:
    diff = _one(b"", b"".join(b"%d\n" % number for number in range(7_000)))
    assert diff.added == 7_000
    assert sum(len(hunk.lines) for hunk in diff.hunks) == 5_000
    assert diff.note == "only the first 5,000 lines of the difference are shown"


def test_a_missing_last_line_end_is_seen() -> None:
    assert _drawn(_one(b"x\n", b"x")) == ["-x", "+x  [no line end]"]
    assert _drawn(_one(b"x", b"x\ny")) == ["-x  [no line end]", "+x", "+y  [no line end]"]


@pytest.mark.parametrize(
    ("old", "new", "drawn", "note"),
    [
        (b"a\r\nb\r\n", b"a\r\nc\r\n", [" a", "-b", "+c"], ""),
        (b"a\r\nb\r\n", b"a\nb\n", [], "line ends CRLF -> LF"),
        (b"a\nb\n", b"a\r\nc\r\n", [" a", "-b", "+c"], "line ends LF -> CRLF"),
        (b"a\nb\n", b"a\r\nb\n", ["-a", "+a␍", " b"], "line ends LF -> mixed"),
        (b"a\r\nb\n", b"a\r\nb\nc\n", [" a␍", " b", "+c"], ""),
        (None, b"a\r\n", ["+a"], ""),
    ],
)
def test_carriage_returns_are_seen_but_make_no_noise(
    old: bytes | None, new: bytes, drawn: list[str], note: str
) -> None:
    diff = _one(old, new)
    assert (_drawn(diff), diff.note) == (drawn, note)


def test_bytes_that_are_no_utf8_are_drawn_and_told_apart() -> None:
    assert _drawn(_one(b"caf\xe9\n", b"caf\xe8\n")) == ["-caf\\xe9", "+caf\\xe8"]


def test_only_line_feeds_end_lines() -> None:
    text = "a\u2028b\x0bc\x0cd\x85e\n"
    assert _drawn(_one(b"", text.encode())) == [f"+{text[:-1]}"]


def test_numbers_count_from_one_on_both_sides() -> None:
    (hunk,) = _one(b"1\n2\n3\n", b"1\nzwei\n3\n").hunks
    assert [(line.kind, line.old, line.new) for line in hunk.lines] == [
        (" ", 1, 1),
        ("-", 2, None),
        ("+", None, 2),
        (" ", 3, 3),
    ]
    assert hunk.header == "@@ -1,3 +1,3 @@"


def test_three_lines_of_context_and_far_changes_apart() -> None:
    old = [f"{number}" for number in range(40)]
    new = [*old[:10], "x", *old[10:16], "y", *old[16:30], "z", *old[31:]]
    first, second = _one(_text(old), _text(new)).hunks
    assert [line.text for line in first.lines] == [
        *("7", "8", "9", "x", "10", "11", "12", "13", "14", "15", "y", "16", "17", "18")
    ]
    assert [line.text for line in second.lines] == ["27", "28", "29", "30", "z", "31", "32", "33"]
    assert (first.header, second.header) == ("@@ -8,12 +8,14 @@", "@@ -28,7 +30,7 @@")


def test_the_language_is_known_by_the_ending() -> None:
    assert _one(b"", b"x", "src/a.tsx").language == "tsx"
    assert _one(b"", b"x", "what.is-this").language == ""


# --- whatever the files hold -----------------------------------------------------------------

words = st.lists(st.sampled_from(["a", "b", "c"]), max_size=12)


def _text(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


@given(words, words)
def test_the_new_side_can_be_put_together_from_the_old_one_and_the_hunks(
    old: list[str], new: list[str]
) -> None:
    diff = _one(_text(old), _text(new))
    rebuilt: list[str] = []
    position = 0
    for line in (line for hunk in diff.hunks for line in hunk.lines):
        if line.old is not None:
            rebuilt += old[position : line.old - 1]
            position = line.old
            assert old[line.old - 1] == line.text
        if line.new is not None:
            if line.old is None:
                missing = line.new - 1 - len(rebuilt)
                rebuilt += old[position : position + missing]
                position += missing
            rebuilt.append(line.text)
    assert rebuilt + old[position:] == new
    assert len(new) - len(old) == diff.added - diff.removed


def _lines(text: str) -> list[bytes]:
    return [char.encode() for char in text]


@given(st.text("abc", max_size=30), st.text("abc", max_size=30))
def test_blocks_are_equal_rising_and_whole(old: str, new: str) -> None:
    blocks = matching_blocks(_lines(old), _lines(new))
    for block in blocks:
        assert block.size
        assert old[block.old :][: block.size] == new[block.new :][: block.size]
    ends = [(0, 0), *((block.old + block.size, block.new + block.size) for block in blocks)]
    for (old_end, new_end), block in zip(ends, blocks, strict=False):
        assert block.old >= old_end
        assert block.new >= new_end
        assert (block.old, block.new) != (old_end, new_end) or block == blocks[0]


def test_a_few_edits_in_a_large_file_are_found_exactly() -> None:
    source = random.Random(7)
    old = [b"line %d" % number if number % 3 else b"}" for number in range(30_000)]
    new = list(old)
    for place in sorted(source.sample(range(30_000), 40), reverse=True):
        new[place : place + 1] = [b"edit %d" % place, b"}"]
    equal = sum(block.size for block in matching_blocks(old, new))
    assert 30_000 - 40 <= equal <= 30_000


def test_what_repeats_behind_the_last_unique_line_is_found_too() -> None:
    changed = [b"%d" % (number if number % 2 else -number) for number in range(4_000)]
    old = [*(b"%d" % number for number in range(4_000)), *[b"}"] * 50, b"old"]
    new = [*changed, *[b"}"] * 50, b"new"]
    assert sum(block.size for block in matching_blocks(old, new)) == 2_000 + 1 + 50


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"}\n" * 50_000, b"}\n" * 50_001),
        (b"{\n}\n" * 10_000, b"}\n\n" * 10_000),
        (
            b"".join(b"%d\n" % n for n in range(20_000)),
            b"".join(b"%d\n" % (n if n % 2 else -n) for n in range(20_000)),
        ),
        (
            b"".join(b"%d\n" % (n * 7919 % 20_000) for n in range(20_000)),
            b"".join(b"%d\n" % (n * 104_729 % 20_000) for n in range(20_000)),
        ),
        (
            b"".join(b"%d\n" % (n * 7919 % 37) for n in range(20_000)),
            b"".join(b"%d\n" % (n * 104_729 % 31) for n in range(20_000)),
        ),
    ],
    ids=["one line", "two lines", "every second", "shuffled", "few words"],
)
def test_no_pair_of_files_takes_long(old: bytes, new: bytes) -> None:
    """difflib alone needs minutes for some of these."""
    begun = time.process_time()
    _one(old, new)
    assert time.process_time() - begun < 5
