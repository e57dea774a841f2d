"""Values of people as they are given: lists, arrays, pandas columns, with missing ones of any kind."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from studies.survey.errors import SurveyError

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]


def numbers(values: npt.ArrayLike) -> Array:
    """Values as floating-point numbers; missing ones of any kind (None, nan, pandas.NA) are nan."""
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        return _from_objects(np.asarray(values, dtype=object))


def _from_objects(values: npt.NDArray[np.object_]) -> Array:
    try:
        flat = [np.nan if is_missing(v) else float(v) for v in values.ravel()]
    except (TypeError, ValueError) as error:
        raise SurveyError(f"a value is not a number: {error}") from None
    return np.array(flat).reshape(values.shape)


def is_missing(value: object) -> bool:
    """None, nan, pandas.NA and pandas.NaT."""
    return value is None or type(value).__name__ in ("NAType", "NaTType") or value != value
