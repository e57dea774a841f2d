"""The highest beta-binomial likelihood: best probabilities, bounds between dispersions, and the proof."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import betabinom, binom

from synthesis.pooling.kernel.climbing import Point
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.rare import proven_dispersion as module
from synthesis.pooling.rare.beta_binomial import LINKS, BetaBinomial, Overdispersed
from synthesis.pooling.rare.count_models import overdispersed
from synthesis.pooling.rare.proven_dispersion import Dispersed, _Told, proven_dispersion
from synthesis.pooling.rare.sparse_fit import SparseFit, maximise_counts

FEW = Overdispersed(np.array([0.0, 3.0, 1.0, 7.0]), np.array([40.0, 55.0, 18.0, 60.0]))
MORE = Overdispersed(np.array([2.0, 0.0, 9.0, 30.0]), np.array([44.0, 70.0, 21.0, 260.0]))
EVEN = Overdispersed(np.array([3.0, 2.0, 3.0, 4.0]), np.array([30.0, 30.0, 30.0, 30.0]))
PHI = np.array([0.0, 1e-4, 0.02, 0.3, 4.0, 400.0])


def _by_scipy(group: Overdispersed, pi: float, phi: float) -> float:
    if phi == 0.0:
        return float(np.sum(binom.logpmf(group.events, group.size, pi)))
    return float(np.sum(betabinom.logpmf(group.events, group.size, pi / phi, (1.0 - pi) / phi)))


def _fit(groups: tuple[Overdispersed, ...], link: str = "logit", held: tuple[bool, ...] = ()) -> SparseFit:
    made = overdispersed(groups, link, correlated=False)
    return maximise_counts(made.likelihood, made.start, True, np.array(held or (False,) * len(groups)))


@pytest.mark.parametrize("group", [FEW, MORE, EVEN])
def test_the_best_probability_is_that_of_a_search_and_its_slope_that_of_the_profile(
    group: Overdispersed,
) -> None:
    parts: Dispersed = group.dispersed

    def profile(phi: float) -> float:
        found = minimize_scalar(
            lambda pi: -_by_scipy(group, float(pi), phi),
            bounds=(1e-6, 0.6),
            method="bounded",
            options={"xatol": 1e-10},
        )
        return -float(found.fun)

    for start in (0.001, 0.1, 0.9):
        value, slope, slack, pi = parts.best(PHI, np.full(PHI.size, start))
        height = value - parts.rest(PHI)
        assert height == pytest.approx([profile(phi) for phi in PHI], abs=1e-7)
        assert (slack < 1e-6).all()
        direct = [_by_scipy(group, float(at), float(phi)) for at, phi in zip(pi, PHI, strict=True)]
        assert height == pytest.approx(direct, abs=1e-8)
        for n, phi in enumerate(PHI[1:], 1):
            near = phi * np.array([1.0 - 1e-5, 1.0 + 1e-5])
            ends = parts.best(near, np.full(2, start))[0]
            assert slope[n] == pytest.approx(float(np.diff(ends)[0] / np.diff(near)[0]), rel=1e-5)


@pytest.mark.parametrize("groups", [(FEW, MORE), (EVEN, FEW), (MORE,)])
@pytest.mark.parametrize("met", [True, False])
def test_between_two_dispersions_the_profile_is_below_its_bound(
    groups: tuple[Overdispersed, ...], met: bool
) -> None:
    """Also where probabilities are not the best: the bound is then as much higher as they ask for."""
    parts = [group.dispersed for group in groups]
    ends = np.array([0.0, 0.003, 0.01, 0.05, 0.0505, 0.4, 2.0, 400.0])
    shares = np.full((1, len(groups)), 0.1)
    told = _Told.of(parts, ends, shares)
    if not met:
        found = [_off(part, ends, told.pi[:, n] * 1.02) for n, part in enumerate(parts)]
        value, slope, slack = np.array(found).sum(axis=0)
        told = _Told(ends, value, slope, told.rest, slack, told.pi)
    bound = told.ceilings()
    inside = np.array([np.linspace(low, high, 60) for low, high in pairwise(ends.tolist())])
    value = _Told.of(parts, inside.ravel(), shares).height.reshape(inside.shape)
    assert (value <= bound[:, None] + 1e-9).all()
    if met:
        assert bound[3] - value[3].max() < 0.1  # of use
    assert value.size == 420


def _off(part: Dispersed, phi: Array, pi: Array) -> tuple[Array, Array, Array]:
    """F at probabilities that are not the best, by hand."""
    (t1,), (w1,) = part.with_event.points, part.with_event.weights
    (t0,), (w0,) = part.without.points, part.without.weights
    yes, no = pi[:, None] + phi[:, None] * t1, (1.0 - pi)[:, None] + phi[:, None] * t0
    value = part.constant + (w1 * np.log(yes)).sum(axis=1) + (w0 * np.log(no)).sum(axis=1)
    slope = (w1 * t1 / yes).sum(axis=1) + (w0 * t0 / no).sum(axis=1)
    return value, slope, np.abs((w1 / yes).sum(axis=1) - (w0 / no).sum(axis=1))


@pytest.mark.parametrize(
    "groups",
    [
        pytest.param(each, marks=pytest.mark.long if each != (MORE,) else ())
        for each in ((FEW, MORE), (EVEN, FEW), (MORE,), (EVEN, EVEN), (EVEN,))
    ],
)
def test_no_probabilities_and_no_dispersion_have_a_likelihood_above_the_margin(
    groups: tuple[Overdispersed, ...],
) -> None:
    """At 4,000 of them: about the top, and anywhere."""
    fit = _fit(groups)
    assert 0.0 <= fit.margin <= 1e-3
    rng = np.random.default_rng(4)
    model = BetaBinomial(groups, LINKS["logit"])
    for n in range(4000):
        at = fit.top.at + rng.normal(size=fit.top.at.size) * (0.05 if n % 2 else 2.0)
        assert model.point(at).value <= fit.top.value + 1e-10
    assert (fit.top.at[-1] == 0.0) == (groups[0] is EVEN and groups[-1] is EVEN)


def test_the_top_is_the_same_under_every_link() -> None:
    """Probabilities of two groups are free, however their contrast is measured."""
    tops = {link: _fit((FEW, MORE), link) for link in LINKS}
    assert len(tops) == 3
    for fit in tops.values():
        assert fit.margin <= 1e-3
        assert fit.top.value == pytest.approx(tops["logit"].top.value, abs=1e-10)
        assert fit.top.at[-1] == pytest.approx(tops["logit"].top.at[-1], abs=1e-7)


def test_all_or_nobody_is_highest_at_the_largest_dispersion() -> None:
    fit = _fit((Overdispersed(np.array([0.0, 20.0, 0.0]), np.array([20.0, 20.0, 20.0])),))
    assert fit.top.at[-1] == 20.0
    assert fit.margin <= 1e-3


def test_probabilities_that_depend_on_one_another_are_not_proven() -> None:
    """By a coefficient that is held, or by correlation."""
    assert _fit((FEW, MORE), held=(True, False)).margin == math.inf
    made = overdispersed((FEW, MORE), "logit", correlated=True)
    found = maximise_counts(made.likelihood, made.start, True, np.zeros(3, dtype=bool))
    assert found.margin == math.inf


def test_what_is_highest_without_dispersion_is_not_climbed() -> None:
    made = overdispersed((EVEN, EVEN), "logit", correlated=False)
    without = maximise_counts(made.likelihood, made.start, False, np.zeros(2, dtype=bool)).top

    def climbed(pi: Array, phi: float) -> Point:
        raise AssertionError(phi)

    top, margin = proven_dispersion([EVEN.dispersed] * 2, np.array([0.1, 0.1]), climbed, without, 400.0)
    assert top is without
    assert margin <= 1e-3


def test_what_is_not_proven_when_cells_run_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """No dispersion has a likelihood further above the top than is told, and some bound is that far above."""
    made = overdispersed((EVEN, EVEN), "logit", correlated=False)
    without = maximise_counts(made.likelihood, made.start, False, np.zeros(2, dtype=bool)).top
    monkeypatch.setattr(module, "_CELLS", 0)
    shares, phi = np.array([0.1, 0.1]), np.geomspace(1e-4, 400.0, 50)
    top, margin = proven_dispersion([EVEN.dispersed] * 2, shares, lambda *_: without, without, 400.0)
    height = _Told.of([EVEN.dispersed] * 2, phi, shares[None]).height
    assert top is without
    assert (height <= top.value + margin).all()
    assert margin > 0.1
    lower = replace(without, value=without.value - 5.0)
    found = proven_dispersion([EVEN.dispersed] * 2, shares, lambda *_: lower, lower, 400.0)
    assert found[1] == pytest.approx(margin + 5.0, rel=1e-12)


def test_a_bound_is_where_the_lower_tangent_less_the_chord_is_highest() -> None:
    """At ends, where tangents cross, or at 2,000 others; and as much higher as tangents are too low."""
    ends, slack = np.array([0.0, 0.01, 0.3, 2.0]), np.array([0.0, 0.1, 0.02, 0.3])
    told = _Told.of([FEW.dispersed, MORE.dispersed], ends, np.full((1, 2), 0.1))
    told = replace(told, slack=slack)
    bound = told.ceilings()
    for n in range(3):
        low, high = ends[n], ends[n + 1]
        lines = np.array([[1.0, -told.slope[n]], [1.0, -told.slope[n + 1]]])
        meet = np.linalg.solve(lines, [told.value[m] - told.slope[m] * ends[m] for m in (n, n + 1)])[1]
        at = np.append(np.linspace(low, high, 2_000), meet)
        assert low < meet < high
        first = told.value[n] + told.slope[n] * (at - low)
        last = told.value[n + 1] + told.slope[n + 1] * (at - high)
        chord = np.interp(at, ends, told.rest)
        expected = (np.minimum(first, last) - chord).max() + slack[n] + slack[n + 1]
        assert bound[n] == pytest.approx(expected, rel=1e-11)


def test_a_bound_is_where_the_lower_tangent_is_highest_above_the_chord_of_what_is_taken_off() -> None:
    """By hand: tangents of 2 and -1 meet at one of three, at 2 of F, where the chord of D is at 0.2.

    Then tangents that meet at the middle or are one, and cells that are highest at either end.
    """
    phi = np.array([0.0, 3.0, 5.0, 6.0, 8.0])
    value = np.array([0.0, 0.0, 4.0, 5.0, 5.5])
    rest = np.array([0.0, 0.6, 0.6, 5.6, 5.6])
    slope = np.array([2.0, -1.0, 1.0, 1.0, 0.0])
    slack = np.array([0.01, 0.02, 0.04, 0.08, 0.16])
    told = _Told(phi, value, slope, rest, slack, np.zeros((5, 1)))
    # From 3 to 5 -a at first and 4 - (2 - a) last: the lower is -a, highest at its start.
    # From 5 to 6 both are 4 + a, less 0.6 + 5 a. From 6 to 8 it is 5 + a until 5.5, less 5.6.
    expected = [1.8 + 0.03, -0.6 + 0.06, 3.4 + 0.12, -0.1 + 0.24]
    assert told.ceilings() == pytest.approx(expected, abs=1e-12)
    falling = _Told(phi, value, slope, -rest, slack, np.zeros((5, 1)))
    # The same with a D that falls: by 0.2 a unit, by nothing, by five a unit and by nothing.
    rising = [2.2 + 0.03, 0.6 + 0.06, 10.6 + 0.12, 11.1 + 0.24]
    assert falling.ceilings() == pytest.approx(rising, abs=1e-12)


@pytest.mark.parametrize("start", [0.001, 0.5, 0.9])
def test_events_in_all_or_nobody_are_sure_at_a_probability_of_one_or_none(start: float) -> None:
    """Whatever the dispersion is; steps on the way there stay between none and one."""
    for event in (0.0, 20.0):
        parts = Overdispersed(np.full(3, event), np.full(3, 20.0)).dispersed
        value, _, _, pi = parts.best(PHI, np.full(PHI.size, start))
        assert value - parts.rest(PHI) == pytest.approx(0.0, abs=1e-8)
        assert pi == pytest.approx(event / 20.0, abs=1e-12)
        assert ((pi >= 0.0) & (pi <= 1.0)).all()


def test_dispersions_are_told_first_from_a_twentieth_to_thirty_times_the_smallest_share() -> None:
    """And without any, and at the most: no two of those between are farther apart than by 4.3."""
    asked: list[Array] = []

    class Seen(Dispersed):
        def rest(self, phi: Array) -> Array:
            asked.append(phi)
            return super().rest(phi)

    part = FEW.dispersed
    seen = Seen(part.with_event, part.without, part.everybody, part.constant)
    made = overdispersed((FEW,), "logit", correlated=False)
    fit = maximise_counts(made.likelihood, made.start, True, np.array([False]))
    top, margin = proven_dispersion([seen], np.array([0.04]), lambda *_: fit.top, fit.without, 400.0)
    assert top is fit.top
    assert margin <= 1e-3
    none, *between, most = asked[0].tolist()
    assert (none, most) == (0.0, 400.0)
    assert (between[0], between[-1]) == pytest.approx((0.002, 1.2), rel=1e-12)
    assert all(low < high < 4.3 * low for low, high in pairwise(between))
    assert sum(each.size for each in asked) < 100
