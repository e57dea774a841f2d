"""Pairs of counts on one lattice: the same likelihoods as points about each study's mode give."""

from __future__ import annotations

import numpy as np
import pytest

from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.rare.count_models import TwoGroups, random_levels
from synthesis.pooling.rare.count_terms import CountTerms
from synthesis.pooling.rare.random_counts import PairedCounts, RandomCounts
from synthesis.pooling.rare.tabulated_pairs import _least_sd
from tests.thinned import thinned

EVENTS = np.array([[0.0, 0.0], [2.0, 5.0], [9.0, 1.0], [0.0, 3.0]])
PERSONS = np.array([[40.0, 35.0], [60.0, 70.0], [9.0, 52.0], [300.0, 200.0]])


def _models(
    rates: bool, coding: float, correlated: bool, times: float = 1.0
) -> tuple[RandomCounts, PairedCounts]:
    groups = TwoGroups(times * EVENTS, times * PERSONS, rates)
    paired = random_levels(groups, coding, correlated).likelihood
    assert isinstance(paired, PairedCounts)
    return RandomCounts(paired.terms, paired.x, paired.z, paired.entries, fineness=1.2), paired


def _served(model: PairedCounts, at: np.ndarray, fineness: float = 1.0) -> bool:
    turns = np.zeros((len(model.entries), 2, 2))
    for n, entry in enumerate(model.entries):
        turns[(n, *entry)] = 1.0
    return model.pairs.point(at, model.x[0], model.z[0], turns, model.lower(at), fineness) is not None


@pytest.mark.parametrize("rates", [False, True])
@pytest.mark.parametrize("coding", thinned([0.5, 0.0, 1.0]))
def test_a_lattice_has_the_likelihood_of_points_about_each_mode(rates: bool, coding: float) -> None:
    """With gradient and Hessian, for levels and effects correlated or not."""
    compared = served = 0
    for correlated in (False, True):
        plain, paired = _models(rates, coding, correlated)
        for means in ((-0.6, -3.0), (1.5, -1.0)):
            for spread in ((0.15, 0.1), (0.6, 0.4), (-1.1, 0.9), (0.5, -2.5), (3.0, 2.0)):
                at = np.array([*means, spread[0], *([0.3] if correlated else []), spread[1]])
                expected, found = plain.point(at), paired.point(at)
                assert found.value == pytest.approx(expected.value, abs=2e-10)
                assert np.allclose(found.gradient, expected.gradient, rtol=1e-8, atol=1e-8)
                assert np.allclose(found.hessian, expected.hessian, rtol=1e-7, atol=1e-7)
                assert found.at is at
                served += _served(paired, at)
                compared += 1
    assert compared == 20
    assert served >= 16


def test_without_variation_points_about_the_mode_are_asked() -> None:
    """Of one of the effects, or of both: and where the two predictors are next to one."""
    plain, paired = _models(rates=False, coding=0.5, correlated=False)
    for spread in ((0.0, 0.0), (0.5, 0.0), (0.0, 0.7), (4.0, 1e-3)):
        at = np.array([-0.6, -3.0, *spread])
        assert not _served(paired, at)
        expected, found = plain.point(at), paired.point(at)
        assert found.value == pytest.approx(expected.value, abs=1e-9)
        assert np.allclose(found.gradient, expected.gradient, atol=1e-9)
        assert np.allclose(found.hessian, expected.hessian, atol=1e-8)


def test_many_events_and_probabilities_next_to_nothing_are_left_to_points_about_the_mode() -> None:
    plain, paired = _models(rates=False, coding=0.5, correlated=False, times=3000.0)
    at = np.array([-0.6, -3.0, 0.8, 0.6])
    assert not _served(paired, at)
    assert paired.point(at).value == pytest.approx(plain.point(at).value, rel=1e-12)
    plain, paired = _models(rates=False, coding=0.5, correlated=False)
    at = np.array([-0.6, 60.0, 0.5, 0.4])
    assert not _served(paired, at)
    assert paired.point(at).value == pytest.approx(plain.point(at).value, rel=1e-10)


def test_a_coarser_lattice_is_near() -> None:
    """As far as the way to a maximum is found by it."""
    for correlated in (False, True):
        _, paired = _models(rates=False, coding=0.5, correlated=correlated)
        at = np.array([-0.6, -3.0, 0.8, *([0.3] if correlated else []), 0.6])
        fine, coarse = paired.point(at), paired.refined(0.6).point(at)
        assert _served(paired, at, 0.6)
        assert 1e-13 < abs(coarse.value - fine.value) < 1e-4
        assert np.allclose(coarse.gradient, fine.gradient, atol=1e-3)


def test_a_coarser_lattice_has_fewer_points_as_the_square_of_its_fineness(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of those along either line: wider apart, and over a shorter reach."""
    _, paired = _models(rates=False, coding=0.5, correlated=False)
    at, sizes = np.array([-0.6, -3.0, 0.8, 0.6]), list[int]()
    logs = type(paired.pairs.first).logs

    def counted(terms: CountTerms, eta: Array) -> Array:
        sizes.append(eta.shape[-1])
        return logs(terms, eta)

    monkeypatch.setattr(type(paired.pairs.first), "logs", counted)
    assert _served(paired, at)
    fine = sizes.copy()
    sizes.clear()
    assert _served(paired, at, 0.5)
    assert np.prod(sizes[-2:]) < 0.1 * np.prod(fine[-2:])


def test_more_than_full_accuracy_is_not_from_a_lattice() -> None:
    plain, paired = _models(rates=True, coding=0.5, correlated=True)
    at = np.array([-0.6, -3.0, 0.8, 0.3, 0.6])
    assert paired.refined(1.2).point(at).value == plain.point(at).value


def test_full_accuracy_is_from_a_lattice() -> None:
    """To the last bit, which points about the modes do not give."""
    plain, paired = _models(rates=False, coding=0.5, correlated=False)
    at = np.array([-0.6, -3.0, 0.6, 0.4])
    turns = np.zeros((2, 2, 2))
    turns[0, 0, 0] = turns[1, 1, 1] = 1.0
    found = paired.pairs.point(at, paired.x[0], paired.z[0], turns, paired.lower(at), 1.0)
    assert found is not None
    assert paired.point(at).value == found.value
    assert plain.refined(1.0).point(at).value != found.value
    finer = paired.pairs.point(at, paired.x[0], paired.z[0], turns, paired.lower(at), 1.2)
    assert finer is not None
    # A gradient, of sums over many points, tells by its last bits which of them there were.
    more = paired.refined(1.2).point(at)
    assert more.gradient.tolist() == plain.point(at).gradient.tolist()
    assert more.gradient.tolist() != finer.gradient.tolist()


def test_the_smallest_deviation_in_any_direction_is_that_of_an_eigenvalue() -> None:
    """Of twelve points with weights, five times: each seen in moments of four of (1, x, y)."""
    rng = np.random.default_rng(8)
    found, expected = [], []
    for _ in range(5):
        weight = rng.dirichlet(np.ones(12))
        x, y = rng.normal(size=(2, 12)) * np.array([[1.0], [rng.uniform(0.2, 3.0)]])
        seen = np.stack([np.ones(12), x, y])
        moments = np.einsum("an,bn,cn,dn,n->abcd", seen, seen, seen, seen, weight).reshape(1, 81)
        found.append(_least_sd(moments))
        expected.append(np.sqrt(np.linalg.eigvalsh(np.cov(x, y, aweights=weight, ddof=0))[0]))
    assert found == pytest.approx(expected, rel=1e-9)
    assert len(found) == 5
