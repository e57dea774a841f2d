"""Intervals of tau2: each bound satisfies its own equation, and those metafor has agree with it."""

import json
import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import integrate, special

from synthesis.pooling.designs.regression import regression_model
from synthesis.pooling.kernel.effects import Array, Effects, leave_one_out
from synthesis.pooling.kernel.likelihood import FULL, RESTRICTED, Criterion, local_maxima, maximise
from synthesis.pooling.kernel.model import LinearModel
from synthesis.pooling.kernel.one_mean import intercept_model
from synthesis.pooling.tau2.intervals import INTERVALS, heterogeneity_intervals
from synthesis.pooling.tau2.quadratic_forms import weighted_chi2
from tests.thinned import thinned

REFERENCE = Path(__file__).parents[2] / "reference"
PINNED = {
    p.stem: json.loads(p.read_text())
    for p in sorted((REFERENCE / "metafor").glob("*.json"))
    if p.stem != "multilevel"
}
OLDER = {p.stem: json.loads(p.read_text()) for p in sorted((REFERENCE / "tau2_intervals").glob("*.json"))}
LIKELIHOODS = {"PL": RESTRICTED, "PL-ML": FULL}
GENERALISED = {"J": 0.5, "BJ": 1.0}  # powers of 1 / v that are the weights


def effects(entry: dict[str, Any]) -> Effects:
    return Effects(np.array(entry["yi"]), np.array(entry["vi"]))


def simulated(seed: int, batch: int, k: int, tau2: float = 0.3) -> Effects:
    rng = np.random.default_rng(seed)
    v = np.exp(rng.normal(-1.5, 1.2, (batch, k)))
    return Effects(rng.normal(0.4, np.sqrt(v + tau2)), v)


@pytest.mark.parametrize(("kind", "key"), [("QP", "confint_QP"), ("PL", "confint_PL")])
def test_intervals_of_thirteen_data_sets_agree(kind: str, key: str) -> None:
    compared = 0
    for entry in PINNED.values():
        ours = heterogeneity_intervals(effects(entry), kind=kind)
        for quantity, bounds in (("tau2", ours.tau2), ("I2", ours.I2), ("H2", ours.H2)):
            _, low, high = entry[key][quantity]
            assert_allclose([bounds.low[0], bounds.high[0]], [low, high], rtol=1e-9)
            compared += 2
        assert ours.connected.all()
    assert compared == 13 * 6


def test_intervals_with_a_moderator_for_both_likelihoods_agree() -> None:
    compared = 0
    for entry in OLDER.values():
        x = np.array(entry["x"])
        for case in entry["cases"]:
            kind = case["type"] + ("-ML" if case["type"] == "PL" and case["method"] == "ML" else "")
            design = np.column_stack([np.ones_like(x), x]) if case["moderator"] else None
            ours = heterogeneity_intervals(effects(entry), case["level"], design, kind)
            for quantity, bounds in (("tau2", ours.tau2), ("I2", ours.I2), ("H2", ours.H2)):
                _, low, high = case[quantity]
                assert_allclose([bounds.low[0], bounds.high[0]], [low, high], rtol=1e-8, atol=1e-12)
                compared += 2
    assert compared == 3 * 12 * 6


def design_of(k: int) -> Array:
    return np.column_stack([np.ones(k), np.linspace(-1.0, 1.0, k), np.linspace(-1.0, 1.0, k) ** 2])


def model_of(data: Effects, design: Array | None) -> LinearModel:
    return intercept_model(data)[0] if design is None else regression_model(data, design)[0]


@pytest.mark.parametrize("with_design", [False, True])
@pytest.mark.parametrize("kind", list(LIKELIHOODS))
def test_profile_likelihood_bounds_lie_where_the_likelihood_has_fallen(kind: str, with_design: bool) -> None:
    data = simulated(1, 200, 9)
    design, criterion = design_of(9) if with_design else None, LIKELIHOODS[kind]
    found = heterogeneity_intervals(data, 0.9, design, kind)
    # The model has its own units: compare there.
    model, scale2 = model_of(data, design), 4.0 ** np.floor(np.log2(data.v.min(axis=1)) / 2)
    assert_allclose(model.v_min * scale2, data.v.min(axis=1), rtol=1e-15)
    drop = 0.5 * special.chdtri(1, 0.1)
    threshold = criterion.value(model.at(maximise(model, criterion)), model) - drop
    at_high = criterion.value(model.at(found.tau2.high / scale2), model)
    assert_allclose(at_high, threshold, rtol=0, atol=1e-12)
    low = found.tau2.low / scale2
    at_low = criterion.value(model.at(low), model)
    assert_allclose(at_low[low > 0], threshold[low > 0], rtol=0, atol=1e-12)
    assert np.all(at_low[low == 0] >= threshold[low == 0])
    assert min((low > 0).sum(), (low == 0).sum()) > 20


def eigenvalues(v: Array, a: Array, x: Array, tau2: float) -> Array:
    """Those of S^(1/2) P S^(1/2), by the definition of P."""
    ax = a[:, None] * x
    p = np.diag(a) - ax @ np.linalg.solve(x.T @ ax, ax.T)
    root = np.sqrt(v + tau2)
    return np.asarray(np.linalg.eigvalsh(root[:, None] * p * root).clip(min=0.0))


def observed_q(y: Array, a: Array, x: Array) -> float:
    residual = y - x @ np.linalg.lstsq(np.sqrt(a)[:, None] * x, np.sqrt(a) * y, rcond=None)[0]
    return float((a * residual**2).sum())


@pytest.mark.parametrize("with_design", [False, True])
@pytest.mark.parametrize("kind", list(GENERALISED))
def test_generalised_q_bounds_have_their_probability(kind: str, with_design: bool) -> None:
    data = simulated(2, 60, 8)
    design = design_of(8) if with_design else None
    found = heterogeneity_intervals(data, 0.95, design, kind).tau2
    x = np.ones((8, 1)) if design is None else design
    inner = 0
    for y, v, low, high in zip(data.y, data.v, found.low, found.high, strict=True):
        a = v ** -GENERALISED[kind]
        q = np.array(observed_q(y, a, x))
        at_low, at_high = (weighted_chi2(q, eigenvalues(v, a, x, t)) for t in (low, high))
        if low > 0:
            assert_allclose(at_low.tail, 0.025, rtol=1e-11)
        else:
            assert at_low.tail > 0.025
        if high > 0:
            assert_allclose(at_high.cdf, 0.025, rtol=1e-11)
        else:
            assert at_high.cdf < 0.025
        inner += low > 0
    assert 5 < inner < 55


def imhof_tail(q: float, weights: Array) -> float:
    """P(Q > q) by the real integral of Imhof 1961."""

    def integrand(u: float) -> float:
        angle = 0.5 * float(np.arctan(weights * u).sum() - q * u)
        return math.sin(angle) / (u * math.pow(float(np.prod(1.0 + (weights * u) ** 2)), 0.25))

    ends = [0.0, 1.0, 4.0, 16.0, 64.0, 256.0, 2048.0]  # beyond, less than 1e-12 is left
    pieces = [integrate.quad(integrand, a, b, epsabs=1e-13, limit=400)[0] for a, b in pairwise(ends)]
    return 0.5 + float(sum(pieces)) / math.pi


@pytest.mark.parametrize("kind", list(GENERALISED))
def test_generalised_q_bounds_of_the_vaccine_trials_by_another_inversion(kind: str) -> None:
    """Independently of all code here: eigenvalues of a matrix of 13 trials, and Imhof's integral."""
    entry = PINNED["bcg_rr"]
    found = heterogeneity_intervals(effects(entry), kind=kind).tau2
    y, v = np.array(entry["yi"]), np.array(entry["vi"])
    a = v ** -GENERALISED[kind]
    q = float(np.sum(a * (y - np.sum(a * y) / a.sum()) ** 2))
    for bound, expected in ((found.low[0], 0.025), (found.high[0], 0.975)):
        s = np.sqrt(v + bound)
        weights = np.linalg.eigvalsh(np.outer(s, s) * (np.diag(a) - np.outer(a, a) / a.sum()))[1:]
        assert weights.min() > 1e-3
        largest = float(weights.max())
        assert abs(imhof_tail(q / largest, weights / largest) - expected) < 1e-10


@pytest.mark.parametrize("with_design", [False, True])
def test_with_equal_variances_generalised_q_intervals_are_the_q_profile(with_design: bool) -> None:
    data = Effects(simulated(5, 40, 7).y, np.full((40, 7), 0.2))
    design = design_of(7) if with_design else None
    expected = heterogeneity_intervals(data, 0.9, design, "QP")
    for kind in GENERALISED:
        found = heterogeneity_intervals(data, 0.9, design, kind)
        assert_allclose(found.tau2.low, expected.tau2.low, rtol=1e-11, atol=1e-13)
        assert_allclose(found.tau2.high, expected.tau2.high, rtol=1e-11, atol=1e-13)
    assert 5 < np.sum(expected.tau2.low > 0) < 40


def two_maxima() -> Effects:
    """Precise studies that agree, and vague ones far out: likelihoods with two separate maxima."""
    y = np.array([0.0, 0.0, 0.1, 9.0, -9.0, 8.0, -8.5])
    v = np.array([1e-2, 1e-2, 1e-2, 30.0, 30.0, 30.0, 30.0])
    gaps = np.linspace(0.0, 1.5, 100)[:, None]
    out = np.linspace(0.8, 3.0, 100)[::-1, None]
    spread = np.where(np.arange(7) < 3, 1.0, out) * y + np.where(np.arange(7) == 1, gaps, 0.0)
    return Effects(spread, np.tile(v, (100, 1)))


def several_maxima() -> Effects:
    """Those of 800 sets of uneven studies whose likelihoods have more maxima than one."""
    rng = np.random.default_rng(0)
    v = 10 ** rng.uniform(-2.0, 1.5, (800, 7))
    data = Effects(rng.normal(0.0, 1.0, (800, 7)) * np.sqrt(v) * rng.choice([1.0, 3.0], (800, 7)), v)
    rows, _ = local_maxima(intercept_model(data)[0], FULL)
    several = np.bincount(rows, minlength=800) > 1
    return Effects(data.y[several], data.v[several])


@pytest.mark.parametrize("made", [two_maxima, several_maxima])
@pytest.mark.parametrize("level", thinned([0.7, 0.5, 0.95]))
@pytest.mark.parametrize("kind", list(LIKELIHOODS))
def test_bounds_are_the_outermost_and_gaps_are_noted(
    kind: str, level: float, made: Callable[[], Effects]
) -> None:
    data, criterion = made(), LIKELIHOODS[kind]
    found = heterogeneity_intervals(data, level, kind=kind)
    model, units = intercept_model(data)
    grid = np.append(0.0, np.logspace(-5, 6, 4000))
    values = np.stack([criterion.value(model.at(np.full(data.batch, t)), model) for t in grid])
    accepted = values >= global_threshold(model, criterion, level)
    scale2 = units.scale**2
    for row in range(data.batch):
        inside = np.flatnonzero(accepted[:, row])
        first, last = inside[0], inside[-1]
        low, high = found.tau2.low[row] / scale2[row], found.tau2.high[row] / scale2[row]
        assert (low == 0.0) if first == 0 else grid[first - 1] <= low <= grid[first]
        assert grid[last] <= high <= grid[last + 1]
        assert found.connected[row] == accepted[first : last + 1, row].all()
    assert 3 <= np.sum(~found.connected) < 95 or level == 0.5


def global_threshold(model: LinearModel, criterion: Criterion, level: float) -> Array:
    best = criterion.value(model.at(maximise(model, criterion)), model)
    return np.asarray(best - 0.5 * special.chdtri(1, 1 - level))


@pytest.mark.parametrize("kind", list(INTERVALS))
def test_intervals_shrink_with_the_level(kind: str) -> None:
    data = simulated(7, 50, 6)
    wide, narrow = (heterogeneity_intervals(data, level, kind=kind).tau2 for level in (0.95, 0.5))
    assert np.all(wide.low <= narrow.low)
    assert np.all(narrow.low <= narrow.high)
    assert np.all(narrow.high <= wide.high)
    assert np.sum(narrow.low > wide.low) > 10


@pytest.mark.parametrize("kind", list(INTERVALS))
def test_units_order_and_absent_studies_do_not_matter(kind: str) -> None:
    data = simulated(8, 10, 6)
    plain = heterogeneity_intervals(data, kind=kind)
    other = heterogeneity_intervals(Effects(5.0 - 1e4 * data.y[:, ::-1], 1e8 * data.v[:, ::-1]), kind=kind)
    assert_allclose(other.tau2.high, 1e8 * plain.tau2.high, rtol=1e-9)
    assert_allclose(other.tau2.low, 1e8 * plain.tau2.low, rtol=1e-9)
    one = data.rows(slice(0, 1))
    without = heterogeneity_intervals(leave_one_out(one), kind=kind)
    for i in range(6):
        rest = Effects(np.delete(one.y[0], i), np.delete(one.v[0], i))
        alone = heterogeneity_intervals(rest, kind=kind)
        assert_allclose(without.tau2.high[i], alone.tau2.high[0], rtol=1e-10)
        assert_allclose(without.I2.high[i], alone.I2.high[0], rtol=1e-10)


@pytest.mark.parametrize("kind", list(INTERVALS))
def test_few_studies_have_a_defined_answer(kind: str) -> None:
    y, v = np.array([[0.1, 0.9, 0.4]] * 3), np.array([[0.1, 0.02, 0.3]] * 3)
    present = np.array([[False, False, False], [True, False, False], [True, True, False]])
    found = heterogeneity_intervals(Effects(y, v, present), kind=kind).tau2
    assert np.isnan(found.low[:2]).all()
    assert np.isnan(found.high[:2]).all()
    assert 0 <= found.low[2] < found.high[2] < math.inf


@pytest.mark.parametrize("kind", list(INTERVALS))
def test_identical_effects_leave_no_room_for_heterogeneity_or_little(kind: str) -> None:
    found = heterogeneity_intervals(Effects(np.full(6, 0.3), np.full(6, 0.5)), kind=kind).tau2
    assert found.low[0] == 0.0
    if kind in LIKELIHOODS:  # log(1 + tau2 / v) times the count falls by chi2(1)
        count = LIKELIHOODS[kind].count(intercept_model(Effects(np.full(6, 0.3), np.full(6, 0.5)))[0])[0]
        assert_allclose(found.high[0], 0.5 * np.expm1(special.chdtri(1, 0.05) / count), rtol=1e-12)
    else:
        assert found.high[0] == 0.0


@pytest.mark.parametrize("kind", list(INTERVALS))
def test_variances_over_twelve_orders_keep_the_bounds_finite(kind: str) -> None:
    rng = np.random.default_rng(9)
    v = 10.0 ** rng.uniform(-12, 0, (30, 7))
    found = heterogeneity_intervals(Effects(rng.normal(0, np.sqrt(v + 1e-5)), v), kind=kind).tau2
    assert np.isfinite(found.high).all()
    assert np.all((found.low >= 0) & (found.low <= found.high))


def test_a_level_that_is_none_is_refused() -> None:
    for level in (0.0, 1.0, 95.0):
        with pytest.raises(ValueError, match="expected a fraction"):
            heterogeneity_intervals(simulated(1, 1, 5), level)
    with pytest.raises(KeyError, match="XX"):
        heterogeneity_intervals(simulated(1, 1, 5), kind="XX")


@pytest.mark.long
@pytest.mark.parametrize("kind", ["QP", "J", "BJ"])
def test_exact_intervals_cover_as_often_as_they_say(kind: str) -> None:
    data = simulated(10, 20_000, 6, tau2=0.5)
    found = heterogeneity_intervals(data, 0.9, kind=kind).tau2
    below, above = np.mean(found.low > 0.5), np.mean(found.high < 0.5)
    assert abs(below - 0.05) < 0.006  # four standard errors of 20,000 draws
    assert abs(above - 0.05) < 0.006
