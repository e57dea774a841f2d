"""Reviews with a history."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.synthesis.living.reviews import three_months


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The review of `three_months`, which no test changes."""
    return three_months(tmp_path_factory.mktemp("kept"))


@pytest.fixture
def moving(kept: Path, tmp_path: Path) -> Path:
    """A copy of the repository to change; the review's folder in it."""
    top = kept.parents[1]
    shutil.copytree(top, tmp_path / "top")
    return tmp_path / "top" / kept.relative_to(top)
