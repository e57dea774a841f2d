"""Meta-regression over variances that span up to 16 orders of magnitude, against 60-digit arithmetic."""

from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest

from synthesis.pooling.designs.basis import measured_from_plane
from synthesis.pooling.kernel.effects import Array, Effects
from synthesis.pooling.kernel.fitting import fit
from synthesis.pooling.kernel.likelihood import loglik_ml, loglik_reml
from tests.synthesis.pooling.fuzz.exact import DIGITS, Problem
from tests.synthesis.pooling.fuzz.problems import random_design
from tests.thinned import thinned

METHODS = ("REML", "ML", "DL", "PM", "HE")
ORDERS = (0, 4, 8, 12, 16)
TOLERANCE = 1e-10


def exact_tau2(problem: Problem, method: str) -> mp.mpf:
    if method in ("REML", "ML"):
        return problem.best_maximum(method == "REML", per_decade=5)
    return {"DL": problem.dersimonian_laird, "PM": problem.paule_mandel, "HE": problem.hedges}[method]


def relative(found: float, exact: mp.mpf, least: mp.mpf) -> float:
    """Relative difference; beside `least` a number does not matter."""
    return float(abs(mp.mpf(float(found)) - exact) / max(abs(exact), least))


def moment_least(problem: Problem, method: str) -> mp.mpf:
    """A moment estimate is a difference: beside a billionth of what it is the difference of it is zero."""
    if method == "HE":
        return max(problem.v) * mp.mpf("1e-6")
    return min(problem.v) * mp.mpf("1e-6")


def differences(y: Array, v: Array, design: Array) -> dict[str, float]:
    """The largest relative differences of one problem; of beta beside its standard error or itself."""
    problem = Problem(y, v, design)
    worst: dict[str, float] = {}
    for method in METHODS:
        with np.errstate(all="ignore"):
            fitted = fit(Effects(y, v), method, design)
        tau2 = mp.mpf(float(fitted.tau2[0]))
        best = exact_tau2(problem, method)
        worst[f"tau2 {method}"] = relative(tau2, best, moment_least(problem, method))
        if method in ("REML", "ML"):
            loss = problem.value(best, method == "REML") - problem.value(tau2, method == "REML")
            worst[f"likelihood lost by {method}"] = float(loss)
        exact = problem.fit(tau2)
        log_scale = np.log(fitted.units.scale)
        with np.errstate(all="ignore"):
            beta, covariance, model = fitted.beta[0], fitted.covariance[0], fitted.model
            full = (loglik_ml(fitted.at, model.k) - model.k * log_scale)[0]
            restricted = (loglik_reml(fitted.at, model.df) - model.df * log_scale)[0]
            q = model.at_zero.ypy[0]
        found = {"Q": relative(q, problem.fit(mp.mpf(0)).q, mp.mpf("1e-20"))}
        found["log-likelihood"] = relative(full, exact.loglik_ml, mp.mpf(1))
        found["restricted log-likelihood"] = relative(restricted, exact.loglik_reml, mp.mpf(1))
        for a in range(problem.p):
            se_a = mp.sqrt(exact.covariance[a, a])
            found["beta"] = max(found.get("beta", 0.0), relative(beta[a], exact.beta[a], se_a))
            for b in range(problem.p):
                se_b = mp.sqrt(exact.covariance[b, b])
                gap = abs(mp.mpf(float(covariance[a, b])) - exact.covariance[a, b]) / (se_a * se_b)
                found["covariance"] = max(found.get("covariance", 0.0), float(gap))
        for name, value in found.items():
            worst[name] = max(worst.get(name, 0.0), value)
    return worst


def random_problem(rng: np.random.Generator, orders: float, k_max: int) -> tuple[Array, Array, Array]:
    p = int(rng.integers(2, 5))
    k = int(rng.integers(p + 2, k_max + 1))
    design = random_design(rng, k, p)
    v = 10.0 ** rng.uniform(-orders, 0.0, k)
    return random_effects(rng, design, v), v, design


def random_effects(rng: np.random.Generator, design: Array, v: Array) -> Array:
    tau2 = 10.0 ** rng.uniform(np.log10(v.min()) - 1.0, 1.0)
    mean = (design / np.abs(design).max(axis=0)) @ rng.normal(size=design.shape[1])
    return np.asarray(rng.normal(mean, np.sqrt(v + tau2)))


def hard_designs(rng: np.random.Generator, orders: float) -> dict[str, tuple[Array, Array]]:
    """Designs and variances in which precise studies say nothing, or everything, of some coefficient."""
    k = 9
    one, rising = np.ones(k), 10.0 ** (np.linspace(-orders, 0.0, k) + 0.3 * rng.random(k))
    step, x = (np.arange(k) >= 5).astype(float), rng.normal(size=k)
    alike, close, only_first, only_last = x.copy(), x.copy(), np.zeros(k), np.zeros(k)
    alike[:4], close[1], only_first[0], only_last[-1] = x[0], x[0] + 1e-7, 1.0, 1.0
    years = 2000.0 + np.arange(k)
    return {
        "precise studies in one group": (np.column_stack([one, step]), rising),
        "a group each, no intercept": (np.column_stack([1.0 - step, step]), rising),
        "the most precise study alone in its group": (np.column_stack([one, only_first]), rising),
        "the least precise study alone in its group": (np.column_stack([one, only_last, x]), rising),
        "precise studies alike": (np.column_stack([one, alike]), np.sort(10.0 ** rng.uniform(-orders, 0, k))),
        "precise studies nearly alike": (np.column_stack([one, close, step]), rising),
        "years and their squares": (np.column_stack([one, years, (years - 2004.0) ** 2]), rising),
        "years without an intercept": (years[:, None], rising[rng.permutation(k)]),
        "one precise study among many": (
            np.column_stack([one, x]),
            np.where(only_first > 0, 10**-orders, 1.0),
        ),
    }


def largest(one: dict[str, float], other: dict[str, float]) -> dict[str, float]:
    return {name: max(one.get(name, 0.0), value) for name, value in other.items()}


def check(worst: dict[str, float], where: str, tolerance: float = TOLERANCE) -> None:
    assert len(worst) == len(METHODS) + 7
    for name, value in worst.items():
        assert value < tolerance, f"{name} is off by {value:.1e}: {where}"


def worst_over(seed: int, orders: int, problems: int, k_max: int) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    worst: dict[str, float] = {}
    with mp.workdps(DIGITS):
        for _ in range(problems):
            worst = largest(worst, differences(*random_problem(rng, orders, k_max)))
    return worst


@pytest.mark.parametrize("orders", thinned(ORDERS, 2))
def test_designs_agree_with_60_digits_whatever_the_spread_of_variances(orders: int) -> None:
    check(worst_over(1, orders, problems=1, k_max=8), f"variances over {orders} orders of magnitude")


@pytest.mark.long
@pytest.mark.parametrize("orders", ORDERS)
def test_many_designs_agree_with_60_digits_whatever_the_spread_of_variances(orders: int) -> None:
    check(worst_over(2, orders, problems=12, k_max=40), f"variances over {orders} orders of magnitude")


@pytest.mark.long
@pytest.mark.parametrize("orders", [8, 12, 16])
@pytest.mark.parametrize("kind", list(hard_designs(np.random.default_rng(0), 1.0)))
def test_designs_that_precise_studies_fix_only_in_part(kind: str, orders: int) -> None:
    rng = np.random.default_rng(orders)
    design, v = hard_designs(rng, orders)[kind]
    with mp.workdps(DIGITS):
        check(differences(random_effects(rng, design, v), v, design), f"{kind}, {orders} orders of magnitude")


@pytest.mark.parametrize("near", [1e-2, 1e-4])
def test_two_precise_studies_close_together_do_not_fix_the_slope_of_many_that_differ(near: float) -> None:
    """They do at tau2 = 0; at the tau2 of these effects all studies weigh the same."""
    design = np.column_stack([np.ones(7), [0.0, near, 0.2, 0.5, 0.8, 1.0, 0.3]])
    v = np.array([1e-12, 1e-12, 1.0, 0.5, 0.8, 1.2, 0.3])
    with mp.workdps(DIGITS):
        check(differences(np.array([3.0, -2.0, 1.0, 4.0, 0.5, 2.0, -1.0]), v, design), f"{near:g} apart")


def test_effects_are_measured_from_a_plane_to_full_precision() -> None:
    """Sums of products that cancel to a billionth and less of themselves, against exact fractions."""
    rng = np.random.default_rng(6)
    x, beta = rng.normal(size=(200, 3)), rng.normal(size=(1, 3))
    y = (x @ beta[0] * (1.0 + rng.normal(size=200) * 10.0 ** rng.uniform(-15, 0, 200)))[None]
    found = measured_from_plane(y, x, beta)[0]
    for i in range(200):
        terms = [Fraction(a) * Fraction(b) for a, b in zip(x[i].tolist(), beta[0].tolist(), strict=True)]
        exact = Fraction(float(y[0, i])) - sum(terms)
        assert abs(Fraction(float(found[i])) - exact) <= abs(exact) / 2**51 + sum(map(abs, terms)) / 2**100


def test_a_moderator_far_from_zero_is_as_precise_as_its_differences_between_studies() -> None:
    rng = np.random.default_rng(5)
    design = np.column_stack([np.ones(9), 50_000.0 + rng.random(9)])
    v = 10.0 ** rng.uniform(-12.0, 0.0, 9)
    with mp.workdps(DIGITS):
        check(differences(rng.normal(0.0, np.sqrt(v + 1e-3)), v, design), "50 000 to 50 001")


@pytest.mark.long
@pytest.mark.parametrize("near", [1e-3, 1e-5, 2e-6])
@pytest.mark.parametrize("orders", [1, 12])
def test_nearly_collinear_moderators_cost_a_digit_for_each_power_of_ten(near: float, orders: int) -> None:
    rng = np.random.default_rng(8)
    x = rng.normal(size=10)
    design = np.column_stack([np.ones(10), x, x + 3.0 * near * rng.normal(size=10)])
    v = 10.0 ** rng.uniform(-orders, 0.0, 10)
    with mp.workdps(DIGITS):
        worst = differences(random_effects(rng, design, v), v, design)
    check(worst, f"sine {near:g}", tolerance=1e-14 / near + 1e-12)
