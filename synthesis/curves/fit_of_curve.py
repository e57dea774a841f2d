"""How well a curve fits the classes it was fitted to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from evidence.wording import fixed, number, p_text
from synthesis.curves.curve_summary import CurveSummary
from synthesis.pooling.doses.curve_fit import ClassEffects, fit_curve
from synthesis.pooling.kernel.effects import Array
from synthesis.regression.tabular import Cells, Tabular


@dataclass(frozen=True, eq=False, repr=False)
class FitOfCurve(Tabular):
    """The curve without heterogeneity against the classes, study by study: (k,) each.

    deviance: squared decorrelated residuals; df: classes less coefficients; p_value: of more deviance than
    sampling errors make. R2, R2_adjusted: share of the squared decorrelated effects that the curve takes
    up; adjusted for the number of coefficients.
    """

    studies: tuple[str, ...]
    deviances: Array
    classes: Array
    deviance: float
    df: int
    p_value: float
    R2: float
    R2_adjusted: float

    def _title(self) -> str:
        return "Fit of the curve"

    def _header(self) -> Cells:
        return ("", "classes", "deviance")

    def _body(self) -> list[Cells]:
        return [
            (name, f"{int(self.classes[i])}", number(self.deviances[i]))
            for i, name in enumerate(self.studies)
        ]

    def _columns(self) -> dict[str, Any]:
        return {"study": self.studies, "classes": self.classes, "deviance": self.deviances}

    def _facts(self) -> list[tuple[str, str]]:
        deviance = f"{number(self.deviance)} on {self.df} df, {p_text(self.p_value)}"
        shares = f"{fixed(100.0 * self.R2, 1)}% (adjusted {fixed(100.0 * self.R2_adjusted, 1)}%)"
        return [("deviance", deviance), ("R2", shares)]


def fit_of_curve(result: CurveSummary) -> FitOfCurve:
    """Deviance and R2 of a dose-response analysis, as one stage without heterogeneity has them."""
    zero = [(each, result.basis.at(np.array([each.reference]))) for each in result.studies]
    rows = [ClassEffects(each.yi, result.basis.at(each.dose) - at, each.covariance) for each, at in zero]
    beta = fit_curve(rows, "EE").beta
    left = np.array([_square(row.y - row.x @ beta, row.covariance) for row in rows])
    total = sum(_square(row.y, row.covariance) for row in rows)
    n, p = sum(row.y.size for row in rows), beta.size
    deviance, df = float(left.sum()), n - p
    share = 1.0 - deviance / total if total > 0 else np.nan
    return FitOfCurve(
        studies=tuple(each.name for each in result.studies),
        deviances=left,
        classes=np.array([row.y.size for row in rows]),
        deviance=deviance,
        df=df,
        p_value=float(special.chdtrc(df, deviance)) if df > 0 else np.nan,
        R2=share,
        R2_adjusted=1.0 - n / df * (1.0 - share) if df > 0 else np.nan,
    )


def _square(values: Array, covariance: Array) -> float:
    return float(values @ np.linalg.solve(covariance, values))
