"""Ends of profile-likelihood intervals: the likelihood there, by another optimiser, and what they cost."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import minimize_scalar

from synthesis.pooling.dependent import profiles
from synthesis.pooling.dependent.block_likelihood import DependentData, evaluate
from synthesis.pooling.dependent.maximum import (
    _floored,
    _variances,
    climb,
    maximise_blocks,
    starting_points,
)
from synthesis.pooling.dependent.profiles import ComponentBounds, _Search, _turned, profile_intervals
from synthesis.pooling.kernel.effects import Array, Mask
from tests.synthesis.pooling.test_dependent_hills import made
from tests.thinned import thinned

ENDS = {"CS": (-0.5, 1.0), "AR": (-1.0, 1.0), "CAR": (0.0, 1.0)}  # of correlations of three levels
CUT = 3.841458820694124 / 2.0  # of chi-square on one degree of freedom, at 0.95


def fitted(kind: str, seed: int) -> tuple[DependentData, Array, float]:
    data = made(kind, seed)
    top = maximise_blocks(data, starting_points(data, scattered=True), True)
    return data, top.theta[0], float(top.fit.loglik[0])


def is_root(data: DependentData, n: int) -> bool:
    """Whether the n-th of two parameters is the root of a variance."""
    return n == 0 or len(data.blocks.terms) == 2


def root_of(data: DependentData, n: int, natural: float) -> float:
    return (
        float(np.sqrt(natural)) if is_root(data, n) else data.blocks.terms[0].structure.scale.angle(natural)
    )


def profile(data: DependentData, n: int, value: float, reach: float) -> float:
    """The largest likelihood over the other of two parameters."""

    def minus(other: float) -> float:
        theta = np.array([[value, other] if n == 0 else [other, value]])
        return -float(evaluate(data, theta, True).loglik[0])

    grid = np.linspace(0.0 if is_root(data, 1 - n) else -np.pi / 2, reach, 41)
    best = int(np.argmin([minus(x) for x in grid]))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, 40)]
    return -float(minimize_scalar(minus, bounds=(low, high), method="bounded", options={"xatol": 1e-9}).fun)


@pytest.mark.parametrize("kind", thinned(["CS", "nested", "AR", "CAR"], 4))
def test_the_likelihood_has_fallen_by_half_of_chi_square_at_an_end_that_is_no_bound(kind: str) -> None:
    inside, bounds = 0, set()
    for seed in (0, 1, 2):
        data, theta, top = fitted(kind, seed)
        found = profile_intervals(data, theta, True, 0.95)
        for n in (0, 1):
            for side, end, is_bound in (
                (0, found.low[n], found.low_is_bound[n]),
                (1, found.high[n], found.high_is_bound[n]),
            ):
                value = root_of(data, n, end)
                reach = 4.0 * float(data.y.std()) if is_root(data, 1 - n) else np.pi / 2
                fallen = top - profile(data, n, value, reach)
                if is_bound:
                    assert fallen < CUT
                    expected = (0.0, np.inf) if is_root(data, n) else ENDS[kind]
                    assert end == pytest.approx(expected[side], abs=1e-12)
                    bounds.add((is_root(data, n), side))
                else:
                    assert fallen == pytest.approx(CUT, abs=1e-6), (seed, n)
                    inside += 1
    assert inside >= 4
    assert (False, 1) in bounds or kind in ("nested", "CS")


def test_a_higher_level_is_a_wider_interval() -> None:
    data, theta, _ = fitted("nested", 0)
    widths = [float(np.sum(profile_intervals(data, theta, True, level).high)) for level in (0.8, 0.95, 0.99)]
    assert widths[0] < widths[1] < widths[2]


@pytest.mark.parametrize(("kind", "most"), thinned([("CS", 256), ("nested", 237), ("CAR", 205)]))
def test_ends_take_few_climbs(monkeypatch: pytest.MonkeyPatch, kind: str, most: int) -> None:
    """Points that are climbed from, of three data sets: half as many again may be rounding.

    Another processor's sums end in other digits, and a climb that stops a step later is one more: up to 14 %
    more were seen elsewhere. Ends that are sought one by one take three to five times as many.
    """
    problems, climbed = [fitted(kind, seed) for seed in (0, 1, 2)], 0

    def counting(
        data: DependentData, theta: Array, restricted: bool, fixed: Mask, *rest: Any, **asked: Any
    ) -> tuple[Array, Array]:
        nonlocal climbed
        climbed += len(theta)
        return climb(data, theta, restricted, fixed, *rest, **asked)

    monkeypatch.setattr(profiles, "climb", counting)
    bounds: list[ComponentBounds] = [
        profile_intervals(data, theta, True, 0.95) for data, theta, _ in problems
    ]
    assert len(bounds) == 3
    assert climbed <= 1.5 * most


def test_a_correlation_without_the_first_level_is_a_parameter_of_the_model_with_its_levels_turned() -> None:
    """The same covariance and likelihood, at roots of which the first angle is that of this correlation."""
    data = made("UN", 1)
    theta = np.array([0.6, 1.1, 0.4, 0.3, -0.5, 0.8])
    ((n, model, roots, at),) = _turned(data.blocks, theta)
    assert (n, at) == (5, 3)  # of three variances, rho.1-2, rho.1-3 and rho.2-3
    (before,), (after,) = data.blocks.terms, model.terms
    gamma, turned = (each.structure.covariance(at[None])[0] for each, at in ((before, theta), (after, roots)))
    order = [1, 2, 0]
    assert_allclose(turned, gamma[np.ix_(order, order)], rtol=1e-13, atol=1e-15)
    assert np.sin(roots[3]) == pytest.approx(gamma[1, 2] / np.sqrt(gamma[1, 1] * gamma[2, 2]), rel=1e-13)
    same = DependentData(model, data.y, data.kept, data.v)
    expected = evaluate(data, theta[None], True).loglik[0]
    assert evaluate(same, roots[None], True).loglik[0] == pytest.approx(expected, rel=1e-12)
    (alone,) = made("DIAG", 1).blocks.terms
    several = replace(data.blocks, terms=(alone, before, alone, before))
    padded = np.concatenate([np.ones(3), theta, np.full(3, 2.0), theta])
    first, second = _turned(several, padded)
    for place, (parameter, model, roots_there, there) in ((1, first), (3, second)):
        begin = 3 if place == 1 else 12
        assert (parameter, there) == (begin + 5, begin + 3)
        assert [term is other for term, other in zip(model.terms, several.terms, strict=True)] == [
            n != place for n in range(4)
        ]
        assert roots_there[begin : begin + 6] == pytest.approx(roots)
        assert np.delete(roots_there, np.s_[begin : begin + 6]).tolist() == (
            np.delete(padded, np.s_[begin : begin + 6]).tolist()
        )
    for kind in ("CS", "HCS", "DIAG", "GEN"):
        blocks = made(kind, 1).blocks
        assert _turned(blocks, np.ones(sum(term.structure.q for term in blocks.terms))) == []


def test_where_nothing_else_is_higher_no_other_start_surpasses_a_row() -> None:
    data, theta, top = fitted("nested", 0)
    each = np.array([0, 1])
    search = _Search(data, True, top - CUT, each, np.tile(theta, (2, 1)), starting_points(data))
    assert search.surpassed(theta, each).tolist() == []
    assert_allclose(search.at(theta)[0], -CUT, rtol=1e-9)


def test_parameters_of_several_terms_are_told_by_kind_and_nothing_is_flat_without_any() -> None:
    data = made("HCS", 1)
    both = SimpleNamespace(terms=(*made("CS", 1).blocks.terms, *data.blocks.terms))
    blocks: Any = both
    assert _variances(blocks).tolist() == [True, False, True, True, True, False]
    assert _floored(blocks).tolist() == [False, False, True, True, True, False]
    none = DependentData(replace(data.blocks, terms=()), data.y)
    found = maximise_blocks(none, starting_points(none), True)
    assert found.theta.shape == (1, 0)
    assert found.flat.tolist() == [False]
    assert _variances(none.blocks).tolist() == []
