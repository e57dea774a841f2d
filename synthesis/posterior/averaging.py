"""Averaging over {common, random effects} x {no effect, effect}, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evidence.wording import interval, number, percent
from synthesis.pooling.bayes.bayes_factors import MODELS, AveragedModels, averaged
from synthesis.pooling.bayes.posterior import Posterior
from synthesis.regression.tabular import Cells, Tabular


@dataclass(frozen=True, eq=False, repr=False)
class ModelAverage(Tabular):
    """Four models of one data set: see `AveragedModels`, whose numbers these are."""

    numbers: AveragedModels

    def _title(self) -> str:
        return f"Four models (no effect: {number(self.numbers.null)})"

    def _header(self) -> Cells:
        return ("model", "prior", "posterior", "log evidence")

    def _body(self) -> list[Cells]:
        found = self.numbers
        return [
            (name, number(found.prior[i]), number(found.posterior[i]), number(found.log_evidence[i], 6))
            for i, name in enumerate(MODELS)
        ]

    def _facts(self) -> list[tuple[str, str]]:
        found = self.numbers
        effect = f"{number(found.median)}, {percent(found.level)} CrI {interval((found.low, found.high))}"
        return [
            ("inclusion Bayes factor, effect", number(found.for_effect)),
            ("inclusion Bayes factor, heterogeneity", number(found.for_heterogeneity)),
            ("mean effect, given that there is one", effect),
        ]

    def _columns(self) -> dict[str, Any]:
        found = self.numbers
        return {
            "model": list(MODELS),
            "prior": list(found.prior),
            "posterior": list(found.posterior),
            "log_evidence": list(found.log_evidence),
        }


def averaged_models(found: Posterior, level: float, null: float, prior: Sequence[float]) -> ModelAverage:
    """The average over the four models, from the posterior under random effects."""
    return ModelAverage(averaged(found, level, null, prior))
