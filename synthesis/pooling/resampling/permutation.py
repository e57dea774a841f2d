"""Permutation tests: the observed statistic among those of data as likely as these without an effect.

Follmann & Proschan 1999 for the mean; Higgins & Thompson 2004 for moderators. Every arrangement is pooled
anew, tau2 included.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from evidence.choices import as_whole
from synthesis.pooling.as_data import AsData
from synthesis.pooling.batch import PooledBatch, pool_batch
from synthesis.pooling.kernel.effects import Array, Effects, Rows
from synthesis.pooling.kernel.parts import parts_of
from synthesis.pooling.mean.weighting import Weights
from synthesis.pooling.resampling.subsets import Progress
from synthesis.pooling.tau2.estimator import Estimator

MOST_EXACT = 100_000  # arrangements that are all pooled; of more, a sample is drawn
DRAWS = 9_999
_TIE = 1e-9  # statistics closer than this, relative or absolute, are equal but for rounding


@dataclass(frozen=True)
class PermutationTest(AsData):
    """p-values from permutation; statistic and p_value have shape (p,).

    statistic, QM: observed. p_value: two-sided. QM_p: of the omnibus test of all moderators.
    exact: whether every arrangement was pooled; otherwise the observed one and a sample.
    permutations: arrangements behind the p-values, the observed one included.
    what: "sign changes" or "orders of the studies".
    """

    _ROWS = ("statistic", "p_value")

    statistic: Array
    p_value: Array
    QM: float
    QM_p: float
    exact: bool
    permutations: int
    what: str


@dataclass(frozen=True)
class _Arrangements:
    """`count` arrangements, and those of a slice of them as data; exact when they are all there are."""

    what: str
    exact: bool
    count: int
    data: Callable[[slice], Effects]


def permutation_test(
    effects: Effects,
    method: str | Estimator = "REML",
    test: str = "z",
    design: Array | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    progress: Progress | None = None,
    weights: Weights = None,
) -> PermutationTest:
    """Test the mean, or the coefficients of a design, of one data set.

    Without moderators the signs of the effects are changed: in all 2^k ways, of which half suffice, since
    changing every sign changes only that of the statistic. With moderators the rows of the design are
    exchanged among the studies: all different orders. Of more than MOST_EXACT a sample of `draws` is
    taken, with replacement, and p = (b + 1) / (draws + 1) for b at least as extreme as observed (Phipson &
    Smyth 2010). A statistic that does not exist for an arrangement (0 / 0) counts as extreme. p is nan
    where the observed one does not exist.
    method, test: as for `pool_batch`. design: (k, p). weights: of the mean, as for `pool_batch`, which stay
    with their studies; numbers (k,). progress: called with arrangements done and their
    number, after each block. Raises ValueError for effects that are not one data set, for draws and seeds
    that are not whole numbers, and for no draws.
    """
    draws, seed = as_whole(draws, "draws"), as_whole(seed, "seed", 0)
    if effects.batch != 1:
        raise ValueError(f"there are {effects.batch} data sets; expected one")
    studies, rows = _present(effects, design)
    if weights is not None and not isinstance(weights, str):
        weights = np.asarray(weights)[effects.present[0]]
    observed = pool_batch(studies, method, test, design=rows, weights=weights)
    arranged = _arrangements(studies, rows, draws, np.random.default_rng(seed))
    least = _sizes(observed)[0] * (1.0 - _TIE) - _TIE
    extreme = np.zeros(least.shape)
    for part in parts_of(arranged.count, studies.k):
        pooled = pool_batch(arranged.data(part), method, test, design=rows, weights=weights)
        extreme += (~(_sizes(pooled) < least)).sum(axis=0)
        if progress is not None:
            progress(part.stop, arranged.count)
    unseen = 0 if arranged.exact else 1  # the observed arrangement, which a sample need not have
    p_value = np.where(np.isnan(least), np.nan, (extreme + unseen) / (arranged.count + unseen))
    return PermutationTest(
        statistic=observed.statistic[0],
        p_value=p_value[:-1],
        QM=float(observed.QM[0]),
        QM_p=float(p_value[-1]),
        exact=arranged.exact,
        permutations=arranged.count + unseen,
        what=arranged.what,
    )


def _present(effects: Effects, design: Array | None) -> tuple[Effects, Array | None]:
    """The studies present, and their rows of the design."""
    present = effects.present[0]
    rows = None if design is None else np.asarray(design, dtype=float)[present]
    return Effects(effects.y[:, present], effects.v[:, present]), rows


def _sizes(pooled: PooledBatch) -> Array:
    """What is compared: the statistics without their signs and QM, (n, p + 1)."""
    return np.column_stack([np.abs(pooled.statistic), pooled.QM])


def _arrangements(
    studies: Effects, design: Array | None, draws: int, rng: np.random.Generator
) -> _Arrangements:
    if design is None or not np.ptp(design, axis=0).any():
        return _sign_changes(studies, draws, rng)
    return _orders(studies, design, draws, rng)


def _sign_changes(studies: Effects, draws: int, rng: np.random.Generator) -> _Arrangements:
    """Half of all changes of sign: those that leave the last study's."""
    k = studies.k
    count = 2 ** max(k - 1, 0)
    exact = count <= MOST_EXACT

    def data(rows: slice) -> Effects:
        n = rows.stop - rows.start
        if exact:
            changed = (np.arange(rows.start, rows.stop)[:, None] >> np.arange(k)) & 1
        else:
            changed = rng.integers(0, 2, (n, k))
        return Effects(np.where(changed, -studies.y, studies.y), np.broadcast_to(studies.v, (n, k)))

    return _Arrangements("sign changes", exact, count if exact else draws, data)


def _orders(studies: Effects, design: Array, draws: int, rng: np.random.Generator) -> _Arrangements:
    """Studies exchanged among the rows of the design, orders that exchange equal rows being one."""
    alike, sizes = np.unique(design, axis=0, return_inverse=True, return_counts=True)[1:]
    count = math.factorial(studies.k) // math.prod(math.factorial(size) for size in sizes.tolist())
    exact = count <= MOST_EXACT

    def sampled(rows: slice) -> Rows:
        return rng.permuted(np.tile(np.arange(studies.k), (rows.stop - rows.start, 1)), axis=1)

    orders: Callable[[slice], Rows] = _distinct_orders(alike.ravel(), sizes).__getitem__ if exact else sampled

    def data(rows: slice) -> Effects:
        order = orders(rows)
        return Effects(studies.y[0][order], studies.v[0][order])

    return _Arrangements("orders of the studies", exact, count if exact else draws, data)


def _distinct_orders(alike: Rows, sizes: Rows) -> Rows:
    """Every way to give studies to groups of equal rows, (count, k): the study that each row gets."""
    k = alike.size
    given, left = np.empty((1, 0), dtype=np.intp), np.arange(k)[None, :]
    for size in sizes.tolist():
        r = left.shape[1]
        chosen = np.array(list(combinations(range(r), size)))
        others = np.ones((len(chosen), r))
        np.put_along_axis(others, chosen, 0.0, axis=1)
        rest = np.nonzero(others)[1].reshape(len(chosen), r - size)
        given = np.hstack([np.repeat(given, len(chosen), axis=0), np.concatenate(left[:, chosen])])
        left = left[:, rest].reshape(len(given), r - size)
    orders = np.empty_like(given)
    orders[:, np.argsort(alike)] = given
    return orders
