"""Columns of summary data: as arrays of one length, and refused where they cannot be true."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from evidence.effects.result import Array, Mask


class StudyError(ValueError):
    """Input that cannot be true, with the rows it was found in, so that a caller can name the studies."""

    def __init__(self, rows: Sequence[int], says: str, labels: Sequence[str] = ()) -> None:
        self.rows, self.says = tuple(rows), says
        names = [labels[i] if labels else str(i + 1) for i in self.rows]
        super().__init__(f"{'study' if len(names) == 1 else 'studies'} {', '.join(names)}: {says}")


def columns(**named: npt.ArrayLike) -> tuple[Array, ...]:
    """The columns as float arrays of shape (k,), single values repeated; a missing value is nan.

    Raises ValueError, with the lengths, when they differ, or for a column that is not one number a study.
    """
    arrays = {name: _column(name, values) for name, values in named.items()}
    lengths = {array.size for array in arrays.values() if array.size != 1}
    if len(lengths) > 1:
        found = ", ".join(f"{name} {array.size}" for name, array in arrays.items())
        raise ValueError(f"columns have different lengths ({found}); expected one value a study in each")
    k = lengths.pop() if lengths else 1
    return tuple(np.broadcast_to(array, k) for array in arrays.values())


def _column(name: str, values: npt.ArrayLike) -> Array:
    try:
        if isinstance(values, np.ma.MaskedArray):
            values = np.ma.filled(values.astype(float), np.nan)
        array = np.atleast_1d(np.asarray(values, dtype=float))
    except (TypeError, ValueError):
        raise ValueError(f"'{name}' has a value that is not a number; expected one number a study") from None
    if array.ndim != 1:
        raise ValueError(f"'{name}' has shape {array.shape}; expected one number a study")
    return array


def refuse(mask: Mask, says: str) -> None:
    """Raise StudyError when the mask, shape (k,), holds anywhere."""
    if mask.any():
        raise StudyError(np.flatnonzero(mask).tolist(), says)


def missing(*arrays: Array) -> Mask:
    """Where any of the columns has no finite value, shape (k,)."""
    return np.asarray(~np.isfinite(np.stack(arrays)).all(axis=0))
