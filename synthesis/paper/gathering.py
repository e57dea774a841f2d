"""Analyses of a review pooled for a paper or a page, and why others could not be."""

from __future__ import annotations

from collections.abc import Sequence

from evidence.records.review import Analysis, LoadedReview, Method
from evidence.selection.selection import Contradicted
from synthesis.paper.paper_table import Reported
from synthesis.review.analysis import analyse, of_each
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.forest_table import decimals_of


def gathered(
    loaded: LoadedReview, analyses: Sequence[Analysis], method: Method, contradicted: Contradicted
) -> tuple[Reported, dict[str, str]]:
    """The analyses by a method, and by id why others are refused or cannot be shown.

    contradicted: estimates that never enter, as for `select`.
    """

    def make(each: Analysis) -> AnalysisResult:
        return analyse(loaded, each, method, contradicted=contradicted)

    made, refusals = of_each(analyses, make)
    decimals, undrawn = of_each(
        [result.analysis for result in made.values()], lambda each: decimals_of(made[each.id])
    )
    results = tuple(made[name] for name in decimals)
    whole = len(results) == len(loaded.review.analyses)
    return Reported(loaded, results, tuple(decimals.values()), whole), {**refusals, **undrawn}
