"""A review to add to."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthesis.commands.init import ExampleMeasure, init


@pytest.fixture
def review(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    init(tmp_path / "r", ExampleMeasure.HR, None)
    capsys.readouterr()
    return tmp_path / "r"
