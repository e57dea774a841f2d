"""What searches cost, in evaluations counted on fixed problems: a wrong slope, start or bracket costs more.

The answers would still be right, for every search is safeguarded: only the count tells. Bounds are some five
per cent above what Newton's method with its correction needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from synthesis.pooling.bayes import normal
from synthesis.pooling.bayes.given_tau import GivenTau
from synthesis.pooling.bayes.mixtures import Mixture
from synthesis.pooling.designs import location_scale_fit
from synthesis.pooling.designs.location_scale import location_scale
from synthesis.pooling.kernel import one_mean, search
from synthesis.pooling.kernel.effects import Array, Effects, Rows
from synthesis.pooling.kernel.likelihood import FULL, RESTRICTED, maximise
from synthesis.pooling.kernel.newton import increasing_root
from synthesis.pooling.kernel.one_mean import InterceptModel, RowModel, intercept_model
from synthesis.pooling.mean.henmi_copas import HenmiCopas, henmi_copas
from synthesis.pooling.prediction import confidence_prediction
from synthesis.pooling.prediction.confidence_prediction import ConfidencePrediction
from synthesis.pooling.tau2 import quadratic_forms, weighted_residuals
from synthesis.pooling.tau2.estimators import dersimonian_laird, generalised_q_root
from synthesis.pooling.tau2.intervals import profile_likelihood
from synthesis.pooling.tau2.quadratic_form_intervals import biggerstaff_jackson, jackson

BATCH = 200


def problems(k: int, orders: float, outlying: bool = True) -> InterceptModel:
    """Variances over so many powers of ten; heterogeneity is that of some studies, or of all."""
    rng = np.random.default_rng(1)
    v = 10.0 ** rng.uniform(-orders, 0.0, (BATCH, k))
    tau2 = 10.0 ** rng.uniform(-orders - 1.0, 1.0, (BATCH, 1))
    share = rng.choice([0.0, 1.0], (BATCH, k)) if outlying else 1.0
    return intercept_model(Effects(rng.normal(0.0, np.sqrt(v + tau2 * share)), v))[0]


@contextmanager
def counted(
    patch: pytest.MonkeyPatch, owner: Any, name: str, size: Callable[..., int]
) -> Iterator[Callable[[], int]]:
    """Counts what a function is asked for while the block runs."""
    function, total = getattr(owner, name), [0]

    def counting(*arguments: Any, **named: Any) -> Any:
        total[0] += size(*arguments, **named)
        return function(*arguments, **named)

    with patch.context() as here:
        here.setattr(owner, name, counting)
        yield lambda: total[0]


SEARCHES: dict[str, Callable[[InterceptModel], object]] = {
    "ML": lambda model: maximise(model, FULL),
    "REML": lambda model: maximise(model, RESTRICTED),
    "PM": lambda model: generalised_q_root(model, model.df),
    "PL-ML": lambda model: profile_likelihood(model, FULL, 0.95),
    "PL": lambda model: profile_likelihood(model, RESTRICTED, 0.95),
}


@pytest.mark.parametrize(
    ("k", "orders", "most"),
    [
        (2, 4.0, {"ML": 3.45, "REML": 1.55, "PM": 2.6, "PL-ML": 9.6, "PL": 9.9}),
        (6, 1.0, {"ML": 3.35, "REML": 2.4, "PM": 3.85, "PL-ML": 8.5, "PL": 8.85}),
        (20, 4.0, {"ML": 6.9, "REML": 5.9, "PM": 5.45, "PL-ML": 15.6, "PL": 15.7}),
        (20, 12.0, {"ML": 10.5, "REML": 9.4, "PM": 6.4, "PL-ML": 28.2, "PL": 28.0}),
    ],
)
def test_tau2_and_its_bounds_take_few_projections(
    monkeypatch: pytest.MonkeyPatch, k: int, orders: float, most: dict[str, float]
) -> None:
    model = problems(k, orders)
    for name, find in SEARCHES.items():
        with counted(monkeypatch, InterceptModel, "_project", lambda _, w, top: len(w)) as count:
            find(model)
        assert count() <= most[name] * BATCH, name


@pytest.mark.parametrize(
    ("k", "orders", "most"),
    [
        (2, 4.0, {"ML": 3.4, "REML": 2.55, "PM": 1.55}),
        (6, 1.0, {"ML": 3.25, "REML": 3.45, "PM": 2.75}),
        (20, 4.0, {"ML": 6.75, "REML": 6.9, "PM": 4.3}),
        (20, 12.0, {"ML": 10.25, "REML": 10.3, "PM": 5.2}),
    ],
)
def test_loops_take_sums_as_few_times(
    monkeypatch: pytest.MonkeyPatch, k: int, orders: float, most: dict[str, float]
) -> None:
    written = search.Loops(search.survey_loop, search.search_loop, search.sum_loop)
    monkeypatch.setattr(search, "compiled_loops", lambda: written)
    monkeypatch.setattr(one_mean, "_WORTH_COMPILING", 1)
    model = problems(k, orders)
    assert isinstance(model, RowModel)
    for name, bound in most.items():
        with counted(monkeypatch, search, "sums_at", lambda *_: 1) as count:
            SEARCHES[name](model)
        assert count() <= bound * BATCH, name


@pytest.mark.parametrize(("k", "orders", "most"), [(3, 1.0, (1.8, 1.85)), (12, 4.0, (3.75, 4.65))])
def test_exact_bounds_take_few_eigenvectors(
    monkeypatch: pytest.MonkeyPatch, k: int, orders: float, most: tuple[float, float]
) -> None:
    model = problems(k, orders, outlying=False)
    for interval, bound in zip((jackson, biggerstaff_jackson), most, strict=True):
        with counted(monkeypatch, np.linalg, "eigh", len) as count:
            interval(model, 0.95)
        assert count() <= 2 * bound * BATCH, interval.__name__


@pytest.mark.parametrize(
    ("m", "orders", "nodes", "evaluations"), [(2, 3.0, 60.0, 4.2), (5, 12.0, 60.0, 4.1), (40, 0.1, 55.0, 3.1)]
)
def test_weighted_chi2_takes_thirty_to_eighty_nodes_and_its_quantiles_few_of_these(
    monkeypatch: pytest.MonkeyPatch, m: int, orders: float, nodes: float, evaluations: float
) -> None:
    weights = 10.0 ** np.random.default_rng(1).uniform(-orders, 0.0, (BATCH, m))
    with counted(monkeypatch, quadratic_forms, "_integrand", lambda contour, rows, u: u.size) as count:
        for share in (0.1, 1.0, 5.0):
            quadratic_forms.weighted_chi2(share * weights.sum(axis=1), weights)
    assert count() <= 3 * nodes * BATCH
    with counted(monkeypatch, quadratic_forms, "weighted_chi2", lambda q, *_: q.size) as count:
        for probability in (0.025, 0.5, 0.975):
            quadratic_forms.weighted_chi2_quantile(np.full(BATCH, probability), weights)
    assert count() <= 3 * evaluations * BATCH


@pytest.mark.parametrize(("k", "orders", "most", "panels"), [(3, 1.0, 4.5, 62), (20, 4.0, 4.3, 200)])
def test_the_henmi_copas_quantile_takes_few_tails_and_these_few_panels(
    monkeypatch: pytest.MonkeyPatch, k: int, orders: float, most: float, panels: float
) -> None:
    model = problems(k, orders, outlying=False)
    distribution = henmi_copas(model, dersimonian_laird(model).tau2)
    with counted(monkeypatch, HenmiCopas, "_tail", lambda _, s: s.size) as count:
        distribution.quantile(0.95)
    assert count() <= most * BATCH
    with counted(monkeypatch, HenmiCopas, "_integrals", lambda _, s, length, n: s.size * n) as count:
        distribution.quantile(0.95)
    assert count() <= panels * BATCH


@pytest.mark.parametrize(("k", "orders", "most", "sums"), [(3, 1.0, 14.5, 332.5), (12, 3.0, 15.6, 176.75)])
def test_an_interval_from_a_confidence_distribution_takes_few_of_its_values(
    monkeypatch: pytest.MonkeyPatch, k: int, orders: float, most: float, sums: float
) -> None:
    """And these few weighted sums of chi-squares, as at most nodes the probability is nought or one."""
    model = problems(k, orders, outlying=False)
    model = model.take(np.flatnonzero(model.at_zero.ypy > 1e-3)[:20])
    prediction = ConfidencePrediction(model)
    with counted(monkeypatch, confidence_prediction, "weighted_chi2_cdf", lambda q, weights: q.size) as count:
        prediction.cdf(np.zeros(20))
    assert count() <= sums * 20
    with counted(monkeypatch, ConfidencePrediction, "_over_chunks", lambda _, x, *rows: x.size) as count:
        prediction.interval(0.95)
    assert count() <= most * 20


@pytest.mark.long
def test_nodes_of_a_confidence_distribution_are_apart_what_a_peak_of_its_width_allows() -> None:
    """0.6 standard deviations of chi2(k - 1) / (k - 1), and a quarter of a logarithm where that is less."""
    compared = 0
    for k in (3, 5, 40, 120):
        model = problems(k, 1.0, outlying=False).take(np.arange(3))
        nodes = ConfidencePrediction(model)._mixture
        spacing = min(0.25, 0.6 * np.sqrt(2.0 / (k - 1)))
        for logs in (np.log(nodes.g), np.log(nodes.tau2[:, 1:])):
            step = np.diff(logs, axis=1)
            assert np.allclose(step, step[:, :1], rtol=1e-6)
            assert 0.96 * spacing <= step.max() <= spacing * (1.0 + 1e-9)
            compared += 1
    assert compared == 8


@pytest.mark.parametrize(("k", "orders", "most"), [(3, 1.0, 3.1), (20, 4.0, 3.7)])
def test_eigenvalues_between_neighbouring_variances_take_few_sums(
    monkeypatch: pytest.MonkeyPatch, k: int, orders: float, most: float
) -> None:
    total = 0

    def counting(equation: Callable[[Array, Rows], tuple[Array, Array]], *arguments: Array) -> Array:
        def counted_equation(t: Array, rows: Rows) -> tuple[Array, Array]:
            nonlocal total
            total += t.size
            return equation(t, rows)

        return increasing_root(counted_equation, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(weighted_residuals, "increasing_root", counting)
    weighted_residuals.residual_eigenvalues(problems(k, orders))
    assert total <= most * BATCH * (k - 1)


Function = Callable[[Array], tuple[Array, Array]]


@pytest.mark.parametrize(
    ("function", "low", "high", "start", "root", "most"),
    [
        (lambda t: (t - 0.3, np.ones_like(t)), 0.0, 1.0, 0.5, 0.3, 2),
        (lambda t: (t * t - 2.0, 2.0 * t), 0.0, 2.0, 1.0, np.sqrt(2.0), 4),
        (lambda t: (np.arctan(t - 3.0), 1.0 / (1.0 + (t - 3.0) ** 2)), 0.0, 100.0, 99.0, 3.0, 9),
        (lambda t: (np.log(t / 3.0), 1.0 / t), 1e-9, 1e9, 1e-9, 3.0, 14),
        (lambda t: (t**3 - 1e-6, 3.0 * t * t), 0.0, 1.0, 0.5, 0.01, 13),
        (lambda t: (t + 1.0, np.ones_like(t)), 0.0, 1.0, 0.5, 0.0, 60),
    ],
)
def test_a_root_is_found_to_rounding_in_few_steps(
    function: Function, low: float, high: float, start: float, root: float, most: int
) -> None:
    seen: list[float] = []

    def equation(t: Array, rows: Rows) -> tuple[Array, Array]:
        seen.extend(t.tolist())
        return function(t)

    found = increasing_root(equation, *np.array([[low], [high], [start], [1.0]]))
    assert abs(found[0] - root) <= 4e-15 * max(root, 0.5)
    assert len(seen) <= most


def counted_densities(monkeypatch: pytest.MonkeyPatch, y: Array, v: Array) -> int:
    """Log tau at which the interval beside few studies takes the likelihood."""
    with counted(monkeypatch, GivenTau, "log_likelihood", lambda _, rows, x: x.size) as count:
        normal.bayesian_pool(y, v)
    return count()


@pytest.mark.parametrize("v", [[0.01, 0.02], [0.1, 0.5, 0.05]])
def test_a_posterior_takes_few_likelihoods(monkeypatch: pytest.MonkeyPatch, v: list[float]) -> None:
    """Some forty panels of sixteen, and some four of seventeen for each of two quantiles of tau."""
    y = np.array([-1.0, 0.5, 2.0])[: len(v)]
    assert counted_densities(monkeypatch, y, np.array(v)) <= 760


@pytest.mark.parametrize(("y", "most"), [([0.1, 0.5], 18), ([-1.0, 0.5, 2.0], 18), (list(range(20)), 15)])
def test_quantiles_of_a_posterior_take_some_five_steps_each(
    monkeypatch: pytest.MonkeyPatch, y: list[float], most: int
) -> None:
    """Also where their brackets, which hold every component of the mixture, are 1e17 times as wide."""
    with counted(monkeypatch, Mixture, "_step", lambda _, rows, *rest: rows.size) as count:
        normal.bayesian_pool(np.array(y, dtype=float), np.linspace(0.1, 0.5, len(y)))
    assert 5 <= count() <= most


def test_a_location_scale_search_takes_few_evaluations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the likelihood with its derivatives; some forty starts climb and meet in a few maxima."""
    rng = np.random.default_rng(3)
    with counted(monkeypatch, location_scale_fit, "evaluate", lambda problem, gamma: 1) as count:
        for _ in range(8):
            v, z = rng.uniform(0.05, 0.5, 40), np.column_stack([np.ones(40), rng.normal(size=40)])
            y = rng.normal(0.0, np.sqrt(v + np.exp(z @ [-0.5, 0.7])))
            assert location_scale(Effects(y, v), z).converged
    assert count() <= 8 * 320
