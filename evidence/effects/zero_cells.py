"""2x2 tables, and continuity corrections: what is added to counts so that zeros have a logarithm.

`Tables` are events and non-events in two groups, one table a study; a `ZeroRule` says what is added to which.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from numbers import Real
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from evidence.choices import named
from evidence.effects.columns import Array, Mask, Reason, columns, missing, refuse


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
    known = {name: value for name, value in given.items() if value is not None}
    found = columns(**known)
    arrays = {name: found[place] for place, name in enumerate(known)}
    for name, array in arrays.items():
        refuse(array < 0, f"{name} is {{count}}; expected a count, zero or above", count=array)
    bi_, di_ = _others(arrays, "ai", "bi", "n1i"), _others(arrays, "ci", "di", "n2i")
    return Tables(arrays["ai"], bi_, arrays["ci"], di_)


def _others(arrays: dict[str, Array], events: str, others: str, size: str) -> Array:
    """Those of a group without the event; where only one of the two columns is known, from that one."""
    if others not in arrays and size not in arrays:
        raise ValueError(f"'{others}' and '{size}' are both missing; expected one of them beside '{events}'")
    unknown = np.full_like(arrays[events], np.nan)
    cells, sizes = arrays.get(others, unknown), arrays.get(size, unknown)
    refuse(
        arrays[events] > sizes,
        f"{events} is {{events}} and {size} {{sizes}}; expected no more events than people",
        events=arrays[events],
        sizes=sizes,
    )
    refuse(
        np.abs(arrays[events] + cells - sizes) > 1e-9 * sizes,
        f"{events} is {{events}}, {others} {{cells}} and {size} {{sizes}}, which is not their sum",
        events=arrays[events],
        cells=cells,
        sizes=sizes,
    )
    return np.where(np.isnan(cells), sizes - arrays[events], cells)


To = Literal["only0", "all", "if0all", "none"]
PerArm = Literal["treatment-arm", "empirical"]


@dataclass(frozen=True)
class ZeroRule:
    """What to add to the counts of which studies.

    add: a number, added to every count; "treatment-arm", amounts that sum to one over the two groups, in
    proportion to the size of the group; or "empirical", amounts that sum to one and have the odds ratio of
    the studies without a zero (Sweeting, Sutton & Lambert 2004). to: "only0", studies with a zero; "all",
    every study; "if0all", every study as soon as one has a zero; "none".
    Raises ValueError for anything else.
    """

    add: float | PerArm
    to: To

    def __post_init__(self) -> None:
        object.__setattr__(self, "to", named(self.to, get_args(To), "to"))
        if isinstance(self.add, str):
            object.__setattr__(self, "add", _per_arm(self.add))
        elif isinstance(self.add, bool) or not isinstance(self.add, Real) or not 0 <= self.add < np.inf:
            raise ValueError(f"add is {self.add!r}; expected a number that is not negative, such as 0.5")

    def chosen(self, with_zero: Mask, counted: Mask) -> Mask:
        """Which studies are added to, of shape (k,); those not `counted` neither are nor call for it."""
        if self.to == "none" or self.add == 0:
            return np.zeros_like(counted)
        if self.to == "only0":
            return with_zero & counted
        if self.to == "if0all" and not (with_zero & counted).any():
            return np.zeros_like(counted)
        return counted

    def number(self, measure: str) -> float:
        """The number to add, for counts that are not of 2x2 tables, to which alone the others apply."""
        if isinstance(self.add, str):
            raise ValueError(f"add={self.add!r} is for 2x2 tables; expected a number for {measure}")
        return self.add


def _per_arm(add: str) -> str:
    try:
        return named(add, get_args(PerArm), "add")
    except ValueError as error:
        raise ValueError(f"{error}, or a number such as 0.5") from None


HALF_WHERE_ZERO = ZeroRule(0.5, "only0")
NO_ADDITION = ZeroRule(0.0, "none")


@dataclass(frozen=True)
class Corrected:
    """Tables after the addition, which of them were added to, and the texts that say so."""

    tables: Tables
    added: Mask
    remarks: tuple[Reason, ...]
    impossible: Reason
    """Where there was nothing to derive the amount from."""


def correct(tables: Tables, rule: ZeroRule, counted: Mask) -> Corrected:
    """Add to the cells of the tables that the rule chooses among those `counted`, shape (k,)."""
    added = rule.chosen(tables.with_zero, counted)
    nowhere = (np.zeros_like(added), "")
    if not isinstance(rule.add, str):
        amount = np.where(added, rule.add, 0.0)
        remark = (added, f"{amount_text(rule.add)} was added to each cell of its table")
        return Corrected(tables.plus(amount, amount), added, (remark,), nowhere)
    ratio = 1.0 if rule.add == "treatment-arm" else _odds_ratio_without_zeros(tables, counted)
    to_group_1, to_group_2 = arm_amounts(tables, ratio)
    if np.isnan(ratio):
        none = (added, "it has a zero, and no study without one says what an empirical correction is")
        return Corrected(tables, np.zeros_like(added), (), none)
    text = "{:.4g} was added to each cell of group 1 and {:.4g} to each of group 2"
    texts = list(map(text.format, to_group_1, to_group_2))
    amounts = np.where(added, to_group_1, 0.0), np.where(added, to_group_2, 0.0)
    return Corrected(tables.plus(*amounts), added, ((added, texts),), nowhere)


def arm_amounts(tables: Tables, odds_ratio: float) -> tuple[Array, Array]:
    """Amounts for group 1 and 2 that sum to one, so that a study without events tends to this odds ratio.

    With R = n2i / n1i: odds_ratio / (R + odds_ratio) and R / (R + odds_ratio), shape (k,).
    Sweeting, Sutton & Lambert 2004; odds_ratio = 1 is their treatment-arm correction.
    """
    share_1, share_2 = tables.n1i * odds_ratio, tables.n2i
    with np.errstate(invalid="ignore"):
        return share_1 / (share_1 + share_2), share_2 / (share_1 + share_2)


def _odds_ratio_without_zeros(tables: Tables, counted: Mask) -> float:
    """Inverse-variance odds ratio (Woolf 1955) of the studies without a zero; nan when there are none."""
    usable = counted & ~tables.with_zero
    if not usable.any():
        return np.nan
    a, b, c, d = (cell[usable] for cell in tables.cells)
    weight = 1.0 / (1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d)
    return float(np.exp((weight * np.log(a * d / (b * c))).sum() / weight.sum()))


def amount_text(add: float) -> str:
    """1/2 as a reader writes it, other amounts as numbers."""
    return "1/2" if add == 0.5 else f"{add:g}"


def rule_for(default: ZeroRule, add: float | PerArm | None, to: To | None) -> ZeroRule:
    """The measure's default rule with what the user chose; choosing an amount is choosing to add it."""
    if add is None:
        return default if to is None else replace(default, to=to)
    return ZeroRule(add, to or "only0")
