"""The sampling design of a survey: weights, strata and primary sampling units (PSUs) of everybody in it.

Values may come as lists, arrays or pandas columns, with missing ones of any kind. Several cycles of a
repeated survey are put together into one design.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt


class SurveyError(ValueError):
    """One sentence: what is wrong, where, what was expected."""


class CollinearError(SurveyError):
    """Columns that the columns before them already determine; `columns` names them."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        super().__init__(
            f"collinear columns in this domain: {', '.join(self.columns)}; each is determined by the columns "
            "before it, so it has no coefficient of its own: leave it out"
        )


Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]


def numbers(values: npt.ArrayLike) -> Array:
    """Values as floating-point numbers; missing ones of any kind (None, nan, pandas.NA) are nan."""
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        return _from_objects(np.asarray(values))


def _from_objects(values: npt.NDArray[np.object_]) -> Array:
    try:
        flat = [np.nan if is_missing(v) else float(v) for v in values.ravel()]
    except (TypeError, ValueError) as error:
        raise SurveyError(f"a value is not a number: {error}") from None
    return np.array(flat).reshape(values.shape)


def is_missing(value: object) -> bool:
    """None, nan, pandas.NA and pandas.NaT."""
    return value is None or type(value).__name__ in ("NAType", "NaTType") or value != value


LONELY = ("refuse", "certainty", "adjust", "average")


@dataclass(frozen=True, eq=False)
class SurveyDesign:
    """A stratified sample of PSUs drawn with replacement (or from so many that it makes no difference).

    weights: shape (n,), the number of people each person stands for; zero is outside every domain.
    strata: shape (n,), any labels; None is one stratum.
    psu: shape (n,), any labels, unique within a stratum (the same label in two strata is two PSUs); None
        makes each person a PSU.
    lonely: what a stratum with one PSU contributes to a variance, for it cannot show any variation:
        `refuse` raises SurveyError; `certainty` nothing, as if the PSU had been sure to be chosen;
        `adjust` the square of its PSU's total of linearised values, its distance from the sample's mean of
        them (zero) rather than from its stratum's;
        `average` as much as the other strata of the domain do on average.
        The choices are those of R's option survey.lonely.psu (Lumley 2010, Complex Surveys).

    Raises SurveyError when lengths differ, a value is missing, a weight is negative or none is positive.
    """

    weights: Array
    strata: npt.ArrayLike | None = None
    psu: npt.ArrayLike | None = None
    lonely: str = "refuse"

    def __post_init__(self) -> None:
        weights = np.array(self.weights, dtype=float)
        weights.setflags(write=False)
        object.__setattr__(self, "weights", weights)
        _check_weights(weights)
        if self.lonely not in LONELY:
            raise SurveyError(f"lonely is {self.lonely!r}; expected one of {', '.join(LONELY)}")
        if self.lonely == "refuse" and self.lonely_strata.any():
            raise SurveyError(_refusal(self.stratum_names[self.lonely_strata]))

    @property
    def n(self) -> int:
        """How many people are in the design."""
        return len(self.weights)

    @cached_property
    def _strata(self) -> tuple[npt.NDArray[np.generic], Index]:
        return _labels(self.strata, "strata", self.n, np.zeros(self.n, np.intp))

    @property
    def stratum_names(self) -> npt.NDArray[np.generic]:
        """Shape (strata,)."""
        return self._strata[0]

    @cached_property
    def _nested(self) -> tuple[Index, Index]:
        """The stratum of each PSU, shape (PSUs,), and the PSU of each person, shape (n,)."""
        names, within = _labels(self.psu, "psu", self.n, np.arange(self.n))
        pairs, psu = np.unique(self._strata[1] * len(names) + within, return_inverse=True)
        return pairs // len(names), psu

    @property
    def stratum_of_psu(self) -> Index:
        """Shape (PSUs,)."""
        return self._nested[0]

    @property
    def psu_of_person(self) -> Index:
        """Shape (n,), positions in `stratum_of_psu`."""
        return self._nested[1]

    @cached_property
    def psus_in_stratum(self) -> Index:
        """Shape (strata,)."""
        return np.bincount(self.stratum_of_psu)

    @property
    def lonely_strata(self) -> Mask:
        """Strata with one PSU, shape (strata,)."""
        lonely: Mask = self.psus_in_stratum == 1
        return lonely


def _check_weights(weights: Array) -> None:
    if weights.ndim != 1:
        raise SurveyError(f"weights have shape {weights.shape}; expected one weight a person, shape (n,)")
    wrong = ~np.isfinite(weights)
    if wrong.any():
        raise SurveyError(
            f"weights: {wrong.sum()} of {len(weights)} are missing or infinite; a person without a weight is "
            "not in the sample: leave that row out of the design, or give it weight 0"
        )
    if (weights < 0).any():
        raise SurveyError(
            f"weights: {(weights < 0).sum()} of {len(weights)} are negative; expected 0 or more"
        )
    if not (weights > 0).any():
        raise SurveyError("weights: none is above 0, so nobody is in the sample")


def _labels(
    values: npt.ArrayLike | None, what: str, n: int, default: Index
) -> tuple[npt.NDArray[np.generic], Index]:
    """The distinct labels and the place of each person's label among them."""
    labels = default if values is None else np.asarray(values)
    if labels.shape != (n,):
        raise SurveyError(
            f"{what} have shape {labels.shape} and there are {n} weights; expected shape ({n},)"
        )
    missing = _count_missing(labels)
    if missing:
        raise SurveyError(f"{what}: {missing} of {n} are missing; everybody in a design belongs to one")
    names, index = np.unique(labels, return_inverse=True)
    return names, index.astype(np.intp)


def _count_missing(labels: npt.NDArray[np.generic]) -> int:
    if labels.dtype.kind == "f":
        return int(np.isnan(labels.astype(float)).sum())
    if labels.dtype.kind == "O":
        return sum(map(is_missing, labels.tolist()))
    return 0


def _refusal(names: npt.NDArray[np.generic]) -> str:
    shown = ", ".join(str(name) for name in names[:10]) + (", ..." if len(names) > 10 else "")
    return (
        f"{len(names)} of the strata have one PSU and so no variance of their own: {shown}; choose "
        "lonely='certainty' (it adds nothing), 'adjust' (compared with everybody) or 'average' (it adds "
        "as much as the others do)"
    )


def combine_weights(
    weights: npt.ArrayLike, cycle: npt.ArrayLike, years: Mapping[str, float] | None = None
) -> Array:
    """Weights for several cycles together: each times its cycle's years over the years of all cycles.

    With n cycles of equal length that is weight / n (NCHS, NHANES analytic guidelines).
    weights: shape (n,), of each cycle by itself; cycle: labels, shape (n,); years: the length of each cycle,
    None when they are equally long. Raises SurveyError for a cycle without years, or with none above 0.
    """
    given, labels = np.asarray(weights, dtype=float), np.asarray(cycle).astype(str)
    if given.ndim != 1 or labels.shape != given.shape:
        raise SurveyError(
            f"weights have shape {given.shape} and cycles {labels.shape}; expected (n,) for both"
        )
    names, place = np.unique(labels, return_inverse=True)
    length = _lengths(names.tolist(), years)
    return np.asarray(given * (length / length.sum())[place])


def _lengths(names: list[str], years: Mapping[str, float] | None) -> Array:
    if years is None:
        return np.ones(len(names))
    unknown = [name for name in names if name not in years]
    if unknown:
        raise SurveyError(f"how many years did {', '.join(unknown)} take? expected years for each cycle")
    length = np.array([years[name] for name in names])
    if not (length > 0).all():
        raise SurveyError(f"the years of {', '.join(names)} are {length.tolist()}; expected numbers above 0")
    return length
