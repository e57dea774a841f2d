"""Studies to come: of which size they are, what they would find, and the result pooled with them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import compress
from typing import Any

import numpy as np

from evidence.choices import as_number
from evidence.effects.input_columns import for_studies, numbers
from evidence.wording import counted
from synthesis.pooling.api import TEST
from synthesis.pooling.kernel.effects import Array, Effects, Mask
from synthesis.pooling.repeating import intervals_again
from synthesis.pooling.result import PooledSummary

_ROUNDING = 1e-12  # draws closer than this, relative, are equal
_REACH = 1e30  # standard errors, of whatever is stated in the units of the effects
_MOST_NUMBERS = 20_000_000


@dataclass(frozen=True, eq=False)
class NewSizes:
    """Standard errors of new studies, (s,), and where they come from, as the end of a sentence or empty."""

    sei: Array
    source: str = ""


def sizes_of(pooled: PooledSummary, sei: Any, n: Any, ni: Any) -> NewSizes:
    """Standard errors of new studies: as given, of n persons, or the median of the result's own.

    n: persons, one number or several; the standard error of a study of n is the median of the result's own
    sei sqrt(ni), over sqrt(n). ni: nan where not known, but not for all. Raises ValueError for sei beside n,
    n without ni, and what is not above zero.
    """
    if sei is not None and (n is not None or ni is not None):
        raise ValueError("sei says how precise a new study is; expected either sei, or n with ni")
    if sei is not None:
        stated = _above_zero(sei, "sei")
        for each in stated.tolist():
            check_reach(pooled, each, "sei")
        return NewSizes(stated)
    own = np.sqrt(pooled.vi)
    if n is None and ni is None:
        return NewSizes(np.array([float(np.median(own))]))
    if n is None or ni is None:
        raise ValueError(
            "n persons become a standard error by those of the result's studies; expected n and ni"
        )
    persons = numbers(for_studies(ni, pooled.labels, "ni"), "ni", pooled.labels)
    if persons.shape != own.shape:
        raise ValueError(f"ni has shape {persons.shape}; expected one number for each of the studies")
    known = ~np.isnan(persons)
    if not known.any():
        raise ValueError("ni is missing for every study; expected that of one at least")
    _refuse_below(persons[known], "ni")
    unit = float(np.median(own[known] * np.sqrt(persons[known])))
    return NewSizes(unit / np.sqrt(_above_zero(n, "n")), _of_known(pooled.labels, known))


def _of_known(labels: Sequence[str], known: Mask) -> str:
    """Whose precision new studies have, where not that of all."""
    told = list(compress(labels, known))
    rest = known.size - len(told)
    if not rest:
        return ""
    whose = f"the {counted(len(told))} whose n is known" if len(told) > 1 else f"{told[0]} alone"
    unknown = f"{counted(rest)} of {known.size}"
    return f"New studies are as precise for their n as {whose}; that of {unknown} is not known."


def _above_zero(given: Any, name: str) -> Array:
    several = isinstance(given, Sequence | np.ndarray) or hasattr(given, "to_numpy")
    found = (
        numbers(given, name) if several and not isinstance(given, str) else np.array([as_number(given, name)])
    )
    if not found.size:
        raise ValueError(f"{name} has no numbers; expected one or several")
    _refuse_below(found, name)
    return found


def _refuse_below(found: Array, name: str) -> None:
    wrong = np.flatnonzero(~(np.isfinite(found) & (found > 0)))
    if wrong.size:
        raise ValueError(f"{name} is {found[int(wrong[0])]:g}; expected numbers above zero")


def known_tau2(pooled: PooledSummary, tau2: Any) -> float:
    """The tau2 of studies to come: as stated, or that of the result; zero under equal effects.

    Raises ValueError for one study without a stated tau2, and for one under equal effects.
    """
    if pooled.method == "EE":
        if tau2 is not None:
            raise ValueError("method 'EE' rules out that effects differ; expected no tau2, or another method")
        return 0.0
    if tau2 is None:
        if pooled.k == 1:
            raise ValueError(
                "one study does not tell how much effects differ; expected tau2, the variance between studies"
            )
        return pooled.tau2
    stated = as_number(tau2, "tau2")
    if stated < 0:
        raise ValueError(f"tau2 is {stated:g}; expected zero or above, in the units of vi")
    check_reach(pooled, math.sqrt(stated), "the root of tau2")
    return stated


def refuse_own_weights(pooled: PooledSummary) -> None:
    """Raises ValueError for what is no result, and for the user's own weights, which new studies lack."""
    check_result(pooled)
    if pooled.weighting == "own":
        raise ValueError(
            "the mean has weights of your own, which do not say what weight a new study would have; "
            "expected a result without them"
        )


def check_result(pooled: object) -> None:
    """Raises ValueError for what is not a result of `pool`."""
    if not isinstance(pooled, PooledSummary):
        raise ValueError(f"expected what `pool` returned, not {type(pooled).__name__}")


def check_reach(pooled: PooledSummary, value: float, name: str) -> None:
    """Raises ValueError for a length that cannot be compared with the studies' standard errors."""
    ratio = abs(value) / float(np.median(np.sqrt(pooled.vi)))
    if value != 0 and not 1.0 / _REACH <= ratio <= _REACH:
        raise ValueError(
            f"{name} is {value:g}, {ratio:.0e} times the standard error of the median study; check the units"
        )


def for_updates(pooled: PooledSummary) -> tuple[PooledSummary, str]:
    """The result with the test by which updates are pooled, and how they are, as a sentence.

    One study has no test but its own z: what joins it is pooled by the usual test of random effects, as
    `pool` would do.
    """
    if pooled.k > 1 or pooled.method == "EE" or pooled.weighting != "model":
        return pooled, pooled.method_sentence
    return replace(pooled, test=TEST), f"Random effects: method {pooled.method}, test {TEST}, the usual one."


@dataclass(frozen=True, eq=False)
class Updated:
    """Intervals after new studies, shape (draws,), by every choice of the result."""

    low: Array
    high: Array

    @property
    def width(self) -> Array:
        """From end to end."""
        return self.high - self.low


@dataclass(frozen=True, eq=False)
class NewStudies:
    """What studies to come would find, in standard units: the same draws serve every size and number.

    pooled: the result they join. mean: of the true effects, one or one a draw, (draws, 1). tau2: between
    studies. between, within: standard normal, (draws, most).
    """

    pooled: PooledSummary
    mean: Array
    tau2: float
    between: Array
    within: Array

    @classmethod
    def drawn(
        cls, pooled: PooledSummary, mean: float, se: float, tau2: float, most: int, draws: int, seed: int
    ) -> NewStudies:
        """se: of the mean itself, drawn with each data set; zero where it is known."""
        if draws * (pooled.k + most) > _MOST_NUMBERS:
            raise ValueError(
                f"{draws:,} draws of {pooled.k + most:,} studies are more than fit into memory; "
                "expected fewer draws, or fewer new studies"
            )
        random = np.random.default_rng(seed)
        means = mean + se * random.standard_normal((draws, 1))
        between, within = random.standard_normal((2, draws, most))
        return cls(pooled, means, tau2, between, within)

    def update(self, sei: float, more: int, of: str = "mean") -> Updated:
        """The result pooled with `more` studies of a standard error, a batch of all draws.

        of: the interval, "mean" or "prediction". One number of studies is one batch: all its data sets are
        complete, which the kernel pools several times faster than rows of unequal length.
        """
        found = self.mean + math.sqrt(self.tau2) * self.between[:, :more] + sei * self.within[:, :more]
        draws = len(found)
        effects = Effects(
            np.hstack([np.broadcast_to(self.pooled.yi, (draws, self.pooled.k)), found]),
            np.hstack(
                [np.broadcast_to(self.pooled.vi, (draws, self.pooled.k)), np.full((draws, more), sei * sei)]
            ),
        )
        again = intervals_again(self.pooled, effects, of == "prediction")
        return Updated(again.low, again.high)


def mean_and_error(values: Array) -> tuple[float, float]:
    """The mean of draws, (n,), and its Monte Carlo error, none where all are the same but for rounding."""
    if np.ptp(values) <= _ROUNDING * abs(values[0]):
        return float(values[0]), 0.0
    return float(values.mean()), float(values.std(ddof=1)) / math.sqrt(values.size)
