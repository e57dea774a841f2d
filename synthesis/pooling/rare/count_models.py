"""Models of counts: which counts of a study have a likelihood, and what their predictors are made of.

CM.EL conditions on the events of both groups (Fisher's noncentral hypergeometric distribution; of rates a
binomial one), CM.AL is its approximation by a binomial distribution for rare events, UM.FS has a coefficient
and UM.RS a random effect for each study's level. van Houwelingen, Zwinderman & Stijnen 1993; Turner et al.
2000; Stijnen, Hamza & Ozdemir 2010.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import logit

from synthesis.pooling.kernel.effects import Array, Mask
from synthesis.pooling.rare.beta_binomial import LINKS, BetaBinomial, Overdispersed
from synthesis.pooling.rare.count_terms import BinomialTerms, CountTerms, HypergeometricTerms, PoissonTerms
from synthesis.pooling.rare.profiled_counts import ProfiledCounts
from synthesis.pooling.rare.random_counts import PairedCounts, TabulatedCounts
from synthesis.pooling.rare.sparse_fit import SparseLikelihood
from synthesis.pooling.rare.tabulated_pairs import TabulatedPairs

COMPARISONS = ("CM.EL", "CM.AL", "UM.FS", "UM.RS")
_HALF = 0.5  # added for starts alone
_ANGLE = 0.1


@dataclass(frozen=True, eq=False)
class CountModel:
    """A likelihood with what its parameters mean; the first coefficient is the pooled effect.

    likelihood: of the studies that say something; start: of its coefficients; spread: which entry of L is
    tau; informative: which of the studies given take part. saturated: the highest log-likelihood that
    separate effects of the studies would give, nan where levels are random. without: the likelihood without
    heterogeneity of the effect, where that has other random effects; else None.
    """

    likelihood: SparseLikelihood
    start: Array
    spread: int
    informative: Mask
    saturated: float
    without: SparseLikelihood | None = None


def _some(told: Mask) -> Mask:
    """Raises ValueError where no study says anything."""
    if not told.any():
        raise ValueError("no study says anything of the effect: each has events in nobody, or in everybody")
    return told


def conditional_odds(ai: Array, n1i: Array, ci: Array, n2i: Array, exact: bool) -> CountModel:
    """CM.EL or CM.AL of 2x2 tables, each (k,)."""
    total, persons = ai + ci, n1i + n2i
    told = _some((total > 0) & (total < persons) if exact else total > 0)
    a, m, n1, n2 = ai[told], total[told], n1i[told], n2i[told]
    terms: CountTerms = (
        HypergeometricTerms.of(a, n1, n2, m) if exact else BinomialTerms(a, m, np.log(n1 / n2))
    )
    with_event, without = a * (n2 - m + a), (m - a) * (n1 - a)
    start = _log_ratio(with_event / (n1 + n2), without / (n1 + n2))
    return _one_each(terms, told, start)


def _log_ratio(first: Array, second: Array) -> Array:
    """Mantel and Haenszel's ratio as a start, (1,); none where one of the sums is zero."""
    sums = float(first.sum()), float(second.sum())
    return np.array([np.log(sums[0] / sums[1]) if min(sums) > 0.0 else 0.0])


def conditional_rates(x1i: Array, t1i: Array, x2i: Array, t2i: Array) -> CountModel:
    """CM.EL of events in person-time: binomial given the events of both groups; each (k,)."""
    total = x1i + x2i
    told = _some(total > 0)
    offset = np.log(t1i[told] / t2i[told])
    time = (t1i + t2i)[told]
    start = _log_ratio(x1i[told] * t2i[told] / time, x2i[told] * t1i[told] / time)
    return _one_each(BinomialTerms(x1i[told], total[told], offset), told, start)


def single_proportions(xi: Array, ni: Array) -> CountModel:
    """Binomial counts with normal logits; each (k,)."""
    start = logit((xi.sum() + _HALF) / (ni.sum() + 2.0 * _HALF))
    return _one_each(BinomialTerms(xi, ni, np.zeros(xi.size)), np.full(xi.size, True), np.array([start]))


def single_rates(xi: Array, ti: Array) -> CountModel:
    """Poisson counts with normal log rates; each (k,)."""
    start = np.log((xi.sum() + _HALF) / ti.sum())
    return _one_each(PoissonTerms(xi, np.log(ti)), np.full(xi.size, True), np.array([start]))


def _one_each(terms: CountTerms, told: Mask, start: Array) -> CountModel:
    return CountModel(TabulatedCounts.of(terms), start, 0, told, float(terms.highest.sum()))


@dataclass(frozen=True, eq=False)
class TwoGroups:
    """Events of two groups: of persons (size) or in person-time (rates); each (k, 2), group 1 first."""

    events: Array
    size: Array
    rates: bool

    def terms(self, told: Mask) -> CountTerms:
        """Of both counts of the studies told."""
        return self._terms(self.events[told].ravel(), self.size[told].ravel())

    def terms_of(self, group: int) -> CountTerms:
        """Of one of the two groups, all studies."""
        return self._terms(self.events[:, group], self.size[:, group])

    def _terms(self, events: Array, size: Array) -> CountTerms:
        if self.rates:
            return PoissonTerms(events, np.log(size))
        return BinomialTerms(events, size, np.zeros(size.size))

    def level(self, told: Mask) -> Array:
        """Logit or log of each study's events, both groups together, for starts."""
        events, size = self.events[told].sum(axis=1) + _HALF, self.size[told].sum(axis=1)
        return np.asarray(np.log(events / size) if self.rates else logit(events / (size + 2.0 * _HALF)))


def fixed_levels(groups: TwoGroups, coding: float) -> CountModel:
    """UM.FS: a coefficient for each study's level, a random effect for its difference.

    coding: share of the random effect that is in group 1, the rest in group 2 against it: 1/2, 1 or 0.
    """
    total = groups.events.sum(axis=1)
    told = _some(total > 0 if groups.rates else (total > 0) & (total < groups.size.sum(axis=1)))
    k = int(told.sum())
    x = np.zeros((k, 2, k + 1))
    x[:, 0, 0] = 1.0
    x[np.arange(k), :, 1 + np.arange(k)] = 1.0
    z = np.broadcast_to(np.array([[coding], [coding - 1.0]]), (k, 2, 1))
    terms = groups.terms(told)
    start = np.append(0.0, groups.level(told))
    return CountModel(ProfiledCounts(terms, x, z, ((0, 0),)), start, 0, told, float(terms.highest.sum()))


def random_levels(groups: TwoGroups, coding: float, correlated: bool) -> CountModel:
    """UM.RS: random effects of each study's level and difference, correlated or not; coding as above."""
    told = np.full(len(groups.events), True)
    k = told.size
    x = np.ones((k, 2, 2))
    x[:, 1, 0] = 0.0
    z = np.broadcast_to(np.array([[1.0, coding], [1.0, coding - 1.0]]), (k, 2, 2))
    entries = ((0, 0), (1, 0), (1, 1)) if correlated else ((0, 0), (1, 1))
    terms = groups.terms(told)
    start = np.array([0.0, float(np.mean(groups.level(told)))])
    levels_alone = ProfiledCounts(terms, x, z[:, :, :1], ((0, 0),))
    pairs = TabulatedPairs(groups.terms_of(0), groups.terms_of(1))
    likelihood = PairedCounts(terms, x, z, entries, pairs=pairs)
    return CountModel(likelihood, start, len(entries) - 1, told, np.nan, levels_alone)


def overdispersed(groups: tuple[Overdispersed, ...], link: str, correlated: bool) -> CountModel:
    """Beta-binomial counts of one group or two; link: a key of LINKS."""
    shares = [(each.events.sum() + _HALF) / (each.size.sum() + 2.0 * _HALF) for each in groups]
    levels = [LINKS[link].of(float(share)) for share in shares]
    start = np.array([levels[0] - levels[1], levels[1]] if len(groups) == 2 else levels)
    start = np.append(start, _ANGLE) if correlated else start
    told = np.full(groups[0].events.size, True)
    return CountModel(BetaBinomial(groups, LINKS[link], correlated), start, 0, told, np.nan)
