"""The Henmi-Copas interval against metafor, mpmath and identities."""

from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from synthesis.pooling.batch import PooledBatch, pool_batch
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.kernel.fitting import fit
from synthesis.pooling.kernel.parts import parts_of
from synthesis.pooling.mean import henmi_copas as module
from synthesis.pooling.mean.henmi_copas import henmi_copas
from tests.synthesis.pooling.inference_reference import DATA_SETS, METAFOR_5, compare, effects_of, report

Y = np.array([0.35, 0.1, -0.2, 0.6, 0.44, 0.9])
V = np.array([0.02, 0.05, 0.01, 0.08, 0.03, 0.04])

# metafor 5.1-12 finds the root, half-width over standard error, by uniroot, default tolerance 1.2e-4; the
# largest difference met is 1.4e-4. With the tolerance at 1e-14, as in `inference.json`, metafor 3.8-1 agrees
# to 1e-8, but for two at 99 percent, where its quadrature (integrate, default relative tolerance 1.2e-4)
# leaves 4e-7 and 7e-7. Ours satisfies the equation to 1e-12 by mpmath, below.
KNOWN_DIFFERENCE_OF_ROOT = 1.5e-4
KNOWN_DIFFERENCES_OF_QUADRATURE = {("bcg", "99"): 4e-7, ("normand1999", "99"): 7e-7}


def outcomes_of(ours: PooledBatch, reference: Any, what: str, root: float) -> list[tuple[bool, str]]:
    atol = root * reference["se"]
    return (
        compare(ours.beta, reference["beta"], f"{what} beta")
        + compare(ours.se, reference["se"], f"{what} se")
        + compare(ours.tau2, reference["tau2"], f"{what} tau2")
        + compare(ours.ci_low, reference["ci_lb"], f"{what} ci_lb", atol=atol)
        + compare(ours.ci_high, reference["ci_ub"], f"{what} ci_ub", atol=atol)
    )


def test_every_interval_of_metafor_5_agrees_within_its_root() -> None:
    outcomes: list[tuple[bool, str]] = []
    for name, entry in METAFOR_5.items():
        ours = pool_batch(effects_of(entry), "DL", "HC")
        outcomes += outcomes_of(ours, entry["hc"], name, KNOWN_DIFFERENCE_OF_ROOT)
    assert report(outcomes) == 13 * 5


def test_every_interval_agrees_with_metafor_with_a_close_root() -> None:
    outcomes: list[tuple[bool, str]] = []
    for name, entry in DATA_SETS.items():
        for percent, reference in entry["hc"].items():
            ours = pool_batch(effects_of(entry), "DL", "HC", float(percent) / 100)
            outcomes += outcomes_of(
                ours,
                reference,
                f"{name} {percent}",
                KNOWN_DIFFERENCES_OF_QUADRATURE.get((name, percent), 0.0),
            )
    assert report(outcomes) == COMPARED


Moments = tuple[mpmath.mpf, ...]


def moments_by_matrices(v: Array, tau2: float) -> Moments:
    """Mean and variance of Q given R = 0, their slopes in R^2, and the variance of R; from k x k matrices."""
    k = len(v)
    t = mpmath.mpf(tau2)
    w = mpmath.matrix([1 / mpmath.mpf(x) for x in v.tolist()])
    total = sum(w)
    p = mpmath.diag(list(w)) - w * w.T / total
    sigma = mpmath.diag([mpmath.mpf(x) + t for x in v.tolist()])
    direction = w / mpmath.sqrt(total)
    variance_r = (direction.T * sigma * direction)[0]
    c = sigma * direction
    given = sigma - c * c.T / variance_r
    p_given = p * given

    def trace(a: mpmath.matrix) -> mpmath.mpf:
        return sum(a[i, i] for i in range(k))

    mean, variance = trace(p_given), 2 * trace(p_given * p_given)
    mean_slope, variance_slope = (
        (c.T * p * c)[0] / variance_r**2,
        4 * (c.T * p * given * p * c)[0] / variance_r**2,
    )
    return mean, variance, mean_slope, variance_slope, variance_r


def tail_by_matrices(v: Array, u: mpmath.mpf, tau2: float) -> mpmath.mpf:
    """P(U > u) with the moments of Q given R from k x k matrices in many digits, by adaptive quadrature."""
    with mpmath.workdps(150):
        mean, variance, mean_slope, variance_slope, variance_r = moments_by_matrices(v, tau2)
        w = [1 / mpmath.mpf(x) for x in v.tolist()]
        room = sum(w) ** 2 / sum(a * a for a in w) - 1
    k, scale = len(v), mpmath.sqrt(variance_r)

    def integrand(r: mpmath.mpf) -> mpmath.mpf:
        m, s = mean + mean_slope * r * r, variance + variance_slope * r * r
        q = (r * r / u**2 - 1) * room + k - 1
        below = mpmath.gammainc(m * m / s, 0, q * m / s, regularized=True)
        return below * mpmath.npdf(r, 0, scale)

    cuts = [u]
    while cuts[-1] < 2.2 * u + 14 * scale:
        cuts.append(1.6 * cuts[-1])
    return mpmath.quad(integrand, cuts)


@pytest.mark.parametrize(("name", "level"), [("hart1999", 0.95), ("normand1999", 0.99), ("bcg_rr", 0.99)])
def test_the_quantile_satisfies_its_equation_in_25_digits(name: str, level: float) -> None:
    entry = METAFOR_5[name]
    result = pool_batch(effects_of(entry), "DL", "HC", level)
    u = (result.ci_high[0, 0] - result.beta[0, 0]) / result.se[0, 0]
    with mpmath.workdps(25):
        tail = tail_by_matrices(np.array(entry["vi"]), mpmath.mpf(u), result.tau2[0])
        assert abs(tail / (0.5 * (1 - mpmath.mpf(level))) - 1) < 1e-12


@pytest.mark.parametrize("orders", [24, pytest.param(40, marks=pytest.mark.long)])
def test_quantile_and_p_are_right_where_one_study_outweighs_the_others_by_far(orders: int) -> None:
    rng = np.random.default_rng(orders)
    v, y = 10.0 ** rng.uniform(-orders, 0.0, 6), rng.normal(size=6)
    result = pool_batch(Effects(y, v), "DL", "HC")
    u = (result.ci_high[0, 0] - result.beta[0, 0]) / result.se[0, 0]
    with mpmath.workdps(20):
        tail = tail_by_matrices(v, mpmath.mpf(u), result.tau2[0])
        beyond = tail_by_matrices(v, mpmath.mpf(abs(result.statistic[0, 0])), result.tau2[0])
    assert abs(tail / 0.025 - 1) < 1e-10
    assert abs(2 * beyond / result.p_value[0, 0] - 1) < 1e-10


def test_p_and_interval_agree() -> None:
    """p is the level at which the interval just reaches zero."""
    result = pool_batch(Effects(Y, V), "DL", "HC")
    at_p = pool_batch(Effects(Y, V), "DL", "HC", level=1.0 - result.p_value[0, 0])
    assert_allclose(at_p.ci_low[0, 0], 0.0, atol=1e-12)
    assert_allclose(result.QM_p, result.p_value[:, 0], rtol=1e-14)


@pytest.mark.parametrize("size", [1e-12, 1e-3])
def test_p_of_an_effect_near_zero_is_near_one(size: float) -> None:
    balanced = np.array([1.0, -1.0, 1.0, -1.0]) + size
    result = pool_batch(Effects(balanced, np.full(4, 0.5)), "DL", "HC")
    assert 0.99 < result.p_value[0, 0] <= 1.0


def test_p_is_small_and_positive_far_from_zero() -> None:
    result = pool_batch(Effects(Y + 5.0, V), "DL", "HC")
    assert 0 < result.p_value[0, 0] < 1e-6


def test_with_many_homogeneous_studies_it_is_the_normal_interval() -> None:
    """tau2 is then known to be near zero; the remainder falls as 1 / sqrt(k)."""
    for k, within in ((1_000, 0.03), (100_000, 0.003)):
        v = np.full(k, 0.5)
        y = np.sqrt(0.5) * stats.norm.ppf((np.arange(k) + 0.5) / k)
        result = pool_batch(Effects(y, v), "DL", "HC")
        half = (result.ci_high - result.ci_low)[0, 0] / 2 / result.se[0, 0]
        assert_allclose(half, stats.norm.ppf(0.975), rtol=within)


def test_a_batch_is_its_data_sets() -> None:
    present = np.ones((4, 6), dtype=bool)
    present[1, 2:], present[2, 1:], present[3, :] = False, False, False
    batch = pool_batch(Effects(np.tile(Y, (4, 1)), np.tile(V, (4, 1)), present), "DL", "HC")
    for row, k in ((0, 6), (1, 2)):
        alone = pool_batch(Effects(Y[:k], V[:k]), "DL", "HC")
        for name in ("beta", "se", "ci_low", "ci_high", "p_value"):
            assert_allclose(getattr(batch, name)[row], getattr(alone, name)[0], rtol=1e-12)
    z = pool_batch(Effects(Y[:1], V[:1]), "DL", "z")
    assert_allclose(batch.ci_low[2], z.ci_low[0], rtol=1e-14)
    assert_allclose(batch.p_value[2], z.p_value[0], rtol=1e-14)
    assert np.isnan([batch.ci_low[3, 0], batch.p_value[3, 0]]).all()
    assert np.isnan(batch.df[:2]).all()
    assert np.isinf(batch.df[2])


def test_wide_variances_and_equal_effects_have_an_answer() -> None:
    wide = pool_batch(Effects(Y, 10.0 ** np.linspace(-8, 4, 6)), "DL", "HC")
    equal = pool_batch(Effects(np.full(6, 0.4), V), "DL", "HC")
    two = pool_batch(Effects(Y[[2, 5]], V[[2, 5]]), "DL", "HC")
    for result in (wide, equal, two):
        assert result.ci_low[0, 0] < result.beta[0, 0] < result.ci_high[0, 0]
        assert 0 <= result.p_value[0, 0] <= 1


def test_quadrature_has_converged() -> None:
    """Panels twice as many give the same: for few and many studies, and statistics from small to large."""
    for k in (2, 5, 400):
        rng = np.random.default_rng(k)
        v = rng.uniform(0.01, 0.4, k)
        fitted = fit(Effects(rng.normal(0.0, np.sqrt(v + 0.1)), v), "DL", None)
        u = henmi_copas(fitted.model, fitted.heterogeneity.tau2)
        for s in (1e-6, 0.1, 2.0, 6.0):
            length = 0.5 * np.log1p(120.0 / s**2)
            panels = int(np.ceil(length * (2.0 + np.sqrt(k))))
            once, twice = (u._integrals(np.array([s]), np.array([length]), n) for n in (panels, 2 * panels))
            assert_allclose(once, twice, rtol=1e-11)


@pytest.mark.parametrize(
    ("method", "design", "says"),
    [
        (
            "REML",
            None,
            "is defined for method 'DL' alone, not for restricted maximum likelihood; choose method='DL'",
        ),
        ("DL", np.column_stack([np.ones(6), np.arange(6)]), "test 'HC' is defined without moderators"),
    ],
)
def test_what_the_interval_is_not_defined_for_is_refused(
    method: str, design: Array | None, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        pool_batch(Effects(Y, V), method, "HC", design=design)


COMPARED = 95


def test_data_sets_in_parts_are_as_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    effects = Effects(np.stack([Y, Y[::-1], 2.0 * Y]), np.stack([V, V, V[::-1]]))
    whole = pool_batch(effects, "DL", "HC")
    monkeypatch.setattr(module, "parts_of", lambda count, each: parts_of(count, each, 1))
    parts = pool_batch(effects, "DL", "HC")
    for name in ("ci_low", "ci_high", "p_value"):
        assert_allclose(getattr(parts, name), getattr(whole, name), rtol=1e-11)


def test_the_omnibus_test_is_that_of_the_mean() -> None:
    found = pool_batch(Effects(np.stack([Y, 3.0 * Y]), np.stack([V, V])), "DL", "HC")
    assert_allclose(found.QM_p, found.p_value[:, 0], rtol=1e-12)
    assert_allclose(found.QM, (found.beta[:, 0] / found.se[:, 0]) ** 2, rtol=1e-12)
