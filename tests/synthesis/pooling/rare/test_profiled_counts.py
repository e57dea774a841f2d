"""Profiles over coefficients beside one random effect: the highest points, and bounds between them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import binom

from synthesis.pooling.kernel.climbing import Box, climb
from synthesis.pooling.kernel.effects import Array, Mask
from synthesis.pooling.rare import profiled_counts
from synthesis.pooling.rare.count_models import TwoGroups, fixed_levels, random_levels
from synthesis.pooling.rare.profiled_counts import ProfiledCounts
from synthesis.pooling.rare.proven_spread import ceilings
from synthesis.pooling.rare.sparse_fit import maximise_counts
from tests.thinned import thinned

EVENTS = np.array([[3.0, 1.0], [0.0, 4.0], [5.0, 5.0], [2.0, 0.0], [60.0, 71.0]])
PERSONS = np.array([[40.0, 38.0], [55.0, 70.0], [60.0, 52.0], [9.0, 12.0], [300.0, 310.0]])
TIMES = PERSONS * 1.7
TAU = np.array([0.05, 0.3, 0.9, 1.9, 2.1, 6.0, 20.0])


def _models() -> dict[str, tuple[ProfiledCounts, Array]]:
    counts = {
        "persons": TwoGroups(EVENTS, PERSONS, rates=False),
        "time": TwoGroups(EVENTS, TIMES, rates=True),
    }
    found = {}
    for name, groups in counts.items():
        for coding in (0.5, 1.0, 0.0):
            made = fixed_levels(groups, coding)
            assert isinstance(made.likelihood, ProfiledCounts)
            found[f"{name}, {coding:g}"] = made.likelihood, made.start
        levels = random_levels(groups, 0.5, correlated=False)
        assert isinstance(levels.without, ProfiledCounts)
        found[f"{name}, levels"] = levels.without, levels.start
    return found


MODELS = _models()


def _best(model: ProfiledCounts, start: Array, tau: float, held: Mask) -> float:
    at = np.append(start, tau)
    fixed = np.append(held, True)
    wide = np.where(fixed, 0.0, 60.0)
    return climb(model.point, at, Box(at - wide, at + wide)).value


@pytest.mark.parametrize("name", thinned(MODELS, 2))
@pytest.mark.parametrize("hold", [False, True])
def test_the_profile_of_many_deviations_is_that_of_each_alone(name: str, hold: bool) -> None:
    """Next to the best to 1e-5, elsewhere to a thirtieth of its loss; what is held stays."""
    model, start = MODELS[name]
    held = np.arange(start.size) < hold
    value, at = model.heights(TAU, np.tile(start, (TAU.size, 1)), held)
    expected = np.array([_best(model, start, tau, held) for tau in TAU])
    loss = expected.max() - expected
    assert (np.abs(value - expected) <= np.maximum(1e-5, 0.03 * loss)).all()
    assert (at[:, held] == start[held]).all()
    reached = np.array([model.point(np.append(b, t)).value for b, t in zip(at, TAU, strict=True)])
    assert (reached <= expected + 1e-9).all()
    assert (expected - reached <= np.maximum(2e-4, 0.03 * loss)).all()


def test_steps_that_lead_too_far_are_taken_back() -> None:
    """From levels at which nearly all have events, and nearly nobody."""
    model, start = MODELS["persons, 0.5"]
    tau = np.array([0.3, 0.9])
    expected, _ = model.heights(tau, np.tile(start, (2, 1)), np.zeros(6, dtype=bool))
    for far in (8.0, -9.0):
        away = np.tile(start + far * (np.arange(6) > 0), (2, 1))
        value, _ = model.heights(tau, away, np.zeros(6, dtype=bool))
        assert value == pytest.approx(expected, abs=3e-5)


@pytest.mark.parametrize("name", thinned(MODELS))
def test_between_two_deviations_the_profile_is_below_its_bound(name: str) -> None:
    model, start = MODELS[name]
    ends = np.array([0.0, 0.1, 0.4, 1.2, 3.0, 20.0])
    held = np.zeros(start.size, dtype=bool)
    cells = [np.linspace(max(low, 1e-3), high, 9) for low, high in pairwise(ends.tolist())]
    dense = np.concatenate(cells)
    value = np.array([_best(model, start, tau, held) for tau in dense]).reshape(5, 9)
    bound = model.ceilings(ends, np.append(value[:, 0], value[-1, -1]))
    assert (value.max(axis=1) <= bound + 1e-5).all()
    assert bound[0] - value[0].max() < 2.5  # of use: it falls with the square of a cell's width
    assert value.size == 45


@pytest.mark.parametrize("name", [each for each in MODELS if "levels" not in each])
def test_a_roof_is_above_all_coefficients(name: str) -> None:
    model, start = MODELS[name]
    held = np.zeros(start.size, dtype=bool)
    for tau in (0.3, 2.0, 20.0):
        assert _best(model, start, tau, held) <= model.roof(tau) + 1e-9
    bounded = 5 if name.endswith("0.5") else 4  # where one count varies, not the study without its events
    assert model.roof(10.0) - model.roof(20.0) == pytest.approx(bounded * np.log(2.0), abs=1e-12)
    assert model.roof(0.01) == pytest.approx(float(model.terms.highest.sum()), abs=1e-12)


def test_few_at_once_are_as_many_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    model, start = MODELS["persons, 1"]
    held = np.zeros(start.size, dtype=bool)
    expected, at = model.heights(TAU, np.tile(start, (TAU.size, 1)), held)
    for most in (1, 2 * model.x.size):
        monkeypatch.setattr(profiled_counts, "_HELD", most)
        value, beta = model.heights(TAU, np.tile(start, (TAU.size, 1)), held)
        assert value == pytest.approx(expected, abs=1e-5)
        assert beta == pytest.approx(at, abs=1e-4)


@pytest.mark.long
@pytest.mark.parametrize("rates", [False, True])
def test_no_deviation_has_a_likelihood_above_the_top_of_sparse_studies(rates: bool) -> None:
    """Ten sets of three to nine studies with events in a few persons, each at forty deviations."""
    rng = np.random.default_rng(31)
    compared = 0
    for _ in range(10):
        k = int(rng.integers(3, 10))
        size = rng.integers(20, 300, (k, 2)).astype(float)
        share = 0.03 * np.exp(rng.normal(size=(k, 1)) + rng.normal(size=(k, 2)) * rng.choice([0.1, 1.0]))
        groups = TwoGroups(rng.binomial(size.astype(int), np.minimum(share, 0.5)).astype(float), size, rates)
        made = fixed_levels(groups, 0.5)
        assert isinstance(made.likelihood, ProfiledCounts)
        held = np.zeros(made.start.size, dtype=bool)
        fit = maximise_counts(made.likelihood, made.start, True, held)
        assert 0.0 <= fit.margin <= 1e-3
        for tau in np.geomspace(0.02, 20.0, 40):
            assert _best(made.likelihood, fit.top.at[:-1], float(tau), held) <= fit.top.value + 1e-9
            compared += 1
    assert compared == 400


def test_a_roof_is_an_area_beside_the_highest_of_the_other_count() -> None:
    """By hand: 3 of 40 and 1 of 38 persons, areas 40 / (3 37) and 38 / 37 by the predictor."""
    made = fixed_levels(TwoGroups(EVENTS[:1], PERSONS[:1], rates=False), 0.25)
    assert isinstance(made.likelihood, ProfiledCounts)
    first, second = binom.pmf(3, 40, 3 / 40), binom.pmf(1, 38, 1 / 38)
    flat = 7.0 * np.sqrt(2.0 * np.pi)
    expected = min(second * 40.0 / (3.0 * 37.0) / 0.25, first * 38.0 / 37.0 / 0.75) / flat
    assert made.likelihood.roof(7.0) == pytest.approx(float(np.log(expected)), abs=1e-12)


def test_the_bound_of_a_profile_is_by_the_study_that_bends_most() -> None:
    """Of binomial counts it is a quarter of the persons, times the squared loading of either group."""
    model, _ = MODELS["persons, 0.5"]
    tau, value = np.array([0.0, 0.4, 1.3]), np.array([-9.0, -8.0, -8.5])
    sharpest = float((0.25 * 0.25 * PERSONS.sum(axis=1)).max())
    assert model.ceilings(tau, value) == pytest.approx(ceilings(tau, value, 5, sharpest), rel=1e-13)


def test_few_steps_are_taken_as_what_is_far_below_the_highest_need_not_be_known_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """26 for eight models of seven deviations; twice as many where all of them are climbed to the top."""
    steps, at = [0], ProfiledCounts._at

    def counted(self: ProfiledCounts, beta: Array, tau: Array) -> tuple[Array, Array, Array]:
        steps[0] += 1
        return at(self, beta, tau)

    monkeypatch.setattr(ProfiledCounts, "_at", counted)
    for model, start in MODELS.values():
        model.heights(TAU, np.tile(start, (TAU.size, 1)), np.zeros(start.size, dtype=bool))
    assert 2 * len(MODELS) < steps[0] <= 30
