"""The page on dose-response: its code gives what it prints, and numbers that are published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.documentation.worked_pages import ROOT, run_page


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], list[str], list[str], Path]:
    """What the page's code defines, what it prints, what the page says it prints, and where it ran."""
    folder = tmp_path_factory.mktemp("page")
    return *run_page("doses.md", folder), folder


def test_the_page_prints_what_its_code_prints(
    run: tuple[dict[str, Any], list[str], list[str], Path],
) -> None:
    _, printed, promised, _ = run
    assert printed == promised
    assert len(printed) == 3


def test_its_picture_is_the_one_that_its_code_draws(
    run: tuple[dict[str, Any], list[str], list[str], Path],
) -> None:
    drawn = (run[3] / "output" / "bmd-by-hemoglobin.png").read_bytes()
    assert drawn[:8] == (ROOT / "docs" / "bmd-by-hemoglobin.png").read_bytes()[:8]
    assert len(drawn) < 300_000


def test_alcohol_and_breast_cancer_is_as_crippa_and_orsini_print_it(
    run: tuple[dict[str, Any], list[str], list[str], Path],
) -> None:
    line = run[0]["line"]
    assert f"{line.estimate[0]:.4f}" == "0.0454"
    assert f"{line.association.statistic:.4f}" == "4.8333"
    assert f"{line.association.p_value:.4f}" == "0.0279"
    at = line.predict(11, transform=np.exp)
    assert [f"{v[0]:.3f}" for v in (at.estimate, at.ci_low, at.ci_high)] == ["1.648", "1.056", "2.573"]
