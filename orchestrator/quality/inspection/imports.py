"""Do the new imports lead anywhere? Nothing is imported to find out."""

from __future__ import annotations

import sys
from pathlib import Path

from orchestrator.quality.inspection.imported import Import, imports_of
from orchestrator.quality.inspection.python_modules import Existence, relative_module, stage_module
from orchestrator.quality.inspection.script_modules import script_module
from orchestrator.quality.inspection.site_packages import Installed, installed_for
from orchestrator.quality.inspection.source import Source
from orchestrator.quality.inspection.syntax import Finding

_SCRIPTS = frozenset({"javascript", "typescript", "tsx"})


def check_imports(
    new: Source, old: Source | None, stage: Path, python: Path | None
) -> Finding | None:
    """Whether what the file newly imports is there; None for languages that are not looked at.

    Args:
        new: the candidate.
        old: the file before; its imports are the user's and taken as good.
        stage: the folder the tests run in.
        python: the interpreter that runs the tests, None when not known.
    """
    if new.language.name not in {"python", *_SCRIPTS}:
        return None
    imports = imports_of(new)
    if imports is None:
        return Finding(passed=None, summary="imports not checked: the file does not parse")
    known = {one.name for one in (imports_of(old) if old else None) or ()}
    fresh = [one for one in imports if not one.optional and one.name not in known]
    if not fresh:
        return Finding(passed=True, summary="no new imports")
    try:
        return _found(_existences(new, fresh, stage, python))
    except (OSError, ValueError) as error:
        # Names that no file system takes: too long, with a NUL.
        return Finding(passed=None, summary=f"imports not checked: {error}")


def _existences(
    new: Source, fresh: list[Import], stage: Path, python: Path | None
) -> list[tuple[Import, Existence]]:
    if new.language.name in _SCRIPTS:
        return [(one, script_module(stage, new.path, one.name)) for one in fresh]
    installed = installed_for(python)
    return [(one, _python_module(new, one, stage, installed)) for one in fresh]


def _python_module(new: Source, one: Import, stage: Path, installed: Installed) -> Existence:
    if one.name.startswith("."):
        return relative_module(stage, new.path, one)
    top = one.name.split(".")[0]
    if top in sys.stdlib_module_names or top in installed.names:
        return "there"
    here = stage_module(stage, new.path, one.name)
    if here is not None:
        return here
    return "missing" if installed.complete else "unknown"


def _found(results: list[tuple[Import, Existence]]) -> Finding:
    missing = [one for one, existence in results if existence == "missing"]
    unknown = [one for one, existence in results if existence == "unknown"]
    if missing:
        names = ", ".join(dict.fromkeys(one.name for one in missing))
        detail = "\n".join(f"line {one.line}: there is no module {one.name}" for one in missing)
        return Finding(passed=False, summary=f"no module {names}", detail=detail)
    if unknown:
        names = ", ".join(dict.fromkeys(one.name for one in unknown))
        return Finding(passed=None, summary=f"not known whether {names} is installed")
    return Finding(passed=True, summary="imports resolve")
