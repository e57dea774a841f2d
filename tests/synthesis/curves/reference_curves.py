"""The pinned dose-response analyses of ../shared/reference/dose_response, and ours of the same data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from evidence.effects.adjusted_ratios import fitted_cases
from synthesis import DoseResponse, dose_response
from synthesis.pooling.kernel.effects import Array

DATA_SETS = ("alcohol_crc", "alcohol_cvd", "greenland_longnecker")
METHODS = {"fixed": "EE", "ml": "ML", "reml": "REML", "mm": "DL"}
COVARIANCES = {"gl": "GL", "h": "Hamling", "indep": "independent"}


@dataclass(frozen=True)
class DataSet:
    """One file: rows of classes, the design, and the results of two programs."""

    name: str
    body: dict[str, Any]

    @classmethod
    def read(cls, shared: Path, name: str) -> DataSet:
        path = shared / "reference" / "dose_response" / f"{name}.json"
        return cls(name, json.loads(path.read_text(encoding="utf-8")))

    @property
    def exact(self) -> dict[str, Any]:
        found: dict[str, Any] = self.body["results"]["exact"]
        return found

    @property
    def dosresmeta(self) -> dict[str, Any]:
        found: dict[str, Any] = self.body["results"]["dosresmeta"]
        return found

    @cached_property
    def ids(self) -> list[int]:
        """The studies in their order."""
        return list(dict.fromkeys(self.body["data"]["id"]))

    def matrices(self, kind: str) -> dict[str, Array]:
        """The covariances that dosresmeta made, by study."""
        made = self.dosresmeta["covariances"][kind]
        return {str(i): np.array(matrix) for i, matrix in zip(self.ids, made, strict=True)}

    def odds_for_risks(self) -> dict[str, Array]:
        """What that program makes of risk ratios: counts of odds ratios, in the formula of risks."""
        rows = {name: np.array(values) for name, values in self.body["data"].items()}
        found = {}
        for label in self.ids:
            at = np.flatnonzero(rows["id"] == label)
            y, cases, size, se = (rows[name][at].astype(float) for name in ("y", "cases", "n", "se"))
            fitted = fitted_cases(y[1:], cases, size, "odds")
            other = size if rows["type"][at[0]] == "ci" else size - fitted
            sign = -1.0 if rows["type"][at[0]] == "ci" else 1.0
            part = 1.0 / fitted + sign / other
            share = np.sqrt(part[0] / (part[0] + part[1:]))
            matrix = np.outer(share * se[1:], share * se[1:])
            np.fill_diagonal(matrix, se[1:] ** 2)
            found[str(label)] = matrix
        return found

    def ours(self, key: str) -> DoseResponse:
        """Our analysis for covariance/model/stage/method."""
        covariance, model, stage, method = key.split("/")
        data = dict(self.body["data"])
        chosen: Any
        if covariance == "gl_odds":
            chosen = self.odds_for_risks()
        elif covariance.endswith("_dosresmeta"):
            chosen = self.matrices(covariance.removesuffix("_dosresmeta"))
        else:
            chosen = COVARIANCES[covariance]
        return dose_response(
            "y",
            sei="se",
            dose="dose",
            study="id",
            data=data,
            cases="cases",
            n="n",
            kind="type",
            covariance=chosen,
            curve=model,
            knots=self.body["design"]["knots"] if model == "spline" else None,
            stages=2 if stage == "two_stage" else 1,
            method=METHODS[method],
        )


def data_sets(shared: Path) -> Iterator[DataSet]:
    """All files."""
    for name in DATA_SETS:
        yield DataSet.read(shared, name)
