"""Generalised Q with weights of the user's choice, against 50-digit algebra with k x k matrices."""

import math
from dataclasses import dataclass
from functools import partial

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose

from synthesis.pooling.batch import pool_batch
from synthesis.pooling.kernel.effects import Array, Effects, Mask
from synthesis.pooling.kernel.fitting import estimate_batch, model_of
from synthesis.pooling.tau2.estimator import Estimator
from synthesis.pooling.tau2.estimators import ESTIMATORS
from synthesis.pooling.tau2.generalised_q import generalised_q, median_unbiased_generalised_q
from synthesis.pooling.tau2.quadratic_forms import weighted_chi2_cdf
from synthesis.pooling.tau2.weighted_residuals import weighted_residuals
from tests.thinned import thinned

BOTH = [generalised_q, median_unbiased_generalised_q]


def simulated(seed: int, batch: int = 40, k: int = 7, tau2: float = 0.3) -> Effects:
    rng = np.random.default_rng(seed)
    v = np.exp(rng.normal(-1.5, 1.0, (batch, k)))
    return Effects(rng.normal(0.4, np.sqrt(v + tau2)), v)


def design_of(k: int, p: int) -> Array | None:
    if p == 1:
        return None
    x = np.random.default_rng(100).normal(size=(k, p))
    x[:, 0] = 1.0
    return x


def matrix_p(a: Array, x: Array) -> mpmath.matrix:
    """P = A - A X (X'AX)^-1 X'A, written out."""
    weights, columns = mpmath.diag([mpmath.mpf(w) for w in a.tolist()]), mpmath.matrix(x.tolist())
    return weights - weights * columns * (columns.T * weights * columns) ** -1 * columns.T * weights


def moment_estimate(y: Array, v: Array, a: Array, x: Array) -> tuple[float, float]:
    """tau2 and its standard error, DerSimonian & Kacker 2007, with every matrix written out in 50 digits."""
    with mpmath.workdps(50):
        k = len(y)
        p, effect = matrix_p(a, x), mpmath.matrix(y.tolist())
        variance = mpmath.diag([mpmath.mpf(s) for s in v.tolist()])
        trace_p = trace(p)
        tau2 = max(((effect.T * p * effect)[0] - trace(p * variance)) / trace_p, mpmath.mpf(0))
        spread = p * (variance + tau2 * mpmath.eye(k))
        return float(tau2), float(mpmath.sqrt(2 * trace(spread * spread)) / trace_p)


def trace(a: mpmath.matrix) -> mpmath.mpf:
    return mpmath.fsum(a[i, i] for i in range(a.rows))


@pytest.mark.parametrize("p", [1, 2, 3])
@pytest.mark.parametrize("orders", [2, 12])
def test_generalised_q_is_its_formula_with_every_matrix_written_out(p: int, orders: int) -> None:
    rng = np.random.default_rng(10 * p + orders)
    data = simulated(p, batch=12)
    weights = 10.0 ** rng.uniform(-orders, 0, data.y.shape)
    design = design_of(data.k, p)
    model, units, _ = model_of(data, design)
    found = generalised_q(weights).estimate(model)
    x = np.ones((data.k, 1)) if design is None else design
    expected = [moment_estimate(y, v, a, x) for y, v, a in zip(data.y, data.v, weights, strict=True)]
    tau2, se = np.array(expected).T
    assert_allclose(found.tau2 * units.scale**2, tau2, rtol=1e-10)
    assert_allclose(found.se * units.scale**2, se, rtol=1e-12)
    assert np.sum(tau2 > 0) >= 4


@dataclass
class _Model:
    """What `weighted_residuals` reads of a model."""

    y: Array
    x: Array
    present: Mask

    @property
    def p(self) -> int:
        return int(self.x.shape[1])


@pytest.mark.parametrize("p", [1, 2, 3])
def test_traces_keep_their_digits_with_weights_over_sixteen_orders_of_magnitude(p: int) -> None:
    rng = np.random.default_rng(p)
    compared = 0
    for _ in range(8):
        k = int(rng.integers(p + 1, 11))
        a, s = 10.0 ** rng.uniform(-16, 0, k), 10.0 ** rng.uniform(-16, 0, k)
        a /= a.max()
        x = np.linalg.qr(np.column_stack([np.ones(k), rng.normal(size=(k, p - 1))]))[0]
        model = _Model(np.zeros((1, k)), x, np.ones((1, k), dtype=bool))
        form = weighted_residuals(model, a[None])  # type: ignore[arg-type]
        with mpmath.workdps(60):
            spread = matrix_p(a, x) * mpmath.diag([mpmath.mpf(value) for value in s.tolist()])
            by_trace, by_square = float(trace(spread)), float(trace(spread * spread))
        assert_allclose(form.trace_pv(s[None]), by_trace, rtol=1e-12)
        assert_allclose(form.trace_pvpv(s[None]), by_square, rtol=1e-12)
        compared += 1
    assert compared == 8


@pytest.mark.parametrize("p", [1, 3])
def test_inverse_variances_give_dersimonian_laird_and_equal_weights_hedges(p: int) -> None:
    data = simulated(20)
    model, _, _ = model_of(data, design_of(data.k, p))
    for weights, method in ((1.0 / data.v, "DL"), (np.full(data.k, 3.0), "HE")):
        found, expected = generalised_q(weights).estimate(model), ESTIMATORS[method].estimate(model)
        assert_allclose(found.tau2, expected.tau2, rtol=1e-10, atol=1e-12)
        assert_allclose(found.se, expected.se, rtol=1e-10)


@pytest.mark.parametrize("build", BOTH)
def test_weights_by_default_are_inverse_standard_errors_and_only_their_ratios_matter(build) -> None:  # type: ignore[no-untyped-def]
    data = simulated(21)
    model, _, _ = model_of(data, None)
    found = build().estimate(model)
    for factor in (1.0, 1e-200, 1e200):
        given = build(factor / np.sqrt(data.v)).estimate(model)
        assert_allclose(given.tau2, found.tau2, rtol=1e-10, atol=1e-13)
        assert_allclose(given.se, found.se, rtol=1e-10)


def eigenvalues(v: Array, a: Array, x: Array, tau2: float) -> Array:
    """Of the quadratic form's distribution, with the k x k matrices written out."""
    root = np.sqrt(v + tau2)
    p = np.diag(a) - (a[:, None] * x) @ np.linalg.solve((x.T * a) @ x, x.T * a)
    return np.linalg.eigvalsh(root[:, None] * p * root).clip(min=0.0)


@pytest.mark.parametrize("p", [1, 2, 3])
def test_median_unbiased_estimates_put_the_observed_form_at_its_median_or_are_zero(p: int) -> None:
    data = simulated(30 + p, k=9)
    design = design_of(data.k, p)
    x = np.ones((data.k, 1)) if design is None else design
    weights = np.random.default_rng(p).uniform(0.1, 2.0, data.k)
    tau2 = estimate_batch(data, median_unbiased_generalised_q(weights), design).tau2
    positive = 0
    for y, v, estimate in zip(data.y, data.v, tau2, strict=True):
        resid = y - x @ np.linalg.solve((x.T * weights) @ x, (x.T * weights) @ y)
        observed = np.array([(weights * resid**2).sum()])
        probability = weighted_chi2_cdf(observed, eigenvalues(v, weights, x, estimate))[0]
        if estimate > 0:
            assert math.isclose(probability, 0.5, abs_tol=1e-12)
            positive += 1
        else:
            assert probability < 0.5
    assert 15 < positive < 40


def mixture_cdf(q: float, weights: list[mpmath.mpf]) -> mpmath.mpf:
    """P(l1 chi2(1) + l2 chi2(1) <= q), from the bivariate normal distribution in polar coordinates."""
    first, second = weights

    def beyond(angle: mpmath.mpf) -> mpmath.mpf:
        spread = first * mpmath.cos(angle) ** 2 + second * mpmath.sin(angle) ** 2
        return mpmath.exp(-q / (2 * spread))

    return 1 - 2 / mpmath.pi * mpmath.quad(beyond, [0, mpmath.pi / 4, mpmath.pi / 2])


def probability_above_half(
    t: mpmath.mpf, *, v: Array, matrix: mpmath.matrix, observed: mpmath.mpf
) -> mpmath.mpf:
    root = mpmath.diag([mpmath.sqrt(mpmath.mpf(value) + t) for value in v.tolist()])
    values = sorted(mpmath.eigsy(root * matrix * root, eigvals_only=True))[-2:]
    return mixture_cdf(observed, values) - mpmath.mpf(1) / 2


@pytest.mark.parametrize("p", thinned([2, 1, 3]))
def test_median_unbiased_estimate_with_two_eigenvalues_is_an_integral_in_thirty_digits(p: int) -> None:
    k = p + 2
    data = simulated(40 + p, batch=6, k=k, tau2=1.0)
    design = design_of(k, p)
    x = np.ones((k, 1)) if design is None else design
    a = np.linspace(0.5, 2.0, k)
    tau2 = estimate_batch(data, median_unbiased_generalised_q(a), design).tau2
    solved = 0
    with mpmath.workdps(30):
        matrix = matrix_p(a, x)
        for y, v, estimate in zip(data.y, data.v, tau2.tolist(), strict=True):
            effect = mpmath.matrix(y.tolist())
            observed = (effect.T * matrix * effect)[0]
            excess = partial(probability_above_half, v=v, matrix=matrix, observed=observed)
            if estimate > 0:
                root = mpmath.findroot(excess, (estimate, 1.001 * estimate), verify=False)
                assert_allclose(estimate, float(root), rtol=1e-11)
                solved += 1
            else:
                assert excess(mpmath.mpf(0)) < 0
    assert solved >= 3


@pytest.mark.parametrize("build", BOTH)
def test_weights_of_each_data_set_follow_it_through_blocks_and_absent_studies(build) -> None:  # type: ignore[no-untyped-def]
    batch = 50_000 if build is generalised_q else 60
    data = simulated(50, batch=batch, k=4)
    present = np.ones(data.y.shape, dtype=bool)
    present[::3, 1], present[::5, 2:] = False, False
    weights = np.where(present, np.random.default_rng(51).uniform(0.1, 2.0, data.y.shape), np.nan)
    data = data.where(present)
    together = estimate_batch(data, build(weights))
    assert np.isnan(together.tau2[0])  # one study
    for i in (1, 2, 3, 33, batch - 1):
        row = present[i]
        alone = estimate_batch(Effects(data.y[i, row], data.v[i, row]), build(weights[i, row]))
        assert_allclose(alone.tau2[0], together.tau2[i], rtol=1e-10, atol=1e-13)


def test_pooling_takes_an_estimator_that_carries_weights_of_each_data_set() -> None:
    data = simulated(52, batch=40_000, k=4)
    weights = np.random.default_rng(53).uniform(0.1, 2.0, data.y.shape)
    estimates, pooled = estimate_batch(data, generalised_q(weights)), pool_batch(data, generalised_q(weights))
    assert_allclose(pooled.tau2, estimates.tau2, rtol=1e-14)
    assert np.isfinite(pooled.se_tau2).all()
    assert_allclose(pooled.beta, estimates.beta, rtol=1e-14)


@pytest.mark.parametrize("build", BOTH)
@pytest.mark.parametrize("bad", [0.0, -1.0, np.inf, np.nan])
def test_a_weight_that_is_no_weight_names_its_study(build, bad: float) -> None:  # type: ignore[no-untyped-def]
    data = simulated(60, batch=1, k=4)
    with pytest.raises(ValueError, match=r"the weight of study 3 is .*; expected a finite number above zero"):
        estimate_batch(data, build(np.array([1.0, 1.0, bad, 1.0])))
    with pytest.raises(ValueError, match=r"have shape \(3,\); expected \(4,\) or \(1, 4\)"):
        estimate_batch(data, build(np.ones(3)))
    with pytest.raises(ValueError, match=r"have shape \(1, 1, 4\); expected \(k,\) or \(B, k\)"):
        build(np.ones((1, 1, 4)))


def test_a_wrong_weight_far_into_a_batch_names_its_data_set() -> None:
    data = simulated(61, batch=70_000, k=3)
    present = np.ones(data.y.shape, dtype=bool)
    present[::2, 1:] = False
    weights = np.ones(data.y.shape)
    weights[65_001, 1] = 0.0
    with pytest.raises(ValueError, match=r"study 2 of data set 65002 is 0\.0"):
        estimate_batch(data.where(present), generalised_q(weights))
    present[:10, 1] = False
    with pytest.raises(ValueError, match=r"the weight of study 2 is -1\.0"):
        estimate_batch(data.where(present), generalised_q(np.array([1.0, -1.0, 1.0])))


def test_an_estimator_says_which_weights_it_has() -> None:
    named: list[Estimator] = [ESTIMATORS["GENQ"], generalised_q(np.ones(3)), ESTIMATORS["GENQM"]]
    assert [estimator.name for estimator in named] == [
        "generalised Q (weights 1/se)",
        "generalised Q (weights given)",
        "median-unbiased generalised Q (weights 1/se)",
    ]
