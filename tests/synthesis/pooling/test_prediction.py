"""Prediction intervals and probabilities for a new study, against formulas, quadrature and simulation."""

import math
from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import integrate, special, stats

from synthesis.pooling.batch import Choice, infer_block, pool_batch
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.kernel.fitting import fit
from synthesis.pooling.kernel.parts import parts_of
from synthesis.pooling.prediction import confidence_prediction
from synthesis.pooling.prediction.new_settings import probability_beyond, proportion_beyond
from synthesis.pooling.prediction.prediction import PREDICTIONS, ConfidencePredictive, StudentPredictive
from synthesis.pooling.tau2.estimators import ESTIMATORS
from synthesis.pooling.tau2.quadratic_forms import weighted_chi2_cdf
from synthesis.pooling.tau2.weighted_residuals import residual_eigenvalues
from tests.synthesis.pooling.inference_reference import METAFOR_5, effects_of

Y = np.array([0.35, 0.1, -0.2, 0.6, 0.44, 0.9])
V = np.array([0.02, 0.05, 0.01, 0.08, 0.03, 0.04])
X = np.column_stack([np.ones(6), [1.0, 2.0, 4.0, 3.0, 0.0, 7.0]])


@pytest.mark.parametrize("test", ["z", "HKSJ", "adhoc", "KR"])
@pytest.mark.parametrize(
    ("kind", "df", "uses"),
    [("t(k-1)", 5, None), ("t(k-2)", 4, None), ("z", math.inf, None), ("HTS", 4, "z"), ("HKSJ", 4, "HKSJ")],
)
def test_each_kind_is_its_formula(kind: str, df: float, uses: str | None, test: str) -> None:
    """None of these is narrower than the intervals of the mean, so that each stays as it is."""
    result = pool_batch(Effects(Y, V), "REML", test, level=0.9, prediction=kind)
    se = result.se[0, 0] if uses is None else pool_batch(Effects(Y, V), "REML", uses).se[0, 0]
    half = stats.t.ppf(0.95, df) * math.sqrt(result.tau2[0] + se**2)
    assert_allclose(result.prediction_low[0], result.beta[0, 0] - half, rtol=1e-11)
    assert_allclose(result.prediction_high[0], result.beta[0, 0] + half, rtol=1e-11)
    assert result.prediction_df[0] == df


def test_every_kind_is_nan_with_moderators_and_without_studies_enough() -> None:
    few = np.array([[False] * 6, [True] + [False] * 5, [True] * 2 + [False] * 4, [True] * 3 + [False] * 3])
    data = Effects(np.tile(Y, (4, 1)), np.tile(V, (4, 1)), few)
    for kind, needs in (("t(k-1)", 2), ("t(k-2)", 3), ("z", 2), ("HTS", 3), ("HKSJ", 3), ("NNF", 2)):
        result = pool_batch(data, prediction=kind)
        expected = np.arange(4) >= needs
        assert (np.isfinite(result.prediction_low) == expected).all(), kind
        assert (np.isfinite(result.prediction_high) == expected).all(), kind
        assert (np.isnan(result.prediction_df) == ~expected).all(), kind
        assert np.isnan(pool_batch(Effects(Y, V), prediction=kind, design=X).prediction_low[0])
        if kind != "NNF":
            equal = pool_batch(Effects(Y, V), "EE", "t", prediction=kind)
            assert np.isnan([equal.prediction_low[0], equal.prediction_high[0], equal.prediction_df[0]]).all()
    assert set(PREDICTIONS) == {"t(k-1)", "t(k-2)", "z", "HTS", "HKSJ", "NNF"}


@pytest.mark.parametrize(
    ("method", "weights", "says"),
    [
        ("EE", None, "'NNF' is about heterogeneity, which method 'EE' rules out"),
        ("DL", V, "has its own weights"),
    ],
)
def test_the_confidence_distribution_refuses_what_contradicts_it(
    method: str, weights: Array | None, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        pool_batch(Effects(Y, V), method, prediction="NNF", weights=weights)


def test_confidence_distribution_with_equal_variances_agrees_with_adaptive_quadrature() -> None:
    """Q / (1 + tau2 / v) is C of chi2(k - 1): tau2 is v (q / C - 1), or zero, and F(x) an average over C.

    The effect given tau2 is averaged over its normal part, with scipy's t distribution for the rest.
    """
    y, v = np.array([0.3, -0.5, 1.1, 0.2]), 0.25
    q, se2 = float(((y - y.mean()) ** 2).sum() / v), float(((y - y.mean()) ** 2).sum() / 12)

    def given(tau: float, x: float) -> float:
        def integrand(z: float) -> float:
            density = math.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
            return float(density * special.stdtr(3, (x - y.mean() - tau * z) / math.sqrt(se2)))

        return float(integrate.quad(integrand, -9, 9, epsabs=1e-13, epsrel=1e-12, limit=200)[0])

    for x in (0.6, 2.5):

        def over_root_of_c(root: float, x: float = x) -> float:
            density = 2 * root * stats.chi2.pdf(root * root, 3)
            return float(density * given(math.sqrt(v * (q / root**2 - 1)), x))

        inside = integrate.quad(over_root_of_c, 1e-8, math.sqrt(q), epsabs=1e-11, epsrel=1e-10, limit=200)[0]
        expected = inside + stats.chi2.sf(q, 3) * given(0.0, x)
        ours = probability_beyond(Effects(y, np.full(4, v)), x, prediction="NNF")
        assert_allclose(ours.below[0], expected, rtol=1e-9)
        assert_allclose(ours.above[0], 1.0 - expected, rtol=1e-8)


def test_q_is_the_weighted_sum_that_its_eigenvalues_say() -> None:
    """For tau2 = 0.3, from the eigenvalues of the k x k matrix of the form itself."""
    model = fit(Effects(Y, V), "DL", None).model
    p = np.diag(1.0 / V) - np.outer(1.0 / V, 1.0 / V) / (1.0 / V).sum()
    root = np.sqrt(V + 0.3)
    direct = np.sort(np.linalg.eigvalsh(root[:, None] * p * root))[1:]
    scale = fit(Effects(Y, V), "DL", None).units.scale[0] ** 2
    ours = np.sort(residual_eigenvalues(model)[0])
    assert_allclose(1.0 + 0.3 * ours / scale, direct, rtol=1e-11)


def test_residual_eigenvalues_are_precise_with_ties_absent_studies_and_wide_variances() -> None:
    """Those of the matrix W - ww' / sum(w) itself, in 60 digits."""
    v = np.array(
        [[1e-6, 1e-6, 1e-6, 0.2, 3.0, 3.0, 1e5, 1e9], [0.5] * 8, [0.1, 0.3, 0.2, 4.0, 0.9, 7.0, 2.0, 1.0]]
    )
    present = np.ones((3, 8), dtype=bool)
    present[2, 3:5] = False
    fitted = fit(Effects(np.zeros((3, 8)), v, present), "EE", None)
    ours = residual_eigenvalues(fitted.model) / fitted.units.scale[:, None] ** 2
    for row in range(3):
        with mpmath.workdps(60):
            w = [1 / mpmath.mpf(value) for value in v[row, present[row]].tolist()]
            matrix = mpmath.diag(w) - mpmath.matrix(w) * mpmath.matrix(w).T / sum(w)
            expected = sorted(float(mu) for mu in mpmath.eigsy(matrix, eigvals_only=True))[1:]  # one is zero
        assert_allclose(np.sort(ours[row])[8 - 1 - len(expected) :], expected, rtol=1e-12)
    assert (ours[2] > 0).sum() == 5


@pytest.mark.parametrize("name", ["bcg_rr", "hart1999", "normand1999"])
def test_confidence_distribution_agrees_with_draws(name: str) -> None:
    """The published algorithm: tau2 by inverting its distribution at uniforms, then normal and t draws."""
    data = effects_of(METAFOR_5[name])
    y, v = data.y[0], data.v[0]
    rng, n = np.random.default_rng(20_190_601), 200_000
    w = 1.0 / v
    q = float((w * (y - (w * y).sum() / w.sum()) ** 2).sum())
    form = np.linalg.eigvalsh(np.diag(w) - np.outer(w, w) / w.sum())[1:]
    grid = np.concatenate([[0.0], np.exp(np.linspace(math.log(1e-6), math.log(1e6), 4_000))]) * v.min()
    h = 1.0 - weighted_chi2_cdf(np.full(grid.size, q), 1.0 + grid[:, None] * form)
    tau2 = np.interp(rng.uniform(size=n), h, grid, left=0.0)
    w_drawn = 1.0 / (v + tau2[:, None])
    mean = (w_drawn * y).sum(axis=1) / w_drawn.sum(axis=1)
    spread = (w_drawn * (y - mean[:, None]) ** 2).sum(axis=1)
    se = np.sqrt(spread / ((y.size - 1) * w_drawn.sum(axis=1)))
    drawn = mean + np.sqrt(tau2) * rng.normal(size=n) + se * rng.standard_t(y.size - 1, n)
    ours = pool_batch(data, "DL", prediction="NNF")
    for bound, probability in ((ours.prediction_low[0], 0.025), (ours.prediction_high[0], 0.975)):
        error = math.sqrt(probability * (1 - probability) / n)
        assert abs(np.mean(drawn < bound) - probability) < 4 * error
    at = float(np.median(y)) + 0.2
    share = probability_beyond(data, at, "DL", prediction="NNF").above[0]
    assert abs(np.mean(drawn > at) - share) < 4 * math.sqrt(0.25 / n)


def test_the_bounds_satisfy_their_own_equation_and_nest() -> None:
    data = Effects(np.tile(Y, (3, 1)), V * np.array([[1.0], [30.0], [0.01]]))
    for level in (0.2, 0.95, 0.999):
        result = pool_batch(data, prediction="NNF", level=level)
        low = probability_beyond(data, result.prediction_low, prediction="NNF")
        high = probability_beyond(data, result.prediction_high, prediction="NNF")
        assert_allclose(low.below, np.full(3, 0.5 * (1 - level)), rtol=1e-10)
        assert_allclose(high.above, np.full(3, 0.5 * (1 - level)), rtol=1e-10)
    narrow, wide = (pool_batch(data, prediction="NNF", level=at) for at in (0.9, 0.95))
    assert (wide.prediction_low < narrow.prediction_low).all()
    assert (wide.prediction_high > narrow.prediction_high).all()


def test_confidence_distribution_is_equivariant_and_a_batch_is_its_data_sets() -> None:
    order = np.array([4, 0, 3, 5, 1, 2])
    plain = pool_batch(Effects(Y, V), prediction="NNF")
    moved = pool_batch(Effects((1e3 * Y - 7.0)[order], (1e6 * V)[order]), prediction="NNF")
    assert_allclose(moved.prediction_low, 1e3 * plain.prediction_low - 7.0, rtol=1e-10)
    assert_allclose(moved.prediction_high, 1e3 * plain.prediction_high - 7.0, rtol=1e-10)
    present = np.ones((3, 6), dtype=bool)
    present[1, 4:], present[2, 2:] = False, False
    batch = pool_batch(Effects(np.tile(Y, (3, 1)), np.tile(V, (3, 1)), present), prediction="NNF")
    for row, k in ((0, 6), (1, 4), (2, 2)):
        alone = pool_batch(Effects(Y[:k], V[:k]), prediction="NNF")
        assert_allclose(batch.prediction_low[row], alone.prediction_low[0], rtol=1e-9)
        assert_allclose(batch.prediction_high[row], alone.prediction_high[0], rtol=1e-9)


@pytest.mark.parametrize("kind", ["NNF", "t(k-1)", "t(k-2)", "z", "HTS", "HKSJ"])
def test_studies_that_agree_exactly_are_predicted_no_better_than_their_mean_is_known(kind: str) -> None:
    """The Wald interval is left: every other has no width, or with HTS is that on t(k - 2)."""
    result = pool_batch(Effects(np.full(4, 0.7), V[:4]), prediction=kind)
    se = 1.0 / math.sqrt(np.sum(1.0 / V[:4]))
    spread = stats.t(2.0) if kind == "HTS" else stats.norm()
    half = spread.ppf(0.975) * se
    assert_allclose(
        [result.prediction_low[0], result.prediction_high[0]], [0.7 - half, 0.7 + half], rtol=1e-12
    )
    at = Effects(np.full((4, 4), 0.7), np.tile(V[:4], (4, 1)))
    x = np.array([0.6, 0.7, 0.75, 3.0])
    beyond = probability_beyond(at, x, prediction=kind)
    assert_allclose(beyond.above, spread.sf((x - 0.7) / se), rtol=1e-10)
    assert_allclose(beyond.below, spread.cdf((x - 0.7) / se), rtol=1e-10)


def test_a_value_that_has_a_chance_of_its_own_is_on_neither_side() -> None:
    """Distributions with an atom: all true effects are the mean, or no interval of the mean is taken in."""
    point = StudentPredictive(np.array([0.5, 0.5]), np.zeros(2), np.array([3.0, np.inf]))
    at = point.beyond(np.array([0.5, 0.5]))
    assert (at.above.tolist(), at.below.tolist()) == ([0.0, 0.0], [0.0, 0.0])
    away = point.beyond(np.array([0.4, 0.6]))
    assert (away.above.tolist(), away.below.tolist()) == ([1.0, 0.0], [0.0, 1.0])
    equal = Effects(np.full(4, 0.5), V[:4])
    mean, _inference = infer_block(equal, Choice(ESTIMATORS["REML"], "HKSJ"))
    lone = ConfidencePredictive(mean, np.array([3.0]))
    for x, above, below in ((0.4, 1.0, 0.0), (0.5, 0.0, 0.0), (0.6, 0.0, 1.0)):
        found = lone.beyond(np.array([x]))
        assert (found.above.tolist(), found.below.tolist()) == ([above], [below])
    mean, _inference = infer_block(Effects(np.full(2, 0.5), V[:2]), Choice(ESTIMATORS["REML"], "HKSJ"))
    of_two, of_one = (ConfidencePredictive(mean, np.array([df])) for df in (1.0, 0.0))
    ends, none = of_two.interval(0.9), of_one.interval(0.9)
    assert (ends.low.tolist(), ends.high.tolist()) == ([0.5], [0.5])
    assert of_two.beyond(np.array([0.4])).above.tolist() == [1.0]
    assert np.isnan([none.low, none.high, of_one.beyond(np.array([0.4])).above]).all()
    shares = proportion_beyond(Effects(np.full((3, 4), 0.5), np.tile(V[:4], (3, 1))), [0.4, 0.5, 0.6])
    assert shares.above.tolist() == [1.0, 0.0, 0.0]
    assert shares.below.tolist() == [0.0, 0.0, 1.0]


def test_predictions_without_heterogeneity_are_the_wider_of_all_by_hand() -> None:
    """tau2 = 0, and Q below its df: Hartung and Knapp's interval is the narrower one of the mean."""
    y, v = np.array([0.20, 0.21, 0.24, 0.19, 0.22]), np.array([0.04, 0.02, 0.03, 0.05, 0.02])
    mean, se = np.sum(y / v) / np.sum(1.0 / v), 1.0 / math.sqrt(np.sum(1.0 / v))
    scaled = se * math.sqrt(np.sum((y - mean) ** 2 / v) / 4.0)
    reach = {
        "z": [stats.norm.ppf(0.975) * se],
        "HKSJ": [stats.t.ppf(0.975, 4) * scaled, stats.norm.ppf(0.975) * se],
        "t": [stats.t.ppf(0.975, 4) * se, stats.norm.ppf(0.975) * se],
    }
    own = {"z": se, "HKSJ": scaled, "t": se}
    compared = 0
    for test, intervals in reach.items():
        for kind, half in (
            ("t(k-1)", stats.t.ppf(0.975, 4) * own[test]),
            ("t(k-2)", stats.t.ppf(0.975, 3) * own[test]),
            ("z", stats.norm.ppf(0.975) * own[test]),
            ("HTS", stats.t.ppf(0.975, 3) * se),
            ("HKSJ", stats.t.ppf(0.975, 3) * scaled),
        ):
            found = pool_batch(Effects(y, v), "REML", test, prediction=kind)
            assert found.tau2[0] == 0.0
            assert_allclose(found.prediction_high[0] - mean, max(half, *intervals), rtol=1e-9)
            assert_allclose(mean - found.prediction_low[0], max(half, *intervals), rtol=1e-9)
            compared += 1
    assert compared == 15


HOMOGENEOUS = np.array([0.20, 0.21, 0.24, 0.19, 0.22, 0.2])  # tau2 = 0 whatever the estimator
TESTED = {"z": "REML", "t": "REML", "HKSJ": "REML", "adhoc": "REML", "KR": "REML", "HC": "DL"}


@pytest.mark.parametrize("kind", ["t(k-1)", "t(k-2)", "z", "HTS", "HKSJ", "NNF"])
@pytest.mark.parametrize("test", TESTED)
@pytest.mark.parametrize("y", [Y, HOMOGENEOUS, np.full(6, 0.2)], ids=["apart", "alike", "equal"])
def test_half_of_what_the_interval_leaves_lies_beyond_each_bound(kind: str, test: str, y: Array) -> None:
    for level in (0.9, 0.95):
        result = pool_batch(Effects(y, V), TESTED[test], test, level, kind)
        tail = (1.0 - level) / 2.0
        for bound, expected in (
            (result.prediction_high[0], (tail, 1.0 - tail)),
            (result.prediction_low[0], (1.0 - tail, tail)),
        ):
            beyond = probability_beyond(Effects(y, V), bound, TESTED[test], test, kind)
            assert_allclose([beyond.above[0], beyond.below[0]], expected, rtol=1e-8)


@pytest.mark.parametrize("test", TESTED)
def test_no_prediction_is_narrower_than_an_interval_of_the_mean(test: str) -> None:
    compared = 0
    for y in (Y, HOMOGENEOUS, np.full(6, 0.2), np.array([0.1, 0.1, 0.1, 0.1, 0.1, 1.4])):
        for kind in PREDICTIONS:
            for weights in (None, "equal"):
                if weights and (test in ("KR", "HC") or kind == "NNF"):
                    continue
                found = pool_batch(Effects(y, V), TESTED[test], test, prediction=kind, weights=weights)
                least = min(found.ci_low[0, 0], found.wald_low[0, 0])
                most = max(found.ci_high[0, 0], found.wald_high[0, 0])
                assert found.prediction_low[0] <= least + 1e-12
                assert found.prediction_high[0] >= most - 1e-12
                compared += 1
    assert compared == (24 if test in ("KR", "HC") else 44)


def test_probability_of_a_far_effect_keeps_its_digits() -> None:
    pooled = pool_batch(Effects(Y, V), "REML", "z")
    z = (9.0 - pooled.beta[0, 0]) / math.sqrt(pooled.tau2[0] + pooled.se[0, 0] ** 2)
    beyond = probability_beyond(Effects(Y, V), 9.0, "REML", "z", "z")
    assert_allclose(beyond.above[0], stats.norm.sf(z), rtol=1e-10)
    assert beyond.above[0] < 1e-50


def test_thresholds_by_data_set_and_malformed_ones() -> None:
    data = Effects(np.tile(Y, (2, 1)), np.tile(V, (2, 1)))
    each = probability_beyond(data, [0.1, 0.5])
    assert_allclose(each.above[1], probability_beyond(Effects(Y, V), 0.5).above[0], rtol=1e-14)
    assert each.above[0] > each.above[1]
    assert np.isnan(probability_beyond(Effects(Y[:1], V[:1]), 0.0).above[0])
    with pytest.raises(ValueError, match=r"shape \(3,\); expected a number or shape \(2,\)"):
        probability_beyond(data, [0.1, 0.2, 0.3])
    with pytest.raises(ValueError, match="not a finite number"):
        probability_beyond(data, math.nan)


def test_proportion_beyond_is_its_formula_with_the_standard_error_by_the_delta_method() -> None:
    pooled = pool_batch(Effects(Y, V), "REML", "z")
    mean, tau2, threshold, step = pooled.beta[0, 0], pooled.tau2[0], 0.5, 1e-6
    ours = proportion_beyond(Effects(Y, V), threshold, "REML", "z")

    def below(mean: float, tau2: float) -> float:
        return float(stats.norm.cdf((threshold - mean) / math.sqrt(tau2)))

    by_mean = (below(mean + step, tau2) - below(mean - step, tau2)) / (2 * step)
    by_tau2 = (below(mean, tau2 + step) - below(mean, tau2 - step)) / (2 * step)
    se = math.hypot(by_mean * pooled.se[0, 0], by_tau2 * pooled.se_tau2[0])
    assert_allclose(ours.below[0], below(mean, tau2), rtol=1e-12)
    assert_allclose(ours.above[0], 1 - below(mean, tau2), rtol=1e-12)
    assert_allclose(ours.se[0], se, rtol=1e-8)
    calibrated = mean + np.sqrt(tau2 / (tau2 + V)) * (Y - mean)
    assert ours.calibrated_above[0] == np.mean(calibrated > threshold)
    assert ours.calibrated_below[0] == np.mean(calibrated < threshold)


def test_proportions_without_heterogeneity_and_of_one_study() -> None:
    none = proportion_beyond(Effects(Y, V * 50), 0.2)
    assert pool_batch(Effects(Y, V * 50)).tau2[0] == 0
    mean = pool_batch(Effects(Y, V * 50)).beta[0, 0]
    assert mean < 0.2
    assert [none.above[0], none.below[0], none.calibrated_below[0]] == [0.0, 1.0, 1.0]
    assert np.isnan(none.se[0])
    one = proportion_beyond(Effects(Y[:1], V[:1]), 0.2)
    assert np.isnan([one.above[0], one.se[0], one.calibrated_above[0]]).all()


@pytest.mark.parametrize("weights", [None, "equal", [3.0, 1.0, 2.0, 5.0, 1.0, 4.0]])
def test_beyond_either_end_lies_half_of_what_is_left_whatever_the_weights(weights: Any) -> None:
    y, v = np.array([0.35, 0.1, -0.2, 0.6, 0.44, 0.9]), np.array([0.02, 0.05, 0.01, 0.08, 0.03, 0.04])
    pooled = pool_batch(Effects(y, v), level=0.9, weights=weights)
    above = probability_beyond(Effects(y, v), pooled.prediction_high, weights=weights)
    below = probability_beyond(Effects(y, v), pooled.prediction_low, weights=weights)
    assert_allclose([above.above, below.below], 0.05, rtol=1e-10)
    assert_allclose([above.below, below.above], 0.95, rtol=1e-10)


@pytest.mark.parametrize("k", [2, 5, 20])
def test_half_the_step_of_both_integrals_changes_nothing(k: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their errors fall geometrically with the step: half of it has twice the digits."""
    rng = np.random.default_rng(k)
    data = Effects(rng.normal(0.2, 0.5, k), rng.uniform(0.01, 0.2, k))
    x = np.array([0.0, 1.0, 4.0])
    few = Effects(np.tile(data.y, (3, 1)), np.tile(data.v, (3, 1)))
    found = probability_beyond(few, x, "DL", prediction="NNF")
    for name in ("_STEP", "_STEP_OF_PEAK"):
        monkeypatch.setattr(confidence_prediction, name, 0.5 * getattr(confidence_prediction, name))
    fine = probability_beyond(few, x, "DL", prediction="NNF")
    assert_allclose(found.above, fine.above, rtol=1e-13, atol=1e-17)
    assert_allclose(found.below, fine.below, rtol=1e-13, atol=1e-17)


def test_two_studies_that_hardly_differ_are_predicted_with_a_spread() -> None:
    """One degree of freedom, and a Q of a hundredth: far from where effects agree exactly."""
    found = pool_batch(Effects(np.array([0.1, 0.12]), np.full(2, 0.02)), prediction="NNF")
    assert found.prediction_low[0] < 0.0
    assert found.prediction_high[0] > 0.2


def test_predictions_in_parts_are_as_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    effects = Effects(np.stack([Y, Y[::-1], 2.0 * Y]), np.stack([V, V, V[::-1]]))
    whole = probability_beyond(effects, 0.4, "DL", prediction="NNF")
    monkeypatch.setattr(confidence_prediction, "parts_of", lambda count, each: parts_of(count, each, 1))
    parts = probability_beyond(effects, 0.4, "DL", prediction="NNF")
    assert_allclose(parts.above, whole.above, rtol=1e-12)
    assert_allclose(parts.below, whole.below, rtol=1e-12)


def test_proportions_of_a_batch_are_those_of_each_data_set_whatever_is_absent() -> None:
    present = np.array([[True] * 6, [True] * 4 + [False] * 2, [False, True] * 3])
    batch = Effects(np.stack([Y, 2.0 * Y, Y]), np.tile(V, (3, 1)), present)
    found = proportion_beyond(batch, np.array([0.3, 0.5, 0.2], dtype=object), "DL", "z")
    for row, (y, threshold) in enumerate(((Y, 0.3), (2.0 * Y, 0.5), (Y, 0.2))):
        alone = proportion_beyond(Effects(y[present[row]], V[present[row]]), threshold, "DL", "z")
        for name, value in vars(alone).items():
            assert_allclose(getattr(found, name)[row], value[0], rtol=1e-12, err_msg=name)
    assert len(set(found.calibrated_above.tolist())) == 2
