"""What an estimator of the between-study variance tau2 is, and what it returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from synthesis.pooling.kernel.effects import Array, Rows
from synthesis.pooling.kernel.model import LinearModel


@dataclass(frozen=True)
class Heterogeneity:
    """tau2 and its standard error (nan where none is defined), shape (n,)."""

    tau2: Array
    se: Array


@dataclass(frozen=True)
class Estimator:
    """An estimator and its full name."""

    name: str
    estimate: Callable[[LinearModel], Heterogeneity]

    def take(self, rows: Rows | slice) -> Estimator:
        """The estimator for these data sets of a batch: itself, unless it carries numbers of each of them."""
        return self
