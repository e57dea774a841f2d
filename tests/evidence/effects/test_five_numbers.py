"""Mean and SD from minimum, quartiles, median and maximum."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import special

from evidence.effects.columns import Array
from evidence.effects.five_numbers import (
    FiveNumbers,
    estimated_sd,
    mean_and_sd,
    quantile_estimation,
    skewness_test,
)

SCENARIOS = {
    "S1": ("minimum", "median", "maximum"),
    "S2": ("q1", "median", "q3"),
    "S3": ("minimum", "q1", "median", "q3", "maximum"),
}
VALUES = {"minimum": 2.0, "q1": 8.0, "median": 11.0, "q3": 15.0, "maximum": 30.0}


def summary(scenario: str, n: float = 81.0, **changed: float) -> FiveNumbers:
    return FiveNumbers.of(n, **{name: changed.get(name, VALUES[name]) for name in SCENARIOS[scenario]})


def test_means_by_hand() -> None:
    """n = 81: n^0.75 = 27, so the weights are 4/31, 0.7 + 0.39/81, and 2.2/29.2 with 0.7 - 0.72/81^0.55."""
    assert_allclose(mean_and_sd(summary("S1")).mean, (4 * 16 + 27 * 11) / 31)
    w = 0.7 + 0.39 / 81
    assert_allclose(mean_and_sd(summary("S2")).mean, w * 11.5 + (1 - w) * 11)
    w1, w2 = 2.2 / 29.2, 0.7 - 0.72 / 81**0.55
    assert_allclose(mean_and_sd(summary("S3")).mean, w1 * 16 + w2 * 11.5 + (1 - w1 - w2) * 11)


def test_sds_by_hand() -> None:
    """The quantiles are those of (81 - 0.375)/81.25 = 129/130 and (60.75 - 0.125)/81.25 = 97/130."""
    far, near = special.ndtri(129 / 130), special.ndtri(97 / 130)
    assert_allclose(mean_and_sd(summary("S1")).sd, 28 / (2 * far))
    assert_allclose(mean_and_sd(summary("S2")).sd, 7 / (2 * near))
    weighted = 28 / ((2 + 0.14 * 81**0.6) * far) + 7 / ((2 + 2 / (0.07 * 81**0.6)) * near)
    assert_allclose(mean_and_sd(summary("S3")).sd, weighted)


@pytest.mark.parametrize(("n", "d2"), [(5, 2.326), (10, 3.078), (15, 3.472), (20, 3.735), (25, 3.931)])
def test_expected_range_of_a_normal_sample_is_that_of_control_charts(n: int, d2: float) -> None:
    """d2, the expected range in SDs, of the tables for control charts; Wan et al. approximate it."""
    found = estimated_sd(FiveNumbers.of(n, minimum=0, median=d2 / 2, maximum=d2))
    assert_allclose(found, 1, rtol=0.015)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_shifted_and_scaled_data_shift_and_scale_mean_and_sd(scenario: str) -> None:
    one = mean_and_sd(summary(scenario))
    moved = mean_and_sd(summary(scenario, **{name: 3 * value - 100 for name, value in VALUES.items()}))
    assert_allclose(moved.mean, 3 * one.mean - 100)
    assert_allclose(moved.sd, 3 * one.sd)
    assert_allclose(moved.statistic, one.statistic)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_symmetric_numbers_have_their_median_as_mean_and_no_skew(scenario: str) -> None:
    found = mean_and_sd(summary(scenario, minimum=1.0, q1=8.0, q3=14.0, maximum=21.0))
    assert_allclose(found.mean, 11)
    assert_allclose(found.statistic, 0, atol=1e-15)
    assert not found.skewed.any()


def drawn(rng: np.random.Generator, draws: int, n: int, *, log: bool = False) -> dict[str, Array]:
    x = rng.normal(50, 8, (draws, n)) if not log else rng.lognormal(0, 0.8, (draws, n))
    found = np.quantile(x, [0, 0.25, 0.5, 0.75, 1], axis=1)
    return dict(zip(VALUES, found, strict=True))


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("n", [21, 101])
def test_normal_samples_are_estimated_without_bias_and_tested_at_five_per_cent(scenario: str, n: int) -> None:
    numbers = drawn(np.random.default_rng(n), 8_000, n)
    found = mean_and_sd(FiveNumbers.of(n, **{name: numbers[name] for name in SCENARIOS[scenario]}))
    assert_allclose(found.mean.mean(), 50, atol=0.1)
    assert_allclose(found.sd.mean(), 8, rtol=0.03 if scenario != "S2" else 0.06)
    assert_allclose(found.skewed.mean(), 0.05, atol=0.009)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_skewed_samples_are_found_and_said_to_be_skewed(scenario: str) -> None:
    numbers = drawn(np.random.default_rng(4), 2_000, 101, log=True)
    found = mean_and_sd(FiveNumbers.of(101, **{name: numbers[name] for name in SCENARIOS[scenario]}))
    assert found.skewed.mean() > (0.45 if scenario == "S2" else 0.8)
    assert all(("skewed" in note) == skewed for note, skewed in zip(found.notes, found.skewed, strict=True))


def test_skewness_test_by_hand() -> None:
    statistic, critical = skewness_test(summary("S1"))
    assert_allclose([statistic[0], critical[0]], [10 / 28, 1.01 / np.log(90) + 2.43 / 82])
    statistic, critical = skewness_test(summary("S2"))
    assert_allclose([statistic[0], critical[0]], [1 / 7, 2.66 / 9 - 5.92 / 6561])
    statistic, critical = skewness_test(summary("S3"))
    assert_allclose([statistic[0], critical[0]], [2.65 * np.log(48.6) / 9 * 10 / 28, 2.97 / 9 - 39.1 / 81**3])


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        (FiveNumbers.of(20, q1=1, q3=3), "median"),
        (FiveNumbers.of(20, median=2), "neither"),
        (FiveNumbers.of(20, minimum=1, median=2, q3=3), "neither"),
        (FiveNumbers.of(4, q1=1, median=2, q3=3), "smaller than 5"),
        (FiveNumbers.of(20, q1=3, median=2, q3=4), "out of order"),
        (FiveNumbers.of(20, minimum=1, q1=2, median=3, q3=5, maximum=4), "out of order"),
        (FiveNumbers.of(20, minimum=2, median=2, maximum=2), "do not differ"),
        (FiveNumbers.of(20, minimum=1, q1=2, median=2, q3=2, maximum=9), "quartiles do not differ"),
        (FiveNumbers.of(np.nan, q1=1, median=2, q3=3), "sample size"),
    ],
)
def test_no_number_comes_from_what_cannot_be(numbers: FiveNumbers, says: str) -> None:
    found, fitted = mean_and_sd(numbers), quantile_estimation(numbers)
    assert says in found.notes[0]
    assert says in fitted.notes[0]
    assert np.isnan([found.mean, found.sd, found.statistic, fitted.mean, fitted.sd, fitted.residual]).all()
    assert fitted.distribution == ("",)


def test_a_mixed_column_of_scenarios_is_read_study_by_study() -> None:
    nan = np.nan
    found = mean_and_sd(
        FiveNumbers.of(
            81, minimum=[2, nan, 2], q1=[nan, 8, 8], median=11, q3=[nan, 15, 15], maximum=[30, nan, 30]
        )
    )
    alone = [mean_and_sd(summary(scenario)) for scenario in SCENARIOS]
    assert_allclose(found.mean, [one.mean[0] for one in alone])
    assert_allclose(found.sd, [one.sd[0] for one in alone])


def quantiles_of(name: str, p: Array) -> tuple[Array, float, float]:
    """Exact quantiles of one member of a family, its mean and its SD."""
    if name == "normal":
        return -2 + 3 * special.ndtri(p), -2.0, 3.0
    if name == "log-normal":
        mean = float(np.exp(2 + 0.125))
        return np.exp(2 + 0.5 * special.ndtri(p)), mean, mean * float(np.sqrt(np.exp(0.25) - 1))
    if name == "gamma":
        return 4 * special.gammaincinv(np.full(p.shape, 2.5), p), 10.0, 4 * 2.5**0.5
    if name == "Weibull":
        return 7 * np.sqrt(-np.log1p(-p)), 3.5 * np.sqrt(np.pi), 7 * np.sqrt(1 - np.pi / 4)
    return special.betaincinv(2, 5, p), 2 / 7, np.sqrt(10 / 49 / 8)


@pytest.mark.parametrize("name", ["normal", "log-normal", "gamma", "Weibull", "beta"])
@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("n", [12, 400])
def test_exact_quantiles_give_their_distribution_back(name: str, scenario: str, n: int) -> None:
    values, mean, sd = quantiles_of(name, np.array([1 / n, 0.25, 0.5, 0.75, 1 - 1 / n]))
    numbers = dict(zip(VALUES, values, strict=True))
    found = quantile_estimation(FiveNumbers.of(n, **{key: numbers[key] for key in SCENARIOS[scenario]}))
    assert found.distribution == (name,)
    assert_allclose([found.mean[0], found.sd[0]], [mean, sd], rtol=1e-7)
    assert found.residual[0] < 1e-8 * sd


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_units_do_not_matter_to_quantile_estimation(scenario: str) -> None:
    one = quantile_estimation(summary(scenario))
    other = quantile_estimation(summary(scenario, **{name: 1000 * value for name, value in VALUES.items()}))
    assert one.distribution == other.distribution
    assert_allclose([other.mean, other.sd], [1000 * one.mean, 1000 * one.sd], rtol=1e-7)


def test_a_fitted_mean_beyond_the_maximum_is_remarked_upon() -> None:
    found = quantile_estimation(FiveNumbers.of([5, 81], minimum=[0.1, 2], median=[1, 11], maximum=[300, 30]))
    assert [("outside" in note) for note in found.notes] == [True, False]
    assert found.mean[0] > 300


def test_the_normal_alone_fits_numbers_below_zero() -> None:
    found = quantile_estimation(FiveNumbers.of(50, minimum=-1, median=1, maximum=9))
    assert found.distribution == ("normal",)
    z = special.ndtri(0.98)
    assert_allclose([found.mean[0], found.sd[0]], [3, 10 / (2 * z)])


@pytest.mark.parametrize(("largest", "fits"), [(0.999, True), (1.0, False), (1.001, False)])
def test_a_beta_distribution_is_of_numbers_below_one(largest: float, fits: bool) -> None:
    """Of the uniform distribution, which is one of them, and none of the others comes near."""
    found = quantile_estimation(
        FiveNumbers.of(1000, minimum=0.001, q1=0.25, median=0.5, q3=0.75, maximum=largest)
    )
    assert (found.distribution == ("beta",)) == fits


def test_quantile_estimation_recovers_the_mean_of_skewed_data_better() -> None:
    numbers = drawn(np.random.default_rng(9), 60, 201, log=True)
    summaries = FiveNumbers.of(201, **{name: numbers[name] for name in SCENARIOS["S2"]})
    truth = np.exp(0.32)
    fitted, as_normal = quantile_estimation(summaries).mean.mean(), mean_and_sd(summaries).mean.mean()
    assert abs(fitted - truth) < 0.5 * abs(as_normal - truth)
