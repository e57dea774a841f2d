"""What the models of counts are made of: which studies speak, where the random effect stands."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.special import logit

from synthesis.pooling.rare.beta_binomial import Overdispersed
from synthesis.pooling.rare.count_models import (
    TwoGroups,
    conditional_odds,
    conditional_rates,
    fixed_levels,
    overdispersed,
    random_levels,
    single_proportions,
    single_rates,
)
from synthesis.pooling.rare.random_counts import RandomCounts

# A study without events, one with nothing else, and two that say something.
A, N1 = np.array([0.0, 9.0, 2.0, 5.0]), np.array([8.0, 9.0, 20.0, 40.0])
C, N2 = np.array([0.0, 7.0, 1.0, 0.0]), np.array([9.0, 7.0, 30.0, 35.0])
GROUPS = TwoGroups(np.stack([A, C], axis=1), np.stack([N1, N2], axis=1), rates=False)
RATES = TwoGroups(GROUPS.events, GROUPS.size, rates=True)


def test_studies_speak_where_their_counts_can_differ() -> None:
    both, events = [False, False, True, True], [False, True, True, True]
    assert conditional_odds(A, N1, C, N2, exact=True).informative.tolist() == both
    assert conditional_odds(A, N1, C, N2, exact=False).informative.tolist() == events
    assert conditional_rates(A, N1, C, N2).informative.tolist() == events
    assert fixed_levels(GROUPS, 0.5).informative.tolist() == both
    assert fixed_levels(RATES, 0.5).informative.tolist() == events
    every = [
        random_levels(GROUPS, 0.5, correlated=False),
        overdispersed((Overdispersed(A, N1), Overdispersed(C, N2)), "logit", correlated=False),
        single_proportions(A, N1),
        single_rates(A, N1),
    ]
    assert all(model.informative.tolist() == [True] * 4 for model in every)
    with pytest.raises(ValueError, match="no study says anything"):
        fixed_levels(TwoGroups(np.zeros((1, 2)), np.full((1, 2), 5.0), rates=False), 0.5)


def test_one_event_speaks_and_so_does_one_person_without() -> None:
    """The second study has an event in all persons but one, which as rare events are no bound."""
    a, n1, c, n2 = (np.array(row) for row in ([1.0, 9.0], [8.0, 9.0], [0.0, 6.0], [9.0, 7.0]))
    groups = np.stack([a, c], axis=1), np.stack([n1, n2], axis=1)
    for model in (
        conditional_odds(a, n1, c, n2, exact=True),
        conditional_odds(a, n1, c, n2, exact=False),
        conditional_rates(a, n1, c, n2),
        fixed_levels(TwoGroups(*groups, rates=False), 0.5),
        fixed_levels(TwoGroups(*groups, rates=True), 0.5),
    ):
        assert model.informative.tolist() == [True, True]


@pytest.mark.parametrize("coding", [0.0, 0.5, 1.0])
def test_a_random_effect_is_a_difference_wherever_it_stands(coding: float) -> None:
    """Its shares in the groups are `coding` and `coding` - 1, beside a level in both."""
    fixed = fixed_levels(GROUPS, coding).likelihood
    levels = random_levels(GROUPS, coding, correlated=True)
    assert isinstance(fixed, RandomCounts)
    assert isinstance(levels.likelihood, RandomCounts)
    assert fixed.z.tolist() == [[[coding], [coding - 1.0]]] * 2
    assert fixed.x.tolist() == [[[1, 1, 0], [0, 1, 0]], [[1, 0, 1], [0, 0, 1]]]
    assert levels.likelihood.z.tolist() == [[[1.0, coding], [1.0, coding - 1.0]]] * 4
    assert levels.likelihood.x.tolist() == [[[1, 1], [0, 1]]] * 4


def test_tau_is_the_entry_of_the_effect() -> None:
    for correlated in (False, True):
        levels = random_levels(GROUPS, 0.5, correlated)
        assert levels.likelihood.entries[levels.spread] == (1, 1)
        assert levels.without is not None
        assert levels.without.entries == ((0, 0),)
    groups = (Overdispersed(A, N1), Overdispersed(C, N2))
    for model in (
        conditional_odds(A, N1, C, N2, exact=True),
        fixed_levels(GROUPS, 0.5),
        overdispersed(groups, "logit", correlated=True),
        single_rates(A, N1),
    ):
        assert (model.spread, model.likelihood.entries, model.without) == (0, ((0, 0),), None)


def test_the_saturated_likelihood_has_every_observed_share() -> None:
    binomial = stats.binom.logpmf(A, N1, A / N1) + stats.binom.logpmf(C, N2, C / N2)
    assert fixed_levels(GROUPS, 0.5).saturated == pytest.approx(np.sum(np.asarray(binomial)[2:]), abs=1e-12)
    poisson = stats.poisson.logpmf(A, A) + stats.poisson.logpmf(C, C)
    assert fixed_levels(RATES, 0.5).saturated == pytest.approx(np.sum(np.asarray(poisson)[1:]), abs=1e-12)
    given = stats.binom.logpmf(A, A + C, A / np.maximum(A + C, 1.0))
    assert conditional_rates(A, N1, C, N2).saturated == pytest.approx(
        np.sum(np.asarray(given)[1:]), abs=1e-12
    )
    assert np.isnan(random_levels(GROUPS, 0.5, correlated=False).saturated)


def test_searches_start_at_pooled_shares_with_a_half_added() -> None:
    groups = (Overdispersed(A, N1), Overdispersed(C, N2))
    p1, p2 = 16.5 / 78.0, 8.5 / 82.0
    starts = {"logit": (logit(p1), logit(p2)), "log": (np.log(p1), np.log(p2)), "identity": (p1, p2)}
    for link, (first, second) in starts.items():
        start = overdispersed(groups, link, correlated=False).start
        assert start == pytest.approx([first - second, second], abs=1e-14)
        assert overdispersed(groups[:1], link, correlated=False).start == pytest.approx([first], abs=1e-14)
    assert single_proportions(A, N1).start == pytest.approx([logit(p1)], abs=1e-14)
    assert single_rates(A, N1).start == pytest.approx([np.log(16.5 / 77.0)], abs=1e-14)
    both = logit(np.array([0.5, 16.5, 3.5, 5.5]) / np.array([18.0, 17.0, 51.0, 76.0]))
    assert random_levels(GROUPS, 0.5, correlated=False).start == pytest.approx([0.0, both.mean()], abs=1e-14)


def test_searches_given_the_events_of_both_groups_start_at_mantel_and_haenszels_ratio() -> None:
    """By hand, of the two studies that say something: 2 and 1 events of 20 and 30, 5 and 0 of 40 and 35."""
    odds = (2 * 29 / 50 + 5 * 35 / 75) / (1 * 18 / 50 + 0)
    exact = conditional_odds(A, N1, C, N2, exact=True)
    assert exact.start.tolist() == pytest.approx([np.log(odds)], rel=1e-14)
    rates = (2 * 30 / 50 + 5 * 35 / 75) / (1 * 20 / 50 + 0)
    assert conditional_rates(A[2:], N1[2:], C[2:], N2[2:]).start.tolist() == pytest.approx(
        [np.log(rates)], rel=1e-14
    )
    assert conditional_rates(A[3:], N1[3:], C[3:], N2[3:]).start.tolist() == [0.0], "no events in one group"
