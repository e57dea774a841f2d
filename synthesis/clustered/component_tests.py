"""Whether each random term is needed: the likelihood ratio test against the model without it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import special

from evidence.wording import number, p_number
from synthesis.clustered.fitted_model import FittedModel, fit_model
from synthesis.pooling.kernel.effects import Array
from synthesis.regression.tabular import Cells, Tabular

_ROUNDING = 1e-10
"""Of twice a log-likelihood: a gain below it is none, and the variance stands at zero."""


@dataclass(frozen=True, eq=False, repr=False)
class TermTests(Tabular):
    """One random term a row; arrays of shape (n,).

    statistic: twice the difference of the log-likelihoods; df: parameters that the term has; p_value: of a
    single variance half of chi-square on one df, as zero is the edge (Self & Liang 1987); with more
    parameters of chi-square on df, which is too large there.
    """

    term: tuple[str, ...]
    statistic: Array
    df: Array
    p_value: Array
    sentence: str

    def _title(self) -> str:
        return "Random terms, each against the model without it"

    def _header(self) -> Cells:
        return ("", "LRT", "df", "p")

    def _body(self) -> list[Cells]:
        return [
            (term, number(self.statistic[i]), f"{self.df[i]:g}", p_number(self.p_value[i]))
            for i, term in enumerate(self.term)
        ]

    def _columns(self) -> dict[str, Any]:
        return {"term": self.term} | {name: getattr(self, name) for name in ("statistic", "df", "p_value")}

    def _sentences(self) -> tuple[str, ...]:
        return (self.sentence,)


def term_tests(fitted: FittedModel) -> TermTests:
    """By the likelihood of the fit. Raises ValueError where it has none, or no random terms."""
    terms = fitted.model.terms
    if not terms:
        raise ValueError(f"method {fitted.model.method} has no random terms whose likelihood could be tested")
    whole = fitted.fit.loglik[0]
    statistic, df = [], []
    for n in range(len(terms)):
        less = fit_model(replace(fitted.model, terms=(*terms[:n], *terms[n + 1 :])))
        gain = 2.0 * float(whole - less.fit.loglik[0])
        statistic.append(gain if gain > _ROUNDING else 0.0)
        df.append(float(terms[n].structure.q))
    found, degrees = np.array(statistic), np.array(df)
    tail = np.asarray(special.chdtrc(degrees, found))
    p_value = np.where(degrees == 1, np.where(found > 0, 0.5 * tail, 1.0), tail)
    edge = "half of chi-square's tail for a single variance, whose edge is zero (Self and Liang 1987)"
    more = ", of several parameters the whole tail, which is too large" if (degrees > 1).any() else ""
    return TermTests(tuple(term.label for term in terms), found, degrees, p_value, f"p: {edge}{more}.")
