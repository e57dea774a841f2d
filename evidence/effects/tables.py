"""2x2 tables: events and non-events in two groups, one table a study."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evidence.effects.columns import columns, missing, refuse
from evidence.effects.result import Array, Mask


@dataclass(frozen=True)
class Tables:
    """k tables: events ai and non-events bi of group 1, ci and di of group 2, each of shape (k,).

    Counts need not be whole numbers; a table with a count that is nan is missing.
    """

    ai: Array
    bi: Array
    ci: Array
    di: Array

    @property
    def cells(self) -> tuple[Array, Array, Array, Array]:
        """ai, bi, ci, di."""
        return self.ai, self.bi, self.ci, self.di

    @property
    def n1i(self) -> Array:
        """Size of group 1, shape (k,)."""
        return self.ai + self.bi

    @property
    def n2i(self) -> Array:
        """Size of group 2, shape (k,)."""
        return self.ci + self.di

    @property
    def missing(self) -> Mask:
        """Tables with a count that is not known, shape (k,)."""
        return missing(*self.cells)

    @property
    def empty(self) -> Mask:
        """Tables with nobody in one of the groups, shape (k,)."""
        return np.asarray((self.n1i == 0) | (self.n2i == 0))

    @property
    def with_zero(self) -> Mask:
        """Tables with a cell of zero, shape (k,)."""
        return np.asarray((np.stack(self.cells) == 0).any(axis=0))

    @property
    def without_contrast(self) -> Mask:
        """Tables with no events in either group, or nothing but events: "double-zero" studies, shape (k,)."""
        return np.asarray((self.ai + self.ci == 0) | (self.bi + self.di == 0))

    def plus(self, to_group_1: Array, to_group_2: Array) -> Tables:
        """The tables with these amounts, shape (k,), added to both cells of each group."""
        return Tables(self.ai + to_group_1, self.bi + to_group_1, self.ci + to_group_2, self.di + to_group_2)

    def swapped(self) -> Tables:
        """The tables with group 2 as group 1."""
        return Tables(self.ci, self.di, self.ai, self.bi)


def tables(
    ai: npt.ArrayLike,
    bi: npt.ArrayLike | None = None,
    ci: npt.ArrayLike | None = None,
    di: npt.ArrayLike | None = None,
    n1i: npt.ArrayLike | None = None,
    n2i: npt.ArrayLike | None = None,
) -> Tables:
    """Tables from cells, or from events and group sizes: for each group its second cell, its size, or both.

    Raises ValueError when a group has neither, and StudyError for a negative count, more events than
    people, or a size that is not the sum of its cells.
    """
    given = {"ai": ai, "bi": bi, "ci": ci, "di": di, "n1i": n1i, "n2i": n2i}
    if ci is None:
        raise ValueError("'ci' is missing; expected the events of group 2")
    names = [name for name, value in given.items() if value is not None]
    arrays = dict(zip(names, columns(**{n: v for n, v in given.items() if v is not None}), strict=True))
    for name, array in arrays.items():
        refuse(array < 0, f"'{name}' is negative; expected a count")
    bi_, di_ = _others(arrays, "ai", "bi", "n1i"), _others(arrays, "ci", "di", "n2i")
    return Tables(arrays["ai"], bi_, arrays["ci"], di_)


def _others(arrays: dict[str, Array], events: str, others: str, size: str) -> Array:
    """Those of a group without the event; where only one of the two columns is known, from that one."""
    if others not in arrays and size not in arrays:
        raise ValueError(f"'{others}' and '{size}' are both missing; expected one of them beside '{events}'")
    unknown = np.full_like(arrays[events], np.nan)
    cells, sizes = arrays.get(others, unknown), arrays.get(size, unknown)
    refuse(arrays[events] > sizes, f"'{events}' is larger than '{size}'; expected at most everybody")
    refuse(
        np.abs(arrays[events] + cells - sizes) > 1e-9 * sizes,
        f"'{events}' and '{others}' do not add up to '{size}'; expected one of the three to be corrected",
    )
    return np.where(np.isnan(cells), sizes - arrays[events], cells)
