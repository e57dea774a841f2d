"""The funnel of clusters: which names stand in it, and what is said of asymmetry."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from synthesis import pool_dependent
from synthesis.clustered.clustered_funnel import asymmetry_sentence, clustered_funnel
from synthesis.drawing.chart import Chart, Dots
from synthesis.plots.subject import Words

RNG = np.random.default_rng(7)


def fitted(clusters: int, each: int = 2, **asked: Any) -> Any:
    k = clusters * each
    return pool_dependent(
        RNG.normal(0.2, 0.3, k),
        RNG.uniform(0.01, 0.09, k),
        cluster=[f"c{i // each}" for i in range(k)],
        **({"rho": 0.6} | asked),
    )


def names_in(chart: Chart) -> list[str]:
    (dots,) = [mark for mark in chart.panels[0][0].marks if isinstance(mark, Dots)]
    return [name for name in dots.labels if name]


@pytest.mark.parametrize(("clusters", "named"), [(12, 12), (13, 12)])
def test_every_cluster_is_named_once_while_they_are_few(clusters: int, named: int) -> None:
    found = names_in(clustered_funnel(fitted(clusters), Words("Title")))
    assert len(found) == len(set(found)) == named


def test_a_cluster_is_named_at_its_most_precise_estimate() -> None:
    result = fitted(4, 3)
    (dots,) = [
        mark for mark in clustered_funnel(result, Words("Title")).panels[0][0].marks if isinstance(mark, Dots)
    ]
    for start in range(0, 12, 3):
        best = start + int(np.argmin(result.vi[start : start + 3]))
        assert [i for i in range(start, start + 3) if dots.labels[i]] == [best]


@pytest.mark.parametrize("test", ["CR2", "t", "z"])
def test_the_test_of_asymmetry_is_the_standard_error_as_a_moderator(test: str) -> None:
    result = fitted(9, test=test)
    sei = np.sqrt(result.vi)
    other = pool_dependent(result.yi, result.vi, cluster=result.cluster, rho=0.6, test=test, mods=sei)
    which = "z" if test == "z" else f"t({other.df[1]:.1f})"
    statistic = f"{other.statistic[1]:.2f}".replace("-", "\N{MINUS SIGN}")
    said = asymmetry_sentence(result)
    assert f"moderator of the model, {test}): {which} = {statistic}, p = {other.p_value[1]:.2f}" in said
    assert said.endswith("says next to nothing.") == (other.df[1] < 4)


def test_few_clusters_have_no_test_or_one_that_says_next_to_nothing() -> None:
    assert asymmetry_sentence(fitted(2)) == (
        "No test of asymmetry: 2 clusters do not tell 2 coefficients apart; expected more than 2 clusters."
    )
    assert asymmetry_sentence(fitted(3)).endswith("; with so few degrees of freedom it says next to nothing.")


def test_without_clusters_of_several_no_line_is_spoken_of_and_one_lies() -> None:
    single = clustered_funnel(fitted(6, 1), Words("Title"))
    assert "a line joins" not in single.footnotes[0]
    assert "a line joins" in clustered_funnel(fitted(6, 2), Words("Title")).footnotes[0]
    one = pool_dependent([0, 0, 0, 1.0], [0.04, 0.04, 0.04, 0.01], cluster=list("abcd"), rho=0.5, method="EE")
    away = abs(one.yi - one.estimate[0]) / np.sqrt(one.vi)
    beyond = int((away > 1.96).sum())
    lie = "lies" if beyond == 1 else "lie"
    said = clustered_funnel(one, Words("Title")).footnotes[0]
    assert said.startswith(f"{beyond} of 4 estimates {lie} outside ±1.96")
