"""Columns of a table as people hand them over: lists, arrays or series, with gaps or masks, of any kind."""

from __future__ import annotations

from decimal import Decimal
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


def series(values: Any) -> pd.Series[Any]:
    """One value for each row, whose index is their position; masked values become missing."""
    import pandas as pd

    if isinstance(values, np.ma.MaskedArray):
        values = [
            None if hidden else value
            for value, hidden in zip(values.data, np.ma.getmaskarray(values), strict=True)
        ]
    return pd.Series(values).reset_index(drop=True)


def usable(column: pd.Series[Any], coded: bool) -> pd.Series[Any]:
    """Numbers as floats, whose powers cannot overflow; anything else as a factor with the levels present.

    coded: whether the column is the argument of C, whose levels are named without decimals if they are whole.
    """
    import pandas as pd
    from pandas.api import types

    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.remove_unused_categories()
    if types.is_bool_dtype(column):
        return pd.Series(column.to_numpy(dtype=bool))
    if types.is_numeric_dtype(column) or all(isinstance(value, Real | Decimal) for value in column):
        values = column.to_numpy(dtype=float)
        whole = coded and bool((values == np.round(values)).all())
        return pd.Series(values.astype(int) if whole else values)
    return column.astype(str).astype("category")


def is_column(values: Any) -> bool:
    """Whether these are values for rows, and not one value for all of them."""
    return not isinstance(values, str) and np.iterable(values)


def row_count(newdata: Any) -> int:
    """Rows of a data frame or dictionary, whose single values are for all rows."""
    return max((len(newdata[name]) for name in newdata if is_column(newdata[name])), default=1)
