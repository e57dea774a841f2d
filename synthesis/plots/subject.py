"""What every plot is about: one pooled analysis, with the words and the scale in which readers see it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evidence.choices import as_number
from evidence.wording import counted
from synthesis.drawing.chart import Values
from synthesis.pooling.result import PooledSummary


class NotDefinedError(ValueError):
    """Why a plot does not exist for an analysis; the message is a sentence for the reader."""


@dataclass(frozen=True)
class Words:
    """How effects are shown: a title, a scale, and what lies on either side of no effect.

    effect: the axis label of an effect, with its unit. log: whether effects are logarithms of a ratio, which
    axes show as the ratio itself. null: no effect, on the scale shown; None where there is no such value.
    lower, higher: what effects below and above the null mean, perhaps empty.
    """

    title: str
    effect: str = "Effect"
    log: bool = False
    null: float | None = 0.0
    lower: str = ""
    higher: str = ""

    def __post_init__(self) -> None:
        if self.null is not None:
            object.__setattr__(self, "null", as_number(self.null, "null"))
            if self.log and self.null <= 0.0:
                raise ValueError(
                    f"null is {self.null:g}; expected a ratio above zero for effects on a log axis"
                )

    @property
    def pooled_null(self) -> float:
        """No effect on the scale of yi; zero where there is no such value."""
        if self.null is None:
            return 0.0
        return float(np.log(self.null)) if self.log else self.null

    def shown(self, values: Values) -> Values:
        """Effects on the scale that readers see, infinite where a ratio is beyond every number."""
        with np.errstate(over="ignore"):
            return np.exp(values) if self.log else values


@dataclass(frozen=True)
class Subject:
    """A pooled analysis and the words of its plots, which are those of `Words`.

    unit: what a row of it is, a study, or an estimate where some studies have several; a stratum where all
    are of the study `of`.
    """

    pooled: PooledSummary
    title: str
    effect: str = "Effect"
    log: bool = False
    null: float | None = 0.0
    lower: str = ""
    higher: str = ""
    unit: str = "study"
    of: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "null", self.words.null)

    @property
    def each(self) -> str:
        """What a dot is, in a key: 'study', 'stratum of NHANES 2013-2018'."""
        return f"{self.unit} of {self.of}" if self.of else self.unit

    def counted(self, n: int) -> str:
        """So many of what its rows are: '1 study', '6 strata'."""
        return counted(n, self.unit, "strata" if self.unit == "stratum" else None)

    @property
    def names(self) -> tuple[str, ...]:
        """The labels, without the study that all of them begin with."""
        return tuple(label.removeprefix(f"{self.of}, ") for label in self.pooled.labels)

    @property
    def words(self) -> Words:
        """The words alone."""
        return Words(self.title, self.effect, self.log, self.null, self.lower, self.higher)

    @property
    def pooled_null(self) -> float:
        """No effect on the scale of yi; zero where there is no such value."""
        return self.words.pooled_null

    def shown(self, values: Values) -> Values:
        """Effects on the scale that readers see."""
        return self.words.shown(values)

    def needs(self, studies: int, what: str) -> None:
        """Raises NotDefinedError where there are fewer studies than `what` makes sense for."""
        if self.pooled.k < studies:
            least, has = self.counted(studies), self.counted(self.pooled.k)
            raise NotDefinedError(f"{what} needs at least {least}; this analysis has {has}.")
