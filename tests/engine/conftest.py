"""The house every engine test lives in."""

from pathlib import Path

import pytest

from tests.engine.house import House


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def alone(tmp_path: Path) -> House:
    """Without Claude."""
    return House(tmp_path, claude=False)
