"""Priors of the mean effect mu."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class FlatMean:
    """Density one for every mu."""

    @property
    def label(self) -> str:
        return "flat"


@dataclass(frozen=True)
class NormalMean:
    """mu ~ N(mean, sd^2)."""

    mean: float
    sd: float

    def __post_init__(self) -> None:
        _check(self.mean, "sd", self.sd)

    @property
    def label(self) -> str:
        return f"normal({self.mean:g}, {self.sd:g})"


@dataclass(frozen=True)
class TMean:
    """mu ~ mean + scale t(df), integrated as normal priors whose precision has a gamma distribution."""

    mean: float
    scale: float
    df: float

    def __post_init__(self) -> None:
        _check(self.mean, "scale", self.scale)
        _check(self.mean, "df", self.df)
        if not _DFS[0] <= self.df <= _DFS[1]:
            raise ValueError(
                f"TMean: df is {self.df:g}; expected {_DFS[0]:g} to {_DFS[1]:g}, or a NormalMean"
            )

    @property
    def label(self) -> str:
        return f"t({self.df:g}, {self.mean:g}, {self.scale:g})"


_DFS = (0.5, 1000.0)


@dataclass(frozen=True)
class KnownMean:
    """mu is known: the models without an effect, for evidence alone."""

    value: float = 0.0

    @property
    def label(self) -> str:
        return f"known to be {self.value:g}"


MeanPrior: TypeAlias = FlatMean | NormalMean | TMean | KnownMean


def _check(mean: float, name: str, value: float) -> None:
    if not math.isfinite(mean):
        raise ValueError(f"the mean of the prior of mu is {mean}; expected a finite number")
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"{name} of the prior of mu is {value:g}; expected a finite number above zero")
