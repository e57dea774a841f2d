"""The design of a meta-regression: a matrix with named columns, checked so that every coefficient exists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from synthesis.pooling.designs.collinearity import beyond_units, dependence
from synthesis.pooling.kernel.effects import Array, Mask

INTERCEPT = "Intercept"
_ROUNDING = 1e-13


class Recipe(Protocol):
    """How the rows of a design are made, for the studies and for new data alike."""

    def rows(self, newdata: Any) -> Array:
        """Design rows (m, p) of new data. Raises ValueError for what the model does not know."""


@dataclass(frozen=True, eq=False)
class Design:
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

    def design(self, kept: Mask, labels: Sequence[str]) -> Design:
        """The design of the studies kept, whose labels are given."""


@dataclass(frozen=True, eq=False)
class ArrayModerators:
    """Numeric moderators, values (n, q), with or without an intercept before them."""

    values: Array
    names: tuple[str, ...]
    intercept: bool

    @property
    def lacking(self) -> dict[str, Mask]:
        return {name: np.isnan(column) for name, column in zip(self.names, self.values.T, strict=True)}

    def design(self, kept: Mask, labels: Sequence[str]) -> Design:
        recipe = ArrayRecipe(self.names, self.intercept)
        matrix = recipe.with_intercept(self.values[kept])
        names = (INTERCEPT, *self.names) if self.intercept else self.names
        return Design(matrix, names, {name: (i,) for i, name in enumerate(names)}, recipe)


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
        if values.ndim == 0 or (values.ndim == 1 and q > 1):
            values = values.reshape(1, -1)
        values = values.reshape(-1, 1) if values.ndim == 1 else values
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
    table = values.reshape(n, -1)
    names = tuple(f"{what.removesuffix('s')}{i + 1}" for i in range(table.shape[1]))
    return ArrayModerators(table, (str(name),) if isinstance(name, str) else names, intercept)


def check(design: Design, labels: Sequence[str]) -> None:
    """Raise ValueError, naming the columns or the study at fault, unless every coefficient exists."""
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
        if matrix[0, j] == 0 or other:
            raise ValueError(
                f"moderator '{names[j]}' is {matrix[0, j]:g} for every study; "
                "it cannot explain any difference"
            )
    if k < p + 1:
        raise ValueError(
            f"there are {k} studies for {p} coefficients ({', '.join(names)}); expected at least {p + 1}"
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
