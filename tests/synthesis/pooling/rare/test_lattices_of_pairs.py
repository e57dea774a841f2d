"""Lattices of pairs of counts: how far they reach, how fine they are, when they are widened or refined."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest

from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.rare.count_terms import BinomialTerms, CountTerms, PoissonTerms
from synthesis.pooling.rare.tabulated_pairs import TabulatedPairs

X = np.array([[1.0, 1.0], [0.0, 1.0]])
Z = np.array([[1.0, 0.5], [1.0, -0.5]])
TURNS = np.zeros((2, 2, 2))
TURNS[0, 0, 0] = TURNS[1, 1, 1] = 1.0


@dataclass(frozen=True)
class Seen:
    """Terms that remember at which predictors they were told."""

    terms: CountTerms
    lines: list[Array] = field(default_factory=list)

    def at(self, eta: Array) -> tuple[Array, Array, Array]:
        raise AssertionError(eta)

    def logs(self, theta: Array) -> Array:
        self.lines.append(theta)
        return self.terms.logs(theta)

    @property
    def scale(self) -> float:
        return self.terms.scale

    @property
    def highest(self) -> Array:
        return self.terms.highest

    @property
    def area(self) -> Array:
        return self.terms.area

    @property
    def typical(self) -> Array:
        return self.terms.typical

    @property
    def sharpest(self) -> Array:
        return self.terms.sharpest


@dataclass(frozen=True)
class Tried:
    """One lattice: its lines about the means, the share of each study's integral at every point, its step."""

    lines: tuple[Array, Array]
    shares: Array
    step: float

    def edges(self) -> Array:
        """The largest share of the outermost lines: below and above, of either predictor, (2, 2)."""
        sides = (self.shares[:, end].sum(axis=1).max() for end in (0, -1))
        others = (self.shares[:, :, end].sum(axis=1).max() for end in (0, -1))
        return np.array([list(sides), list(others)]).T

    def least_sd(self) -> float:
        """The smallest conditional deviation of any study in any direction."""
        found = []
        for share in self.shares:
            x, y = (each.ravel() for each in np.meshgrid(*self.lines, indexing="ij"))
            both = np.cov(np.stack([x, y]), aweights=share.ravel(), ddof=0)
            found.append(float(np.sqrt(np.linalg.eigvalsh(both)[0])))
        return min(found)


def _tried(
    terms: tuple[CountTerms, CountTerms], means: Array, lower: Array, fineness: float
) -> tuple[list[Tried], bool]:
    """All lattices that a point asks for, and whether the last one served."""
    first, second = Seen(terms[0]), Seen(terms[1])
    beta = np.array([means[0] - means[1], means[1]])
    at = np.array([*beta, lower[0, 0], lower[1, 1]])
    served = TabulatedPairs(first, second).point(at, X, Z, TURNS, lower, fineness) is not None
    precision = np.linalg.inv(Z @ lower @ lower.T @ Z.T)
    found = []
    for one, other in zip(first.lines, second.lines, strict=True):
        lines = one - means[0], other - means[1]
        u = np.stack(np.meshgrid(*lines, indexing="ij"))
        logs = (
            terms[0].logs(one)[:, :, None]
            + terms[1].logs(other)[:, None]
            - 0.5 * np.einsum("aij,ab,bij->ij", u, precision, u)
        )
        share = np.exp(logs - logs.max(axis=(1, 2), keepdims=True))
        share /= share.sum(axis=(1, 2), keepdims=True)
        found.append(Tried(lines, share, float(np.diff(one[:2])[0])))
    return found, served


def _binomial(events: list[float], size: list[float]) -> BinomialTerms:
    return BinomialTerms(np.array(events), np.array(size), np.zeros(len(events)))


QUIET = _binomial([1.0, 2.0], [4.0, 5.0])
SPREAD = np.diag([0.5, 0.7])
SD = np.sqrt(np.diag(Z @ SPREAD @ SPREAD.T @ Z.T))


@pytest.mark.parametrize("fineness", [1.0, 0.6])
def test_a_lattice_reaches_over_eight_and_six_tenths_deviations(fineness: float) -> None:
    """Those of either predictor without its counts, and no more than a step beyond."""
    tried, served = _tried((QUIET, QUIET), np.array([0.2, -0.4]), SPREAD, fineness)
    assert served
    assert len(tried) == 1
    for line, sd in zip(tried[0].lines, SD, strict=True):
        reach = 8.6 * fineness * sd
        assert np.diff(line) == pytest.approx(tried[0].step, rel=1e-9)
        assert -reach - tried[0].step < line[0] <= -reach + 1e-12
        assert reach - 1e-12 <= line[-1] < reach + tried[0].step


def test_a_step_is_short_beside_the_scale_of_the_counts_and_the_deviations_that_they_leave() -> None:
    """By hand: of the sharper of both laws, or of a normal law with the curvatures of both counts."""
    flat = np.diag([4.0, 6.0])
    rate = PoissonTerms(np.ones(2), np.zeros(2))
    for terms, scale in (((QUIET, QUIET), 0.36), ((rate, QUIET), 0.18)):
        for pair in (terms, terms[::-1]):
            for fineness in (1.0, 0.6):
                step = _tried(pair, np.zeros(2), flat, fineness)[0][0].step
                assert step == pytest.approx(scale / fineness, rel=1e-9)
    narrow = np.diag([0.12, 0.1])
    steep = _binomial([60.0, 1.0], [150.0, 3.0])
    precision = np.linalg.inv(Z @ narrow @ narrow.T @ Z.T)
    for pair, typical in (((steep, QUIET), (36.0, 1.2)), ((QUIET, steep), (1.2, 36.0))):
        largest = np.linalg.eigvalsh(precision + np.diag(typical))[-1]
        step = _tried(pair, np.array([-0.4, -0.4]), narrow, 1.0)[0][0].step
        assert step == pytest.approx(0.65 / np.sqrt(largest), rel=1e-9)


@pytest.mark.parametrize(("turned", "fineness"), [(False, 1.0), (True, 1.0), (False, 0.6)])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_lattice_is_widened_by_half_where_its_outermost_points_hold_something(
    turned: bool, fineness: float, sign: float
) -> None:
    """More than 1e-17 of an integral, or the power of that; on that side alone, until none holds as much."""
    nothing = 1e-17 ** (fineness * fineness)
    widened = enough = 0
    for away in np.linspace(2.0, 9.0, 36):
        # Of 200 events among 400 the predictor is next to zero, wherever its mean is.
        terms = _binomial([200.0, 1.0], [400.0, 3.0]), _binomial([1.0, 2.0], [4.0, 3.0])
        means = np.array([sign * away, 0.1])
        if turned:
            terms, means = (terms[1], terms[0]), means[::-1]
        tried, served = _tried(terms, means, np.diag([0.3, 0.5]), fineness)
        if served:
            assert (tried[-1].edges() <= 1.0000001 * nothing).all()
            enough += 1
        for before, after in pairwise(tried):
            something = before.edges() > nothing
            if not something.any():  # finer, as far
                continue
            widened += 1
            for n in (0, 1):
                low, high = (float(each.lines[n][0]) for each in (before, after))
                width = float(np.ptp(before.lines[n]))
                assert low - high == pytest.approx(0.5 * width * something[0, n], abs=2.5 * before.step)
                low, high = (float(each.lines[n][-1]) for each in (before, after))
                assert high - low == pytest.approx(0.5 * width * something[1, n], abs=2.5 * before.step)
    assert widened > 20
    assert enough > 15


@pytest.mark.parametrize("fineness", [1.0, 0.6])
def test_a_lattice_serves_whose_step_is_short_beside_every_conditional_deviation(fineness: float) -> None:
    """0.65 of it; a coarser one is followed by one at most 0.7 as coarse."""
    finer = coarser = compared = 0
    for size, sd in ((30.0, 0.9), (90.0, 0.9), (2500.0, 0.9), (400.0, 0.4), (2500.0, 0.4)):
        for level in (-3.0, -1.0, 0.0):
            # Events in nobody: where they are likeliest they do not bend, but they do at these means.
            terms = _binomial([0.0, 1.0], [size, 3.0]), _binomial([0.0, 1.0], [0.5 * size, 9.0])
            tried, served = _tried(terms, np.array([level, level]), np.diag([sd, sd]), fineness)
            if served:
                assert tried[-1].step * fineness <= 0.65 * tried[-1].least_sd() * (1.0 + 1e-9)
                compared += 1
            for before, after in pairwise(tried):
                if after.step < before.step * (1.0 - 1e-9):
                    finer += 1
                    asked = 0.65 * before.least_sd() / fineness
                    assert before.step > asked
                    coarser += asked > 0.7 * before.step
                    assert after.step == pytest.approx(min(0.7 * before.step, asked), rel=1e-6)
    assert compared > 8
    assert finer > 4
    assert 0 < coarser < finer


def test_a_lattice_of_more_than_a_quarter_of_a_million_points_is_not_made() -> None:
    """By hand, from its step and its reach of 8.6 deviations either way."""
    precision = np.linalg.inv(Z @ SPREAD @ SPREAD.T @ Z.T)
    made = []
    for size in (1000.0, 2000.0, 3000.0, 4000.0, 5000.0, 6000.0):
        largest = np.linalg.eigvalsh(precision + np.diag([0.25 * size, 0.25 * size])).max()
        points = np.prod(2.0 * 8.6 * SD / (0.65 / np.sqrt(largest)))
        counts = _binomial([0.5 * size], [size])
        tried, served = _tried((counts, counts), np.zeros(2), SPREAD, 1.0)
        assert (len(tried) > 0) == (points <= 250_000)
        assert served == (len(tried) > 0)
        made.append(served)
    assert 1 < sum(made) < 5
