"""Rows of Table 1 and slopes of Model 3 as a survey made in a known way would be printed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evidence.records.effect import Estimate
from evidence.records.printed import Printed
from evidence.records.schema import BaselineRow, Record
from studies.nhanes.cohort import Cohort
from studies.nhanes.persons import WEIGHT
from studies.nhanes.protocol import EVERYBODY

Numbers = NDArray[np.float64]


def table_weights(cohort: Cohort) -> list[Numbers]:
    """The weights of the columns All (equal) and Q1 to Q4 (the survey's), of the cohort's members."""
    hemoglobin = cohort.members["LBXHGB"]
    limits = hemoglobin.quantile([0.25, 0.5, 0.75]).to_numpy()
    quarter = sum((hemoglobin >= limit).astype(int) for limit in limits)
    weights = cohort.members[WEIGHT]
    return [np.ones(len(weights)), *(np.where(quarter == k, weights, 0.0) for k in range(4))]


def mean_row(
    cohort: Cohort, name: str, values: pd.Series, places: int = 2, n_minus_1: bool = False
) -> BaselineRow:
    """Means and SDs; squares divided by the sum of weights, or as n - 1 would have it."""
    pairs = []
    for weights in table_weights(cohort):
        mean = np.average(values, weights=weights)
        n = int((weights > 0).sum())
        square = np.average((values - mean) ** 2, weights=weights) * (n / (n - 1) if n_minus_1 else 1.0)
        pairs.append((f"{mean:.{places}f}", f"{np.sqrt(square):.{places}f}"))
    return BaselineRow.model_validate({"variable": name, "mean_sd": pairs})


def percent_row(
    cohort: Cohort, name: str, classes: pd.Series, labels: Sequence[str], places: int = 2
) -> BaselineRow:
    """Percentages of classes by their labels, in that order."""
    lines = {
        label: [
            f"{100 * np.average(classes == label, weights=weights):.{places}f}"
            for weights in table_weights(cohort)
        ]
        for label in labels
    }
    return BaselineRow.model_validate({"variable": name, "percent": lines})


def with_rows(record: Record, *rows: BaselineRow) -> Record:
    """The record with rows of its Table 1 replaced by those of the same name."""
    named = {row.variable: row for row in rows}
    table = record.baseline[0]
    replaced = tuple(named.get(row.variable, row) for row in table.rows)
    assert len([row for row in replaced if row in rows]) == len(rows)
    return record.model_copy(update={"baseline": (table.model_copy(update={"rows": replaced}),)})


def with_slopes(record: Record, slopes: pd.Series, places: int = 4) -> Record:
    """The record with the slopes of Model 3 printed as these, by outcome, subgroup and model-3."""

    def printed(estimate: Estimate) -> Estimate:
        if estimate.model != "adjust-ii" or estimate.effect is None:
            return estimate
        subgroup = estimate.stratum.sex or estimate.stratum.ancestry or EVERYBODY
        number = Printed.parse(f"{slopes[estimate.outcome, subgroup, 'model-3']:.{places}f}")
        return estimate.model_copy(update={"effect": estimate.effect.model_copy(update={"estimate": number})})

    return record.model_copy(update={"estimates": tuple(printed(each) for each in record.estimates)})
