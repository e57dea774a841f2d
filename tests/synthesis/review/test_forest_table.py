"""What a reader sees of an analysis: the rows, the words, and the numbers behind them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scipy.special import ndtr

from evidence.records.review import SHIPPED, Analysis, LoadedReview, Method, load_review
from evidence.records.target_scale import TargetScale
from evidence.wording import format_number, p_text
from synthesis.commands.result_tables import print_table
from synthesis.drawing.forest_table import (
    ForestTable,
    GroupHeading,
    NotReportedRow,
    PredictionRow,
    StudyRow,
    SummaryRow,
    TextRow,
)
from synthesis.review.analysis import analyse
from synthesis.review.analysis_result import AnalysisResult
from synthesis.review.captions import effect_header, pretty_unit
from synthesis.review.forest_table import NOTHING_FOUND, NOTHING_POOLED, decimals_of, forest_table
from synthesis.review.order import Order
from synthesis.terminal import Terminal
from tests.synthesis.review.made import record, review


@pytest.fixture(scope="module")
def shipped() -> LoadedReview:
    """The shipped review, without the Bayesian summaries that it asks for."""
    loaded = load_review(SHIPPED)
    plain = loaded.review.model_copy(update={"bayes": None})
    return replace(loaded, document=replace(loaded.document, model=plain))


PRINTED = ("corrected", "published", "preprint", "superseded")


def as_printed(shipped: LoadedReview, name: str) -> Analysis:
    """An analysis of what papers print, without re-analyses, so that its rows are known here."""
    analysis = next(one for one in shipped.review.analyses if one.id == name)
    return analysis.model_copy(update={"reports": PRINTED})


def result(shipped: LoadedReview, name: str) -> AnalysisResult:
    return analyse(shipped, as_printed(shipped, name), Method())


def rows(table: ForestTable, kind: type) -> list[Any]:
    return [row for row in table.rows if isinstance(row, kind)]


def test_studies_summary_and_prediction_stand_on_the_scale_that_is_shown(shipped: LoadedReview) -> None:
    found = result(shipped, "hip-men")
    table = forest_table(found)
    pooled = found.groups[0].pooled
    assert pooled is not None
    (summary,) = rows(table, SummaryRow)
    assert (summary.estimate, summary.low, summary.high) == (pooled.estimate, pooled.ci_low, pooled.ci_high)
    (prediction,) = rows(table, PredictionRow)
    assert (prediction.low, prediction.high) == (pooled.prediction_low, pooled.prediction_high)
    assert sum(row.weight for row in rows(table, StudyRow)) == pytest.approx(100)
    assert table.axis.null == 0
    assert table.axis.label == "Change in BMD (g/cm²) per 1 g/dL hemoglobin"


def by_site(shipped: LoadedReview) -> AnalysisResult:
    """All sites of the shipped review in groups, without a model."""
    analysis = as_printed(shipped, "all-sites-by-sex")
    grouped = analysis.model_copy(update={"group_by": "site", "model": None, "moderators": ()})
    return analyse(shipped, grouped, Method())


def test_one_study_is_shown_and_not_pooled(shipped: LoadedReview) -> None:
    table = forest_table(result(shipped, "hip-women"))
    assert [row.label for row in rows(table, SummaryRow)] == ["With 1 result without a number"]
    assert rows(table, PredictionRow) == []
    assert NOTHING_POOLED in [row.text for row in rows(table, TextRow)]
    assert [row.label for row in rows(table, NotReportedRow)] == ["IMOS-4 2025"]


def test_dependent_sites_have_a_summary_each_and_none_across(shipped: LoadedReview) -> None:
    table = forest_table(by_site(shipped))
    headings = [row.label for row in rows(table, GroupHeading)]
    assert headings == ["Hip", "Femoral neck", "Lumbar spine", "Thoracic spine"]
    assert {row.level for row in rows(table, SummaryRow)} == {"subgroup"}
    assert any("are dependent: no common summary" in note for note in table.footnotes)


def test_two_estimates_come_with_the_bayesian_interval(shipped: LoadedReview) -> None:
    found = result(shipped, "hip-men")
    texts = [row.text for row in rows(forest_table(found), TextRow)]
    assert any(text.startswith("Bayesian, DuMouchel prior") for text in texts)
    assert not any(
        "Bayesian" in row.text
        for row in rows(forest_table(result(shipped, "lumbar-spine-by-ancestry")), TextRow)
    )


def test_a_narrow_hartung_knapp_interval_stands_beside_the_wald_interval(shipped: LoadedReview) -> None:
    found = by_site(shipped)
    lumbar = next(group for group in found.groups if group.name == "lumbar spine")
    pooled = lumbar.pooled
    assert pooled is not None
    assert pooled.narrower_than_wald
    table = forest_table(found)
    heading = next(n for n, row in enumerate(table.rows) if row == GroupHeading("Lumbar spine"))
    following = list(table.rows[heading + 1 :])
    end = next((n for n, row in enumerate(following) if isinstance(row, GroupHeading)), len(following))
    first, second = (row for row in following[:end] if isinstance(row, SummaryRow))
    assert first.label == f"Random effects ({pooled.k}), Hartung-Knapp"
    assert second.label == f"Random effects ({pooled.k}), Wald"
    assert (first.estimate, first.low, first.high) == (pooled.estimate, pooled.ci_low, pooled.ci_high)
    assert (second.estimate, second.low, second.high) == (pooled.estimate, *pooled.wald)
    assert replace(first, label="", low=0.0, high=0.0) == replace(second, label="", low=0.0, high=0.0)
    texts = [row.text for row in following[:end] if isinstance(row, TextRow)]
    assert any("narrower than the Wald interval, so both are given" in text for text in texts)
    (tests,) = [text for text in texts if text.startswith("Test of no effect")]
    z = pooled.estimate / ((pooled.wald[1] - pooled.wald[0]) / (2 * 1.959963984540054))
    assert f"by Wald z = {format_number(z, 2)}, {p_text(2 * ndtr(-abs(z)))}" in tests


def test_a_wider_hartung_knapp_interval_stands_alone(shipped: LoadedReview) -> None:
    found = result(shipped, "hip-men")
    pooled = found.groups[0].pooled
    assert pooled is not None
    assert not pooled.narrower_than_wald
    table = forest_table(found)
    assert [row.label for row in rows(table, SummaryRow)] == [f"Random effects ({pooled.k})"]
    assert not any("Wald" in row.text for row in rows(table, TextRow))


def test_a_superseded_report_carries_a_mark_that_is_explained(shipped: LoadedReview) -> None:
    table = forest_table(result(shipped, "thoracic-spine-by-ancestry"))
    marks = {row.mark for row in rows(table, StudyRow)}
    assert marks == {"†"}
    explained = " ".join(table.footnotes)
    for mark in marks - {""}:
        assert f"{mark} " in explained


def test_the_printed_digits_of_a_paper_are_shown(shipped: LoadedReview) -> None:
    assert (forest_table(result(shipped, "lumbar-spine-men")).decimals or 0) >= 4


def test_nothing_comparable_is_said_and_not_a_crash(shipped: LoadedReview) -> None:
    analysis = as_printed(shipped, "hip-men")
    nowhere = analysis.model_copy(
        update={"outcome": analysis.outcome.model_copy(update={"sites": ("radius",)})}
    )
    found = analyse(shipped, nowhere, Method())
    assert [row.text for row in rows(forest_table(found), TextRow)] == [NOTHING_FOUND]


def test_the_order_of_rows_changes_no_number(shipped: LoadedReview) -> None:
    analysis = as_printed(shipped, "lumbar-spine-by-ancestry")
    compared = 0
    for order in Order:
        found = analyse(shipped, analysis, Method(), order)
        plain = analyse(shipped, analysis, Method())
        assert found.groups[0].pooled is not None
        assert plain.groups[0].pooled is not None
        assert found.groups[0].pooled.estimate == pytest.approx(plain.groups[0].pooled.estimate, rel=1e-12)
        compared += 1
    assert compared == 5


@pytest.mark.parametrize("width", [40, 110, 200])
def test_the_table_fits_or_wraps_on_any_terminal(shipped: LoadedReview, width: int) -> None:
    from io import StringIO

    out = StringIO()
    table = forest_table(by_site(shipped))
    print_table(table, Terminal(file=out, width=width))
    lines = out.getvalue().splitlines()
    studies = [line for line in lines if line.startswith("CHS 2019, men")]
    assert len(studies) == 2
    assert all("[" in line and "]" in line and "%" in line for line in studies)
    assert ("Adjusted" in out.getvalue()) == (width >= 110)


@pytest.mark.parametrize(
    ("scale", "header"),
    [
        (
            {"measure": "beta", "per": "1 g/dL", "unit": "g/cm2"},
            "Change in BMD (g/cm²) per 1 g/dL hemoglobin",
        ),
        ({"measure": "HR", "per": "10 g/L"}, "Hazard ratio per 10 g/L hemoglobin"),
        (
            {"measure": "OR", "versus": {"exposed": "anemia", "reference": "none"}},
            "Odds ratio, anemia vs none",
        ),
        ({"measure": "MD", "unit": "kg"}, "Mean difference (kg)"),
        ({"measure": "RR"}, "Risk ratio"),
    ],
)
def test_the_header_says_what_one_unit_of_the_effect_is(scale: dict[str, Any], header: str) -> None:
    target = TargetScale.model_validate({"exposure": "hemoglobin", **scale})
    assert effect_header(target, "BMD") == header


def test_units_have_their_exponents_raised() -> None:
    assert pretty_unit("10^-2 g/cm2") == "10⁻² g/cm²"


@pytest.mark.parametrize("more", ["note: all", "stratum: {sex: each}\n    group_by: sex\n    tau2: common"])
@pytest.mark.parametrize(
    ("scale", "effect", "tested"),
    [
        ("measure: proportion", "group: {name: all, n: 40, events: 8}", False),
        ("measure: OR, per: 1 g/dL", "estimate: 1.2, se: 0.2", True),
    ],
)
def test_a_proportion_is_compared_with_nothing(
    scale: str, effect: str, tested: bool, more: str, tmp_path: Path
) -> None:
    """One half of the persons is no absence of an effect; the ratio of two groups is tested."""
    row = f"outcome: hip, model: least, effect: {{{scale}, {effect}}}"
    rows = [f"id: {sex}, {row}, stratum: {{sex: {sex}}}" for sex in ("men", "women")]
    records = {name: record(name, rows if "sex" in more else [f"id: x, {row}"]) for name in "abc"}
    loaded = review(tmp_path, records, scale=f"{{{scale}, exposure: hemoglobin}}", more=more)
    table = forest_table(analyse(loaded, loaded.review.analyses[0], Method()))
    said = [row.text for row in table.rows if isinstance(row, TextRow)]
    assert any(text.startswith("Test of no effect") for text in said) is tested


def test_decimals_are_those_of_the_table_without_its_rows_of_summaries(shipped: LoadedReview) -> None:
    compared = 0
    for analysis in shipped.review.analyses[:4]:
        result = analyse(shipped, analysis, Method(estimator="DL", test="z"))
        assert decimals_of(result) == forest_table(result).decimals
        compared += 1
    assert compared == 4
