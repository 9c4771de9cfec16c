"""Answers that are unified diffs: recognised, and applied when they fit without a doubt."""

from __future__ import annotations

import re

import msgspec

from orchestrator.quality.answers.naming import same_file

_HUNK = re.compile(r"@@(?: -(\d+)(?:,\d+)? \+\d+(?:,\d+)? @@.*|.*@@.*|)")
_BEGINNINGS = ("diff --git ", "--- ", "+++ ", "@@", "Index: ", "*** Begin Patch", "*** Update File")
_HEADERS = ("diff --git ", "index ", "Index: ", "+++ ", "\\", "new file mode ", "similarity ")
_SEARCH = re.compile(r"^<{5,} ?(?:SEARCH|ORIGINAL|HEAD)\b", re.MULTILINE)
_NOWHERE = "/dev/null"
_MOST_HUNKS = 200


class Hunk(msgspec.Struct):
    """Lines to find and the lines to put there."""

    start: int | None
    """Line number the answer gives, from 1; models often miscount."""
    old: list[str]
    new: list[str]


class FilePatch(msgspec.Struct):
    """The part of a diff that is about one file."""

    path: str
    hunks: list[Hunk]


def looks_like_patch(text: str) -> bool:
    """True for a unified diff, a patch envelope, or search-and-replace blocks."""
    if _SEARCH.search(text) and "\n=======" in text and "\n>>>>>" in text:
        return True
    lines = text.strip().split("\n")
    if not lines[0].startswith(_BEGINNINGS):
        return False
    return any(line.startswith("@@") for line in lines) and any(
        line.startswith(("+", "-")) and not line.startswith(("+++", "---")) for line in lines
    )


def files_of_patch(patch: str) -> tuple[str, ...]:
    """The files a unified diff names, in order."""
    return tuple(file.path for file in _parse(patch) if file.path)


def apply_patch(base: str | None, patch: str, path: str) -> str | None:
    """The file after the patch, or None when it does not fit exactly.

    Args:
        base: the file before, LF newlines; None when there is no file.
        patch: a unified diff; line numbers may be wrong or missing as long as the place is unique.
        path: the file that is wanted; hunks for other files are left out.
    """
    files = [p for p in _parse(patch) if p.hunks and (not p.path or same_file(p.path, path))]
    if len(files) != 1 or len(files[0].hunks) > _MOST_HUNKS:
        return None
    return _created(files[0]) if base is None else _changed(base, files[0])


def _created(patch: FilePatch) -> str | None:
    if len(patch.hunks) != 1 or patch.hunks[0].old:
        return None
    return "\n".join([*patch.hunks[0].new, ""])


def _changed(base: str, patch: FilePatch) -> str | None:
    lines = base.removesuffix("\n").split("\n")
    done: list[str] = []
    taken = 0
    for hunk in patch.hunks:
        at = _place(lines, hunk, taken)
        if at is None:
            return None
        done += lines[taken:at] + hunk.new
        taken = at + len(hunk.old)
    return "\n".join([*done, *lines[taken:], ""])


def _place(lines: list[str], hunk: Hunk, taken: int) -> int | None:
    """Index of the hunk's old lines: where it says, else the only place they are."""
    if not hunk.old:
        return None
    size = len(hunk.old)
    found = [
        at
        for at in range(taken, len(lines) - size + 1)
        if lines[at] == hunk.old[0] and lines[at : at + size] == hunk.old
    ]
    if hunk.start is not None and hunk.start - 1 in found:
        return hunk.start - 1
    return found[0] if len(found) == 1 else None


def _parse(patch: str) -> list[FilePatch]:
    files: list[FilePatch] = []
    lines = patch.rstrip("\n").split("\n")
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if line.startswith("--- ") and following.startswith("+++ "):
            files.append(FilePatch(_named(line, following), []))
        elif line.startswith(_HEADERS):
            continue
        elif (match := _HUNK.fullmatch(line)) is not None:
            if not files:
                files.append(FilePatch("", []))
            files[-1].hunks.append(Hunk(int(match[1]) if match[1] else None, [], []))
        elif files and files[-1].hunks:
            _take(files[-1].hunks[-1], line)
    return files


def _named(before: str, after: str) -> str:
    names = [line[4:].split("\t")[0].strip() for line in (after, before)]
    return next((name for name in names if name != _NOWHERE), "")


def _take(hunk: Hunk, line: str) -> None:
    """Put a line of the diff on its side; an empty one is context whose space was dropped."""
    if line.startswith("+"):
        hunk.new.append(line[1:])
    elif line.startswith("-"):
        hunk.old.append(line[1:])
    else:
        text = line.removeprefix(" ")
        hunk.old.append(text)
        hunk.new.append(text)
