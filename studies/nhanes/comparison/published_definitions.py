"""Definitions that the published analysis may have used for its covariates: published_definitions.yaml."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, RootModel, model_validator

from evidence.records.part import Part, Text
from studies.nhanes.catalogue import ProtocolError, read_definition
from studies.nhanes.cohort import Cohort
from studies.nhanes.covariates import Array
from studies.nhanes.persons import CYCLE, WEIGHT
from studies.nhanes.variables.definition import Variable
from studies.nhanes.variables.dictionary import Dictionary
from studies.nhanes.variables.measured import PersonValues

_SHIPPED = Path(__file__).with_suffix(".yaml")


class Definition(Part):
    """One way to make a covariate: another variable, or the same one with other columns, codes or bounds.

    fill: what a continuous covariate has where it is missing, of the cohort.
    into: the class of persons who are not recorded; codes, measured, cycles: which of them, all when left
    out.
    """

    name: Text
    variable: Text | None = None
    columns: tuple[Text, ...] | None = None
    missing: tuple[float, ...] | None = None
    closed: Literal["left", "right"] | None = None
    fill: Literal["mean", "weighted mean", "median"] = "mean"
    into: Text | None = None
    codes: tuple[float, ...] = ()
    measured: Text | None = None
    cycles: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _moved_persons_have_a_class(self) -> Self:
        if self.into is None and (self.codes or self.measured or self.cycles):
            raise ValueError(f"'{self.name}' says whom to move; expected 'into', the class they go to")
        return self


STATED = Definition(name="as stated")
"""A covariate as variables.yaml has it."""


class Candidates(Part):
    """The definitions of one covariate, the stated one first."""

    candidates: tuple[Definition, ...] = Field(min_length=1)


class _Questions(RootModel[dict[str, Candidates]]):
    pass


_CANDIDATE = "candidate"


@cache
def published_definitions(path: Path = _SHIPPED) -> dict[str, tuple[Definition, ...]]:
    """The candidates for each covariate in question, the stated one first.

    Raises ProtocolError for what cannot be read, and for a variable or class that is unknown.
    """
    found = {name: asked.candidates for name, asked in read_definition(path, _Questions).root.items()}
    for name, candidates in found.items():
        for definition in candidates:
            _check(path, name, definition)
    return found


def _check(path: Path, name: str, definition: Definition) -> None:
    defined = defined_variable(name, definition)
    if definition.into is not None and definition.into not in defined.labels:
        classes = ", ".join(defined.labels) or "none, for it is continuous"
        raise ProtocolError(
            f"{path}: '{definition.name}' moves persons into '{definition.into}', which is no class of"
            f" '{name}'; its classes are {classes}"
        )
    if definition.measured:
        Dictionary()[definition.measured]  # or is not known


def defined_variable(name: str, definition: Definition) -> Variable:
    """The covariate `name` as a definition makes it, persons that it moves aside."""
    changed = {
        key: value
        for key in ("columns", "missing", "closed")
        if (value := getattr(definition, key)) is not None
    }
    found = Dictionary()[definition.variable or name]
    return Variable.model_validate(found.model_dump(by_alias=True) | changed)


def defined_columns(name: str, definition: Definition, cohort: Cohort) -> Array:
    """The covariate for everybody in the cohort, by a definition.

    Shape (n, 1) for a continuous one, else (n, classes + 1), an indicator a class, Not recorded last.
    """
    defined, persons = defined_variable(name, definition), cohort.members
    measured = PersonValues(Dictionary({_CANDIDATE: defined}), persons)
    if not defined.categorical:
        values = measured.values(_CANDIDATE)
        return np.nan_to_num(values, nan=_fill(definition, values, persons[WEIGHT].to_numpy()))[:, None]
    known = len(defined.labels)
    classes: NDArray[np.intp] = measured.class_of(_CANDIDATE)
    if definition.into is not None:
        moved = (classes == known) & _who(definition, defined, cohort)
        classes = np.where(moved, defined.labels.index(definition.into), classes)
    indicators: Array = (classes[:, None] == np.arange(known + 1)).astype(float)
    return indicators


def _fill(definition: Definition, values: Array, weights: Array) -> float:
    recorded = ~np.isnan(values)
    if definition.fill == "median":
        return float(np.median(values[recorded]))
    return float(
        np.average(values[recorded], weights=weights[recorded] if definition.fill != "mean" else None)
    )


def _who(definition: Definition, defined: Variable, cohort: Cohort) -> NDArray[np.bool_]:
    """Whom of the cohort a definition moves if they are not recorded."""
    persons = cohort.members
    who = np.ones(len(persons), dtype=bool)
    if definition.codes:
        who &= persons[list(defined.columns)].isin(definition.codes).any(axis=1).to_numpy()
    if definition.measured:
        who &= PersonValues(Dictionary(), persons).recorded(definition.measured)
    if definition.cycles:
        who &= persons[CYCLE].isin(definition.cycles).to_numpy()
    return who
