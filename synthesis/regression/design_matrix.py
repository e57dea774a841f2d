"""The design of a meta-regression: a matrix with named columns, checked so that every coefficient exists.

From numbers here, from a formula or a data frame in `formula`. At the end, which study belongs to which
subgroup.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal
from itertools import compress
from numbers import Real
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from evidence.effects.input_columns import is_missing
from synthesis.pooling.designs.basis import beyond_units, dependence
from synthesis.pooling.inputs import Studies
from synthesis.pooling.kernel.effects import Array, Mask

if TYPE_CHECKING:
    import pandas as pd


INTERCEPT = "Intercept"
_ROUNDING = 1e-13


class Recipe(Protocol):
    """How the rows of a design are made, for the studies and for new data alike."""

    def rows(self, newdata: Any) -> Array:
        """Design rows (m, p) of new data. Raises ValueError for what the model does not know."""


@dataclass(frozen=True, eq=False)
class DesignMatrix:
    """matrix (k, p), the names of its columns, and the columns that each term has.

    alone: sentences about factor levels that one study has.
    """

    matrix: Array
    names: tuple[str, ...]
    terms: Mapping[str, tuple[int, ...]]
    recipe: Recipe
    alone: tuple[str, ...] = ()


class Moderators(Protocol):
    """Moderators of the studies, before those that lack one are refused or dropped."""

    @property
    def lacking(self) -> Mapping[str, Mask]:
        """Where each moderator is missing, shape (n,)."""

    def design(self, kept: Mask, labels: Sequence[str]) -> DesignMatrix:
        """The design of the studies kept, whose labels are given."""


@dataclass(frozen=True, eq=False)
class ArrayModerators:
    """Numeric moderators, values (n, q), with or without an intercept before them."""

    values: Array
    names: tuple[str, ...]
    intercept: bool

    @property
    def lacking(self) -> dict[str, Mask]:
        return {name: np.isnan(self.values[:, i]) for i, name in enumerate(self.names)}

    def design(self, kept: Mask, labels: Sequence[str]) -> DesignMatrix:
        recipe = ArrayRecipe(self.names, self.intercept)
        matrix = recipe.with_intercept(self.values[kept])
        names = (INTERCEPT, *self.names) if self.intercept else self.names
        return DesignMatrix(matrix, names, {name: (i,) for i, name in enumerate(names)}, recipe)


@dataclass(frozen=True)
class ArrayRecipe:
    """Design rows from arrays of moderators."""

    names: tuple[str, ...]
    intercept: bool

    def rows(self, newdata: Any) -> Array:
        q = len(self.names)
        try:
            values = np.asarray(newdata, dtype=float)
        except (TypeError, ValueError):
            raise ValueError(
                f"newdata is not an array of numbers; expected a row of {q} for each prediction "
                f"({', '.join(self.names)})"
            ) from None
        if values.ndim < 2:
            values = np.atleast_2d(values) if q > 1 else np.atleast_2d(values).T
        if values.ndim != 2 or values.shape[1] != q:
            raise ValueError(
                f"newdata has shape {np.shape(newdata)}; expected a row of {q} for each prediction "
                f"({', '.join(self.names)})"
            )
        if not np.isfinite(values).all():
            row, column = np.argwhere(~np.isfinite(values))[0]
            raise ValueError(f"newdata, row {row + 1}: {self.names[column]} is missing or infinite")
        return self.with_intercept(values)

    def with_intercept(self, values: Array) -> Array:
        return np.column_stack([np.ones(len(values)), values]) if self.intercept else values


def array_moderators(mods: Any, n: int, intercept: bool, what: str = "mods") -> ArrayModerators:
    """Moderators from an array (n,) or (n, q), which is the argument `what`: mods gives mod1, mod2, ...

    Raises ValueError, saying what was expected.
    """
    if isinstance(mods, Mapping | Set):
        raise ValueError(
            f"{what} is a {type(mods).__name__}; expected numbers, a data frame, or a formula such as "
            "'~ year + C(group)' with `data`"
        )
    try:
        values = np.asarray(
            np.ma.filled(mods.astype(float), np.nan) if isinstance(mods, np.ma.MaskedArray) else mods,
            dtype=float,
        )
    except (TypeError, ValueError):
        raise ValueError(
            f"{what} has values that are not numbers; expected numbers, a formula such as "
            "'~ year + C(group)' with `data`, or a data frame, which may have labels"
        ) from None
    if values.ndim not in (1, 2) or values.shape[0] != n or not values.size:
        raise ValueError(f"{what} has shape {values.shape}; expected a row for each of {n} studies")
    name = getattr(mods, "name", None)
    table = values.reshape(n, values.size // n)
    names = tuple(f"{what.removesuffix('s')}{i + 1}" for i in range(table.shape[1]))
    return ArrayModerators(table, (str(name),) if isinstance(name, str) else names, intercept)


def check(design: DesignMatrix, labels: Sequence[str], spare: int = 1) -> None:
    """Raise ValueError, naming the columns or the study at fault, unless every coefficient exists.

    spare: how many studies there must be beyond one for each coefficient.
    """
    matrix, names = design.matrix, design.names
    k, p = matrix.shape
    if not p:
        raise ValueError("the model has no coefficients; expected at least an intercept or a moderator")
    if not np.isfinite(matrix).all():
        row, column = np.argwhere(~np.isfinite(matrix))[0]
        raise ValueError(
            f"{labels[row]}: {names[column]} is {matrix[row, column]:g}; expected a finite number"
        )
    for name, columns in design.terms.items():
        if not columns:
            raise ValueError(
                f"moderator '{name}' is the same for every study, or in other terms already; "
                "it cannot explain any difference"
            )
    constant = np.ptp(matrix, axis=0) == 0
    for j in np.flatnonzero(constant):
        other = [names[i] for i in np.flatnonzero(constant) if i != j and names[j] != INTERCEPT]
        if not matrix[:, j].any() or other:
            raise ValueError(
                f"moderator '{names[j]}' is {matrix[0, j]:g} for every study; "
                "it cannot explain any difference"
            )
    if k < p + spare:
        raise ValueError(
            f"there are {k} studies for {p} coefficients ({', '.join(names)}); expected at least {p + spare}"
        )
    found = beyond_units(matrix)
    if found is not None:
        raise ValueError(f"column '{names[found[0]]}' reaches {found[1]:g}; expected other units")
    _refuse_collinear(matrix, names)


def _refuse_collinear(matrix: Array, names: tuple[str, ...]) -> None:
    """Columns are taken in order: the first that the earlier ones determine is named with those that do."""
    unit = matrix / np.linalg.norm(matrix, axis=0)
    triangle = np.linalg.qr(unit).R
    found = dependence(unit, triangle)
    if found is None:
        return
    j, others = found
    determining = [names[i] for i in others]
    if abs(triangle[j, j]) > _ROUNDING:
        raise ValueError(
            f"column '{names[j]}' is all but determined by {_listed(determining)}, so that rounding "
            "would decide their coefficients; centre the moderators, in a formula by center(x) or poly(x, 2)"
        )
    hint = (
        "; a spline that contains the constant needs '0 +' or constraints='center'"
        if INTERCEPT in determining and "(" in names[j] and "C(" not in names[j]
        else ""
    )
    raise ValueError(
        f"column '{names[j]}' is determined by {_listed(determining)}, so that their coefficients do not "
        f"exist; leave one of them out{hint}"
    )


def _listed(names: Sequence[str]) -> str:
    quoted = [f"'{name}'" for name in names]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " and " + quoted[-1]


def series(values: Any) -> pd.Series[Any]:
    """One value for each row, whose index is their position; masked values become missing."""
    import pandas as pd

    return pd.Series(values).reset_index(drop=True)


def usable(column: pd.Series[Any], coded: bool = False) -> pd.Series[Any]:
    """Numbers as floats, whose powers cannot overflow; anything else as a factor with the levels present.

    coded: whether the column is the argument of C, whose levels are named without decimals if they are whole.
    """
    import pandas as pd
    from pandas.api import types

    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.remove_unused_categories()
    if types.is_bool_dtype(column):
        return pd.Series(column.astype(bool).to_numpy())
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


@dataclass(frozen=True, eq=False)
class Grouping:
    """Subgroups, with their members (g, k) among the k studies that have one.

    lacking: how many studies had none and were left out.
    """

    name: str
    studies: Studies
    groups: tuple[str, ...]
    members: Mask
    lacking: int

    def members_of(self, group: int) -> Studies:
        """The studies of a subgroup, by its number."""
        chosen, studies = self.members[group], self.studies
        labels = tuple(compress(studies.labels, chosen))
        return Studies(studies.yi[chosen], studies.vi[chosen], labels, 0, chosen)


def groups_of(name: str, studies: Studies, missing: str) -> Grouping:
    """Subgroups `name`, in the order of a categorical's levels, or of their first study otherwise.

    studies: with a label for each study given in the column "by" beside them. Raises ValueError for a wrong
    length, a study without a subgroup unless missing is "drop", and fewer than two subgroups.
    """
    values = studies.beside["by"]
    if isinstance(values, str) or not np.iterable(values):
        raise ValueError(f"by is {values!r}; expected a label for each study, or a column of `data`")
    items = list(values)
    if len(items) != studies.kept.size:
        raise ValueError(
            f"by has {len(items)} labels for {studies.kept.size} studies; expected one per study"
        )
    kept = list(compress(items, studies.kept))
    known = np.array([not _is_missing(item) for item in kept])
    if not known.all() and missing == "refuse":
        raise ValueError(
            f"{studies.labels[int(known.argmin())]}: by is missing; expected a subgroup "
            "(missing='drop' leaves such studies out)"
        )
    present = list(compress(kept, known))
    ordered = list(values.cat.categories) if hasattr(values, "cat") else present
    levels = [level for level in dict.fromkeys(ordered) if level in present]
    if len(levels) < 2:
        found = f"{len(levels)} subgroup{'s' * (len(levels) != 1)}"
        raise ValueError(f"by has {found}; expected two or more")
    labels = tuple(compress(studies.labels, known))
    chosen = Studies(studies.yi[known], studies.vi[known], labels, studies.dropped, known)
    members = np.array([[item == level for item in present] for level in levels])
    return Grouping(
        name,
        chosen,
        tuple(_written(level) for level in levels),
        members,
        int((~known).sum()),
    )


def _is_missing(item: Any) -> bool:
    return is_missing(item) or (isinstance(item, float) and item != item)


def _written(level: Any) -> str:
    """Whole numbers without decimals, which a column with gaps has for the gaps alone."""
    return str(int(level)) if isinstance(level, float) and level.is_integer() else str(level)
