"""The result of a location-scale model: coefficients of the mean and of log tau2, and predicted tau2."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from evidence.wording import counted, fixed, interval, number, p_number, percent
from synthesis.plots.drawable import Drawable, PlotRequest
from synthesis.pooling.as_data import AsData
from synthesis.pooling.designs.location_scale import LogTau2
from synthesis.pooling.inputs import as_level
from synthesis.pooling.kernel.effects import Array, Mask
from synthesis.pooling.mean.inference import quantile_t
from synthesis.regression.behind import Behind
from synthesis.regression.contrasts import WaldTest
from synthesis.regression.design_matrix import Recipe
from synthesis.regression.tabular import Cells, Tabular

if TYPE_CHECKING:
    from synthesis.drawing.chart import Plot


@dataclass(frozen=True, eq=False)
class PartOfModel(AsData):
    """Coefficients (p,) of one part on its columns, design (k, p), by the test on df degrees of freedom.

    A coefficient without a finite value is infinite, with the sign of its drift, or nan.
    """

    _ROWS = ("names", "estimate", "se", "statistic", "df", "p_value", "ci_low", "ci_high")

    names: tuple[str, ...]
    design: Array
    estimate: Array
    covariance: Array
    se: Array
    statistic: Array
    p_value: Array
    df: float
    ci_low: Array
    ci_high: Array


@dataclass(frozen=True, eq=False, repr=False)
class LocationScaleRegression(Drawable, Tabular):
    """A location-scale model of k studies. Numbers that do not exist are nan; df may be infinite.

    yi, vi: shape (k,); labels: k names. location: coefficients of the mean effect; scale: of log tau2.
    QM, QS: tests of the moderators of each. tau2, (k,): of the studies, by the model. in_limit, (k,): studies
    whose tau2 is zero because the likelihood rises as it vanishes. converged: whether the search ended at a
    maximum. notes: sentences the reader needs. Intervals are at `level`, a fraction.

    Its plots: "forest", the studies with fitted means, and "bubble", mean and tau2 by moderator, the others
    held at their mean, or at their most frequent value.
    """

    _HIDDEN = ("recipe", "log_tau2")

    # What stood beside the effects: plots alone read it, it is no part of the numbers.
    _behind: ClassVar[Behind] = Behind()

    labels: tuple[str, ...]
    yi: Array
    vi: Array
    k: int
    location: PartOfModel
    scale: PartOfModel
    recipe: Recipe
    log_tau2: LogTau2
    tau2: Array
    in_limit: Mask
    QM: WaldTest
    QS: WaldTest
    loglik: float
    AIC: float
    BIC: float
    AICc: float
    converged: bool
    method: str
    test_name: str
    level: float
    method_sentence: str
    notes: tuple[str, ...]

    def predict_tau2(self, newdata: Any = None, *, level: float | None = None) -> Tau2Predictions:
        """tau2 at values of the scale's moderators, with intervals; without newdata, of the studies.

        newdata: a data frame or dictionary with the formula's columns, or an array (m, q) of moderators
        without the intercept when they were given so. The interval is that of log tau2. In a limit tau2 may
        be zero or infinite, without an interval, or nan where the limit does not say what it is.
        Raises ValueError, naming the row, for a level no study has, a missing value or column.
        """
        level = self.level if level is None else as_level(level)
        given = newdata is not None
        rows = self.recipe.rows(newdata) if given else self.scale.design
        names = tuple(f"row {i + 1}" for i in range(len(rows))) if given else self.labels
        log_tau2, se = self.log_tau2.at(rows)
        half = quantile_t(np.array([self.scale.df]), level) * se
        tau2 = np.exp(log_tau2) if given else self.tau2
        return Tau2Predictions(names, tau2, se, np.exp(log_tau2 - half), np.exp(log_tau2 + half), level)

    def _drawn(self, request: PlotRequest) -> Plot:
        from synthesis.regression.fitted_plots import plot_location_scale

        return plot_location_scale(self, self._behind, request)

    def _title(self) -> str:
        return f"Location-scale model of {counted(self.k)}"

    def _header(self) -> Cells:
        if math.isinf(self.location.df):
            return ("", "estimate", "se", "z", "p", f"{percent(self.level)} CI")
        return ("", "estimate", "se", "t", "df", "p", f"{percent(self.level)} CI")

    def _body(self) -> list[Cells]:
        return [*self._rows("mean", self.location), *self._rows("log tau2", self.scale)]

    def _rows(self, what: str, part: PartOfModel) -> list[Cells]:
        return [
            (
                f"{what}: {name}",
                number(part.estimate[i]),
                number(part.se[i]),
                fixed(part.statistic[i], 3),
                *(() if math.isinf(part.df) else (number(part.df),)),
                p_number(part.p_value[i]),
                interval((part.ci_low[i], part.ci_high[i])),
            )
            for i, name in enumerate(part.names)
        ]

    def _columns(self) -> dict[str, Any]:
        parts = (self.location, self.scale)
        numbers = ("estimate", "se", "statistic", "p_value", "ci_low", "ci_high")
        return {
            "part": ["mean"] * len(self.location.names) + ["log tau2"] * len(self.scale.names),
            "name": [name for part in parts for name in part.names],
            "df": [part.df for part in parts for _ in part.names],
        } | {name: np.concatenate([getattr(part, name) for part in parts]) for name in numbers}

    def _facts(self) -> list[tuple[str, str]]:
        low, high = float(self.tau2.min()), float(self.tau2.max())
        spread = number(low) if low == high else interval((low, high))
        return [
            ("tau2", f"{spread} among the studies"),
            ("QM", f"{_tested(self.QM)}, moderators of the mean"),
            ("QS", f"{_tested(self.QS)}, moderators of log tau2"),
        ]

    def _sentences(self) -> tuple[str, ...]:
        return (self.method_sentence, *(f"Note: {note}" for note in self.notes))


@dataclass(frozen=True, eq=False, repr=False)
class Tau2Predictions(Tabular):
    """tau2 at m values of the moderators, with the interval of log tau2 turned back; arrays of shape (m,).

    se_log: the standard error of log tau2.
    """

    names: tuple[str, ...]
    tau2: Array
    se_log: Array
    ci_low: Array
    ci_high: Array
    level: float

    def _title(self) -> str:
        return f"tau2 predicted by the scale's moderators, {counted(len(self.names), 'row')}"

    def _header(self) -> Cells:
        return ("", "tau2", f"{percent(self.level)} CI")

    def _body(self) -> list[Cells]:
        return [
            (
                name,
                number(self.tau2[i]),
                interval((self.ci_low[i], self.ci_high[i])),
            )
            for i, name in enumerate(self.names)
        ]

    def _columns(self) -> dict[str, Any]:
        numbers = ("tau2", "se_log", "ci_low", "ci_high")
        return {"row": self.names} | {name: getattr(self, name) for name in numbers}


def _tested(test: WaldTest) -> str:
    return "no test" if math.isnan(test.p_value) else str(test)
