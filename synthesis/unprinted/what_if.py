"""What depends on what nobody printed: the result under other standard errors, tests and classifications."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from evidence.wording import ci, number, p_text
from synthesis.pooling.as_data import AsData
from synthesis.pooling.kernel.effects import Array
from synthesis.pooling.unreported.errors_from_n import SE_RULES
from synthesis.pooling.unreported.statements import STATEMENTS
from synthesis.pooling.unreported.unreported_fit import UnreportedFit
from synthesis.unprinted.joint_fit import fitted, ratio_p
from synthesis.unprinted.result import UnreportedSummary
from synthesis.unprinted.silent_studies import TYPICAL, Silent

FACTORS = (0.5, 0.7, 1.4, 2.0)
ALPHAS = (0.10, 0.05, 0.01, 0.001)
PROBABILITIES = (0.0, 0.25, 0.5, 0.75, 1.0)
ERRORS, TESTS, CLASSES, WITHOUT = "standard errors", "level of the papers' tests", "classification", "without"


class _Case(NamedTuple):
    """One other choice: what is asked, the choice in words, and the silent studies under it."""

    question: str
    choice: str
    silent: Silent
    errors: Array


@dataclass(frozen=True, eq=False, repr=False)
class WhatIf(AsData):
    """Other choices and what they give; every field of a row has shape (n,).

    question: what is varied, one of four; choice: how. estimate, ci_low, ci_high, p_value, tau2: as in the
    result. chosen: the estimate that the result has.
    """

    _ROWS = ("question", "choice", "estimate", "ci_low", "ci_high", "p_value", "tau2")

    question: tuple[str, ...]
    choice: tuple[str, ...]
    estimate: Array
    ci_low: Array
    ci_high: Array
    p_value: Array
    tau2: Array
    level: float
    chosen: float

    def __str__(self) -> str:
        width = max((len(choice) for choice in self.choice), default=0)
        lines = [f"Estimate {number(self.chosen)}; under other choices:"]
        before = ""
        for i, question in enumerate(self.question):
            lines += [] if question == before else [f"  {question}"]
            before = question
            interval = ci((self.ci_low[i], self.ci_high[i]), self.level)
            told = f"{number(self.estimate[i])}, {interval}, {p_text(self.p_value[i])}"
            lines.append(f"    {self.choice[i]:<{width}}  {told}")
        return "\n".join(lines if self.question else [*lines, "  nothing is said that could be varied"])

    __repr__ = __str__


def what_if(result: UnreportedSummary) -> WhatIf:
    """The result under each other choice, one at a time, all else as it was made."""
    studies = result._studies
    cases = [] if studies is None else list(_cases(result, studies.silent))
    fits = [
        fitted(studies, case.silent.as_unprinted(case.errors), result.method, result.level)
        for case in cases
        if studies is not None
    ]
    return WhatIf(
        tuple(case.question for case in cases),
        tuple(case.choice for case in cases),
        np.array([fit.mu for fit in fits]),
        np.array([fit.low for fit in fits]),
        np.array([fit.high for fit in fits]),
        np.array([ratio_p(fit.statistic) for fit in fits]),
        np.array([fit.tau2 for fit in fits]),
        result.level,
        result.estimate,
    )


def with_errors_times(result: UnreportedSummary, factor: float) -> UnreportedFit:
    """The fit with the standard errors of all unprinted results times a factor."""
    studies = result._studies
    assert studies is not None
    unprinted = studies.silent.as_unprinted(result.sei * factor)
    return fitted(studies, unprinted, result.method, result.level)


def _cases(result: UnreportedSummary, silent: Silent) -> Iterator[_Case]:
    told = silent.told
    if not told.any():
        return
    yield from _other_errors(result, silent)
    bounded = [
        any(abs(end) == 1.0 for part in STATEMENTS[word].parts for end in part) for word in silent.said
    ]
    if np.any(told & np.array(bounded)):
        for alpha in ALPHAS:
            other = replace(silent, alpha=np.full_like(silent.alpha, alpha))
            yield _Case(TESTS, f"alpha {alpha:g}", other, result.sei)
    for q in PROBABILITIES:
        other = replace(silent, probability=np.where(told, q, silent.probability))
        yield _Case(CLASSES, f"probability {q:g}", other, result.sei)
    for i in np.flatnonzero(told) if told.sum() > 1 else ():
        left = silent.probability.copy()
        left[i] = 0.0
        yield _Case(WITHOUT, silent.labels[i], replace(silent, probability=left), result.sei)


def _other_errors(result: UnreportedSummary, silent: Silent) -> Iterator[_Case]:
    studies = result._studies
    if studies is not None and TYPICAL in result.sei_from and np.isfinite(studies.ni).sum() > 1:
        for rule in SE_RULES:
            errors, _ = silent.errors(studies.typical(rule))
            yield _Case(ERRORS, f"sigma: {rule}", silent, errors)
    for factor in FACTORS:
        yield _Case(ERRORS, f"times {factor:g}", silent, result.sei * factor)
