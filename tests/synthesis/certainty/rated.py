"""A small review of risk ratios, or of slopes, whose certainty is rated."""

from __future__ import annotations

from pathlib import Path

from evidence.records.review import LoadedReview, Method
from synthesis.certainty.certainty_of_analysis import CertaintyRow, JudgedDomain, certainty_of
from synthesis.certainty.suggestions import Suggestion
from synthesis.review.analysis import analyse
from tests.synthesis.review.made import record, review

VERSUS = "versus: {exposed: low, reference: high}"
COMMON = Method(estimator="EE", test="z")


def two_groups(estimate: str, ci: str, measure: str = "RR", n: int = 1000, more: str = "") -> str:
    """One ratio, or another effect of two groups, ready for `record`."""
    effect = f"{{measure: {measure}, estimate: {estimate}, ci: [{ci}], {VERSUS}}}"
    return f"id: hip, outcome: hip, model: full, n: {n}, effect: {effect}{more}"


def loaded_of(
    folder: Path, certainty: str, measure: str = "RR", more: str = "", **records: str
) -> LoadedReview:
    """The review; certainty: a flow mapping, or empty; records: by study, each a record's text."""
    scale = f"{{measure: {measure}, exposure: hemoglobin, {VERSUS}}}"
    lines = [f"certainty: {certainty}"] if certainty else []
    lines += [more] if more else []
    return review(folder, records, scale=scale, more="\n    ".join(lines), sites="hip")


def rows_of(loaded: LoadedReview, method: Method = COMMON) -> tuple[CertaintyRow, ...]:
    return certainty_of(analyse(loaded, loaded.review.analyses[0], method))


def row_of(loaded: LoadedReview, method: Method = COMMON) -> CertaintyRow:
    (row,) = rows_of(loaded, method)
    return row


def domain_of(row: CertaintyRow, name: str) -> JudgedDomain:
    (found,) = (each for each in row.domains if each.domain == name)
    return found


def suggested(row: CertaintyRow, name: str) -> Suggestion:
    found = domain_of(row, name).suggestion
    assert found is not None
    return found


def same(count: int, estimate: str, ci: str, n: int = 1000, measure: str = "RR") -> dict[str, str]:
    """So many studies of one and the same effect."""
    return {
        f"s{place}": record(f"s{place}", [two_groups(estimate, ci, measure, n)]) for place in range(count)
    }
