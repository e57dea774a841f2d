"""What one or several columns of numbers become: means of readings, ratios, logarithms, z-scores."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from studies.nhanes.catalogue import ProtocolError
from studies.nhanes.variables.conditions import Array, Mask
from studies.nhanes.variables.definition import Variable

_LOGARITHMS: dict[str, Callable[[Array], Array]] = {"log": np.log, "log2": np.log2, "log10": np.log10}

_DIGITS = 11  # the survey gives seven at most


def calculated(variable: Variable, columns: Array) -> Array:
    """One number a person from columns (n, k), nan where not recorded; shape (n,).

    Means, lowest, highest, first and last are of the recorded columns; sums, products, differences and ratios
    need them all. Raises ProtocolError where a number has no logarithm or root, or a ratio divides by zero.
    """
    how = variable.calculate or "mean"
    if how in ("mean", "first", "last", "lowest", "highest"):
        return _of_recorded(how, columns)
    if how == "sum":
        return as_written(columns.sum(axis=1))
    if how == "product":
        return as_written(columns.prod(axis=1))
    if how == "difference":
        return as_written(columns[:, 0] - columns[:, 1])
    if how == "ratio":
        _refuse(variable, columns[:, 1] == 0, "divided by zero")
        return as_written(columns[:, 0] / columns[:, 1])
    if how == "z-score":
        assert variable.mean is not None  # the definition says so
        assert variable.sd is not None
        return as_written((columns[:, 0] - variable.mean) / variable.sd)
    values = columns[:, 0]
    if how == "square root":
        _refuse(variable, values < 0, "below zero, which have no square root")
        return np.sqrt(values)
    _refuse(variable, values <= 0, "not above zero, which have no logarithm")
    return _LOGARITHMS[how](values)


def as_written(values: Array) -> Array:
    """Values without the last digits, in which decimals that a computer cannot hold leave their rest.

    A T-score of (0.558 - 0.858) / 0.120 is -2.5, and belongs to the class that begins there.
    """
    size = np.floor(np.log10(np.abs(values), out=np.zeros(len(values)), where=values != 0))
    scale = 10.0 ** np.clip(_DIGITS - 1 - size, -300, 300)
    return np.asarray(np.round(values * scale) / scale)


def _of_recorded(how: str, columns: Array) -> Array:
    recorded = ~np.isnan(columns)
    some = recorded.any(axis=1)
    if how in ("first", "last"):
        order = columns if how == "first" else columns[:, ::-1]
        place = (~np.isnan(order)).argmax(axis=1)
        found: Array = order[np.arange(len(order)), place]
        return found
    if how == "mean":
        mean: Array = np.full(len(columns), np.nan)
        np.divide(np.where(recorded, columns, 0.0).sum(axis=1), recorded.sum(axis=1), out=mean, where=some)
        return mean
    beyond = np.inf if how == "lowest" else -np.inf
    extreme = np.where(recorded, columns, beyond)
    return np.where(some, extreme.min(axis=1) if how == "lowest" else extreme.max(axis=1), np.nan)


def _refuse(variable: Variable, wrong: Mask, what: str) -> None:
    if wrong.any():
        raise ProtocolError(
            f"'{variable.label}' has {int(wrong.sum()):,} values that are {what};"
            " say in 'missing' what is no measurement"
        )
