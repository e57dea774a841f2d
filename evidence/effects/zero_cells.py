"""Continuity corrections: what is added to counts, and to which studies, so that zeros have a logarithm."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from evidence.effects.result import Array, Mask, Reason
from evidence.effects.tables import Tables

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

    add: float | PerArm = 0.5
    to: To = "only0"

    def __post_init__(self) -> None:
        if self.to not in get_args(To):
            raise ValueError(f"to={self.to!r}; expected one of {', '.join(map(repr, get_args(To)))}")
        if isinstance(self.add, str):
            if self.add not in get_args(PerArm):
                raise ValueError(
                    f"add={self.add!r}; expected a number, {' or '.join(map(repr, get_args(PerArm)))}"
                )
        elif not 0 <= self.add < np.inf:
            raise ValueError(f"add={self.add!r}; expected a number that is not negative, such as 0.5")

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
    texts = [text.format(*pair) for pair in zip(to_group_1, to_group_2, strict=True)]
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
