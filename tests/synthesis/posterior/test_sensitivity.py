"""The same studies under other priors and by other methods: numbers, sentences, and who is left out."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

import synthesis
from synthesis.pooling.bayes.mean_priors import FlatMean, NormalMean
from synthesis.pooling.bayes.tau_priors import HalfNormal, half_cauchy
from synthesis.posterior.beside_others import OtherMethods
from synthesis.posterior.sensitivity import FACTORS, usual_priors

YI, VI = np.array([0.5, 0.1, 0.4]), np.array([0.02, 0.05, 0.1])


def test_each_row_is_the_posterior_under_its_prior() -> None:
    found = synthesis.bayes(YI, VI, tau_prior="half-normal(0.2)", null=0.1)
    rows = found.sensitivity
    for name in (
        "half-normal(0.2)",
        "half-normal(0.8)",
        "half-Cauchy(0.05)",
        "uniform shrinkage",
        "improper uniform",
    ):
        alone = synthesis.bayes(YI, VI, tau_prior=name, null=0.1)
        i = rows.priors.index(name)
        assert_allclose(
            [rows.median[i], rows.low[i], rows.high[i], rows.above[i], rows.tau_median[i], rows.tau_high[i]],
            [
                alone.mu.median,
                alone.mu.low,
                alone.mu.high,
                alone.above_null,
                alone.tau.median,
                alone.tau.high,
            ],
            rtol=1e-10,
        )
        assert_allclose([rows.new_low[i], rows.new_high[i]], [alone.new.low, alone.new.high], rtol=1e-10)
        assert_allclose(rows.mean[i], alone.mu.mean, rtol=1e-10)
    assert np.isnan(rows.log_evidence).all()  # the mean is flat
    proper = synthesis.bayes(YI, VI, tau_prior="half-normal(0.2)", mu_prior="normal(0, 1)")
    assert_allclose(proper.sensitivity.log_evidence[0], proper.log_evidence, rtol=1e-12)
    improper = [name in ("Jeffreys", "improper uniform") for name in proper.sensitivity.priors]
    assert np.isnan(proper.sensitivity.log_evidence).tolist() == improper


@pytest.mark.parametrize(
    ("k", "flat", "last"),
    [
        (1, True, "uniform shrinkage"),
        (2, True, "Jeffreys"),
        (3, True, "improper uniform"),
        (1, False, "Jeffreys"),
        (2, False, "improper uniform"),
    ],
)
def test_improper_priors_are_there_where_they_leave_a_posterior(k: int, flat: bool, last: str) -> None:
    mean = FlatMean() if flat else NormalMean(0.0, 1.0)
    assert usual_priors(HalfNormal(0.5), np.ones(k), int(flat))[-1].label == last
    assert synthesis.bayes(YI[:k], VI[:k], mu_prior=mean).sensitivity.priors[-1] == last


def test_scales_are_multiples_of_the_prior_used_or_of_the_half_normal_with_its_median() -> None:
    of_normal = usual_priors(HalfNormal(0.5), VI, 1)
    assert of_normal[0] == HalfNormal(0.5)
    assert [p.scale for p in of_normal if isinstance(p, HalfNormal)] == [0.5, 0.125, 0.25, 1.0, 2.0]
    of_cauchy = usual_priors(half_cauchy(0.5), VI, 1)
    assert of_cauchy[0] == half_cauchy(0.5)
    scale = 0.74  # 0.5 / 0.6745, as a person would write it
    assert [p.scale for p in of_cauchy[1:6] if isinstance(p, HalfNormal)] == [f * scale for f in FACTORS]


def test_the_sentence_says_whether_the_prior_decides() -> None:
    clear = synthesis.bayes([1.0, 1.1, 0.9, 1.0, 1.05], [0.001] * 5, tau_prior="half-normal(0.1)")
    assert "none of them lets the interval hold" in clear.under(["half-normal(0.2)"]).sentence
    none = synthesis.bayes([0.1, -0.1], [0.1, 0.1], tau_prior="half-normal(0.1)")
    assert "under each of them the interval holds" in none.sensitivity.sentence
    some = synthesis.bayes([0.5, 0.4], [0.02, 0.02], tau_prior="half-normal(0.05)")
    rows = some.sensitivity
    outside = int(((rows.low > 0) | (rows.high < 0)).sum())
    assert 0 < outside < len(rows.priors)
    assert f"depends on it ({outside} leave it out)" in rows.sentence
    assert rows.sentence in str(some)


def test_other_priors_may_be_named() -> None:
    found = synthesis.bayes(YI, VI, tau_prior="half-normal(0.2)").under(
        ["half-t(4, 0.2)", "half-normal(0.2)"]
    )
    assert found.priors == ("half-normal(0.2)", "half-t(4, 0.2)")


@pytest.mark.parametrize("k", [2, 3, 4])
def test_four_methods_stand_side_by_side_for_few_studies(k: int) -> None:
    yi, vi = np.array([0.5, 0.1, 0.4, -0.3])[:k], np.array([0.02, 0.05, 0.1, 0.04])[:k]
    found = synthesis.bayes(yi, vi, tau_prior="half-normal(0.3)", level=0.9, interval="shortest")
    beside = found.beside
    assert beside is not None
    assert beside.method == ("common effect", "HKSJ", "HKSJ, ad hoc", "Bayesian")
    pools = [
        synthesis.pool(yi, vi, method=m, test=t, level=0.9)
        for m, t in (("EE", "z"), ("REML", "HKSJ"), ("REML", "adhoc"))
    ]
    assert_allclose(beside.estimate[:3], [p.estimate for p in pools], rtol=1e-12)
    assert_allclose(beside.low[:3], [p.ci_low for p in pools], rtol=1e-12)
    assert_allclose(beside.high[:3], [p.ci_high for p in pools], rtol=1e-12)
    assert_allclose([beside.low[3], beside.high[3]], found.quantile([0.05, 0.95]), rtol=1e-10)
    assert_allclose(
        beside.width[1], (pools[1].ci_high - pools[1].ci_low) / (pools[0].ci_high - pools[0].ci_low)
    )
    words = {2: "one degree of freedom", 3: "two degrees of freedom", 4: "3 degrees of freedom"}[k]
    assert f"{k} studies hardly tell how much effects differ" in beside.sentence
    assert f"HKSJ's rests on {words}" in beside.sentence
    assert beside.sentence in str(found)


def test_widths_of_methods_are_told_in_two_digits() -> None:
    """Intervals of 2, 3.14 and 2.63 about an estimate of one."""
    ends = np.array([0.0, -0.57, -0.315]), np.array([2.0, 2.57, 2.315])
    beside = OtherMethods(("common effect", "HKSJ", "Bayesian"), np.ones(3), *ends, k=3, null=0.0, level=0.9)
    lines = [" ".join(line.split()) for line in str(beside).splitlines()]
    assert lines[0] == "The same 3 studies by other methods"
    assert lines[1] == "method estimate 90% interval width"
    assert [line.rpartition(" ")[2] for line in lines[2:5]] == ["1", "1.6", "1.3"]
    assert "is 1.6 times as wide, and the Bayesian one, 1.3 times as wide" in beside.sentence


def test_one_study_and_five_stand_alone() -> None:
    assert synthesis.bayes([0.5], [0.1]).beside is None
    assert synthesis.bayes([0.5] * 5, [0.1] * 5).beside is None
