"""A reduced simulation of few events keeps what the page says of them."""

from __future__ import annotations

import re

import pytest

from tests.simulation.coverage import PAGE
from tests.simulation.sparse import COMMON, METHODS, SparseSetting, every_sparse_setting, measure_sparse

REPLICATES = 150


@pytest.mark.long
def test_models_of_counts_hold_an_odds_ratio_that_varies_and_a_common_effect_does_not() -> None:
    found = measure_sparse(SparseSetting(20, 0.05, 0.5), REPLICATES)
    slack = 4.0 * (0.1 * 0.9 / REPLICATES) ** 0.5
    assert found.coverage["CM.EL"] > 0.9 - slack
    assert all(found.coverage[method] < 0.8 for method in COMMON)
    assert abs(found.error["CM.EL"]) < 0.15
    assert set(found.answers.values()) == {REPLICATES}


@pytest.mark.long
def test_without_variation_intervals_of_few_events_hold_their_level() -> None:
    found = measure_sparse(SparseSetting(5, 0.05, 0.0), REPLICATES)
    slack = 4.0 * (0.05 * 0.95 / REPLICATES) ** 0.5
    assert all(found.coverage[method] > 0.93 - slack for method in METHODS)


def test_the_page_has_every_sparse_setting_twice_and_every_method() -> None:
    section = PAGE.read_text(encoding="utf-8").partition("## Few events")[2].partition("## ")[0]
    rows = re.findall(r"^\| (\d+) \| (\d+) % \| ([\d.]+) \|", section, re.MULTILINE)
    settings = [(str(s.studies), f"{100 * s.share:g}", f"{s.tau:g}") for s in every_sparse_setting()]
    assert rows == settings * 2
    assert len(rows) == 16
    heads = re.findall(r"^\| studies .*$", section, re.MULTILINE)
    assert [head.count("|") - 1 for head in heads] == [3 + len(METHODS)] * 2
