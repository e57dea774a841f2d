"""What the true effects of the studies themselves are expected to be, given the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from evidence.wording import interval, number
from synthesis.pooling.kernel.effects import Array
from synthesis.regression.tables import Cells, Tabular


@dataclass(frozen=True, eq=False)
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
        return f"True effects of {len(self.labels)} studies, predicted"

    def _header(self) -> Cells:
        return ("", "observed", "predicted", "se", f"{100 * self.level:g}% interval")

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
