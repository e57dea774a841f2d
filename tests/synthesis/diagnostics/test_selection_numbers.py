"""What a selection model reports: units, the null, the level, ends of ranges, and panels of its integrals."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import optimize, special, stats

from synthesis import pool
from synthesis.diagnostics.selection_models.fitting import selection_model
from synthesis.diagnostics.selection_models.likelihood import Likelihood, nodes
from synthesis.diagnostics.selection_models.result import RatioTest, checked_steps, ratio_test
from synthesis.diagnostics.selection_models.weights import (
    Beta,
    HalfNormal,
    Logistic,
    NegativeExponential,
    Power,
    Steps,
    WeightFunction,
)
from synthesis.pooling.kernel.effects import Array
from tests.synthesis.diagnostics.reference import METAFOR, effects

Y, V = effects(METAFOR["hackshaw1998"])
NO_SELECTION = (
    "No selection of this form fits best: delta is at 0, the end of its range, and standard "
    "errors take it as known."
)
STOPPED = (
    "The likelihood still rises where delta was stopped on its way to infinity or zero: the "
    "estimates depend on that stop, and standard errors do not exist."
)
NO_TAU2 = "tau2 is estimated at 0, the end of its range; standard errors take it as known."
RUNS_AWAY = (
    "The likelihood still rises as the mean effect or tau2 runs away: these studies cannot tell the "
    "effect from the selection, and no estimate exists."
)


def test_the_null_moves_the_effects_and_the_estimate() -> None:
    one, moved = selection_model(pool(Y, V)), selection_model(pool(Y + 0.5, V), null=0.5)
    assert_allclose(
        [moved.estimate, moved.ci_low, moved.ci_high],
        [one.estimate + 0.5, one.ci_low + 0.5, one.ci_high + 0.5],
        rtol=1e-8,
    )
    assert_allclose([moved.p_value, moved.se, moved.loglik], [one.p_value, one.se, one.loglik], rtol=1e-7)


@pytest.mark.parametrize("level", [0.95, 0.8])
def test_every_number_is_in_its_units(level: float) -> None:
    one = selection_model(pool(Y, V, level=level), "half-normal")
    big = selection_model(pool(300.0 * Y, 9e4 * V, level=level), "half-normal")
    assert_allclose([big.estimate, big.se], [300.0 * one.estimate, 300.0 * one.se], rtol=1e-6)
    assert_allclose([big.tau2, big.se_tau2], [9e4 * one.tau2, 9e4 * one.se_tau2], rtol=1e-6)
    assert_allclose([*big.delta, *big.se_delta], [*one.delta, *one.se_delta], rtol=1e-5)
    assert_allclose(big.loglik_unselected, one.loglik_unselected - 37 * np.log(300.0), rtol=1e-9)
    half = stats.norm.ppf(0.5 + level / 2) * one.se
    assert_allclose([one.ci_low, one.ci_high], [one.estimate - half, one.estimate + half], rtol=1e-9)
    assert_allclose(one.p_value, 2 * stats.norm.sf(abs(one.estimate) / one.se), rtol=1e-9)
    assert (one.k, one.level, one.warnings, one.steps, one.counts) == (37, level, (), (), ())


def test_tests_are_likelihood_ratios() -> None:
    found = selection_model(pool(Y, V), "step", steps=(0.025, 0.5))
    plain = pool(Y, V, method="ML", test="z")
    spread = V + plain.tau2
    loglik = np.sum(stats.norm.logpdf(Y, plain.estimate, np.sqrt(spread)))
    assert_allclose(found.loglik_unselected, loglik, rtol=1e-9)
    assert_allclose(found.selection.statistic, 2 * (found.loglik - loglik), rtol=1e-6)
    assert found.selection.df == 2
    assert_allclose(found.selection.p_value, stats.chi2.sf(found.selection.statistic, 2), rtol=1e-9)
    without = selection_model(pool(Y, V, method="EE"), "step", steps=(0.025, 0.5))
    assert found.heterogeneity is not None
    assert_allclose(found.heterogeneity.statistic, 2 * (found.loglik - without.loglik), rtol=1e-6)
    assert found.heterogeneity.df == 1
    assert without.loglik < found.loglik
    assert without.tau2 == 0.0
    assert (found.steps, without.heterogeneity) == ((0.025, 0.5, 1.0), None)
    assert sum(found.counts) == 37


def test_a_ratio_below_one_is_rounding_and_no_parameter_is_no_test() -> None:
    found = ratio_test(3.0, 1.0, 1)
    assert (found.statistic, found.df) == (4.0, 1)
    assert_allclose(found.p_value, stats.chi2.sf(4.0, 1), rtol=1e-12)
    assert ratio_test(1.0, 1.0 + 1e-9, 2) == RatioTest(0.0, 2, 1.0)
    assert np.isnan(ratio_test(1.0, 1.0, 0).p_value)


def test_standard_errors_are_of_the_observed_information() -> None:
    """Of the mean, tau2 and the log of the weight: from second differences of the log-likelihood."""
    found = selection_model(pool(Y, V))
    value = Likelihood(Y, V, found.function).value
    at = np.array([found.estimate, found.tau2, *np.log(found.delta)])
    steps = np.array([1e-3, 1e-4, 1e-3])
    second = np.zeros((3, 3))
    for (i, a), (j, b) in product(enumerate(np.diag(steps)), repeat=2):
        around = value(at + a + b) - value(at + a - b) - value(at - a + b) + value(at - a - b)
        second[i, j] = around / (4.0 * steps[i] * steps[j])
    se = np.sqrt(np.diag(np.linalg.inv(-second)))
    assert_allclose([found.se, found.se_tau2], se[:2], rtol=1e-3)
    assert_allclose(found.se_delta, found.delta * se[2], rtol=1e-3)


def test_a_smooth_model_without_selection_is_told() -> None:
    """Insignificant studies are more frequent than the normal model expects: no selection fits best."""
    y = np.array([0.1, 0.3, 0.2, -0.1, -0.2, -0.3, 0.15, -0.05])
    found = selection_model(pool(y, np.full(8, 0.04)), "half-normal")
    assert found.delta.tolist() == [0.0]
    assert NO_SELECTION in found.warnings
    assert NO_TAU2 in found.warnings
    assert np.isnan(found.se_delta).all()
    assert np.isfinite(found.se)
    assert found.selection.statistic == pytest.approx(0.0, abs=1e-12)


def test_a_weight_that_runs_to_its_stop_is_told() -> None:
    """All p-values lie just below 0.0005: from there on the weight falls faster than is searched."""
    y = 0.2 * np.array([3.3, 3.32, 3.4, 3.35, 3.5, 3.31, 3.6, 3.33])
    found = selection_model(pool(y, np.full(8, 0.04)), "negative exponential")
    assert found.delta.tolist() == [1000.0]
    assert STOPPED in found.warnings
    assert NO_SELECTION not in found.warnings
    assert np.isnan([found.se, *found.se_delta]).all()


def test_a_mean_that_runs_away_is_told_and_has_no_numbers() -> None:
    entry = METAFOR["collins1985b"]
    found = selection_model(pool(*effects(entry)), "power", "less")
    assert RUNS_AWAY in found.warnings
    assert found.selection.statistic >= entry["selmodel"]["power"]["LRT"], "where metafor stopped"
    assert np.isnan([found.estimate, found.tau2, found.se, found.ci_low, *found.delta]).all()
    assert all("beyond every effect" not in words for words in found.warnings)


@pytest.mark.parametrize(
    ("given", "found"),
    [([0.5, 0.025], (0.025, 0.5, 1.0)), ([0.025, 1], (0.025, 1.0)), ((0.999,), (0.999, 1.0))],
)
def test_steps_rise_and_end_in_one(given: list[float], found: tuple[float, ...]) -> None:
    assert checked_steps(given) == found


@pytest.mark.parametrize("given", [[1.0], [1.1], [0.5, 1.5], [-0.1, 0.5], [0.0], [0.2, 0.2]])
def test_steps_outside_zero_to_one_are_refused(given: list[float]) -> None:
    with pytest.raises(ValueError, match="expected different p-values between 0 and 1"):
        checked_steps(given)
    with pytest.raises(ValueError, match=r"steps is 'few'; expected a list of p-values, e\.g\."):
        checked_steps("few")  # type: ignore[arg-type]


def test_as_many_studies_as_parameters_are_enough() -> None:
    y, v = np.array([0.5, 0.1, 0.9]), np.full(3, 0.04)
    assert selection_model(pool(y, v)).k == 3
    assert selection_model(pool(y[:2], v[:2], method="EE")).k == 2
    with pytest.raises(ValueError, match="2 studies for 3 parameters"):
        selection_model(pool(y[:2], v[:2]))
    with pytest.raises(ValueError, match="3 studies for 4 parameters"):
        selection_model(pool(y, v), "beta")


def test_intervals_without_studies_are_named_by_their_ends() -> None:
    y, v = np.array([0.45, 0.5, 0.6, 0.05, 0.1]), np.full(5, 0.04)  # p: three below 0.025, .40 and .31
    found = selection_model(pool(y, v, method="EE"), steps=(0.025, 0.05, 0.2, 0.5))
    assert found.counts == (3, 0, 0, 2, 0)
    assert found.warnings[0].startswith(
        "No study has a p-value of 0.025 to 0.05 or 0.05 to 0.2 or 0.5 to 1: the"
    )
    assert found.delta[[0, 1, 3]].tolist() == [0.0, 0.0, 0.0]
    assert np.isfinite(found.delta[2])
    assert not any("relative to it" in words for words in found.warnings)
    first = selection_model(pool(y[3:], v[3:], method="EE"), steps=(0.025, 0.35))
    assert first.counts == (0, 1, 1)
    assert first.delta.tolist() == [np.inf, np.inf]
    assert np.isnan(first.se_delta).tolist() == [True, True]
    assert (
        first.warnings[1] == "The first interval has no study, so that weights relative to it are infinite."
    )
    only = selection_model(pool(y[3:], v[3:], method="EE"), steps=(0.025, 0.5))
    assert (only.counts, only.delta[0]) == ((0, 2, 0), np.inf)
    assert np.isnan(only.delta[1])
    assert np.isnan(only.se_delta).all()
    assert np.isnan(only.selection.p_value) or only.selection.df == 2


@pytest.mark.parametrize(
    ("steps", "two_sided", "cuts"),
    [
        ((0.025, 0.5, 1.0), False, [0.0, 1.959964]),
        ((0.05, 1.0), True, [-1.959964, 1.959964]),
        ((0.05, 0.1, 1.0), True, [-1.959964, -1.644854, 1.644854, 1.959964]),
    ],
)
def test_a_step_function_jumps_at_the_z_of_its_steps(
    steps: tuple[float, ...], two_sided: bool, cuts: list[float]
) -> None:
    weight = Steps(steps, tuple(range(1, len(steps))), 0, two_sided)
    assert_allclose(np.sort(weight.cuts), cuts, atol=1e-6)
    heights = -np.arange(1.0, len(steps))
    below, above = (weight.log_weight(np.array(cuts) + by, heights).value for by in (-1e-4, 1e-4))
    assert np.all(below != above)


def test_smooth_weights_have_a_kink_at_zero_where_both_sides_are_read_and_no_jump() -> None:
    assert [HalfNormal(True).cuts.tolist(), Power(True).cuts.tolist()] == [[0.0], [0.0]]
    assert [HalfNormal().cuts.tolist(), Power().cuts.tolist(), Beta().cuts.tolist()] == [[], [], []]


@pytest.mark.parametrize(
    ("weight", "parameters", "powers"),
    [
        (HalfNormal(), [3.0], (0.0, 0.0)),
        (NegativeExponential(True), [3.0], (0.0, 0.0)),
        (Logistic(), [3.0], (0.0, 0.0)),
        (Power(), [3.0], (0.0, 3.0)),
        (Power(True), [3.0], (0.0, 0.0)),
        (Beta(), [0.25, 4.0], (-0.75, 3.0)),
        (Steps((0.025, 0.5, 1.0), (1, 2), 0, False), [-1.0, -2.0], (0.0, 0.0)),
    ],
)
def test_powers_are_slopes_of_the_log_weight_by_the_logs_of_p_and_of_its_rest_at_both_ends(
    weight: WeightFunction, parameters: list[float], powers: tuple[float, float]
) -> None:
    at = np.array(parameters)
    assert weight.powers(at) == powers
    for power, side in zip(powers, (1.0, -1.0), strict=True):
        far = side * np.array([30.0, 31.0])
        rise, fall = np.diff(weight.log_weight(far, at).value), np.diff(special.log_ndtr(-np.abs(far)))
        assert_allclose(rise / fall, power, atol=1e-12)


def test_ranges_of_parameters_end_far_from_no_selection() -> None:
    """Up to 1,000 for smooth functions, from 1e-8 to it for the powers of a beta, e^25 and back for steps."""
    step = Steps((0.025, 0.5, 1.0), (1, 2), 0, False)
    assert [(one.low.tolist(), one.high.tolist()) for one in (HalfNormal(), Beta(), step)] == [
        ([0.0], [1000.0]),
        ([1e-8, 1e-8], [1000.0, 1000.0]),
        ([-25.0, -25.0], [25.0, 25.0]),
    ]
    assert [one.null.tolist() for one in (HalfNormal(), Beta(), step)] == [[0.0], [1.0, 1.0], [0.0, 0.0]]


def panels(mean: float, sd: float, powers: tuple[float, float], cuts: Array, singular: bool = False) -> Array:
    """Where the panels of the integral end; each has twelve nodes of Gauss and Legendre."""
    grid = nodes(np.array([mean]), np.array([sd]), powers, cuts, singular)
    assert grid is not None
    z, weights = (one.reshape(-1, 12) for one in grid)
    ends: Array = z.mean(axis=1)[:, None] + 0.5 * weights.sum(axis=1)[:, None] * [-1.0, 1.0]
    inside = (z - z.mean(axis=1)[:, None]) / np.maximum(weights.sum(axis=1)[:, None], 1e-300) * 2.0
    wide = weights.sum(axis=1) > 1e-9
    assert_allclose(inside[wide], np.tile(np.polynomial.legendre.leggauss(12)[0], (wide.sum(), 1)), atol=1e-6)
    return np.append(ends[:, 0], ends[-1, 1])


def test_panels_end_where_the_weight_or_the_density_changes() -> None:
    """About zero, the mean, in both tails, at a jump, and, for a power of z, ever nearer to zero."""
    mean, sd = 0.7, 1.5
    core = [*range(-8, -4), *np.arange(-4.0, 4.0, 0.5), *range(4, 9)]
    about = mean + sd * np.linspace(-9.0, 9.0, 12)
    jump = 1.3 + np.array([-1 / 64, -1 / 16, -1 / 4, -1 / 2, 0.0, 1 / 64, 1 / 16, 1 / 4, 1 / 2])
    zero = 4.0 ** -np.arange(1.0, 26.0)
    tails: list[float] = []
    for side in (
        1.0,
        -1.0,
    ):  # from 8 in units of the fall there, or of the standard deviation if that is less
        fall = max((8.0 - side * mean) / sd**2, 1.0 / sd)
        tails += [side * (8.0 + step / fall) for step in range(4, 40, 4)]
    plain = [*core, *about, *tails]
    for cuts, singular, more in (
        ([], False, []),
        ([1.3], False, [*jump]),
        ([], True, [*zero, *-zero]),
        ([1.3], True, [*jump, *zero, *-zero]),
    ):
        found = panels(mean, sd, (0.0, 0.0), np.array(cuts), singular)
        assert_allclose(found, np.sort([*plain, *more]), rtol=1e-9, atol=1e-12)


def test_panels_follow_the_middle_to_which_a_growing_weight_moves_the_tail() -> None:
    """p^a at large z is of the order exp(-a z^2 / 2), so that the tail has the precision 1 / sd^2 + a."""
    mean, sd, power = 2.0, 1.2, -0.4
    precision = 1 / sd**2 + power
    middle = mean / sd**2 / precision
    reach = np.maximum(middle + np.linspace(-9.0, 9.0, 12) / np.sqrt(precision), 0.0)
    fall = max((8.0 - middle) * precision, np.sqrt(precision))
    other = max((8.0 + mean) / sd**2, 1 / sd)
    expected = [
        *[*range(-8, -4), *np.arange(-4.0, 4.0, 0.5), *range(4, 9)],
        *(mean + sd * np.linspace(-9.0, 9.0, 12)),
        *reach,
        *(8.0 + np.arange(4.0, 40.0, 4.0) / fall),
        *(-8.0 - np.arange(4.0, 40.0, 4.0) / other),
    ]
    found = panels(mean, sd, (power, 0.0), np.zeros(0))
    assert_allclose(found, np.sort(expected), rtol=1e-9, atol=1e-9)
    mirrored = panels(-mean, sd, (0.0, power), np.zeros(0))
    assert_allclose(np.sort(-mirrored), np.sort(expected), rtol=1e-9, atol=1e-9)
    assert nodes(np.zeros(1), np.full(1, 2.0), (-0.25, 0.0), np.zeros(0), False) is None
    assert nodes(np.zeros(1), np.full(1, 1.99), (0.0, -0.25), np.zeros(0), False) is not None


@pytest.mark.parametrize("powers", [(0.5, 0.0), (0.0, 0.5), (0.2, 0.0), (8.0, 0.0), (0.0, 8.0), (3.0, 4.0)])
@pytest.mark.parametrize(("mean", "sd"), [(0.0, 1.0), (0.0, 3.0), (2.0, 1.0), (-2.0, 0.5)])
def test_panels_lie_about_the_mode_of_a_density_times_powers_of_p_and_of_its_rest(
    mean: float, sd: float, powers: tuple[float, float]
) -> None:
    """Twelve of their ends; p is the tail above z."""
    a, b = powers

    def slope(z: float) -> float:
        height = special.log_ndtr(-z), special.log_ndtr(z)
        pull = [np.exp(-0.5 * z * z - each) / np.sqrt(2.0 * np.pi) for each in height]
        return float(b * pull[1] - a * pull[0] - (z - mean) / sd**2)

    mode = optimize.brentq(slope, -100.0, 100.0, xtol=1e-14)
    precision = -(slope(mode + 1e-5) - slope(mode - 1e-5)) / 2e-5
    found = panels(mean, sd, powers, np.zeros(0))
    expected = mode + np.linspace(-9.0, 9.0, 12) / np.sqrt(precision)
    assert_allclose(np.abs(found[:, None] - expected).min(axis=0), 0.0, atol=1e-6)
