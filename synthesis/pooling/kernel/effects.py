"""Batches of effects: the only shape in which the kernel takes data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from synthesis.pooling.kernel.compiling import compiled

Array: TypeAlias = npt.NDArray[np.float64]
Mask: TypeAlias = npt.NDArray[np.bool_]
Rows: TypeAlias = npt.NDArray[np.intp]

_WORTH_COMPILING = 1_000_000  # numbers of a batch for which numba is imported


@dataclass(frozen=True)
class Effects:
    """B data sets of at most k effects each.

    y, v: effects and sampling variances, shape (B, k) or (k,) for one data set.
    present: shape (B, k); a study that is not present takes no part, whatever its numbers are.
    A study with an infinite variance carries no information and counts as not present.
    whole: numbers of the batch of which these data sets are a part, by which the kernel works on all alike.
    Raises ValueError when shapes differ or a present study has no finite effect and positive variance.
    """

    y: Array
    v: Array
    present: Mask = field(default_factory=lambda: np.array(True))
    whole: int = field(default=0, kw_only=True)

    def __post_init__(self) -> None:
        y = np.atleast_2d(np.asarray(self.y, dtype=float))
        v = np.atleast_2d(np.asarray(self.v, dtype=float))
        if y.shape != v.shape or y.ndim != 2:
            raise ValueError(f"y has shape {y.shape} and v {v.shape}; expected the same (B, k) for both")
        present = np.broadcast_to(np.asarray(self.present, dtype=bool), y.shape)
        if not _all_usable(y, v):
            present = present & (v != np.inf)
            if np.any(present & ~(np.isfinite(y) & (v > 0))):
                raise ValueError("a study that is present needs a finite effect and a variance above zero")
        object.__setattr__(self, "y", y)
        object.__setattr__(self, "v", v)
        object.__setattr__(self, "present", present)
        object.__setattr__(self, "whole", max(self.whole, y.size))

    @property
    def batch(self) -> int:
        """Number of data sets, B."""
        return int(self.y.shape[0])

    @property
    def k(self) -> int:
        """Number of columns; a data set may have fewer studies present."""
        return int(self.y.shape[1])

    @property
    def complete(self) -> bool:
        """Whether every study of every data set is present; a mask that is broadcast is not expanded."""
        once = tuple(slice(1) if stride == 0 else slice(None) for stride in self.present.strides)
        return bool(self.present[once].all())

    def rows(self, chosen: slice) -> Effects:
        """The data sets in a slice of the batch."""
        return self._checked(self.y[chosen], self.v[chosen], self.present[chosen], self.whole)

    def repeat(self, n: int) -> Effects:
        """Each data set n times in a row; a single data set is repeated without a copy."""
        if self.batch == 1:
            shape = (n, self.k)
            y, v = np.broadcast_to(self.y, shape), np.broadcast_to(self.v, shape)
            present = np.broadcast_to(self.present, shape)
        else:
            y, v = np.repeat(self.y, n, axis=0), np.repeat(self.v, n, axis=0)
            present = np.repeat(self.present, n, axis=0)
        return self._checked(y, v, present, n * self.whole)

    def where(self, mask: Mask) -> Effects:
        """The same effects with only those present that the mask, shape (B, k), also keeps."""
        return self._checked(self.y, self.v, self.present & mask, self.whole)

    @staticmethod
    def _checked(y: Array, v: Array, present: Mask, whole: int) -> Effects:
        """Effects from parts of others, which need no second check."""
        effects = object.__new__(Effects)
        for name, value in (("y", y), ("v", v), ("present", present), ("whole", whole)):
            object.__setattr__(effects, name, value)
        return effects


def usable_loop(y: Array, v: Array) -> bool:
    """Whether all effects are finite and all variances finite and positive, (N,); reads each number once."""
    wrong = 0  # counted to the end: a loop that may stop is not turned into steps of several numbers
    for i in range(y.size):
        wrong += not (-np.inf < y[i] < np.inf and 0.0 < v[i] < np.inf)
    return wrong == 0


@cache
def compiled_usable_loop() -> Callable[[Array, Array], bool] | None:
    """`usable_loop` as machine code, for arrays that lie in order in memory; None where that fails."""
    loop: Callable[[Array, Array], bool] | None = compiled(usable_loop, "boolean(data1, data1)")
    return loop


def _all_usable(y: Array, v: Array) -> bool:
    """Whether all effects are finite and all variances finite and positive, seen without temporary arrays.

    An infinite or missing effect makes the sum infinite or missing; an overflow, which does so too, only
    costs the longer check. Not by np.dot: threads of BLAS go on spinning for a while, on the cores that ours
    need next.
    """
    if y.size >= _WORTH_COMPILING and y.flags.c_contiguous and v.flags.c_contiguous:
        loop = compiled_usable_loop()
        if loop is not None:
            return loop(y.ravel(), v.ravel())
    with np.errstate(over="ignore", invalid="ignore"):
        return y.size > 0 and bool(np.isfinite(y.sum()) and v.min() > 0 and v.max() < np.inf)


def leave_one_out(effects: Effects) -> Effects:
    """k data sets, the i-th without study i, of a batch of one."""
    return effects.repeat(effects.k).where(~np.eye(effects.k, dtype=bool))


def cumulative(effects: Effects) -> Effects:
    """k data sets, the i-th with the first i studies, of a batch of one."""
    return effects.repeat(effects.k).where(np.tri(effects.k, dtype=bool))
