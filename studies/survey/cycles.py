"""Putting several cycles of a repeated survey together."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from studies.survey.errors import SurveyError
from studies.survey.values import Array


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
    return np.asarray(given * (length / length.sum())[place], dtype=float)


def _lengths(names: list[str], years: Mapping[str, float] | None) -> Array:
    if years is None:
        return np.ones(len(names))
    unknown = [name for name in names if name not in years]
    if unknown:
        raise SurveyError(f"how many years did {', '.join(unknown)} take? expected years for each cycle")
    length = np.array([years[name] for name in names], dtype=float)
    if not (length > 0).all():
        raise SurveyError(f"the years of {', '.join(names)} are {length.tolist()}; expected numbers above 0")
    return length
