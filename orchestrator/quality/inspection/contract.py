"""The contract that makes a task atomic (requirement P2): one file, few lines, few imports."""

from __future__ import annotations

from typing import Protocol

from orchestrator.quality.inspection.counting import added_lines
from orchestrator.quality.inspection.imported import new_imports
from orchestrator.quality.inspection.source import Source
from orchestrator.quality.inspection.syntax import Finding


class ContractLimits(Protocol):
    """What an atomic task may take."""

    @property
    def max_lines(self) -> int:
        """Lines of code added: not blank, not comment, not docstring."""
        ...

    @property
    def max_imports(self) -> int:
        """Modules imported that were not imported before."""
        ...


def check_contract(
    new: Source, old: Source | None, wanted_path: str, limits: ContractLimits | None
) -> Finding:
    """Whether the candidate changes the one file it should, and not too much.

    Args:
        new: the candidate.
        old: the file before, None when there is none.
        wanted_path: the spec's output file.
        limits: None for work that need not be atomic, such as Claude's.
    """
    if new.path != wanted_path:
        return Finding(
            passed=False,
            summary=f"wrote {new.path}",
            detail=f"Only {wanted_path} may be written, not {new.path}.",
        )
    if old is not None and old.content == new.content:
        return Finding(passed=False, summary="changes nothing", detail="The file is as it was.")
    if limits is None:
        return Finding(passed=True, summary="one file")
    return _within(new, old, limits)


def _within(new: Source, old: Source | None, limits: ContractLimits) -> Finding:
    lines = added_lines(new, old)
    imports = new_imports(new, old)
    broken = []
    if lines > limits.max_lines:
        broken.append(f"adds {lines} lines of code, at most {limits.max_lines} are allowed")
    if len(imports) > limits.max_imports:
        named = ", ".join(imports)
        broken.append(f"adds {len(imports)} imports ({named}), at most {limits.max_imports}")
    if broken:
        return Finding(passed=False, summary=broken[0][:160], detail="\n".join(broken))
    if new.language.kind != "code":
        return Finding(passed=True, summary="one file")
    return Finding(
        passed=True, summary=f"{_count(lines, 'line')}, {_count(len(imports), 'import')}"
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
