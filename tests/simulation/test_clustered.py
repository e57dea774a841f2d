"""A reduced simulation of clustered effects keeps what the page says of them."""

from __future__ import annotations

import re

import pytest

from tests.simulation.clustered import METHODS, NAIVE, ClusterSetting, every_cluster_setting, measure_clusters
from tests.simulation.coverage import PAGE

REPLICATES = 1_000
SLACK = 4.0 * (0.05 * 0.95 / REPLICATES) ** 0.5


@pytest.mark.long
@pytest.mark.parametrize("ragged", [False, True])
@pytest.mark.parametrize("rho", [0.6, 0.0, 0.9])
@pytest.mark.parametrize("clusters", [5, 10, 20])
def test_cr2_keeps_its_level_for_the_mean_whatever_correlation_is_assumed(
    clusters: int, ragged: bool, rho: float
) -> None:
    found = measure_clusters(ClusterSetting(clusters, ragged, rho), REPLICATES, wild=50)
    assert abs(found.mean["CR2"] - 0.05) < 0.007 + SLACK
    assert found.mean[NAIVE] > 0.2
    assert found.mean["CR3"] <= found.mean["CR2"] <= found.mean["CR0"]


@pytest.mark.long
def test_five_clusters_have_too_few_sign_vectors_for_a_rejection() -> None:
    found = measure_clusters(ClusterSetting(5, ragged=False, rho=0.6), 100, wild=100)
    assert (found.mean["wild"], found.moderator["wild"]) == (0.0, 0.0)


def test_the_page_has_every_setting_twice_and_every_method() -> None:
    section = (
        PAGE.read_text(encoding="utf-8").partition("## Several effects a cluster")[2].partition("## ")[0]
    )
    rows = re.findall(r"^\| (\d+) \| (4|1 to 9) \| ([\d.]+) \|", section, re.MULTILINE)
    settings = [
        (str(s.clusters), "1 to 9" if s.ragged else "4", f"{s.rho:g}") for s in every_cluster_setting()
    ]
    assert rows == settings * 2
    assert len(rows) == 48
    heads = re.findall(r"^\| clusters .*$", section, re.MULTILINE)
    assert [head.count("|") - 1 for head in heads] == [3 + len(METHODS), 2 + len(METHODS)]
