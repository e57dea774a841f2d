"""A reduced simulation of unprinted results keeps what the page says of them."""

from __future__ import annotations

import re

import pytest

from tests.simulation.coverage import PAGE
from tests.simulation.unprinted import METHODS, SilentSetting, every_silent_setting, measure_silence


@pytest.mark.long
def test_what_is_said_removes_the_bias_and_restores_coverage() -> None:
    found = measure_silence(SilentSetting(20, 0.3, 0.15), 120)
    printed, _, both = METHODS
    assert found.bias[printed] > 0.1
    assert abs(found.bias[both]) < 0.03
    assert found.coverage[both] > 0.88
    assert found.coverage[printed] < 0.75
    assert found.rmse[both] < 0.6 * found.rmse[printed]


def test_the_page_has_every_setting() -> None:
    section = PAGE.read_text(encoding="utf-8").partition("## Results that were not printed")[2]
    rows = re.findall(
        r"^\| (\d+) \| ([\d.]+) \| ([\d.]+) \| \d+ % \|", section.partition("## ")[0], re.MULTILINE
    )
    assert [(int(n), float(mu), float(tau)) for n, mu, tau in rows] == [
        (each.studies, each.mu, each.tau) for each in every_silent_setting()
    ]
    assert len(rows) == 18
