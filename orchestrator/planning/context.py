"""What a model is shown of the project: fenced files, and the list of files for the planner."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

import msgspec

from orchestrator.languages import language_of
from orchestrator.planning.budget import cut_to_budget, estimate_tokens

_SECRETS = (
    ".env*",
    "*.pem",
    "*.key",
    "*.p12",
    "*.pfx",
    "id_*",
    ".netrc",
    ".npmrc",
    ".pypirc",
    "credentials*",
    "secrets*",
)


def may_hold_secrets(path: str) -> bool:
    """True for files that often hold keys: they are not sent to a cloud."""
    name = path.rpartition("/")[2].casefold()
    return any(fnmatchcase(name, pattern) for pattern in _SECRETS)


class ContextFile(msgspec.Struct, frozen=True):
    """A file as shown to a model: already fenced and cut to its budget."""

    path: str
    text: str


def fenced(path: str, text: str, tokens: int) -> str:
    """`text` in a fence longer than any fence inside it, cut to `tokens` with a note."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language_of(path).name}\n{cut_to_budget(text, tokens).rstrip()}\n{fence}"


def context_files(
    files: Mapping[str, bytes | None], tokens: int, *, cloud: bool = False
) -> tuple[ContextFile, ...]:
    """Each file fenced, with an equal share of `tokens`; what is not shown is named with why.

    Args:
        files: content by path; None when there is no such file.
        tokens: for all of them together.
        cloud: True when the prompt leaves this machine.
    """
    share = tokens // max(1, len(files))
    found: list[ContextFile] = []
    for path, data in files.items():
        if cloud and may_hold_secrets(path):
            found.append(ContextFile(path, "(not shown: it may hold secrets)"))
        elif data is None:
            found.append(ContextFile(path, "(there is no such file)"))
        elif b"\0" in data:
            found.append(ContextFile(path, "(a binary file, not shown)"))
        else:
            found.append(ContextFile(path, fenced(path, data.decode("utf-8", "replace"), share)))
    return tuple(found)


def project_tree(paths: Iterable[str], tokens: int) -> str:
    """The project's paths, one a line; folders are summed up where all of them do not fit."""
    listed = sorted(paths)
    text = "\n".join(listed)
    if not listed:
        return "(no files yet)"
    if estimate_tokens(text) <= tokens:
        return text
    counts: dict[str, int] = {}
    for path in listed:
        folder = path.rpartition("/")[0] or "."
        counts[folder] = counts.get(folder, 0) + 1
    summary = "\n".join(f"{folder}/  ({count} files)" for folder, count in sorted(counts.items()))
    return cut_to_budget(summary, tokens)
