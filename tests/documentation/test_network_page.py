"""The worked example of a network: its code gives what the page prints, and another program's numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.documentation.worked_pages import run_page


@pytest.fixture(scope="module")
def run() -> tuple[dict[str, Any], list[str], list[str]]:
    """What the page's code defines, what it prints, and what the page says it prints."""
    return run_page("network.md")


def test_the_page_prints_what_its_code_prints(run: tuple[dict[str, Any], list[str], list[str]]) -> None:
    _, printed, promised = run
    assert printed == promised
    assert len(printed) == 2


def test_the_network_of_diabetes_is_metafor_s(
    run: tuple[dict[str, Any], list[str], list[str]], shared: Path
) -> None:
    found = json.loads((shared / "reference" / "dependent" / "senn2013.json").read_text(encoding="utf-8"))
    exact = found["results"]["shared_arm_variance/REML"]["exact"]
    network = run[0]["network"]
    assert list(network.names) == found["data"]["coefficients"]
    assert network.estimate == pytest.approx(exact["beta"], rel=0, abs=1e-8)
    assert network.se == pytest.approx(exact["se"], rel=0, abs=1e-8)
    assert network.components[0].value == pytest.approx(exact["estimate"][0], rel=0, abs=1e-8)
    assert np.asarray(run[0]["errors"]) == pytest.approx(
        np.array(found["data"]["V_shared_arm_variance"]), rel=0, abs=1e-12
    )
    assert network.estimate.size + network.se.size == 18
