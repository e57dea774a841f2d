"""The variables of persons: numbers and classes from the columns that were read, each made once."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from studies.nhanes.catalogue import ProtocolError
from studies.nhanes.variables.calculations import as_written, calculated
from studies.nhanes.variables.conditions import Array, Condition, Mask
from studies.nhanes.variables.definition import Variable
from studies.nhanes.variables.dictionary import Dictionary
from studies.survey import SurveyDesign, quantile

NOT_RECORDED = "Not recorded"

Classes = NDArray[np.intp]


class PersonValues:
    """What the variables of a dictionary are for persons, as read_persons gives them.

    analysed: shape (n,), the persons whose quantiles cut classes; None: such classes are refused.
    weights: shape (n,), with which they are cut.
    """

    def __init__(
        self,
        known: Dictionary,
        persons: pd.DataFrame,
        analysed: Mask | None = None,
        weights: Array | None = None,
    ) -> None:
        self.known = known
        self._persons = persons
        self._analysed = analysed
        self._weights = weights
        self._values: dict[str, Array] = {}
        self._classes: dict[str, Classes] = {}

    def values(self, name: str) -> Array:
        """A variable's numbers, or the codes of its classes; nan where not recorded; shape (n,).

        Raises ProtocolError for one made by rules, which has classes alone.
        """
        if name not in self._values:
            self._values[name] = self._made(name)
        return self._values[name]

    def class_of(self, name: str) -> Classes:
        """Index into the variable's labels, or their number where not recorded; shape (n,)."""
        if name not in self._classes:
            self._classes[name] = self._classed(name)
        return self._classes[name]

    def labels(self, name: str) -> tuple[str, ...]:
        """The classes of a variable, Not recorded aside; none for a continuous one."""
        return self.known[name].labels

    def in_class(self, name: str, label: str) -> Mask:
        """Who is in a class; shape (n,)."""
        mask: Mask = self.class_of(name) == self.labels(name).index(label)
        return mask

    def recorded(self, name: str) -> Mask:
        """Who has a value, or a class that is known; shape (n,)."""
        if self.known[name].categorical:
            return self.class_of(name) < len(self.labels(name))
        return ~np.isnan(self.values(name))

    def meets(self, name: str, condition: Condition) -> Mask:
        """Who meets a condition on a variable; shape (n,)."""
        variable = self.known[name]
        values = np.full(len(self._persons), np.nan) if variable.rules else self.values(name)
        return condition.met(values, self.class_of(name) if variable.categorical else None, variable.labels)

    def limits(self, name: str) -> dict[str, Array]:
        """The cuts of a variable in classes by quantiles, by the class they were cut within ("" for all)."""
        variable = self.known[name]
        return {label: self._cut(name, who) for label, who in self._cut_within(variable).items()}

    def _made(self, name: str) -> Array:
        variable = self.known[name]
        if variable.rules:
            raise ProtocolError(f"'{name}' is in classes made by rules; it has no numbers")
        if not variable.parts:
            return calculated(variable, _without_missing(variable, self._columns(variable)))
        parts = np.column_stack([self.values(part) for part in variable.parts])
        values, factor = calculated(variable, _without_missing(variable, parts)), self.known.factor(name)
        return values if factor == 1.0 else as_written(values * factor)

    def _columns(self, variable: Variable) -> Array:
        """The columns of a variable, those of its cycles side by side."""
        names = list(variable.columns)
        for source in variable.in_cycles.values():
            names += [name for name in getattr(source, "columns", ()) if name not in names]
        there = [name for name in names if name in self._persons.columns]
        return self._persons[there].to_numpy(dtype=float)

    def _classed(self, name: str) -> Classes:
        variable = self.known[name]
        absent = len(variable.labels)
        if variable.rules:
            return self._ruled(name, variable)
        values = self.values(name)
        if variable.codes:
            found = np.full(len(values), absent)
            for code, label in variable.codes.items():
                found[values == code] = variable.labels.index(label)
            return found
        side = _searched(variable)
        if not variable.quantiles:
            found = np.searchsorted(variable.bounds, values, side=side)
            return np.where(np.isnan(values), absent, found)
        found = np.full(len(values), absent)
        for who in self._cut_within(variable).values():
            found[who] = np.searchsorted(self._cut(name, who), values[who], side=side)
        return np.where(np.isnan(values), absent, found)

    def _cut_within(self, variable: Variable) -> dict[str, Mask]:
        if variable.within is None:
            return {"": np.ones(len(self._persons), dtype=bool)}
        return {label: self.in_class(variable.within, label) for label in self.labels(variable.within)}

    def _cut(self, name: str, who: Mask) -> Array:
        """Quantiles of the analysed, weighted: the smallest value with that share at or below it; else R's
        type 7. Raises ProtocolError where two of them are equal or nobody is there."""
        variable = self.known[name]
        if self._analysed is None or self._weights is None or variable.quantiles is None:
            raise ProtocolError(f"'{name}' is cut in those who are analysed; eligibility cannot depend on it")
        values = self.values(name)
        chosen = who & self._analysed & ~np.isnan(values) & (self._weights > 0)
        shares = np.arange(1, variable.quantiles) / variable.quantiles
        if not chosen.any():
            return np.full(len(shares), np.nan)
        if variable.weighted:
            design = SurveyDesign(self._weights[chosen], lonely="certainty")
            cut = quantile(design, values[chosen], shares.tolist()).estimate
        else:
            cut = np.quantile(values[chosen], shares)
        if (np.diff(cut) <= 0).any():
            shown = ", ".join(f"{one:g}" for one in cut)
            raise ProtocolError(
                f"'{name}': {variable.quantiles} classes cannot be cut at {shown}; take fewer"
            )
        return np.asarray(cut, dtype=float)

    def _ruled(self, name: str, variable: Variable) -> Classes:
        absent = len(variable.labels)
        found = np.full(len(self._persons), absent)
        taken = np.zeros(len(found), dtype=bool)
        others: int | None = None
        for index, (label, rule) in enumerate((variable.rules or {}).items()):
            if not rule:
                others = index
                continue
            mask = np.zeros(len(found), dtype=bool)
            for alternative in rule:
                both = np.ones(len(found), dtype=bool)
                for asked, condition in alternative.items():
                    both &= self._asked(variable, asked, condition)
                mask |= both
            if (mask & taken).any():
                other = variable.labels[int(found[mask & taken][0])]
                raise ProtocolError(
                    f"'{name}' puts {int((mask & taken).sum())} persons into '{other}' and into '{label}';"
                    " a person is in one class"
                )
            found[mask], taken = index, taken | mask
        if others is not None:
            answered = np.ones(len(found), dtype=bool)
            for asked in variable.asked:
                answered &= self._asked(variable, asked, Condition(any_of=("recorded",)))
            found[answered & ~taken] = others
        return found

    def _asked(self, variable: Variable, name: str, condition: Condition) -> Mask:
        if variable.table is None or not name.isupper():
            return self.meets(name, condition)
        if name not in self._persons.columns:  # in none of these cycles
            return np.zeros(len(self._persons), dtype=bool)
        column = _without_missing(variable, self._persons[[name]].to_numpy(dtype=float))[:, 0]
        return condition.met(column, None, ())


def _without_missing(variable: Variable, columns: Array) -> Array:
    for one in variable.missing:
        if isinstance(one, Condition):
            absent = one.met(columns.ravel(), None, ()).reshape(columns.shape)
        else:
            absent = columns == one
        columns = np.where(absent, np.nan, columns)
    return columns


def _searched(variable: Variable) -> Literal["left", "right"]:
    """The side on which a bound's own value is found."""
    return "left" if variable.closed == "right" else "right"
