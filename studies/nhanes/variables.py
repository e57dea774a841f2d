"""The variables of the analyses, made from columns of the survey's files as variables.yaml says."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, RootModel, model_validator

from studies.nhanes.catalogue import ProtocolError, read_definition

NOT_RECORDED = "Not recorded"
_SHIPPED = Path(__file__).parent / "variables.yaml"


class Variable(BaseModel):
    """One variable: continuous, or in classes by its codes or by bounds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str
    unit: str | None = None
    table: str
    columns: tuple[str, ...] = Field(min_length=1)
    missing: tuple[float, ...] = ()
    codes: dict[int, str] | None = None
    bounds: tuple[float, ...] = ()
    classes: tuple[str, ...] = ()
    closed: Literal["left", "right"] = "right"

    @model_validator(mode="after")
    def _one_class_more_than_bounds(self) -> Self:
        if self.codes and self.bounds:
            raise ValueError(f"'{self.label}' has 'codes' or 'bounds', not both")
        if bool(self.bounds) != bool(self.classes) or (
            self.bounds and len(self.classes) != len(self.bounds) + 1
        ):
            raise ValueError(f"'{self.label}' has one name in 'classes' more than numbers in 'bounds'")
        if list(self.bounds) != sorted(self.bounds):
            raise ValueError(f"the bounds of '{self.label}' do not rise")
        return self

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes, Not recorded aside; none for a continuous variable."""
        return tuple(self.codes.values()) if self.codes else self.classes

    @property
    def categorical(self) -> bool:
        """Whether it is in classes."""
        return bool(self.labels)

    def values(self, persons: pd.DataFrame) -> NDArray[np.float64]:
        """The mean of the recorded columns, NaN where none is; shape (n,)."""
        columns = persons[list(self.columns)].to_numpy(dtype=float)
        columns = np.where(np.isin(columns, self.missing), np.nan, columns)
        recorded = ~np.isnan(columns)
        total, count = np.where(recorded, columns, 0.0).sum(axis=1), recorded.sum(axis=1)
        mean: NDArray[np.float64] = np.full(len(columns), np.nan)
        np.divide(total, count, out=mean, where=count > 0)
        return mean

    def class_of(self, persons: pd.DataFrame) -> NDArray[np.intp]:
        """Index into `labels`, or len(labels) where not recorded; shape (n,)."""
        values = self.values(persons)
        if self.codes:
            found = np.full(len(values), len(self.codes))
            for index, code in enumerate(self.codes):
                found[values == code] = index
            return found
        found = np.searchsorted(self.bounds, values, side="left" if self.closed == "right" else "right")
        return np.where(np.isnan(values), len(self.classes), found)

    def recorded(self, persons: pd.DataFrame) -> NDArray[np.bool_]:
        """Who has a value, or a class that is known; shape (n,)."""
        if self.categorical:
            return self.class_of(persons) < len(self.labels)
        return ~np.isnan(self.values(persons))


class _Variables(RootModel[dict[str, Variable]]):
    pass


@cache
def variables() -> dict[str, Variable]:
    """Every variable that variables.yaml defines, by name."""
    return read_definition(_SHIPPED, _Variables).root


def variable(name: str) -> Variable:
    """The variable of that name; raises ProtocolError with the nearest known one."""
    known = variables()
    if name in known:
        return known[name]
    close = difflib.get_close_matches(name, known)
    hint = f"did you mean '{close[0]}'?" if close else "variables.yaml lists what there is"
    raise ProtocolError(f"no variable is called '{name}'; {hint}")


def columns_by_table(names: Iterable[str]) -> dict[str, list[str]]:
    """The columns to read of each table, for these variables."""
    wanted: dict[str, list[str]] = {}
    for name in names:
        found = variable(name)
        columns = wanted.setdefault(found.table, [])
        columns += [column for column in found.columns if column not in columns]
    return wanted
