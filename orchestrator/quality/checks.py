"""QualityController: what can be checked about a candidate without running it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from orchestrator.errors import TestCommandError
from orchestrator.quality.inspection.constraints import check_constraints
from orchestrator.quality.inspection.contract import ContractLimits, check_contract
from orchestrator.quality.inspection.imports import check_imports
from orchestrator.quality.inspection.rules import Candidate
from orchestrator.quality.inspection.source import Source
from orchestrator.quality.inspection.syntax import Finding, check_syntax
from orchestrator.quality.running.command import argv_of
from orchestrator.quality.running.programs import python_of, search_path
from orchestrator.values import Evidence, TaskSpec

CheckKind = Literal["syntax", "contract", "imports", "constraints"]


def check_candidate(
    spec: TaskSpec,
    path: str,
    content: bytes,
    *,
    base: bytes | None,
    contract: ContractLimits | None,
    stage_root: Path,
    tool_path: tuple[str, ...] = (),
) -> tuple[Evidence, ...]:
    """All that can be said about a file without running it. Never raises for what is in the file.

    Reads files below `stage_root` and the names of installed packages; a few milliseconds for a
    file of usual size, so a caller with an event loop may want a thread.

    Args:
        spec: the task.
        path: the file that was written, relative to the stage, POSIX.
        content: its bytes.
        base: its bytes before; None when there was no file.
        contract: the limits of atomic work; None where they do not apply.
        stage_root: the folder the tests run in.
        tool_path: folders that come first in the PATH of test commands.

    Returns:
        Evidence of the kinds syntax, contract, and where they say anything imports and
        constraints; each carries the sha256 of `content`.
    """
    new = Source(path, content)
    old = Source(path, base) if base is not None else None
    candidate = Candidate(new, old, stage_root)
    checks: tuple[tuple[CheckKind, Callable[[], Finding | None]], ...] = (
        ("syntax", lambda: check_syntax(new)),
        ("contract", lambda: check_contract(new, old, spec.output_file, contract)),
        (
            "imports",
            lambda: check_imports(new, old, stage_root, _python(spec, stage_root, tool_path)),
        ),
        ("constraints", lambda: check_constraints(spec.constraints, candidate)),
    )
    digest = content_hash(content)
    found = (_evidence(kind, check, digest) for kind, check in checks)
    return tuple(evidence for evidence in found if evidence is not None)


def content_hash(content: bytes) -> str:
    """The sha256 by which evidence and changes name a content."""
    return hashlib.sha256(content).hexdigest()


def _python(spec: TaskSpec, stage: Path, tool_path: tuple[str, ...]) -> Path | None:
    try:
        argv = argv_of(spec.test_command) if spec.test_command else ()
    except TestCommandError:
        return None
    return python_of(argv, stage, search_path(stage, tool_path))


def _evidence(kind: CheckKind, check: Callable[[], Finding | None], digest: str) -> Evidence | None:
    began = time.perf_counter()
    finding = check()
    if finding is None:
        return None
    return Evidence(
        kind=kind,
        passed=finding.passed,
        summary=finding.summary,
        detail=finding.detail,
        content_hash=digest,
        seconds=time.perf_counter() - began,
    )
