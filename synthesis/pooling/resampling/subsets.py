"""Subsets of the studies, each pooled: the numbers behind a GOSH plot.

Olkin, Dahabreh & Trikalinos 2012. A family of subsets is held as bits, eight studies a byte, so
that a million subsets of twenty studies take three megabytes; membership is unpacked block by block.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from synthesis.pooling.batch import between_studies
from synthesis.pooling.kernel.effects import Array, Effects, Mask
from synthesis.pooling.kernel.fitting import Fitted, fit, over_numbered_blocks
from synthesis.pooling.kernel.parts import parts_of
from synthesis.pooling.mean.weighting import Weights, checked_weights, weighted_mean
from synthesis.pooling.tau2.estimator import Estimator
from synthesis.pooling.tau2.estimators import chosen_estimator

Progress: TypeAlias = Callable[[int, int], None]
Bits: TypeAlias = npt.NDArray[np.uint8]

MOST_STUDIES = 22  # of which all subsets, 4,194,303, are pooled
_BLOCK = 1_000_000  # numbers unpacked at once
_CROWDED = 4  # samples of more than this part of all subsets would mostly draw some again


@dataclass(frozen=True)
class Subsets:
    """S subsets of k studies; bits (S, ceil(k / 8)): study i is bit i mod 8 of byte i div 8."""

    k: int
    bits: Bits

    def __len__(self) -> int:
        return len(self.bits)

    def members(self, rows: slice = slice(None)) -> Mask:
        """Which studies the chosen subsets have, (rows, k)."""
        unpacked = np.unpackbits(self.bits[rows], axis=1, count=self.k, bitorder="little")
        return unpacked.view(np.bool_)


@dataclass(frozen=True)
class SubsetEstimates:
    """What pooling says of each of S subsets: studies, tau2, I2 (percent) and Q, (S,); beta, (S, p).

    What a subset does not have is nan: tau2 and I2 of one study, and everything of a subset that
    cannot estimate the design.
    """

    subsets: Subsets
    studies: Array
    beta: Array
    tau2: Array
    I2: Array
    Q: Array


def all_subsets(k: int) -> Subsets:
    """All 2^k - 1 subsets of at least one of k studies, in the order of their bits read as a number.

    Raises ValueError for k = 0 and for more than MOST_STUDIES studies.
    """
    if not 1 <= k <= MOST_STUDIES:
        raise ValueError(
            f"{k} studies have no subsets or too many; expected 1 to {MOST_STUDIES}. "
            "For more, draw some with sampled_subsets"
        )
    numbers = np.arange(1, 2**k, dtype="<u4")
    return Subsets(
        k, np.ascontiguousarray(numbers.view(np.uint8).reshape(numbers.size, 4)[:, : (k + 7) // 8])
    )


def sampled_subsets(k: int, n: int, seed: int) -> Subsets:
    """n different subsets of k studies, in the order drawn.

    First the size is drawn, uniformly from 1 to k, then the studies, uniformly among subsets of that
    size; a subset drawn before is drawn again, so that few large or small ones are soon exhausted.
    Raises ValueError when n is above a quarter of all subsets, where all are cheaper to pool.
    """
    if n < 1 or _CROWDED * n >= 2**k:
        raise ValueError(
            f"{n} different subsets of {k} studies; expected 1 to {(2**k - 1) // _CROWDED}. "
            "Where few are possible, all_subsets has them all"
        )
    rng = np.random.default_rng(seed)
    drawn = np.zeros((0, (k + 7) // 8), dtype=np.uint8)
    while len(drawn) < n:
        # As many again as are wanted at most, for a draw that rests long on the same few subsets.
        drawn = _distinct(np.concatenate([drawn, _draw(rng, k, min(n, math.ceil(_BLOCK / k)))]))
    return Subsets(k, drawn[:n])


def _draw(rng: np.random.Generator, k: int, n: int) -> Bits:
    size = rng.integers(1, k, n, endpoint=True)
    place = rng.random((n, k)).argsort().argsort()
    return np.packbits(place < size[:, None], axis=1, bitorder="little")


def _distinct(bits: Bits) -> Bits:
    """The rows that differ, in the order of their first appearance."""
    _, first = np.unique(bits, axis=0, return_index=True)
    return bits[np.sort(first)]


def pool_subsets(
    effects: Effects,
    subsets: Subsets,
    method: str | Estimator = "REML",
    design: Array | None = None,
    progress: Progress | None = None,
    weights: Weights = None,
) -> SubsetEstimates:
    """Pool every subset of one data set.

    method, design, weights: as for `pool_batch`, numbers of shape (k,). progress: called with subsets done
    and their number, after each block.
    Raises ValueError for effects that are not one data set, or for subsets of another number of studies.
    """
    if effects.batch != 1 or effects.k != subsets.k:
        raise ValueError(
            f"subsets of {subsets.k} studies for {effects.batch} data sets of {effects.k}; "
            "expected one data set with as many studies"
        )
    given = weights if weights is None or isinstance(weights, str) else checked_weights(effects, weights)
    chosen = _Chosen(chosen_estimator(method), design, given)
    count = len(subsets)
    found = SubsetEstimates(
        subsets,
        np.empty(count),
        np.empty((count, 1 if design is None else np.shape(design)[1])),
        *np.empty((3, count)),
    )
    for rows in parts_of(count, effects.k):
        members = subsets.members(rows)
        _pool_into(found, rows.start, effects.repeat(len(members)).where(members), chosen)
        if progress is not None:
            progress(rows.stop, count)
    return found


@dataclass(frozen=True)
class _Chosen:
    """How every subset is pooled; weights: None, a key of WEIGHTINGS, or numbers (1, k)."""

    estimator: Estimator
    design: Array | None
    weights: Array | str | None

    def beta(self, fitted: Fitted) -> Array:
        """The coefficients at the weights chosen, (n, p)."""
        if not isinstance(self.weights, np.ndarray):
            return weighted_mean(fitted, self.weights).beta
        return weighted_mean(fitted, np.broadcast_to(self.weights, fitted.model.y.shape)).beta


def _pool_into(found: SubsetEstimates, start: int, data: Effects, chosen: _Chosen) -> None:
    """Pool these data sets and write the results from `start` on."""

    def work(block: Effects, part: slice) -> None:
        rows = slice(start + part.start, start + part.start + block.batch)
        with np.errstate(divide="ignore", invalid="ignore"):
            estimator = chosen.estimator.take(part)
            fitted = fit(block, estimator, chosen.design)
            between = between_studies(fitted, estimator)
            found.studies[rows] = fitted.model.k
            found.beta[rows], found.tau2[rows] = chosen.beta(fitted), between["tau2"]
            found.I2[rows], found.Q[rows] = between["I2"], between["Q"]

    over_numbered_blocks(work, data)
