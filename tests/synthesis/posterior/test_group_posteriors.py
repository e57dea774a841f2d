"""Groups that share their tau: against sums over a fine grid of log tau, and against `bayes`."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import optimize, special

import synthesis
from synthesis.pooling.kernel.effects import Array
from synthesis.posterior.group_posteriors import GroupPosterior, group_posteriors

YI = np.array([0.30, -0.10, 0.55, 0.12, 0.40, -0.20])
SEI = np.array([0.11, 0.20, 0.15, 0.25, 0.09, 0.30])
BY = ["men", "women", "men", "all", "women", "men"]

LOG_TAU = np.arange(-45.0, 25.0, 0.01)
"""Trapezoids over log tau: of analytic functions that fall at both ends they are exact to rounding."""


def on_the_grid(
    log_prior: Callable[[Array], Array], prior_of_means: tuple[float, float] | None
) -> dict[str, tuple[Array, Array, Array]]:
    """Shares of the grid, and each group's mean and sd of its mean effect given tau, by its own studies."""
    tau = np.exp(LOG_TAU)
    log_weight = log_prior(tau) + LOG_TAU
    given = {}
    for name in dict.fromkeys(BY):
        here = np.array([each == name for each in BY])
        variance = SEI[here][:, None] ** 2 + tau**2
        precision, centre = (1 / variance).sum(0), 0.0
        score = (YI[here][:, None] / variance).sum(0)
        if prior_of_means is not None:
            mean, sd = prior_of_means
            precision, score, centre = precision + sd**-2, score + mean / sd**2, (mean / sd) ** 2
        log_weight += -0.5 * (
            np.log(variance).sum(0)
            + np.log(precision)
            + (YI[here][:, None] ** 2 / variance).sum(0)
            + centre
            - score**2 / precision
        )
        given[name] = (score / precision, precision**-0.5)
    share = np.exp(log_weight - log_weight.max())
    share /= share.sum()
    return {name: (share, *moments) for name, moments in given.items()}


def quantile(share: Array, mean: Array, sd: Array, p: float) -> float:
    found: float = optimize.brentq(
        lambda at: float(share @ special.ndtr((at - mean) / sd)) - p, -60.0, 60.0, xtol=1e-14, rtol=1e-14
    )
    return found


PRIORS: dict[str, Callable[[Array], Array]] = {
    "half-normal(0.5)": lambda tau: -0.5 * (tau / 0.5) ** 2,
    "half-Cauchy(0.3)": lambda tau: -np.log1p((tau / 0.3) ** 2),
    "log-normal(-2.56, 1.74)": lambda tau: -0.5 * ((2 * np.log(tau) + 2.56) / 1.74) ** 2 - np.log(tau),
    "improper uniform": np.zeros_like,
}


@pytest.mark.long
@pytest.mark.parametrize("means", [None, (0.1, 0.4)])
@pytest.mark.parametrize("prior", PRIORS)
def test_every_number_of_a_group_is_that_of_a_sum_over_a_fine_grid(
    prior: str, means: tuple[float, float] | None
) -> None:
    found = group_posteriors(
        YI,
        SEI,
        BY,
        tau_prior=prior,
        mu_prior="flat" if means is None else f"normal({means[0]}, {means[1]})",
        level=0.9,
        null=0.05,
    )
    assert [each.name for each in found] == ["men", "women", "all"]
    assert [each.k for each in found] == [3, 2, 1]
    grid, tau = on_the_grid(PRIORS[prior], means), np.exp(LOG_TAU)
    compared = 0
    for each in found:
        share, mean, sd = grid[each.name]
        beyond = np.hypot(sd, tau)
        for of, spread in ((each.mu, sd), (each.new, beyond)):
            for number, p in ((of.low, 0.05), (of.median, 0.5), (of.high, 0.95)):
                assert_allclose(number, quantile(share, mean, spread, p), rtol=1e-10, atol=1e-11)
                compared += 1
        expected = 1 - float(share @ special.ndtr((0.05 - mean) / sd))
        assert_allclose(each.above_null, expected, rtol=1e-10)
        if "mu.mean" not in each.reasons:
            assert_allclose(each.mu.mean, float(share @ mean), rtol=1e-10)
            compared += 1
        compared += 1
        below = np.interp(math.log(each.tau.median), LOG_TAU + 0.005, np.cumsum(share))
        assert_allclose(below, 0.5, atol=2e-5)  # a grid tells where tau lies to its step squared
    assert compared >= 21


def test_one_group_is_what_bayes_gives() -> None:
    (found,) = group_posteriors(YI, SEI, ["all"] * 6, smallest_effect=0.2, interval="shortest")
    alone = synthesis.bayes(YI, sei=SEI, smallest_effect=0.2, interval="shortest")
    for name in ("mu", "tau", "new"):
        ours, theirs = getattr(found, name).to_dict(), getattr(alone, name).to_dict()
        for number, value in theirs.items():
            # a mode, and ends of equal density, are told by differences of densities
            assert_allclose(ours[number], value, rtol=1e-7 if number == "mode" else 1e-9, err_msg=name)
    assert found.sensitivity.priors == alone.sensitivity.priors
    for column in ("median", "low", "high", "above", "tau_median", "tau_high", "new_low", "new_high"):
        assert_allclose(
            getattr(found.sensitivity, column), getattr(alone.sensitivity, column), rtol=1e-9, atol=1e-12
        )
    assert found.above_null == pytest.approx(alone.above_null, rel=1e-10)
    assert (found.tau_prior, found.mu_prior, found.level) == ("half-normal(0.2)", "flat", 0.95)


def of_men(found: tuple[GroupPosterior, ...]) -> GroupPosterior:
    return next(each for each in found if each.name == "men")


def test_the_prior_without_a_name_follows_all_standard_errors_of_all_groups() -> None:
    found = of_men(group_posteriors(YI, SEI, BY))
    s0 = math.sqrt(1 / np.mean(SEI**-2))
    grid = on_the_grid(lambda tau: -2 * np.log(s0 + tau), None)["men"]
    assert found.tau_prior == "DuMouchel"
    assert_allclose(found.mu.median, quantile(*grid, 0.5), rtol=1e-10)


@pytest.mark.long
def test_improper_priors_are_among_the_others_where_enough_studies_are_left() -> None:
    six = of_men(group_posteriors(YI, SEI, BY, smallest_effect=0.2)).sensitivity.priors
    assert {"Jeffreys", "improper uniform"} <= set(six)
    four = group_posteriors(YI[:4], SEI[:4], BY[:4], smallest_effect=0.2)[0].sensitivity.priors
    assert "Jeffreys" in four
    assert "improper uniform" not in four
    three = group_posteriors(YI[:3], SEI[:3], ["a", "b", "c"], smallest_effect=0.2)[0].sensitivity.priors
    assert "Jeffreys" not in three


def test_a_mean_exists_where_a_standard_deviation_does_not() -> None:
    """Of groups of one study each tau falls as its prior: half-t with 1.5 df has a mean and no variance."""
    one, *_ = group_posteriors(YI[:2], SEI[:2], ["a", "b"], tau_prior="half-t(1.5, 0.3)")
    assert one.reasons.keys() == {"mu.sd", "new.sd", "tau.sd"}
    for each in (one.mu, one.new, one.tau):
        assert math.isfinite(each.mean)
        assert math.isnan(each.sd)
    assert one.mu.mean == pytest.approx(YI[0], abs=1e-10)
    assert one.new.mean == pytest.approx(YI[0], abs=1e-10)


def test_what_cannot_be_is_refused_in_a_sentence() -> None:
    with pytest.raises(ValueError, match=r"mu_prior is t\(3, 0, 1\); expected flat or normal\(mean, sd\)"):
        group_posteriors(YI, SEI, BY, mu_prior="t(3, 0, 1)")
    with pytest.raises(ValueError, match="with 3 studies, 3 flat priors of the mean and the Jeffreys"):
        group_posteriors(YI[:3], SEI[:3], ["a", "b", "c"], tau_prior="Jeffreys")


def test_the_words_name_the_groups_and_a_group_of_one() -> None:
    men, women, whole = group_posteriors(YI, SEI, BY, tau_prior="half-normal(0.5)")
    assert men.method_sentence == (
        "Bayesian random effects (normal-normal model), a mean for each group (men, women and all) and one "
        "tau: half-normal(0.5) prior of tau, a flat prior of each mean; central 95% credible intervals, by "
        "quadrature."
    )
    assert men.notes == women.notes == (), "two studies or more"
    assert whole.notes == ("1 study: what is said of tau is from all 3 groups and its prior.",)
