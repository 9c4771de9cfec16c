"""The values that travel through the house. Frozen, JSON-able, without behaviour of their own.

Events carry them, the state holds them, panes draw them.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Role = Literal["plan", "write", "review", "answer"]
Complexity = Literal["simple", "medium", "complex"]
Owner = Literal["local", "claude"]
QuotaState = Literal["normal", "caution", "warning", "critical"]


class Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all values: immutable, compared by content."""


class TaskSpec(Value, frozen=True, omit_defaults=True):
    """What a task is, as written in a spec file or by the planner (requirement P4)."""

    task_id: str
    description: str
    output_file: str
    context_files: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    test_command: str = ""
    """Program and arguments, split like a shell would but never given to one."""
    category: str = ""
    depends_on: tuple[str, ...] = ()
    owner: Literal["", "local", "claude"] = ""
    """Who should write it; empty lets the router decide."""
    profile: str = ""


class Route(Value, frozen=True):
    """Where one call goes, and why."""

    backend: str
    """Name of the backend in the configuration."""
    model: str
    owner: Owner
    reason: str
    """One line a person can read."""


class Usage(Value, frozen=True):
    """Tokens as the server counted them."""

    input_tokens: int = 0
    output_tokens: int = 0
    counted: bool = True
    """False when the server gave no counts and these are estimates."""


class FileChange(Value, frozen=True):
    """One file before and after, by content hash."""

    path: str
    """Relative to the workspace, POSIX."""
    before: str | None
    """sha256 of the bytes the candidate was made from; None when there was no file."""
    after: str | None
    """sha256 of the bytes it should become; None when the file is to be removed."""
    added: int = 0
    removed: int = 0


class DiffLine(Value, frozen=True, array_like=True):
    """One line of a hunk. kind: " " unchanged, "+" added, "-" removed."""

    kind: Literal[" ", "+", "-"]
    text: str
    old: int | None
    """Line number before, from 1; None for an added line."""
    new: int | None
    """Line number after, from 1; None for a removed line."""


class Hunk(Value, frozen=True):
    """Neighbouring changed lines with three lines of context."""

    header: str
    lines: tuple[DiffLine, ...]


class FileDiff(Value, frozen=True):
    """The difference of one file, ready to be drawn."""

    path: str
    status: Literal["added", "modified", "removed", "unchanged"]
    added: int = 0
    removed: int = 0
    hunks: tuple[Hunk, ...] = ()
    note: str = ""
    """Why there are no hunks: binary, too large."""
    language: str = ""


class Evidence(Value, frozen=True):
    """One checked fact about one exact content."""

    kind: Literal["response", "syntax", "contract", "imports", "constraints", "tests", "review"]
    passed: bool | None
    """None: could not be checked, or only a remark."""
    summary: str
    """One short phrase: "6/6 tests", "no tests"."""
    detail: str = ""
    """What to show or to feed back: the failing output, trimmed."""
    content_hash: str = ""
    """Hash of the candidate's content the fact was gained on."""
    seconds: float = 0.0


class Verdict(Value, frozen=True):
    """What follows from the evidence."""

    action: Literal["propose", "retry", "escalate", "ask"]
    reason: str
    """One line a person can read."""
    proven: bool = False
    """True when tests ran on this exact content and every check passed."""


class QuotaWindow(Value, frozen=True):
    """One window of a provider's quota as last seen."""

    name: str
    """"5h", "7d", or an API-key bucket such as "input-tokens/min"."""
    used: float | None
    """0..1, None when the source does not say."""
    resets_at: float | None = None
    """Unix seconds."""
    seen_at: float = 0.0
    source: str = ""
    """"response headers", "rate_limit_event" ..."""
    status: str = ""
    """The provider's own word: allowed, allowed_warning, rejected."""
    detail: str = ""
    """Counts where the source gives them: "38,000 of 40,000 left"."""


class BackendStatus(Value, frozen=True):
    """What a check of a model server found."""

    name: str
    kind: str
    url: str
    reachable: bool
    version: str = ""
    installed: tuple[str, ...] = ()
    loaded: tuple[str, ...] = ()
    error: str = ""
    hint: str = ""
    seen_at: float = 0.0
