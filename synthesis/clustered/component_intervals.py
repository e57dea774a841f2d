"""Profile-likelihood intervals of the variances and correlations of a model, and whether each is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evidence.wording import interval, number, percent
from synthesis.clustered.fitted_model import Component, FittedModel
from synthesis.pooling.dependent.profiles import profile_intervals
from synthesis.pooling.kernel.effects import Array, Mask
from synthesis.regression.tabular import Cells, Tabular


@dataclass(frozen=True, eq=False, repr=False)
class ComponentIntervals(Tabular):
    """Every variance and correlation with its interval; all arrays have shape (q,).

    low_is_bound, high_is_bound: whether an end is where the parameter itself ends, as no value that far is
    too unlikely.
    """

    names: tuple[str, ...]
    of: tuple[str, ...]
    estimate: Array
    low: Array
    high: Array
    low_is_bound: Mask
    high_is_bound: Mask
    level: float

    def _title(self) -> str:
        return "Variances and correlations, profile likelihood"

    def _header(self) -> Cells:
        return ("", "of", "estimate", f"{percent(self.level)} CI")

    def _body(self) -> list[Cells]:
        return [
            (name, self.of[i], number(self.estimate[i]), interval((self.low[i], self.high[i])))
            for i, name in enumerate(self.names)
        ]

    def _columns(self) -> dict[str, Any]:
        numbers = ("estimate", "low", "high", "low_is_bound", "high_is_bound")
        return {"name": self.names, "of": self.of} | {name: getattr(self, name) for name in numbers}


def bounded(fitted: FittedModel, parts: Sequence[Component], level: float) -> ComponentIntervals:
    """Of a fitted model. Raises ValueError where it has no random effects."""
    if not parts:
        raise ValueError("method 'EE' has no random effects, so that there is no variance to bound")
    found = profile_intervals(fitted.data, fitted.theta, fitted.restricted, level)
    return ComponentIntervals(
        tuple(part.name for part in parts),
        tuple(part.term for part in parts),
        np.array([part.value for part in parts]),
        found.low,
        found.high,
        found.low_is_bound,
        found.high_is_bound,
        level,
    )
