"""How much may be missed where screening stops here: an estimate with its uncertainty, never a permission.

Callaghan MW, Müller-Hansen F 2020, Statistical stopping criteria for automated screening in systematic
reviews, Syst Rev 9:273: what was screened since some point is taken for a random sample of what was left at
that point. Then the number of relevant ones in the sample is hypergeometric, and few of them speak against
many that are missed. Where likely ones come first, the sample has more of them than a random one, and the
test errs to the side of caution; the smallest p over all such points is taken ("ranked quasi-sampling").
Where the order knows nothing of relevance, the smallest of many p would err too often: all that was screened
is one sample then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, logsumexp

from evidence.wording import counted, p_text, percent

Flags = Sequence[bool] | NDArray[np.bool_]
TARGET = 0.95
"""The share of the relevant ones that is asked for."""
LEVEL = 0.95
_MOST_POINTS = 100


@dataclass(frozen=True)
class StoppingEstimate:
    """What can be said of those that were not screened."""

    of: int
    """Works in all."""
    screened: int
    found: int
    """Relevant ones among the screened."""
    p: float
    """Of the hypothesis that less than TARGET of the relevant ones are found."""
    missed_at_most: int
    """Upper bound of the relevant ones that are left, at LEVEL, one-sided."""
    ranked: bool = True
    """Whether likely ones came first."""

    @property
    def recall_at_least(self) -> float:
        """Lower bound of the share of the relevant ones that is found, at LEVEL, one-sided."""
        return self.found / (self.found + self.missed_at_most)

    def __str__(self) -> str:
        return (
            f"{self.screened:,} of {self.of:,} screened, {self.found:,} kept. An estimate, no permission to "
            f"stop: at most {counted(self.missed_at_most, 'relevant one')} left, a recall of "
            f"{floor(100 * self.recall_at_least)}% or more (one-sided {percent(LEVEL)} bounds); "
            f"{p_text(self.p)} for a recall below {percent(TARGET)} (Callaghan and Müller-Hansen 2020, as if "
            f"{'what came last' if self.ranked else 'all'} had come by chance)."
        )


def stopping_estimate(kept: Flags, of: int, ranked: bool = True) -> StoppingEstimate | None:
    """The estimate after screening some of so many works; None where no relevant one is found yet.

    kept: of each screened work whether it was kept, in the order of screening; of: works in all; ranked:
    whether likely ones came first.
    """
    relevant = np.asarray(kept, dtype=bool)
    found = int(relevant.sum())
    if not found:
        return None
    left = of - len(relevant)
    least = int(np.floor(found / TARGET + 1e-9)) - found + 1
    """Relevant ones left from which on recall is below the target."""
    low, high = 0, left  # p of `low` left is above 1 - LEVEL; it falls with their number
    while low < high:
        middle = (low + high + 1) // 2
        if p_of_missed(relevant, of, middle, ranked) > 1 - LEVEL:
            low = middle
        else:
            high = middle - 1
    p = p_of_missed(relevant, of, least, ranked)
    return StoppingEstimate(of, len(relevant), found, p, low, ranked)


def p_of_missed(kept: Flags, of: int, missed: int, ranked: bool = True) -> float:
    """The p-value of the hypothesis that so many relevant works or more are left; 0 for more than are left.

    Before the i-th screened work, N - i were left, of which K = k + missed relevant, k of them screened
    since. p_i = P(X <= k), X hypergeometric (N - i, K, n - i), and p is the smallest over i = 0 and every i
    behind a relevant one; behind the others p_i is larger. Of more than 100 such points 100 are looked at.
    Not ranked: p_0 alone.
    """
    relevant = np.asarray(kept, dtype=bool)
    screened = len(relevant)
    if missed > of - screened:
        return 0.0
    points = np.concatenate([[0], np.flatnonzero(relevant) + 1]) if ranked else np.array([0])
    if len(points) > _MOST_POINTS:
        points = points[np.linspace(0, len(points) - 1, _MOST_POINTS).round().astype(int)]
    behind = int(relevant.sum()) - np.concatenate([[0], np.cumsum(relevant)])[points]
    return float(hypergeometric_cdf(behind, of - points, behind + missed, screened - points).min())


def hypergeometric_cdf(
    k: NDArray[np.int_], population: NDArray[np.int_], marked: NDArray[np.int_], drawn: NDArray[np.int_]
) -> NDArray[np.float64]:
    """P(X <= k) for the marked ones among so many drawn without replacement from a population; all (n,)."""
    factorials = gammaln(np.arange(population.max() + 2) + 1.0)
    x = np.arange(k.max() + 1)
    k, population, marked, drawn = (each[:, None] for each in (k, population, marked, drawn))
    others = population - marked
    can_be = (x <= k) & (x <= marked) & (x <= drawn) & (drawn - x <= others)

    def log_choose(n: NDArray[np.int_], m: NDArray[np.int_]) -> NDArray[np.float64]:
        m = np.where(can_be, m, 0)
        found: NDArray[np.float64] = factorials[n] - factorials[m] - factorials[n - m]
        return found

    logs = log_choose(marked, x) + log_choose(others, drawn - x) - log_choose(population, drawn)
    sums: NDArray[np.float64] = np.exp(logsumexp(np.where(can_be, logs, -np.inf), axis=1))
    return np.minimum(1.0, sums)
