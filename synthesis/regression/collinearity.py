"""How much the moderators' going together widens the intervals of their coefficients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evidence.wording import fixed
from synthesis.pooling.kernel.effects import Array
from synthesis.regression.tabular import Cells, Tabular


@dataclass(frozen=True, eq=False, repr=False)
class Collinearity(Tabular):
    """Variance inflation factors: vif of each column (q,), and gvif of each term, with its columns df (t,).

    gvif ** (1 / (2 df)) compares terms of different size: `gsif`, the inflation of a standard error.
    Fox & Monette 1992.
    """

    columns: tuple[str, ...]
    vif: Array
    terms: tuple[str, ...]
    gvif: Array
    df: Array
    notes: tuple[str, ...]

    @property
    def gsif(self) -> Array:
        gsif: Array = self.gvif ** (0.5 / self.df)
        return gsif

    def _title(self) -> str:
        return "Variance inflation factors"

    def _header(self) -> Cells:
        return ("", "df", "GVIF", "GVIF^(1/(2 df))")

    def _body(self) -> list[Cells]:
        return [
            (name, f"{self.df[i]:g}", fixed(self.gvif[i], 3), fixed(self.gsif[i], 3))
            for i, name in enumerate(self.terms)
        ]

    def _columns(self) -> dict[str, Any]:
        return {"term": self.terms, "df": self.df, "gvif": self.gvif, "gsif": self.gsif}

    def _facts(self) -> list[tuple[str, str]]:
        if len(self.columns) == len(self.terms):
            return []
        return [(f"VIF {name}", fixed(self.vif[i], 3)) for i, name in enumerate(self.columns)]

    def _sentences(self) -> tuple[str, ...]:
        return tuple(f"Note: {note}" for note in self.notes)


def collinearity(
    design: Array,
    weights: Array,
    chosen: Sequence[int],
    names: Sequence[str],
    terms: Mapping[str, Sequence[int]],
) -> Collinearity:
    """Inflation factors of the chosen columns of a design (k, p) under weights (k,), whatever the test.

    names, terms: of the chosen columns, and where among them the columns of each term are.
    With R the correlations of their coefficients, VIF_j is the j-th diagonal element of R^-1, and GVIF of a
    set is det R_set det R_rest / det R. Fox & Monette 1992.
    """
    triangle = np.linalg.qr(np.sqrt(weights)[:, None] * design).R
    half = np.linalg.inv(triangle)[chosen]
    unit = half / np.linalg.norm(half, axis=1, keepdims=True)
    correlation = unit @ unit.T
    vif = np.diag(np.linalg.inv(correlation)).copy()
    gvif = np.array([_gvif(correlation, list(columns)) for columns in terms.values()])
    df = np.array([float(len(columns)) for columns in terms.values()])
    note = "without an intercept, the factors measure collinearity about zero, not about the mean."
    notes = (note,) if len(chosen) == design.shape[1] else ()
    return Collinearity(tuple(names), vif, tuple(terms), gvif, df, notes)


def _gvif(correlation: Array, columns: list[int]) -> float:
    rest = [i for i in range(len(correlation)) if i not in columns]
    log = [float(np.linalg.slogdet(correlation[np.ix_(c, c)])[1]) for c in (columns, rest)]
    return float(np.exp(sum(log) - np.linalg.slogdet(correlation)[1]))
