"""Simulated sampling variances of effect sizes of means, correlations and alphas; the seeds are fixed.

Each case draws `draws` studies and compares the variance of yi with the mean of vi, and the mean of yi with
the population's value. Tolerances hold the Monte Carlo error and the order of the approximation.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.random import Generator

from evidence.effects import correlations, means, paired, ratios
from evidence.effects.columns import Array, EffectSizes
from evidence.effects.paired import change_against_control

N = 24


def sample(rng: Generator, draws: int, n: int, mean: float, sd: float) -> tuple[Array, Array]:
    """Sufficient statistics of normal samples: means and SDs."""
    return rng.normal(mean, sd / np.sqrt(n), draws), sd * np.sqrt(rng.chisquare(n - 1, draws) / (n - 1))


def groups(rng: Generator, draws: int, sd2: float = 2.0) -> tuple[Array, Array, int, Array, Array, int]:
    m1, sd1 = sample(rng, draws, N, 12.0, 2.0)
    m2, sd2s = sample(rng, draws, N + 6, 11.0, sd2)
    return m1, sd1, N, m2, sd2s, N + 6


def pairs(rng: Generator, draws: int, r: float = 0.6) -> tuple[Array, Array, Array, Array, Array]:
    """m1, sd1, m2, sd2 and r of N pairs with SDs of 2; the means 12 and 11."""
    z = rng.standard_normal((draws, N, 2))
    x, y = 12 + 2 * z[..., 0], 11 + 2 * (r * z[..., 0] + np.sqrt(1 - r * r) * z[..., 1])
    dx, dy = x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True)
    sd1, sd2 = (np.sqrt((d**2).sum(axis=1) / (N - 1)) for d in (dx, dy))
    return x.mean(axis=1), sd1, y.mean(axis=1), sd2, (dx * dy).sum(axis=1) / ((N - 1) * sd1 * sd2)


def pair_columns(rng: Generator, draws: int) -> tuple[Array, Array, Array, Array, Array, int]:
    return *pairs(rng, draws), N


def change_in_raw_sds(rng: Generator, draws: int) -> EffectSizes:
    m1, sd1, m2, _, r, n = pair_columns(rng, draws)
    return paired.mean_change_in_raw_sds(m1, sd1, m2, r, n)


def ratio_of_paired_sds(rng: Generator, draws: int) -> EffectSizes:
    _, sd1, _, sd2, r, n = pair_columns(rng, draws)
    return paired.log_ratio_of_paired_sds(sd1, sd2, r, n)


def glass(rng: Generator, draws: int) -> EffectSizes:
    m1, _, n1, m2, sd2, n2 = groups(rng, draws)
    return means.glass_delta(m1, n1, m2, sd2, n2, vtype="UB")


def against_control(rng: Generator, draws: int) -> EffectSizes:
    pre1, sd1, post1, _, _ = pairs(rng, draws)
    pre2, sd2, post2, _, _ = pairs(rng, draws)
    return change_against_control(pre1, post1 + 2, sd1, N, pre2, post2, sd2, N, 0.6)


def partial(rng: Generator, draws: int) -> EffectSizes:
    """The slope of the first of three predictors, of 16 people; its partial correlation is 0.5."""
    z = rng.standard_normal((draws, 16, 4))
    y = z[..., 0] / np.sqrt(3) + z[..., 3] + z[..., 1]
    x = np.concatenate([np.ones((draws, 16, 1)), z[..., :3]], axis=2)
    xx = np.linalg.inv(np.swapaxes(x, 1, 2) @ x)
    slopes = xx @ (np.swapaxes(x, 1, 2) @ y[..., None])
    rss = ((y - (x @ slopes)[..., 0]) ** 2).sum(axis=1)
    t = slopes[:, 1, 0] / np.sqrt(rss / 12 * xx[:, 1, 1])
    return correlations.partial_fisher_z(t, 16, 3)


def cronbach(rng: Generator, draws: int) -> EffectSizes:
    """Five parallel items of 60 people, correlated 0.5: alpha is 5 x 0.5 / (1 + 4 x 0.5)."""
    x = rng.standard_normal((draws, 60, 5)) + rng.standard_normal((draws, 60, 1))
    of_items, of_sum = x.var(axis=1, ddof=1).sum(axis=1), x.sum(axis=2).var(axis=1, ddof=1)
    return correlations.alpha_bonett(5 / 4 * (1 - of_items / of_sum), 5, 60)


CASES: dict[str, tuple[Callable[[Generator, int], EffectSizes], float]] = {
    "MD": (lambda rng, k: means.mean_difference(*groups(rng, k, sd2=5)), 1.0),
    "SMD": (lambda rng, k: means.standardised_mean_difference(*groups(rng, k)), 0.5),
    "SMD UB": (lambda rng, k: means.standardised_mean_difference(*groups(rng, k), vtype="UB"), 0.5),
    "SMD1 UB": (glass, 0.5),
    "SMDH": (lambda rng, k: means.heteroscedastic_smd(*groups(rng, k, sd2=3)), 1 / np.sqrt(6.5)),
    "ROM": (lambda rng, k: ratios.log_ratio_of_means(*groups(rng, k)), np.log(12 / 11)),
    "ROMBC": (lambda rng, k: ratios.bias_corrected_log_ratio_of_means(*groups(rng, k)), np.log(12 / 11)),
    "CVR": (lambda rng, k: ratios.log_ratio_of_cvs(*groups(rng, k)), np.log(11 / 12)),
    "MC": (lambda rng, k: paired.mean_change(*pair_columns(rng, k)), 1.0),
    "SMCC": (lambda rng, k: paired.mean_change_in_change_sds(*pair_columns(rng, k)), 0.5 / np.sqrt(0.8)),
    "SMCR": (change_in_raw_sds, 0.5),
    "SMCRH": (lambda rng, k: paired.heteroscedastic_mean_change(*pair_columns(rng, k)), 0.5),
    "ROMC": (lambda rng, k: paired.log_ratio_of_paired_means(*pair_columns(rng, k)), np.log(12 / 11)),
    "CVRC": (lambda rng, k: paired.log_ratio_of_paired_cvs(*pair_columns(rng, k)), np.log(11 / 12)),
    "VRC": (ratio_of_paired_sds, 0.0),
    "PPC": (against_control, 1.0),
    "ZCOR": (lambda rng, k: correlations.fisher_z(pairs(rng, k)[4], N), np.arctanh(0.6) + 0.6 / 46),
    "UCOR UB": (
        lambda rng, k: correlations.unbiased_correlation_coefficient(pairs(rng, k)[4], N, vtype="UB"),
        0.6,
    ),
    "ZPCOR": (partial, np.arctanh(0.5) + 0.5 / 26),
    "ABT": (cronbach, np.log(6.0)),
}


def distance(case: str, draws: int) -> tuple[float, float]:
    """Mean of vi over the variance of yi; and the bias of yi in standard errors of one study."""
    draw, truth = CASES[case]
    found = draw(np.random.default_rng(20_250_107), draws)
    sound = found.defined
    assert sound.mean() > 0.999
    yi, vi = found.yi[sound], found.vi[sound]
    return float(vi.mean() / yi.var()), float((yi.mean() - truth) / yi.std())


@pytest.mark.parametrize("case", CASES)
def test_variance_is_right_on_average(case: str) -> None:
    ratio, bias = distance(case, 6_000)
    assert abs(ratio - 1) < 0.12, ratio
    assert abs(bias) < 0.1, bias


@pytest.mark.long
@pytest.mark.parametrize("case", CASES)
def test_variance_is_right_to_the_order_of_its_approximation(case: str) -> None:
    """All are of the first order: off by a factor of 1 + c/n, n being 24 here."""
    ratio, bias = distance(case, 60_000)
    assert abs(ratio - 1) < (0.08 if case in ("VRC", "CVRC", "CVR") else 0.035), ratio
    assert abs(bias) < (0.06 if case == "ABT" else 0.012), bias


def test_partial_correlations_lose_one_more_degree_of_freedom_than_metafor_3_takes() -> None:
    """1/(n - m - 1) = 1/12 is too small for 16 people and three predictors; 1/(n - m - 2) = 1/11 is not."""
    found = partial(np.random.default_rng(3), 40_000)
    assert abs(found.yi.var() * 11 - 1) < 0.03
    assert found.yi.var() * 12 > 1.05
