"""Location-scale models: against metafor, the likelihood by its definition, and maxima at infinity."""

import json
import math
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import optimize, stats

from synthesis.pooling.batch import pool_batch
from synthesis.pooling.designs.location_scale import LocationScale, location_scale
from synthesis.pooling.designs.location_scale_fit import FitProblem, evaluate, values_at
from synthesis.pooling.kernel.effects import Array, Effects
from tests.thinned import thinned

REFERENCE = {
    p.stem: json.loads(p.read_text())
    for p in sorted((Path(__file__).parents[2] / "reference" / "location_scale").glob("*.json"))
}
QUANTITIES = ("beta", "se", "pval", "ci_lb", "ci_ub", "alpha", "pval_alpha", "tau2", "QM", "QMp", "QS", "QSp")

# metafor stops a numerical search where the log-likelihood no longer changes at 1e-16, which leaves alpha
# some 1e-8 to 4e-6 from the maximum, and differentiates numerically for standard errors. Our likelihood is at
# least as high every time, and our score is zero in 60 digits.
KNOWN_DIFFERENCE = 5e-6
KNOWN_DIFFERENCE_OF_SE = 1.5e-5
# The likelihood rises as alpha drifts to minus infinity; metafor stops on the way, 1.4e-8 below the limit.
IN_LIMIT = {("raudenbush_both", "ML")}
COMPARED = 1_730
LOG_2PI = math.log(2.0 * math.pi)


def numbers(value: Any) -> Array:
    values = value if isinstance(value, list) else [value]
    return np.array([math.nan if v in (None, "NA", "NaN") else float(v) for v in values])


def columns(given: list[list[float]], k: int) -> Array:
    return np.column_stack([np.ones(k), *(np.array(c) for c in given)])


def fitted(entry: dict[str, Any], method: str, test: str = "z") -> LocationScale:
    y, v = np.array(entry["yi"]), np.array(entry["vi"])
    x, z = (columns(entry[key], y.size) for key in ("x", "z"))
    return location_scale(Effects(y, v), z, x, method, test)


def by_name(r: LocationScale) -> dict[str, Any]:
    return {
        "beta": r.beta.estimate,
        "se": r.beta.se,
        "pval": r.beta.p_value,
        "ci_lb": r.beta.low,
        "ci_ub": r.beta.high,
        "alpha": r.alpha.estimate,
        "pval_alpha": r.alpha.p_value,
        "tau2": r.tau2,
        # With a t test both are F statistics.
        "QM": r.QM.statistic,
        "QMp": r.QM.p_value,
        "QS": r.QS.statistic,
        "QSp": r.QS.p_value,
    }


def test_fits_agree_with_metafor_and_are_never_lower() -> None:
    compared = fits = 0
    for name, entry in REFERENCE.items():
        for reference in entry["fits"]:
            ours = fitted(entry, reference["method"], reference["test"])
            assert ours.converged
            assert ours.loglik > reference["loglik"] - 1e-12
            fits += 1
            if (name, reference["method"]) in IN_LIMIT:
                assert ours.in_limit.all()
                assert numbers(reference["tau2"]).max() < 1e-6
                continue
            assert not ours.in_limit.any()
            for quantity in ("loglik", "AIC", "BIC", "AICc"):
                assert_allclose(getattr(ours, quantity), reference[quantity], rtol=1e-11)
                compared += 1
            found = by_name(ours)
            for quantity in QUANTITIES:
                expected = numbers(reference[quantity])
                loose = (
                    KNOWN_DIFFERENCE_OF_SE if quantity in ("pval_alpha", "QS", "QSp") else KNOWN_DIFFERENCE
                )
                assert_allclose(
                    found[quantity], expected, rtol=2 * loose, atol=loose, err_msg=f"{name} {quantity}"
                )
                compared += expected.size
            assert_allclose(ours.alpha.se, numbers(reference["se_alpha"]), rtol=KNOWN_DIFFERENCE_OF_SE)
            compared += ours.alpha.se.size
    assert (fits, compared) == (40, COMPARED)


def log_likelihood(entry: dict[str, Any], alpha: Any, restricted: bool) -> Any:
    """By the definition, in the working precision of mpmath."""
    k = len(entry["yi"])
    y, v = ([mpmath.mpf(number) for number in entry[key]] for key in ("yi", "vi"))
    x, z = (columns(entry[key], k).tolist() for key in ("x", "z"))
    s = [v[i] + mpmath.exp(mpmath.fdot(alpha, z[i])) for i in range(k)]
    xm, ym = mpmath.matrix(x), mpmath.matrix(y)
    w = mpmath.diag([1 / number for number in s])
    gram = xm.T * w * xm
    residual = ym - xm * mpmath.lu_solve(gram, xm.T * w * ym)
    value = -sum(mpmath.log(number) for number in s) - (residual.T * w * residual)[0]
    n = k
    if restricted:
        value += mpmath.log(mpmath.det(xm.T * xm)) - mpmath.log(mpmath.det(gram))
        n = k - len(x[0])
    return (value - n * mpmath.log(2 * mpmath.pi)) / 2


@pytest.mark.parametrize("method", ["REML", "ML"])
@pytest.mark.parametrize("name", ["bcg_year", "normand_size", "raudenbush_weeks"])
def test_value_score_and_information_in_many_digits(name: str, method: str) -> None:
    entry = REFERENCE[name]
    ours = fitted(entry, method)
    with mpmath.workdps(60):
        at = [mpmath.mpf(float(a)) for a in ours.alpha.estimate]
        h = mpmath.mpf(10) ** -15

        def value(da: int, db: int) -> Any:
            return log_likelihood(entry, [at[0] + da * h, at[1] + db * h], method == "REML")

        middle = value(0, 0)
        assert abs(middle - ours.loglik) < 1e-12 * abs(middle)
        score = [(value(1, 0) - value(-1, 0)) / (2 * h), (value(0, 1) - value(0, -1)) / (2 * h)]
        second = [
            (value(1, 0) - 2 * middle + value(-1, 0)) / h**2,
            (value(0, 1) - 2 * middle + value(0, -1)) / h**2,
        ]
        mixed = (value(1, 1) - value(1, -1) - value(-1, 1) + value(-1, -1)) / (4 * h**2)
        information = -np.array([[float(second[0]), float(mixed)], [float(mixed), float(second[1])]])
        step = np.linalg.solve(information, [float(s) for s in score])
    assert np.all(np.abs(step) < 1e-11 * ours.alpha.se)
    assert_allclose(ours.alpha_covariance, np.linalg.inv(information), rtol=1e-9)


@pytest.mark.parametrize("method", ["REML", "ML"])
def test_a_constant_scale_is_the_usual_model(method: str) -> None:
    rng = np.random.default_rng(1)
    x, positive = np.column_stack([np.ones(14), rng.normal(size=14)]), 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        v = np.exp(rng.normal(-1, 1, 14))
        data = Effects(rng.normal(0, np.sqrt(v + 0.2)), v)
        usual = pool_batch(data, method, "z", design=x)
        ours = location_scale(data, np.ones((14, 1)), x, method)
        assert_allclose(ours.tau2, usual.tau2[0], rtol=1e-9, atol=1e-300)
        assert_allclose(ours.beta.estimate, usual.beta[0], rtol=1e-9)
        assert_allclose(ours.beta.se, usual.se[0], rtol=1e-9)
        loglik = usual.loglik_reml if method == "REML" else usual.loglik_ml
        assert_allclose([ours.loglik, ours.AICc], [loglik[0], usual.AICc[0]], rtol=1e-12)
        if usual.tau2[0] > 0:
            positive += 1
            assert_allclose(ours.alpha.estimate, np.log(usual.tau2), rtol=1e-9)
        else:
            assert ours.in_limit.all()
            assert (ours.alpha.estimate[0], bool(np.isnan(ours.alpha.se[0]))) == (-np.inf, True)
    assert 3 < positive < 12


def test_groups_with_their_own_tau2_and_mean_are_separate_models() -> None:
    rng = np.random.default_rng(3)
    v = np.exp(rng.normal(-1, 0.7, 20))
    group = np.arange(20) < 9
    data = Effects(rng.normal(np.where(group, 0.0, 1.0), np.sqrt(v + np.where(group, 0.1, 1.5))), v)
    both = np.column_stack([group, ~group]).astype(float)
    ours = location_scale(data, both, both, "REML")
    apart = [pool_batch(Effects(data.y[0, g], data.v[0, g]), "REML", "z") for g in (group, ~group)]
    assert_allclose(np.exp(ours.alpha.estimate), [a.tau2[0] for a in apart], rtol=1e-9)
    assert_allclose(ours.beta.estimate, [a.beta[0, 0] for a in apart], rtol=1e-9)
    assert_allclose(ours.loglik, sum(a.loglik_reml[0] for a in apart), rtol=1e-12)


def test_a_group_without_heterogeneity_has_its_limit() -> None:
    rng = np.random.default_rng(4)
    v = np.exp(rng.normal(-1, 0.7, 16))
    group = np.arange(16) < 8
    y = np.where(group, 0.4, 0.4 + np.array([1.5, -1.5] * 8))
    scale = np.column_stack([np.ones(16), group])
    ours = location_scale(Effects(y, v), scale)
    assert_array(ours.in_limit, group)
    assert_array(ours.tau2[group], np.zeros(8))
    assert np.all(ours.tau2[~group] == ours.tau2[-1])
    assert ours.alpha.estimate[1] == -np.inf
    assert_allclose(ours.alpha.estimate[0], np.log(ours.tau2[-1]), rtol=1e-12)
    assert ours.alpha.se[0] > 0
    assert np.isnan(ours.alpha.se[1])
    assert np.isnan(ours.QS.p_value[0])
    assert ours.converged
    entry = {"yi": y.tolist(), "vi": v.tolist(), "x": [], "z": [group.astype(float).tolist()]}
    path = [float(log_likelihood(entry, [ours.alpha.estimate[0], -d], True)) for d in (1, 3, 10, 30)]
    assert path == sorted(path)
    assert_allclose(path[-1], ours.loglik, rtol=1e-11)
    turned = location_scale(Effects(y, v), np.column_stack([np.ones(16), ~group]))
    assert_array(turned.alpha.estimate, [-np.inf, np.inf])
    in_thousandths = location_scale(Effects(y, v), np.column_stack([np.ones(16), 1000.0 * ~group]))
    value, se = in_thousandths.log_tau2.at(np.array([[1.0, 1000.0], [1.0, 0.0]]))
    assert_allclose(value, [ours.alpha.estimate[0], -np.inf], rtol=1e-9)
    assert_allclose(se, [ours.alpha.se[0], np.nan], rtol=1e-9)


@pytest.mark.parametrize("method", ["REML", "ML"])
@pytest.mark.parametrize("v_of_group", [1e-4, 1.0, 1e4, 1e8, 1e11])
def test_a_group_that_agrees_is_in_its_limit_however_far_its_variances_are_from_the_others(
    method: str, v_of_group: float
) -> None:
    group = np.arange(12) < 6
    v = np.where(group, v_of_group, 1.0) * np.linspace(1.0, 2.0, 12)
    near, far = 0.1 * np.sqrt(v_of_group) * np.tile([1.0, -1.0], 6), np.tile([3.0, -3, 2, -2, 1, -4], 2)
    y = np.where(group, near, far)
    scale = np.column_stack([np.ones(12), group])
    ours = location_scale(Effects(y, v), scale, method=method)
    assert ours.converged
    assert_array(ours.in_limit, group)
    level, fallen = ours.alpha.estimate
    assert fallen == -np.inf
    highest, *lower = (
        log_likelihoods(y, v, scale, np.array([level + step, -600.0]), method) for step in (0.0, 0.01, -0.01)
    )
    assert_allclose(ours.loglik, highest, rtol=1e-12)
    assert highest > max(lower)


@pytest.mark.parametrize(
    ("k", "method", "seeds"),
    [
        (5, "ML", (23, 37, 40)),
        (6, "REML", (16, 19, 21, 28)),
        (6, "ML", (2, 21)),
        (12, "REML", (18, 45)),
        (12, "ML", (10, 22)),
    ],
)
def test_studies_of_one_group_have_one_tau2_and_the_likelihood_is_that_of_the_model(
    k: int, method: str, seeds: tuple[int, ...]
) -> None:
    """Also where a group's tau2 vanishes by leaps, or is far below the variance of one of its studies."""
    group = np.arange(k) % 2 == 0
    for seed in seeds:
        rng = np.random.default_rng(seed)
        v = np.exp(rng.normal(-1, 1.5, k))
        y = rng.normal(0, np.sqrt(v + np.where(group, 3.0, 0.0) * rng.choice([0, 1])))
        ours = location_scale(Effects(y, v), np.column_stack([np.ones(k), group]), method=method)
        assert ours.converged
        each = np.array([ours.tau2[group][0], ours.tau2[~group][0]])
        assert_allclose(ours.tau2, np.where(group, *each), rtol=1e-9)
        log_tau2 = np.log(np.maximum(each, 1e-260))
        apart = np.column_stack([group, ~group])
        assert_allclose(ours.loglik, log_likelihoods(y, v, apart, log_tau2, method), rtol=1e-10)


def test_only_the_last_study_of_a_trend_keeps_its_heterogeneity() -> None:
    y, v = np.array([0.1, 0.11, 0.09, 0.1, 0.12, 4.0]), np.full(6, 0.04)
    ours = location_scale(Effects(y, v), np.column_stack([np.ones(6), np.arange(6.0)]), method="ML")
    assert_array(ours.in_limit, [True] * 5 + [False])
    assert_array(ours.alpha.estimate, [-np.inf, np.inf])
    others = y[:5].mean()
    assert_allclose(ours.tau2[5], (4.0 - ours.beta.estimate[0]) ** 2 - 0.04, rtol=1e-9)
    assert others < ours.beta.estimate[0] < others + 0.01


def test_a_drift_has_no_standard_error_and_no_rounding_of_one() -> None:
    """The first group agrees; the other two have tau2, whose logarithms keep their standard errors."""
    y = np.array([-0.19, 0.11, 0.11, 5.79, -0.29, 0.43, 1.14, -0.17, -12.68])
    v = np.array([0.41, 0.4, 0.05, 0.84, 0.2, 0.54, 0.85, 0.16, 0.21])
    agree, rest = np.arange(9) // 4 == 1, np.array([1, 0, 1, 1, 0, 0, 1, 1, 0])
    agree[7] = False
    ours = location_scale(Effects(y, v), np.column_stack([np.ones(9), agree, rest]), method="ML")
    assert_array(ours.in_limit, agree)
    assert_array(np.isnan(ours.alpha.se), [False, True, False])
    assert ours.alpha.estimate[1] == -np.inf
    value, se = ours.log_tau2.at(np.array([[1.0, 0.0, 1.0], [1.0, 1.0, 0.0]]))
    assert_allclose(np.exp(value), [ours.tau2[0], 0.0], rtol=1e-12)
    covariance = ours.alpha_covariance[np.ix_([0, 2], [0, 2])]
    assert_allclose(se[0], np.sqrt(covariance.sum()), rtol=1e-12)
    assert np.isnan(se[1])


def test_with_equal_variances_a_log_tau2_has_the_standard_error_of_a_log_variance() -> None:
    """That of log s^2, sqrt(2 / (k - 1)), times s^2 / tau2: small with many studies."""
    y, v = np.tile([1.0, -1.0], 100), np.full(200, 0.1)
    value, se = location_scale(Effects(y, v), np.ones((200, 1))).log_tau2.at(np.array([[1.0], [2.0]]))
    variance = y.var(ddof=1)
    assert_allclose(np.exp(value[0]), variance - 0.1, rtol=1e-12)
    assert_allclose(se, np.array([1.0, 2.0]) * variance / (variance - 0.1) * math.sqrt(2 / 199), rtol=1e-9)


def assert_array(found: Any, expected: Any) -> None:
    assert np.array_equal(found, expected)


def log_likelihoods(y: Array, v: Array, z: Array, alpha: Array, method: str) -> Array:
    """The log-likelihood of a common mean at many alpha, (..., 2) -> (...), by the definition."""
    w = 1.0 / (v + np.exp(np.clip(alpha @ z.T, -700, 300)))
    mean = (w * y).sum(axis=-1) / w.sum(axis=-1)
    value = np.log(w).sum(axis=-1) - (w * (y - mean[..., None]) ** 2).sum(axis=-1) - y.size * LOG_2PI
    if method == "REML":
        value += np.log(y.size) - np.log(w.sum(axis=-1)) + LOG_2PI
    return np.asarray(0.5 * value)


def minus_log_likelihood(alpha: Array, y: Array, v: Array, z: Array, method: str) -> float:
    return -float(log_likelihoods(y, v, z, alpha, method))


def random_problem(seed: int, k: int) -> tuple[Array, Array, Array]:
    """Few studies and large moderators: several maxima, and maxima at infinity, are common."""
    rng = np.random.default_rng(seed)
    v, z = np.exp(rng.normal(-1, 1, k)), rng.normal(size=k)
    return rng.normal(0, np.sqrt(v + np.exp(-1 + 1.5 * z))), v, np.column_stack([np.ones(k), z])


GRID = np.stack(np.meshgrid(np.linspace(-25, 15, 101), np.linspace(-20, 20, 101)), axis=-1).reshape(-1, 2)


@pytest.mark.parametrize("seeds", [range(8), pytest.param(range(8, 60), marks=pytest.mark.long)])
@pytest.mark.parametrize("k", thinned([5, 14]))
@pytest.mark.parametrize("method", ["REML", "ML"])
def test_no_point_of_a_grid_is_higher_and_the_best_of_them_leads_as_high(
    method: str, k: int, seeds: range
) -> None:
    """A limit is what the model comes as near to as it likes: higher would be as wrong as lower."""
    limits = []
    for seed in seeds:
        y, v, z = random_problem(seed, k)
        ours = location_scale(Effects(y, v), z, method=method)
        assert ours.converged
        limits.append(bool(ours.in_limit.any()))
        grid = log_likelihoods(y, v, z, GRID, method)
        assert ours.loglik >= grid.max() - 1e-9
        best = optimize.minimize(minus_log_likelihood, GRID[grid.argmax()], (y, v, z, method), "Nelder-Mead")
        assert -best.fun - 1e-8 < ours.loglik < -best.fun + 1e-3
    assert 0 < sum(limits) < len(seeds)


@pytest.mark.long
@pytest.mark.parametrize("method", ["REML", "ML"])
def test_no_random_point_with_two_moderators_is_higher(method: str) -> None:
    for seed in range(40):
        rng = np.random.default_rng(seed)
        k = int(rng.choice([7, 10, 20]))
        v = np.exp(rng.normal(-1, 1, k))
        z = np.column_stack([np.ones(k), rng.normal(size=k), rng.normal(size=k) < 0.3])
        y = rng.normal(0, np.sqrt(v + np.exp(z @ [-1.0, 1.0, -2.0])))
        if np.ptp(z[:, 2]) == 0:
            continue
        ours = location_scale(Effects(y, v), z, method=method)
        alpha = rng.normal(0, 1, (40_000, 3)) * 10.0 ** rng.uniform(-1, 1.2, (40_000, 1))
        assert ours.loglik >= log_likelihoods(y, v, z, alpha, method).max() - 1e-9


def test_units_and_coding_of_moderators_do_not_matter() -> None:
    entry = REFERENCE["bangertdrowns_size"]
    y, v, z = np.array(entry["yi"]), np.array(entry["vi"]), columns(entry["z"], 48)
    plain = location_scale(Effects(y, v), z, z)
    other = location_scale(Effects(1e5 * y, 1e10 * v), z * [1.0, 1e4] + [0.0, 3.0], z * [2.0, 1.0])
    assert_allclose(other.tau2, 1e10 * plain.tau2, rtol=1e-9)
    assert_allclose(other.alpha.estimate[1], 1e-4 * plain.alpha.estimate[1], rtol=1e-9)
    assert_allclose(other.QS.statistic, plain.QS.statistic, rtol=1e-8)
    assert_allclose(other.beta.estimate, 1e5 * plain.beta.estimate / [2.0, 1.0], rtol=1e-9)


@pytest.mark.parametrize("unit", [1e-40, 1e15, 1e20])
def test_the_same_maximum_is_found_in_any_units(unit: float) -> None:
    y, v, z = random_problem(5, 14)
    plain, other = location_scale(Effects(y, v), z), location_scale(Effects(unit * y, unit**2 * v), z)
    assert_allclose(other.loglik + 13 * np.log(unit), plain.loglik, rtol=1e-11)
    assert_allclose(other.tau2, unit**2 * plain.tau2, rtol=1e-7)


def test_input_that_cannot_be_fitted_is_refused() -> None:
    data = Effects(np.arange(4.0), np.ones(4))
    ones = np.ones((4, 1))
    for wrong, match in (
        ({"method": "DL"}, "expected"),
        ({"test": "HKSJ"}, "expected"),
        ({"level": 95.0}, "expected a fraction"),
        ({"design": np.eye(4)}, "expected more studies"),
        ({"scale": np.ones((3, 1))}, "one row for each"),
        ({"scale": np.ones((4, 2))}, "collinear"),
    ):
        with pytest.raises(ValueError, match=match):
            location_scale(data, **({"scale": ones} | wrong))
    with pytest.raises(ValueError, match="one data set"):
        location_scale(data.repeat(2), ones)


@pytest.mark.parametrize("restricted", [True, False])
def test_the_likelihood_at_many_points_is_that_at_each_but_for_a_constant(restricted: bool) -> None:
    rng = np.random.default_rng(6)
    x, z = (np.linalg.qr(np.column_stack([np.ones(9), rng.normal(size=9)]))[0] for _ in range(2))
    none = np.zeros(9, dtype=bool)
    v, offset = rng.uniform(0.1, 1.0, 9), rng.normal(size=9)
    problem = FitProblem(rng.normal(size=9), v, x, z, offset, none, restricted)
    gamma = rng.normal(0.0, 3.0, (4, 5, 2))
    gamma[3, 4] = z.T @ np.full(9, 600.0)  # log tau2, as good as infinite
    each = [[evaluate(problem, point).value for point in row] for row in gamma]
    difference = values_at(problem, gamma) - each
    assert_allclose(difference, difference[0, 0], rtol=1e-12)


@pytest.mark.parametrize("restricted", [True, False])
def test_gradient_and_hessian_are_derivatives_of_the_likelihood(restricted: bool) -> None:
    rng = np.random.default_rng(7)
    x, z = (np.linalg.qr(np.column_stack([np.ones(9), rng.normal(size=9)]))[0] for _ in range(2))
    vanished = np.arange(9) == 4
    problem = FitProblem(
        rng.normal(size=9), rng.uniform(0.1, 1.0, 9), x, z, rng.normal(size=9), vanished, restricted
    )
    at, step = np.array([0.7, -1.1]), 1e-5 * np.eye(2)
    here, above, below = (
        evaluate(problem, at),
        *([evaluate(problem, at + side * d) for d in step] for side in (1, -1)),
    )
    pairs = list(zip(above, below, strict=True))
    assert_allclose(here.gradient, [(a.value - b.value) / 2e-5 for a, b in pairs], rtol=1e-7, atol=1e-9)
    assert_allclose(here.hessian, [(a.gradient - b.gradient) / 2e-5 for a, b in pairs], rtol=1e-7, atol=1e-9)


def test_levels_lie_between_nought_and_one() -> None:
    y, v = np.array([0.1, 0.4, -0.2, 0.3, 0.0]), np.full(5, 0.02)
    for level in (0.001, 0.4, 0.999):
        found = location_scale(Effects(y, v), np.ones((5, 1)), level=level)
        half = found.beta.se[0] * stats.norm.ppf(0.5 + level / 2)
        assert_allclose(found.beta.high[0] - found.beta.estimate[0], half, rtol=1e-10)
    for level in (0.0, 1.0, -0.5, 95.0):
        with pytest.raises(ValueError, match="expected a fraction between 0 and 1"):
            location_scale(Effects(y, v), np.ones((5, 1)), level=level)


@pytest.mark.parametrize("restricted", [True, False])
def test_weights_so_far_apart_that_no_coefficients_follow_have_no_likelihood(restricted: bool) -> None:
    x = np.linalg.qr(np.column_stack([np.ones(4), np.arange(4.0)]))[0]
    offset = np.array([0.0, 60.0, 60.0, 60.0])
    none = np.zeros(4, dtype=bool)
    problem = FitProblem(np.arange(4.0), np.ones(4), x, np.eye(4)[:, :1], offset, none, restricted)
    found = evaluate(problem, np.zeros(1))
    assert found.value == -np.inf
    assert values_at(problem, np.zeros((1, 1))).tolist() == [-np.inf]
    assert np.isfinite(evaluate(problem, np.array([55.0])).value)


def test_columns_of_a_table_of_mixed_kinds_are_numbers() -> None:
    rng = np.random.default_rng(3)
    x = np.column_stack([np.ones(12, dtype=int), rng.integers(0, 9, 12)])
    effects = Effects(rng.normal(0.2, 0.4, 12), rng.uniform(0.02, 0.2, 12))
    found, mixed = (location_scale(effects, each, each) for each in (x.astype(float), x.astype(object)))
    assert_allclose(mixed.beta.estimate, found.beta.estimate, rtol=1e-12)
    first, second = (pool_batch(effects, design=each) for each in (x.astype(float), x.astype(object)))
    assert_allclose(second.beta, first.beta, rtol=1e-12)
