import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.workspace.snapshots import ShadowRepository, folder_for


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def repository(workspace: Path, tmp_path: Path) -> ShadowRepository:
    return ShadowRepository(workspace, folder_for(tmp_path / "state", workspace))


@pytest.fixture
def git(workspace: Path) -> Callable[..., str]:
    """The user's own git in the workspace."""

    def run(*arguments: str, cwd: Path = workspace) -> str:
        done = subprocess.run(
            ["git", "-c", "user.name=u", "-c", "user.email=u@localhost", *arguments],
            cwd=cwd,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    return run
