"""What the model says of effects: at chosen values of the moderators, in a new study, and in the studies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import solve_triangular

from evidence.wording import counted, interval, number, percent
from synthesis.pooling.kernel.effects import Array, Mask
from synthesis.regression.tabular import Cells, Tabular

_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False, repr=False)
class Predictions(Tabular):
    """m predictions; arrays of shape (m,) but for the design rows X, (m, p).

    estimate, ci_low, ci_high: the mean effect; se: its standard error, before any transformation.
    prediction_low, prediction_high: the effect in a new study. outside: rows farther out than any study is.
    """

    names: tuple[str, ...]
    X: Array
    estimate: Array
    se: Array
    df: Array
    ci_low: Array
    ci_high: Array
    prediction_low: Array
    prediction_high: Array
    outside: Mask
    level: float
    notes: tuple[str, ...]

    def _title(self) -> str:
        return "Prediction" if len(self.names) == 1 else f"{len(self.names)} predictions"

    def _header(self) -> Cells:
        return ("", "estimate", "se", f"{percent(self.level)} CI", f"{percent(self.level)} prediction")

    def _body(self) -> list[Cells]:
        return [
            (
                name,
                number(self.estimate[i]),
                number(self.se[i]),
                interval((self.ci_low[i], self.ci_high[i])),
                interval((self.prediction_low[i], self.prediction_high[i])),
            )
            for i, name in enumerate(self.names)
        ]

    def _columns(self) -> dict[str, Any]:
        numbers = (
            "estimate",
            "se",
            "df",
            "ci_low",
            "ci_high",
            "prediction_low",
            "prediction_high",
            "outside",
        )
        return {"row": self.names} | {name: getattr(self, name) for name in numbers}

    def _sentences(self) -> tuple[str, ...]:
        return tuple(f"Note: {note}" for note in self.notes)


def transformed(at: Predictions, transform: Callable[[Array], Array]) -> Predictions:
    """The same with estimate and bounds on another scale, such as np.exp; se stays as it was.

    A decreasing transformation exchanges the bounds. Raises ValueError unless it gives one number for each.
    """
    values = {
        name: np.asarray(transform(getattr(at, name)))
        for name in ("estimate", "ci_low", "ci_high", "prediction_low", "prediction_high")
    }
    if any(value.shape != at.estimate.shape for value in values.values()):
        raise ValueError("transform does not return one number for each; expected a function such as np.exp")
    low, high = values["ci_low"], values["ci_high"]
    new_low, new_high = values["prediction_low"], values["prediction_high"]
    return Predictions(
        at.names,
        at.X,
        values["estimate"],
        at.se,
        at.df,
        np.minimum(low, high),
        np.maximum(low, high),
        np.minimum(new_low, new_high),
        np.maximum(new_low, new_high),
        at.outside,
        at.level,
        at.notes,
    )


def outside(design: Array, rows: Array) -> Mask:
    """Rows whose distance x'(X'X)^-1 x from the studies' centre exceeds that of every study.

    Hidden extrapolation, which the range of no moderator alone shows.
    """
    triangle = np.linalg.qr(design).R
    distance = [np.sum(solve_triangular(triangle.T, x.T, lower=True) ** 2, axis=0) for x in (design, rows)]
    farther: Mask = distance[1] > distance[0].max() * (1.0 + _ROUNDING)
    return farther


@dataclass(frozen=True, eq=False, repr=False)
class StudyEffects(Tabular):
    """Best linear unbiased predictions of k true effects; arrays of shape (k,).

    yi: as observed. effect, se, low, high: the prediction and its interval. deviation, deviation_se: its
    distance from what the moderators say. shrinkage: the share of the observed distance that counts as true.
    """

    labels: tuple[str, ...]
    yi: Array
    effect: Array
    se: Array
    low: Array
    high: Array
    deviation: Array
    deviation_se: Array
    shrinkage: Array
    level: float

    def _title(self) -> str:
        return f"True effects of {counted(len(self.labels))}, predicted"

    def _header(self) -> Cells:
        return ("", "observed", "predicted", "se", f"{percent(self.level)} interval")

    def _body(self) -> list[Cells]:
        return [
            (
                label,
                number(self.yi[i]),
                number(self.effect[i]),
                number(self.se[i]),
                interval((self.low[i], self.high[i])),
            )
            for i, label in enumerate(self.labels)
        ]

    def _columns(self) -> dict[str, Any]:
        numbers = ("yi", "effect", "se", "low", "high", "deviation", "deviation_se", "shrinkage")
        return {"study": self.labels} | {name: getattr(self, name) for name in numbers}
