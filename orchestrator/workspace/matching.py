"""Which lines of two files belong together: good to read, and never slow.

difflib alone is quadratic where lines repeat: 3,000 times the same two lines keep it busy for more
than half a minute. So lines that are unique on both sides are put into order first (patience
diff), and difflib sees only the gaps in between; a gap that is still too costly counts as replaced.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

_MOST_STEPS = 1_000_000
"""What difflib may cost at worst for one gap: a few tenths of a second."""


class Block(NamedTuple):
    """`size` lines from `old` on equal those from `new` on, counted from 0."""

    old: int
    new: int
    size: int


def matching_blocks(old: Sequence[bytes], new: Sequence[bytes]) -> list[Block]:
    """Equal stretches in rising order; neighbours are joined; none is empty."""
    joined: list[Block] = []
    for block in _match(old, new, 0, 0):
        last = joined[-1] if joined else None
        if last and (last.old + last.size, last.new + last.size) == (block.old, block.new):
            joined[-1] = last._replace(size=last.size + block.size)
        else:
            joined.append(block)
    return joined


def _match(old: Sequence[bytes], new: Sequence[bytes], old_at: int, new_at: int) -> Iterator[Block]:
    """Blocks of two gaps that begin at `old_at` and `new_at`."""
    head = _common_head(old, new)
    tail = _common_head(old[head:][::-1], new[head:][::-1])
    if head:
        yield Block(old_at, new_at, head)
    yield from _match_middle(
        old[head : len(old) - tail], new[head : len(new) - tail], old_at + head, new_at + head
    )
    if tail:
        yield Block(old_at + len(old) - tail, new_at + len(new) - tail, tail)


def _common_head(old: Sequence[bytes], new: Sequence[bytes]) -> int:
    pairs = enumerate(zip(old, new, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(old), len(new)))


def _match_middle(
    old: Sequence[bytes], new: Sequence[bytes], old_at: int, new_at: int
) -> Iterator[Block]:
    if _steps(old, new) <= _MOST_STEPS:
        matcher = SequenceMatcher(None, old, new, autojunk=False)
        for one, other, size in matcher.get_matching_blocks():
            if size:
                yield Block(old_at + one, new_at + other, size)
        return
    one = other = 0
    for anchor in _anchors(old, new):
        gaps = old[one : anchor.old], new[other : anchor.new]
        yield from _match(*gaps, old_at + one, new_at + other)
        yield Block(old_at + anchor.old, new_at + anchor.new, 1)
        one, other = anchor.old + 1, anchor.new + 1
    if one:
        yield from _match(old[one:], new[other:], old_at + one, new_at + other)


def _steps(old: Sequence[bytes], new: Sequence[bytes]) -> int:
    """What difflib needs at worst: a search through all pairs for each line."""
    in_new = Counter(new)
    pairs = sum(count * in_new[line] for line, count in Counter(old).items())
    return min(len(old), len(new)) * (len(old) + pairs)


def _anchors(old: Sequence[bytes], new: Sequence[bytes]) -> list[Block]:
    """The longest run of lines that are unique on both sides and keep their order."""
    in_old, in_new = Counter(old), Counter(new)
    place = {line: at for at, line in enumerate(new) if in_old[line] == in_new[line] == 1}
    return _rising([Block(at, place[line], 1) for at, line in enumerate(old) if line in place])


def _rising(pairs: Sequence[Block]) -> list[Block]:
    """The longest part of `pairs`, which rise in `old`, that rises in `new` too."""
    tops: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for number, pair in enumerate(pairs):
        pile = bisect_left(tops, pair.new)
        before.append(ends[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [pair.new]
        ends[pile : pile + 1] = [number]
    run: list[Block] = []
    number = ends[-1] if ends else -1
    while number >= 0:
        run.append(pairs[number])
        number = before[number]
    return run[::-1]
