"""Missing covariates imputed: the columns of a cohort several times, each time complete."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from studies.nhanes.cohort import Cohort
from studies.nhanes.covariates import Array, Columns
from studies.nhanes.protocol import Protocol
from studies.survey import SurveyError, impute

_STRATUM, _WEIGHT = "design: stratum", "design: weight"


def completed_columns(cohort: Cohort) -> tuple[Columns, ...]:
    """The columns of each completed data set; one where the protocol imputes nothing.

    Imputed are the covariates of all models, in those of the cohort who have the exposure and a weight, from
    one another, the exposure, the outcomes, what defines strata, the weight and the design's strata. What was
    imputed of exposure and outcomes is not used. Raises SurveyError, naming the variable that cannot be.
    """
    protocol = cohort.protocol
    asked = protocol.missing_covariates.impute
    if asked is None:
        return (Columns(cohort),)
    as_it_is = Columns(cohort)
    exposed = ~np.isnan(as_it_is.forms[0].columns).any(axis=1)
    rows = np.flatnonzero(cohort.included & exposed & (cohort.design.weights > 0))
    frame = pd.DataFrame(dict(_predictors(cohort, as_it_is, rows)), index=rows)
    try:
        completed = impute(frame, asked.m, asked.seed)
    except SurveyError as error:
        raise SurveyError(f"imputation: {error}") from error
    covariates = tuple(dict.fromkeys(name for model in protocol.models for name in model.covariates))
    return tuple(
        Columns(cohort, {name: _completed(cohort, name, rows, each[name]) for name in covariates})
        for each in completed
    )


def _predictors(
    cohort: Cohort, columns: Columns, rows: NDArray[np.intp]
) -> Iterator[tuple[str, Array | pd.Categorical[int]]]:
    """What is imputed and what it is imputed from, each once, for the persons of some rows."""
    protocol = cohort.protocol
    for name in _analysed(protocol):
        variable = protocol.variable(name)
        if variable.categorical:
            places = cohort.measured.class_of(name)[rows]
            codes = np.where(places < len(variable.labels), places, -1)
            ordered = bool(variable.bounds or variable.quantiles)
            classes = pd.Index(range(len(variable.labels)))
            yield name, pd.Categorical.from_codes(codes, classes, ordered=ordered)
        else:
            yield name, columns.values(name)[rows]
    for name, outcome in protocol.outcomes.items():
        yield f"outcome: {name}", columns.outcome(outcome)[rows]
    yield _WEIGHT, cohort.design.weights[rows]
    strata = cohort.persons[protocol.design.strata].to_numpy()[rows]
    yield _STRATUM, pd.Categorical(strata)


def _analysed(protocol: Protocol) -> tuple[str, ...]:
    covariates = (name for model in protocol.models for name in model.covariates)
    return tuple(dict.fromkeys((protocol.exposure, *protocol.stratifying, *covariates)))


def _completed(cohort: Cohort, name: str, rows: NDArray[np.intp], column: pd.Series[float]) -> Array:
    """A covariate's numbers, or the places of its classes, with what was imputed; shape (n,)."""
    measured = cohort.measured
    known = measured.class_of(name) if measured.labels(name) else measured.values(name)
    found: Array = known.astype(float)
    found[rows] = column.to_numpy(dtype=float)
    return found
